/** How far each peer's messages were taken, as this process knows it: ahead of what is committed. */
import type { Address } from '@xln/shared/ids.ts'

/** The last message of a peer that was taken. */
export interface Position {
  readonly incarnation: number
  readonly nonce: number
}

/** Peers remembered beyond those connected; of the others the committed position is asked for. */
const POSITIONS_MAX = 65_536

export class Positions {
  readonly #committed: (server: Address) => Position | undefined
  readonly #taken = new Map<Address, Position>()

  constructor(committed: (server: Address) => Position | undefined) {
    this.#committed = committed
  }

  get(server: Address): Position | undefined {
    const taken = this.#taken.get(server)
    const committed = this.#committed(server)
    if (taken === undefined || committed === undefined) return taken ?? committed
    return isAhead(committed, taken) ? committed : taken
  }

  set(server: Address, position: Position): void {
    this.#taken.delete(server)
    this.#taken.set(server, position)
    if (this.#taken.size <= POSITIONS_MAX) return
    for (const oldest of this.#taken.keys()) {
      this.#taken.delete(oldest)
      return
    }
  }
}

function isAhead(a: Position, b: Position): boolean {
  return a.incarnation > b.incarnation || (a.incarnation === b.incarnation && a.nonce > b.nonce)
}

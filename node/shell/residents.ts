/** The entities that live on this server, as the shell needs them: found in the state, never lost from it. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'
import type { EntityRecords } from '../machines/entity/records.ts'
import { entityRecords } from '../machines/entity/tables.ts'
import type { Draft } from '../machines/ports.ts'
import { residents } from '../machines/server/tables.ts'

export interface Resident {
  readonly path: Hex
  readonly records: EntityRecords
  readonly signer: Address
  /** The nonce that the next proposal of its signer bears. */
  nextNonce: number
}

const SERVER_PATH = new Uint8Array(0)

export class Residents {
  readonly #draft: Draft
  readonly #byId = new Map<EntityId, Resident>()

  constructor(draft: Draft) {
    this.#draft = draft
    this.find()
  }

  /** Takes in those that were made since. */
  find(): void {
    for (const { entity, path } of residents(this.#draft.at(SERVER_PATH))) {
      if (this.#byId.has(entity)) continue
      const records = entityRecords(this.#draft.at(path))
      const { signer, nonce } = records.entity()
      this.#byId.set(entity, { path: bytesToHex(path), records, signer, nextNonce: nonce })
    }
  }

  get size(): number {
    return this.#byId.size
  }

  get(entity: EntityId): Resident | undefined {
    return this.#byId.get(entity)
  }

  has(entity: EntityId): boolean {
    return this.#byId.has(entity)
  }

  ids(): EntityId[] {
    return [...this.#byId.keys()]
  }

  all(): IterableIterator<[EntityId, Resident]> {
    return this.#byId.entries()
  }

  pathOf(entity: EntityId): Uint8Array | undefined {
    const path = this.#byId.get(entity)?.path
    return path === undefined ? undefined : hexToBytes(path)
  }

  /** Throws for an entity that does not live here. */
  signerOf(entity: EntityId): Address {
    const resident = this.#byId.get(entity)
    if (resident === undefined) throw new Error(`no entity ${entity} lives here`)
    return resident.signer
  }
}

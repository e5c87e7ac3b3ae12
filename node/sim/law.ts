/** A law that the world must keep, and who watches over it. */
import type { Address } from '@xln/shared/ids.ts'
import type { Committed } from '../shell/loop.ts'
import type { SimServer } from './server.ts'
import type { World } from './world.ts'

/** Something happened that must never happen. */
export class LawBroken extends Error {
  readonly law: string

  constructor(law: string, message: string) {
    super(message)
    this.name = 'LawBroken'
    this.law = law
  }
}

/** Watches one law. Throws {@link LawBroken}, or whatever else it stumbles over. */
export interface Oracle {
  readonly name: string
  /** A block of a server is durable, and what it caused was sent. */
  committed?(server: SimServer, committed: Committed): void
  /** A server signs; `signer` is its own address or that of an entity. */
  signed?(server: SimServer, signer: Address, digest: Uint8Array): void
  /** A reader of a server is given its state: after `durable`, as everybody who asks. */
  told?(server: SimServer): void
  /** A server's process has begun its work. */
  started?(server: SimServer): void
  /** A process has ended; `cause` in words. */
  ended?(server: SimServer, cause: string): void
  /** Faults have stopped, and everything has come to rest. */
  settled?(world: World): void | Promise<void>
}

/** Makes the oracle of one world. */
export type MakeOracle = (world: World) => Oracle

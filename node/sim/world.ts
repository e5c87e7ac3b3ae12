/** A world as its faults, laws and users see it; see bottle.ts for how it is made and played. */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import type { Genesis } from '../machines/server/genesis.ts'
import type { Ethereum } from './ethereum.ts'
import type { SimNetwork } from './network.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { SimServer } from './server.ts'
import type { Trace } from './trace.ts'
import type { Weather } from './weather.ts'

/** A request that a server has answered: what was asked, and that it was taken. */
export interface Taken {
  readonly server: SimServer
  readonly entity: EntityId
  readonly action: Action
  readonly atMs: number
}

export interface World {
  readonly domain: ChainDomain
  readonly scheduler: Scheduler
  readonly trace: Trace
  readonly random: Random
  readonly weather: Weather
  readonly network: SimNetwork
  /** Undefined: the channels of this world live on credit alone. */
  readonly ethereum: Ethereum | undefined
  readonly servers: readonly SimServer[]
  /** The servers that keep to the protocol. */
  readonly honest: readonly SimServer[]
  /** Every channel block that was proposed. */
  readonly blocks: Map<Hash, ChannelBlock>
  /** Every request that was answered with yes. */
  readonly taken: readonly Taken[]
  /** Told of every server that somebody asks for something, right after the question. */
  readonly asked: ((server: SimServer) => void)[]
  /** Servers whose disk has lost or replaced something that was durable, by name. */
  readonly damaged: Set<string>
  /** Servers of which two processes have signed, and whose disk is not that of their own run, by name. */
  readonly doubled: Set<string>
  /** Servers that do not keep to the protocol, by name. They are gone when it is calm. */
  readonly dishonest: Set<string>
  /** The chain has taken back what was final. */
  isDeep: boolean
  /** Done when the faults stop, before all comes to rest. */
  readonly atCalm: (() => void)[]
  /** What lies between two wishes of one user, at least and at most, on average; virtual milliseconds. */
  readonly paceMs: readonly [number, number]
  /** What users wish at all; undefined: everything. */
  readonly wishes: readonly Action['type'][] | undefined
  serverOf(entity: EntityId): SimServer | undefined
  /** Whether one of the two dials the other, and neither is gone. */
  areNeighbours(one: SimServer, other: SimServer | undefined): boolean
  /** Where every server begins to look at the chain. */
  genesis(): Genesis
  /** Notes that a law was broken: the world ends with the next event. */
  fail(law: string, message: string): void
  /** Does `run` again and again, `meanMs` apart on average, until it is calm. */
  disturb(random: Random, meanMs: number, run: () => void): void
}

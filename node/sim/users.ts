/** The people: they open channels, lend, pay and are paid, and do what they should not. */
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { EntityRefusal } from '../machines/entity/messages.ts'
import { TOKENS } from './ethereum.ts'
import { EPOCH_MS } from './process.ts'
import type { Random } from './random.ts'
import type { SimServer } from './server.ts'
import { type Demand, wish } from './wishes.ts'
import type { Taken, World } from './world.ts'

/** So many demands are remembered to be paid. */
const DEMANDS_MAX = 20
/** How often somebody wants many things at once. */
const BURST_SHARE = 0.1
/** How soon after somebody has acted somebody looks what has become of it, at most, milliseconds. */
const LOOK_MS = 20

export class Users {
  readonly #world: World
  readonly #random: Random
  readonly #onTaken: (taken: Taken) => void
  readonly #onTold: (server: SimServer) => void
  readonly #demands: Demand[] = []
  readonly #disputes: number

  /**
   * `onTaken` is told of every request that is answered with yes, `onTold` of every server whose state
   * is read, at that moment.
   */
  constructor(world: World, onTaken: (taken: Taken) => void, onTold: (server: SimServer) => void) {
    this.#world = world
    this.#onTaken = onTaken
    this.#onTold = onTold
    this.#random = world.random.fork('users')
    this.#disputes = this.#random.pick([0, 2, 10])
  }

  /** Everybody begins to act, until it is calm. */
  begin(): void {
    const [least, most] = this.#world.paceMs
    for (const server of this.#world.servers) {
      const random = this.#random.fork(server.name)
      this.#world.disturb(random, random.between(least, most), () => this.#acts(server, random))
      if (this.#world.ethereum === undefined) continue
      this.#world.disturb(random.fork('deposits'), 90_000, () => this.#deposit(server, random))
    }
  }

  #others(entity: EntityId): EntityId[] {
    return this.#world.servers.flatMap(({ entities }) => entities).filter((id) => id !== entity)
  }

  /** Mostly one thing, now and then many before anybody could answer. */
  #acts(server: SimServer, random: Random): void {
    const wishes = random.chance(BURST_SHARE) ? random.between(2, 8) : 1
    for (let wish = 0; wish < wishes; wish++) this.#act(server, random)
    const { process } = server
    process?.later(LOOK_MS * random.fraction(), () => this.#look(server))
  }

  /** Reads what there is, as the API does. */
  #look(server: SimServer): void {
    const { engine, process } = server
    engine?.shell.durable().then(
      () => {
        if (process?.isAlive === true) this.#onTold(server)
      },
      // A server that could not write says nothing more.
      () => undefined,
    )
  }

  #act(server: SimServer, random: Random): void {
    const self = random.pick(server.entities)
    const { engine, process } = server
    const action = this.#wish(self, random)
    if (engine === undefined || action === undefined) return
    const asks = action.type === 'startDispute' ? 'asks startDispute' : 'asks'
    this.#world.trace.note(server.name, asks, action.type)
    engine.shell.propose(self, action, 'user').then((refusal) => {
      // What a process says after its end, nobody hears.
      if (process?.isAlive === true) this.#answered(server, self, action, refusal)
    }, this.#fault)
    for (const listener of this.#world.asked) listener(server)
  }

  #wish(self: EntityId, random: Random): Action | undefined {
    const [hub] = this.#world.servers[0]?.entities ?? []
    if (hub === undefined) return undefined
    const now = Math.floor((EPOCH_MS + this.#world.scheduler.nowMs) / 1_000)
    const hasChain = this.#world.ethereum !== undefined
    const others = this.#others(self)
    const demands = this.#demands
    const { wishes } = this.#world
    const prospect = { self, hub, others, demands, now, hasChain, wishes }
    return wish({ ...prospect, disputes: this.#disputes }, random)
  }

  #deposit(server: SimServer, random: Random): void {
    const [entity] = server.entities
    const { chain, process } = server
    const token = random.pick(TOKENS)
    const amount = BigInt(random.between(1, 40))
    if (chain === undefined || entity === undefined) return
    this.#world.trace.note(server.name, 'deposits', `${amount} of ${token.slice(-4)}`)
    chain.deposit(entity, token, amount).catch((error: unknown) => {
      if (process?.isAlive) this.#world.trace.note(server.name, 'deposit failed', String(error))
    })
  }

  readonly #fault = (error: unknown) => this.#world.fail('requests are answered', String(error))

  #answered(
    server: SimServer,
    entity: EntityId,
    action: Action,
    refusal: EntityRefusal | null,
  ): void {
    const { trace, scheduler } = this.#world
    const code = refusal?.code === 'channel_refused' ? refusal.refusal.code : refusal?.code
    trace.note(server.name, refusal === null ? 'took' : `refused ${code}`, action.type)
    if (refusal !== null) return
    this.#onTaken({ server, entity, action, atMs: scheduler.nowMs })
    if (action.type !== 'createInvoice') return
    const { token, amount, secret } = action
    this.#demands.push({ payee: entity, token, amount, hashlock: hashlockOf(secret) })
    if (this.#demands.length > DEMANDS_MAX) this.#demands.shift()
  }
}

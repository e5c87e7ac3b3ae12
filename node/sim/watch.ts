/**
 * Who looks on at a world: hears of all that its servers do, asks every law, and keeps the first that was
 * broken.
 */
import type { Address } from '@xln/shared/ids.ts'
import type { ServerOutput } from '../machines/server/messages.ts'
import type { LogFields } from '../shell/log.ts'
import type { Committed } from '../shell/loop.ts'
import { isCurse } from './curse.ts'
import { LawBroken, type Oracle } from './law.ts'
import { limitsReached } from './limits.ts'
import { oracles } from './oracles/registry.ts'
import type { Failure } from './outcome.ts'
import type { Observer, SimServer } from './server.ts'
import { summaryOf } from './summary.ts'
import { isInvented } from './truth.ts'
import type { World } from './world.ts'

export class Watch {
  readonly #world: World
  #oracles: readonly Oracle[] = []
  #failure: Failure | undefined
  #blocks = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Every law looks on from now on. The servers are there, and have not started. */
  begin(): void {
    this.#oracles = oracles.map((make) => make(this.#world))
  }

  get failure(): Failure | undefined {
    return this.#failure
  }

  /** Server blocks, of all. */
  get blocks(): number {
    return this.#blocks
  }

  /** Notes that a law was broken: the first one counts. */
  fail(law: string, message: string): void {
    if (this.#failure !== undefined) return
    this.#failure = { law, message }
    this.#world.trace.note('world', 'law broken', `${law}: ${message}`)
  }

  /** A reader of `server` is given its state. */
  told(server: SimServer): void {
    this.#ask((oracle) => oracle.told?.(server))
  }

  /** All has come to rest: every law says what it has to say of the end. */
  async judge(): Promise<void> {
    this.#world.trace.note('world', 'at rest')
    for (const oracle of this.#oracles) {
      if (this.#failure !== undefined) return
      try {
        await oracle.settled?.(this.#world)
      } catch (error) {
        this.#broken(oracle, error)
      }
    }
  }

  /** `ended` is called for a server whose process has ended and which is to start again. */
  observer(ended: (server: SimServer) => void): Observer {
    const { trace, weather, dishonest } = this.#world
    return {
      committed: (server, committed) => this.#committed(server, committed),
      signed: (server: SimServer, signer: Address, digest) => {
        this.#ask((oracle) => oracle.signed?.(server, signer, digest))
      },
      started: (server) => {
        trace.note(server.name, 'started', `run ${server.runs}`)
        this.#ask((oracle) => oracle.started?.(server))
      },
      ended: (server, cause) => {
        // Without the stack: who plays the world is no part of it.
        trace.note(server.name, 'ended', cause.split('\n')[0])
        if (cause.startsWith('fault MachineThrew')) this.fail('a throw ends nobody', cause)
        this.#ask((oracle) => oracle.ended?.(server, cause))
        if (!weather.isCalm || !dishonest.has(server.name)) ended(server)
      },
      logged: (server, level, event, fields) => this.#logged(server, level, event, fields),
    }
  }

  #committed(server: SimServer, committed: Committed): void {
    const { trace } = this.#world
    this.#blocks++
    if (committed.outputs.some(isTermAhead)) trace.note(server.name, 'term from ahead')
    trace.note(server.name, 'block', summaryOf(server, committed))
    this.#countLimits(server, committed)
    this.#ask((oracle) => oracle.committed?.(server, committed))
  }

  /** Notes each limit once a world. */
  #countLimits(server: SimServer, committed: Committed): void {
    const { trace, servers } = this.#world
    const peers = servers.flatMap(({ entities }) => entities)
    for (const name of limitsReached(server, committed, peers)) {
      if (!trace.counts.has(`limit ${name}`)) trace.note(server.name, `limit ${name}`)
    }
  }

  #logged(server: SimServer, level: string, event: string, fields: LogFields): void {
    if (level === 'debug' || level === 'info') return
    const world = this.#world
    const { reason, code, error } = fields
    world.trace.note(server.name, `log ${event}`, String(reason ?? code ?? error ?? ''))
    if (event === 'chain.corrected') {
      // Blocks that only one endpoint shows make others final too soon.
      const isShallow = !world.isDeep && !isInvented(world)
      if (isShallow) this.fail('what is final stays', `${server.name} takes it back`)
      world.isDeep = true
    }
    if (event === 'machine threw' && !isCurse(error)) {
      this.fail('machines are total', String((error as Error | undefined)?.stack ?? error))
    }
  }

  #ask(question: (oracle: Oracle) => void): void {
    for (const oracle of this.#oracles) {
      if (this.#failure !== undefined) return
      try {
        question(oracle)
      } catch (error) {
        this.#broken(oracle, error)
      }
    }
  }

  #broken(oracle: Oracle, error: unknown): void {
    if (error instanceof LawBroken) this.fail(error.law, error.message)
    else this.fail(oracle.name, error instanceof Error ? `${error.stack}` : String(error))
  }
}

/** A peer's term was opened by a clock far ahead: it is left unanswered, see README.md. */
function isTermAhead({ output }: ServerOutput): boolean {
  if (output.type !== 'channelFact' || output.fact.type !== 'messageRefused') return false
  return output.fact.refusal.code === 'term_unexpected'
}

/**
 * Brings requests onto the chain and says what became of each.
 *
 * Keeps nothing on disk: after a restart the caller gives its requests again. A batch that was executed
 * meanwhile is found by its nonce; whatever else a node submits by itself is harmless twice.
 */
import type { BlockReference } from '@xln/shared/depository/events.ts'
import { type Clock, systemClock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { type AccountLook, GasAccount, type Landing } from './account.ts'
import type { GasKey } from './broadcast.ts'
import { type ChainCall, encodeCall } from './calls.ts'
import type { Contracts } from './decode.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError, type ChainFault } from './faults.ts'
import { inOrder, isPointless, type Job, Judge } from './judge.ts'
import { Pause } from './pause.ts'
import type { Sighting, SubmitOutcome, SubmitRequest, SubmitResult } from './request.ts'

export interface SubmitterOptions {
  readonly endpoints: Endpoints
  readonly contracts: Contracts
  /** The block of the deployment. */
  readonly fromBlock: number
  readonly gasKey: GasKey
  /** Called once for each request: with this it is over. */
  readonly report: (result: SubmitResult) => void
  /** Called when a request is first seen in a block, and again when a reorganisation moved it. */
  readonly sighted?: (sighting: Sighting) => void
  readonly log: Logger
  /** As the watcher's. Default: 12. */
  readonly confirmations?: number
  /** Wei. Default: 500 gwei. */
  readonly maxFeePerGas?: bigint
  /** Blocks after which a transaction that still waits offers more. Default: 3. */
  readonly stuckBlocks?: number
  /** Transactions that are sent and not final. Default: 64. */
  readonly underWayMax?: number
  /** Milliseconds between looks at the chain. Default: 1,000. */
  readonly pollMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

export interface SubmitterHealth {
  readonly address: string
  /** Wei; undefined before the first look at the chain. */
  readonly balance: bigint | undefined
  /** Not sent yet. */
  readonly waiting: number
  /** Sent, and not final. */
  readonly underWay: number
  /** The newest block as of which everything was done that could be. */
  readonly block: number | undefined
  readonly fault: ChainFault | undefined
}

/** Who waits for a request that was not the caller's. */
interface Waiter {
  resolve(sighting: Sighting): void
  reject(error: ChainError): void
}

const GWEI = 10n ** 9n
/** With nothing to do it looks only after its balance. */
const IDLE_LOOK_MS = 30_000
export class Submitter {
  readonly #options: SubmitterOptions
  readonly #account: GasAccount<Job>
  readonly #judge: Judge
  readonly #clock: Clock
  readonly #pause: Pause
  readonly #known = new Set<string>()
  readonly #waiters = new Map<string, Waiter>()
  #waiting: Job[] = []
  #landed: Landing<Job>[] = []
  /** What was last sighted of each request under way. */
  readonly #sightings = new Map<string, string>()
  #orders = 0
  #head: BlockReference | undefined
  #balance: bigint | undefined
  #fault: ChainFault | undefined
  #isFresh = false
  #lookedAtMs = 0
  #stopping = false
  #running: Promise<void> | undefined

  constructor(options: SubmitterOptions) {
    const { endpoints, gasKey: key, confirmations = 12 } = options
    const { maxFeePerGas = 500n * GWEI, stuckBlocks = 3 } = options
    const { contracts, fromBlock, clock = systemClock } = options
    this.#clock = clock
    this.#pause = new Pause(clock)
    this.#options = options
    this.#judge = new Judge({ endpoints, contracts, fromBlock, sender: key.address })
    this.#account = new GasAccount({ endpoints, key, confirmations, maxFeePerGas, stuckBlocks })
  }

  /** Takes a request; it is reported when it is over. Throws for numbers outside the ABI's fields. */
  submit(request: SubmitRequest): void {
    if (this.#known.has(request.id)) return
    const call = encodeCall(this.#options.contracts.depository, request.call)
    this.#known.add(request.id)
    this.#waiting.push({ request, call, order: this.#orders++ })
    this.poke()
  }

  /**
   * Takes a call and resolves when it is in a block, which need not be final; nothing is reported.
   * Rejects with `call_reverted` when the contract refuses it, `transaction_lost` when a stranger took
   * its place. While the chain cannot be reached or the key cannot pay, it waits: see {@link health}.
   */
  perform(call: ChainCall): Promise<Sighting> {
    return new Promise((resolve, reject) => {
      const id = `performed/${this.#orders}`
      this.#waiters.set(id, { resolve, reject })
      this.submit({ id, urgent: false, call })
    })
  }

  /** Works until {@link stop}. Rejects only when a callback throws, or with a bug. */
  run(): Promise<void> {
    this.#running ??= this.#loop()
    return this.#running
  }

  /** Returns when nothing is asked or sent any more. What is under way goes its way. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#pause.end()
    // Whoever called `run` is told what went wrong there.
    await this.#running?.catch(() => {})
  }

  /** Looks at the chain at once. */
  poke(): void {
    this.#isFresh = true
    this.#pause.end()
  }

  health(): SubmitterHealth {
    return {
      address: this.#options.gasKey.address,
      balance: this.#balance,
      waiting: this.#waiting.length,
      underWay: this.#account.flights.length,
      block: this.#head?.block,
      fault: this.#fault ?? this.#account.fault,
    }
  }

  async #loop(): Promise<void> {
    const { pollMs = 1_000, log } = this.#options
    while (!this.#stopping) {
      let waitMs = pollMs
      try {
        await this.#turn()
        this.#fault = undefined
      } catch (error) {
        if (!(error instanceof ChainError)) throw error
        if (this.#fault === undefined) log.warn('chain.submit', { fault: error.cause ?? error })
        this.#fault = error.fault
        const { fault } = error
        if (fault.code === 'rpc_unreachable') waitMs = Math.max(waitMs, fault.retryInMs)
      }
      if (!this.#stopping) await this.#pause.wait(waitMs)
    }
  }

  async #turn(): Promise<void> {
    const isIdle = this.#known.size === 0 && this.#account.flights.length === 0
    if (isIdle && this.#clock.nowMs() < this.#lookedAtMs + IDLE_LOOK_MS) return
    this.#lookedAtMs = this.#clock.nowMs()
    const look = await this.#account.look()
    this.#balance = look.balance
    const isNewHead = look.head.hash !== this.#head?.hash
    if (!isNewHead && !this.#isFresh) return
    this.#isFresh = false
    this.#account.fault = undefined
    this.#landed.push(...(await this.#account.track(look)))
    await this.#land(look)
    this.#reportSightings()
    if (isNewHead) await this.#renew(look)
    await this.#launch(look)
    this.#head = look.head
  }

  async #land(look: AccountLook): Promise<void> {
    for (let landing = this.#landed[0]; landing !== undefined; landing = this.#landed[0]) {
      const { job } = landing.flight
      const outcome = job && (await this.#judge.outcomeOf(landing, job.request, look))
      if (job && outcome === undefined) this.#waiting.push(job)
      if (job && outcome !== undefined) this.#conclude(job, outcome)
      this.#landed.shift()
    }
  }

  #reportSightings(): void {
    for (const { job, inclusion } of this.#account.flights) {
      if (job === undefined || inclusion === undefined) continue
      const { id } = job.request
      const { block, txHash, succeeded } = inclusion
      const place = `${block}/${txHash}`
      if (this.#sightings.get(id) === place) continue
      this.#sightings.set(id, place)
      const sighting = { id, block, txHash, succeeded }
      const waiter = this.#waiters.get(id)
      if (waiter === undefined) this.#options.sighted?.(sighting)
      else if (succeeded) waiter.resolve(sighting)
    }
  }

  async #renew(look: AccountLook): Promise<void> {
    for (const flight of this.#account.flights) {
      if (flight.job === undefined || !isPointless(flight, look)) continue
      this.#waiting.push(flight.job)
      await this.#account.turnBack(flight, look)
    }
    await this.#account.renew(look)
  }

  async #launch(look: AccountLook): Promise<void> {
    const { underWayMax = 64, gasKey } = this.#options
    for (const job of this.#waiting.toSorted(inOrder)) {
      const { flights } = this.#account
      if (flights.length >= underWayMax) return
      const decision = await this.#judge.decide(job, look, flights)
      if (decision === 'hold') continue
      if (decision === 'poor') {
        const { balance } = look
        const needed = job.call.value
        this.#account.fault = { code: 'gas_key_poor', address: gasKey.address, balance, needed }
      } else if ('status' in decision) {
        this.#conclude(job, decision)
      } else {
        const { urgent } = job.request
        if (!(await this.#account.launch(job, job.call, decision.gas, urgent, look))) return
        this.#waiting = this.#waiting.filter((each) => each !== job)
      }
    }
  }

  #conclude(job: Job, outcome: SubmitOutcome): void {
    const { id } = job.request
    this.#waiting = this.#waiting.filter((each) => each !== job)
    this.#known.delete(id)
    this.#sightings.delete(id)
    const waiter = this.#waiters.get(id)
    this.#waiters.delete(id)
    if (waiter === undefined) this.#options.report({ id, ...outcome })
    else settle(waiter, id, outcome)
  }
}

/** A waiter that was told of a sighting hears nothing more. */
function settle(waiter: Waiter, id: string, outcome: SubmitOutcome): void {
  switch (outcome.status) {
    case 'included': {
      const { block, txHash } = outcome
      waiter.resolve({ id, block, txHash, succeeded: true })
      break
    }
    case 'reverted':
    case 'refused':
      waiter.reject(new ChainError({ code: 'call_reverted', error: outcome.error }))
      break
    case 'nonceUsed':
    case 'expired':
    case 'lost':
      waiter.reject(new ChainError({ code: 'transaction_lost', status: outcome.status }))
  }
}

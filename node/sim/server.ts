/** One server of the world: its keys and its disk for ever, and its processes one after another. */
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import { type Engine, openEngine } from '../engine.ts'
import { DEFAULT_POLICY } from '../machines/entity/entity.ts'
import type { Genesis } from '../machines/server/genesis.ts'
import type { Arrival } from '../shell/admission.ts'
import type { Clock } from '../shell/clock.ts'
import type { LogFields, Logger } from '../shell/log.ts'
import type { Committed } from '../shell/loop.ts'
import type { ChainPort } from '../shell/server.ts'
import type { SimDisk } from './disk.ts'
import type { SimNetwork } from './network.ts'
import { Process, type Skew } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** What a process's view of the chain is made from. */
export interface Surroundings {
  readonly process: Process
  readonly scheduler: Scheduler
  readonly clock: Clock
  readonly log: Logger
  readonly engine: Engine
  readonly domain: ChainDomain
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  /** Ends the process: something failed that no retry mends. */
  readonly fail: (error: unknown) => void
}

/** The chain, as one process has it. */
export interface ChainOfServer {
  readonly port: ChainPort
  /** Begins to follow. */
  start(): void
  stop(): Promise<void>
  /** Moves money of the server's own into a reserve. */
  deposit(entity: EntityId, token: TokenId, amount: bigint): Promise<void>
  /** Nothing of this server waits for the chain. */
  isIdle(): boolean
  /** How it stands with what was submitted, in words. */
  readonly submitting?: () => string
  /** It has seen all there is to see. */
  isFollowing(): boolean
}

/** A channel message on its way to a peer. */
export interface Said {
  readonly type: number
  readonly sender: EntityId
  readonly recipient: EntityId
  readonly data: Uint8Array
}

/** Who is told of all that a server does. Must not throw. */
export interface Observer {
  committed(server: SimServer, committed: Committed): void
  signed(server: SimServer, signer: Address, digest: Uint8Array): void
  started(server: SimServer): void
  /** Something ended the process: a kill, or a fault of its own. */
  ended(server: SimServer, cause: string): void
  logged(server: SimServer, level: string, event: string, fields: LogFields): void
}

export interface ServerOptions {
  readonly name: string
  /** What others dial; its name when absent. */
  readonly host?: string
  readonly serverKey: Uint8Array
  /** One entity for each. */
  readonly entityKeys: readonly Uint8Array[]
  /** The names of the servers that it dials. */
  readonly dials: readonly string[]
  readonly domain: ChainDomain
  readonly scheduler: Scheduler
  readonly network: SimNetwork
  readonly disk: SimDisk
  readonly random: Random
  readonly genesis: () => Promise<Genesis>
  readonly chain: (surroundings: Surroundings) => ChainOfServer
  readonly observer: Observer
  readonly cacheBytes?: number
}

/** Small, so that checkpoints, restarts and evictions happen often. */
const STORE = { checkpointBlocks: 20, checkpointRecords: 500 }

export class SimServer {
  readonly name: string
  readonly address: Address
  readonly entities: readonly EntityId[]
  readonly disk: SimDisk
  /** Its clock differs from the world's by so much. */
  readonly skew: Skew = { ms: 0 }
  /** What a dishonest server says in place of each message of its machines. */
  twist: (said: Said) => readonly Said[] = (said) => [said]
  /** What its machines hear in place of each channel message of a peer. */
  hears: (data: Uint8Array) => Uint8Array = (data) => data
  /** What reaches its machines once more after an input. */
  again: (arrival: Arrival) => readonly Arrival[] = () => []
  readonly #options: ServerOptions
  readonly #keys: ReadonlyMap<Address, Uint8Array>
  #process: Process | undefined
  #engine: Engine | undefined
  #chain: ChainOfServer | undefined
  #runs = 0
  #isRetired = false

  constructor(options: ServerOptions) {
    const { name, serverKey, entityKeys, disk } = options
    this.name = name
    this.disk = disk
    this.address = addressOf(serverKey)
    const keys = new Map([[this.address, serverKey]])
    for (const key of entityKeys) keys.set(addressOf(key), key)
    this.#keys = keys
    this.entities = [...keys.keys()].slice(1).map(lazyEntityId)
    this.#options = options
  }

  /** Of the process that runs; undefined while none does, or it is not ready. */
  get engine(): Engine | undefined {
    return this.#engine
  }

  get domain(): ChainDomain {
    return this.#options.domain
  }

  /** What `entity`, which lives here, really signs, whatever it is. */
  signFor(entity: EntityId, digest: Uint8Array): Uint8Array {
    for (const [address, key] of this.#keys) {
      if (lazyEntityId(address) === entity) return signDigest(digest, key)
    }
    throw new Error(`${entity} does not live at ${this.name}`)
  }

  get chain(): ChainOfServer | undefined {
    return this.#chain
  }

  get process(): Process | undefined {
    return this.#process
  }

  /** How many processes there were. */
  get runs(): number {
    return this.#runs
  }

  /** A server with the same keys and addresses, on a disk and in a process of its own. */
  twin(name: string, disk: SimDisk, random: Random): SimServer {
    const { host = this.name } = this.#options
    return new SimServer({ ...this.#options, name, host, disk, random })
  }

  /** Ends the process as it stands; no other is started. */
  retire(): void {
    this.#isRetired = true
    this.kill('gone')
  }

  get isRetired(): boolean {
    return this.#isRetired
  }

  get isUp(): boolean {
    return this.#engine !== undefined && this.#process?.isAlive === true
  }

  /** Starts a process, unless one runs. */
  start(): void {
    if (this.#isRetired || this.#process?.isAlive === true) return
    const process = new Process(this.#options.scheduler)
    this.#process = process
    this.#runs++
    process.onEnd(() => this.#onEnd(process))
    this.#run(process).catch((error: unknown) => this.#fail(process, error))
  }

  /** Ends the process as it stands. */
  kill(cause: string): void {
    const process = this.#process
    if (process?.isAlive !== true) return
    this.#cause = cause
    process.kill()
  }

  /** Ends the process in good order. */
  async stop(): Promise<void> {
    const engine = this.#engine
    if (engine === undefined) return
    const { network, shell, store } = engine
    await network.stop()
    await this.#chain?.stop()
    await shell.stop()
    // It closes also when it cannot write: whoever stops it learns of that, and no more is lost.
    await store.close().catch(() => undefined)
    this.kill('stopped')
  }

  #cause = 'killed'

  #onEnd(process: Process): void {
    if (this.#process !== process) return
    this.#engine = undefined
    this.#chain = undefined
    this.disk.release()
    const cause = this.#cause
    this.#cause = 'killed'
    this.#options.observer.ended(this, cause)
  }

  /** The next process makes its records again from the whole log. */
  #rebuilds = false

  #fail(process: Process, error: unknown): void {
    if (!process.isAlive || this.#process !== process) return
    const { code } = (error as { fault?: { code: string } }).fault ?? { code: undefined }
    // What the message tells the operator to do.
    if (/[Rr]ebuild/.test(String(error))) this.#rebuilds = true
    this.kill(`fault ${code ?? (error instanceof Error ? error.stack : String(error))}`)
  }

  async #run(process: Process): Promise<void> {
    const { domain, scheduler, observer, network, random, dials } = this.#options
    const { host = this.name } = this.#options
    const clock = process.clock(random.fork(`clock ${this.#runs}`), this.skew)
    const log = this.#logger({})
    const sign = (signer: Address, digest: Uint8Array) => this.#sign(process, signer, digest)
    const engine = await openEngine({
      domain,
      server: this.address,
      sign,
      ...this.disk.attach(process),
      clock,
      log,
      genesis: this.#options.genesis,
      listen: { host, port: 1 },
      peers: dials.map((other) => ({ url: `ws://${other}:1` })),
      transport: network.transport(host, process),
      store: {
        ...STORE,
        cacheBytes: this.#options.cacheBytes ?? 1 << 20,
        rebuild: this.#rebuilds,
      },
      onCommitted: (committed) => {
        if (process.isAlive) observer.committed(this, committed)
      },
      onFault: (error) => this.#fail(process, error),
    })
    if (!process.isAlive) return
    this.#engine = engine
    this.#rebuilds = false
    const fail = (error: unknown) => this.#fail(process, error)
    const chain = this.#options.chain({
      process,
      scheduler,
      clock,
      log,
      engine,
      domain,
      sign,
      fail,
    })
    this.#chain = chain
    const { network: peers, shell } = engine
    const onMessages = shell.onMessages.bind(shell)
    shell.onMessages = (peer, incarnation, batch) =>
      onMessages(
        peer,
        incarnation,
        batch.map((each) => ({ ...each, data: this.hears(each.data) })),
      )
    const { admission } = shell
    const admit = admission.admit.bind(admission)
    admission.admit = (inputClass, source, arrival) => {
      const isAdmitted = admit(inputClass, source, arrival)
      for (const repeated of this.again(arrival)) admit(inputClass, source, repeated)
      return isAdmitted
    }
    const send = peers.send.bind(peers)
    peers.send = (server, messages) =>
      send(
        server,
        messages.flatMap((said) => this.twist(said as Said)),
      )
    await engine.start(chain.port)
    for (const entity of this.#keys.keys()) {
      if (entity === this.address || engine.shell.hosts(lazyEntityId(entity))) continue
      engine.shell.createEntity(entity, DEFAULT_POLICY)
    }
    await engine.connect()
    chain.start()
    observer.started(this)
  }

  #sign(process: Process, signer: Address, digest: Uint8Array): Uint8Array {
    const key = this.#keys.get(signer)
    if (key === undefined) throw new Error(`${this.name} has no key of ${signer}`)
    if (process.isAlive) this.#options.observer.signed(this, signer, digest)
    return signDigest(digest, key)
  }

  #logger(common: LogFields): Logger {
    const at = (level: string) => (event: string, fields?: LogFields) =>
      this.#options.observer.logged(this, level, event, { ...common, ...fields })
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => this.#logger({ ...common, ...fields }),
    }
  }
}

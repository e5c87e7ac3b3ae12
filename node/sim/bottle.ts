/**
 * A network in a bottle: servers, wires, disks and users under one seed. Runs until the faults stop,
 * then until all has come to rest, and has every law watched on the way.
 */

import { numberToBytes } from '@xln/shared/bytes.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest, useSecp256k1 } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import { parseAddress } from '@xln/shared/ids.ts'
import type { Genesis } from '../machines/server/genesis.ts'
import { stumbling } from './curse.ts'
import { SimDisk } from './disk.ts'
import { Ethereum } from './ethereum.ts'
import { faultClasses } from './faults/registry.ts'
import { FakeCurve } from './keys.ts'
import { KNOWN_LAWS } from './known.ts'
import { SimNetwork } from './network.ts'
import type { Outcome } from './outcome.ts'
import { quietChain, quietGenesis } from './quietChain.ts'
import { Random } from './random.ts'
import { isAtRest, isBodyForgotten, whatIsLeft } from './rest.ts'
import { Scheduler } from './scheduler.ts'
import { type Observer, SimServer } from './server.ts'
import type { Shape, WorldOptions } from './shape.ts'
import { type Theme, themeOf } from './themes.ts'
import { Trace } from './trace.ts'
import { Users } from './users.ts'
import { Watch } from './watch.ts'
import { Weather } from './weather.ts'
import type { Taken, World } from './world.ts'

/** How long users act and faults happen, virtual milliseconds. */
const TROUBLE_MS = { min: 20_000, max: 120_000 }
const TROUBLE_WITH_CHAIN_MS = { min: 120_000, max: 900_000 }
/** All must have come to rest so long after the faults have stopped, virtual milliseconds. */
const REST_MAX_MS = 4 * 3_600_000
const LOOK_MS = 5_000
/** One seed in so many has real keys. */
const REAL_KEYS_EVERY = 20

const domain: ChainDomain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'51'.repeat(20)}`),
}

export class Bottle implements World {
  readonly seed: number
  readonly domain = domain
  readonly scheduler = new Scheduler()
  readonly trace: Trace
  readonly random: Random
  readonly weather: Weather
  readonly network: SimNetwork
  /** Undefined: the channels of this world live on credit alone. */
  readonly ethereum: Ethereum | undefined
  readonly servers: readonly SimServer[]
  readonly taken: Taken[] = []
  readonly asked: ((server: SimServer) => void)[] = []
  readonly #users: Users
  readonly #watch = new Watch(this)
  /** Every channel block that was proposed. */
  readonly blocks = new Map<Hash, ChannelBlock>()
  /** Servers whose disk has lost or replaced something that was durable, by name. */
  readonly damaged = new Set<string>()
  /** Servers of which two processes have signed, and whose disk is not that of their own run, by name. */
  readonly doubled = new Set<string>()
  /** Servers that do not keep to the protocol, by name. They are gone when it is calm. */
  readonly dishonest = new Set<string>()
  /** The chain has taken back what was final. */
  isDeep = false
  readonly atCalm: (() => void)[] = []
  readonly #names: readonly string[]
  readonly #theme: Theme | undefined
  readonly #troubleMs: number
  readonly #faults: readonly string[]

  constructor({ seed, show, faults, chain, theme, leaves, troubleMs }: WorldOptions) {
    this.seed = seed
    this.random = new Random(`seed ${seed}`)
    this.trace = new Trace(this.scheduler, show)
    this.weather = new Weather(this.random.fork('weather'))
    this.network = new SimNetwork(
      this.scheduler,
      this.random.fork('network'),
      this.weather.networkMood(),
    )
    // Faults that are given belong to no theme, unless that is given too.
    const isFree = faults !== undefined && theme === undefined
    this.#theme = isFree ? undefined : themeOf(this.random.fork('theme'), theme)
    const size = leaves ?? (this.#theme === undefined ? this.random.fork('size').between(2, 4) : 2)
    this.#names = ['hub', ...Array.from({ length: size }, (_, index) => `leaf${index + 1}`)]
    this.ethereum = this.#makeEthereum(chain ?? this.#theme?.chain)
    this.#troubleMs = troubleMs ?? this.#theme?.troubleMs ?? this.#pickTrouble()
    this.servers = this.#makeServers()
    this.#users = new Users(
      this,
      (taken) => this.taken.push(taken),
      (server) => this.#watch.told(server),
    )
    this.#watch.begin()
    this.#faults = this.#begin(faults)
  }

  get paceMs(): readonly [number, number] {
    return this.#theme?.paceMs ?? (this.ethereum === undefined ? [50, 2_000] : [500, 8_000])
  }

  get wishes(): Theme['wishes'] {
    return this.#theme?.wishes
  }

  /** Where every server begins to look at the chain. */
  genesis(): Genesis {
    return this.ethereum?.genesis() ?? quietGenesis()
  }

  /** The servers that keep to the protocol. */
  get honest(): readonly SimServer[] {
    return this.servers.filter(({ name }) => !this.dishonest.has(name))
  }

  serverOf(entity: EntityId): SimServer | undefined {
    return this.servers.find(({ entities }) => entities.includes(entity))
  }

  /** Whether one of the two dials the other. */
  areNeighbours(one: SimServer, other: SimServer | undefined): boolean {
    if (other === undefined || this.dishonest.has(other.name)) return false
    return one !== other && (one.name === 'hub' || other.name === 'hub')
  }

  /** Notes that a law was broken: the world ends with the next event. */
  fail(law: string, message: string): void {
    this.#watch.fail(law, message)
  }

  /** Does `run` again and again, `meanMs` apart on average, until it is calm. */
  disturb(random: Random, meanMs: number, run: () => void): void {
    const again = () => {
      const waitMs = -Math.log(1 - random.fraction()) * meanMs
      this.scheduler.in(waitMs, () => {
        if (this.weather.isCalm) return
        run()
        again()
      })
    }
    again()
  }

  /** Starts a server some time after its process has ended. */
  restart(server: SimServer, delayMs: number): void {
    this.scheduler.in(delayMs, () => server.start())
  }

  async run(): Promise<Outcome> {
    for (const server of this.servers) server.start()
    this.#users.begin()
    this.ethereum?.begin()
    const isDone = () => this.#watch.failure !== undefined
    await this.scheduler.run(this.#troubleMs, isDone)
    if (!isDone()) await this.#calm(isDone)
    return this.#outcome()
  }

  #pickTrouble(): number {
    const { min, max } = this.ethereum === undefined ? TROUBLE_MS : TROUBLE_WITH_CHAIN_MS
    return this.random.fork('trouble').between(min, max)
  }

  #shape(): Shape {
    return {
      seed: this.seed,
      chain: this.ethereum !== undefined,
      theme: this.#theme?.name,
      faults: this.#faults,
      leaves: this.#names.length - 1,
      troubleMs: this.#troubleMs,
    }
  }

  async #calm(isDone: () => boolean): Promise<void> {
    const { scheduler } = this
    this.trace.note('world', 'calm')
    this.weather.isCalm = true
    this.network.heal()
    this.ethereum?.calm()
    for (const end of this.atCalm) end()
    // Whoever can take a frame out and leave the rest could as well have cut the wire, and stays until now.
    for (const wire of this.network.wires()) if (wire.isTampered) wire.cut()
    for (const server of this.servers) {
      server.skew.ms = 0
      if (this.dishonest.has(server.name)) {
        server.kill('gone')
        continue
      }
      server.process?.resume()
      if (server.process?.isAlive !== true) server.start()
    }
    const end = scheduler.nowMs + REST_MAX_MS
    while (scheduler.nowMs < end) {
      await scheduler.run(scheduler.nowMs + LOOK_MS, isDone)
      if (isDone()) return
      if (isAtRest(this)) {
        await this.#watch.judge()
        return
      }
    }
    const left = whatIsLeft(this).join('; ')
    // Many a stone rolls again when everybody connects anew: told apart, as it is less grave.
    for (const wire of this.network.wires()) wire.cut()
    await scheduler.run(end + REST_MAX_MS / 8, isDone)
    const law = isAtRest(this) ? 'comes to rest without a new connection' : 'comes to rest'
    this.fail(`${law}${this.#excuse()}`, `after ${REST_MAX_MS} ms there is ${left}`)
  }

  /** What else was wrong with this world, where that is known to matter. */
  #excuse(): string {
    const payers = this.#names.flatMap((name, index) =>
      this.dishonest.has(name) ? [] : [addressOf(gasKeyOf(index))],
    )
    if (payers.some((payer) => this.ethereum?.hasGap(payer))) return ', behind a gap in the nonces'
    if (this.isDeep) return ', though the chain went deep'
    if (this.trace.counts.has('fault started twice')) return ', after a server ran twice'
    if (this.trace.counts.has('term from ahead')) return ', though clocks have jumped'
    if (isBodyForgotten(this)) return ', with a body that nobody has'
    return this.damaged.size > 0 ? ', after a loss' : ''
  }

  #outcome(): Outcome {
    const { failure, blocks } = this.#watch
    return {
      seed: this.seed,
      lines: this.trace.last(40),
      hash: this.trace.finish(),
      failure,
      isKnown: failure !== undefined && KNOWN_LAWS.has(failure.law),
      faults: this.#faults,
      shape: this.#shape(),
      counts: this.trace.counts,
      blocks,
      steps: this.scheduler.steps,
      virtualMs: this.scheduler.nowMs,
    }
  }

  #begin(names: readonly string[] | undefined): string[] {
    const random = this.random.fork('faults')
    const share = random.fraction()
    const chosen = faultClasses.filter(({ name, rarity }) => {
      const isPicked = random.chance(share * (rarity ?? 1))
      const wanted = names ?? this.#theme?.faults
      return wanted === undefined ? isPicked : wanted.includes(name)
    })
    for (const fault of chosen) fault.begin(this, random.fork(fault.name))
    return chosen.map(({ name }) => name)
  }

  #makeEthereum(chain: boolean | undefined): Ethereum | undefined {
    const random = this.random.fork('chain')
    const isPicked = random.chance(0.5)
    if (!(chain ?? isPicked)) return undefined
    const payers = this.#names.map((_, index) => addressOf(gasKeyOf(index)))
    return new Ethereum(domain, this.scheduler, random, payers, this.#theme?.pace)
  }

  #makeServers(): SimServer[] {
    const random = this.random.fork('servers')
    const observer = this.#observer()
    const { ethereum } = this
    return this.#names.map((name, index) => {
      const own = random.fork(name)
      const key = gasKeyOf(index)
      const gasKey = {
        address: addressOf(key),
        sign: (digest: Uint8Array) => signDigest(digest, key),
      }
      return new SimServer({
        name,
        serverKey: keccak256(numberToBytes(1_000 + index, 8)),
        entityKeys: [keccak256(numberToBytes(2_000 + index, 8))],
        dials: index === 0 ? [] : ['hub'],
        domain,
        scheduler: this.scheduler,
        network: this.network,
        disk: new SimDisk(own.fork('disk'), this.weather.diskMood(name)),
        random: own,
        genesis: async () => this.genesis(),
        chain: (surroundings) => ethereum?.of(surroundings, gasKey) ?? quietChain(surroundings),
        observer,
        cacheBytes: own.pick([1, 4_096, 1 << 20]),
      })
    })
  }

  #observer(): Observer {
    const restarts = this.random.fork('restarts')
    return this.#watch.observer((server) => this.restart(server, restarts.between(50, 5_000)))
  }
}

function gasKeyOf(index: number): Uint8Array {
  return keccak256(numberToBytes(3_000 + index, 8))
}

/** Runs one seed in a world of its own. */
export async function runSeed(options: WorldOptions): Promise<Outcome> {
  // What is installed already are the real ones.
  const real = useSecp256k1(new FakeCurve())
  const isReal = options.seed % REAL_KEYS_EVERY === 0
  useSecp256k1(stumbling(isReal ? real : new FakeCurve()))
  try {
    return await new Bottle(options).run()
  } finally {
    useSecp256k1(real)
  }
}

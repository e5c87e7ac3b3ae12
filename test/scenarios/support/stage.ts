/**
 * Where a conversation is played: the simulator's real parts, and nothing that is left to chance. Frames,
 * writes and answers of the chain take always the same time, blocks come every twelve seconds, nobody
 * acts and nothing fails but by a command.
 */
import { decodeLog } from '@xln/node/shell/chain/decode.ts'
import type { Committed } from '@xln/node/shell/loop.ts'
import { type DiskImage, SimDisk } from '@xln/node/sim/disk.ts'
import { Ethereum, TOKENS } from '@xln/node/sim/ethereum.ts'
import type { Fate } from '@xln/node/sim/moods.ts'
import { SimNetwork } from '@xln/node/sim/network.ts'
import { Random } from '@xln/node/sim/random.ts'
import { Scheduler } from '@xln/node/sim/scheduler.ts'
import { type Observer, type Said, SimServer } from '@xln/node/sim/server.ts'
import { numberToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { type EntityId, parseAddress } from '@xln/shared/ids.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import type { KeptProof, Trick } from './dishonesty.ts'
import { Names } from './names.ts'
import { outputWords } from './outputs.ts'
import { Wire } from './wire.ts'
import { wordsOf } from './words.ts'

const LATENCY_MS = 10
const WRITE_MS = 1
const BLOCK_MS = 12_000
/** How many blocks stand on a final one. */
const CONFIRMATIONS = 3

const domain: ChainDomain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'51'.repeat(20)}`),
}

export class Stage {
  readonly domain = domain
  readonly scheduler = new Scheduler()
  readonly random: Random
  readonly network: SimNetwork
  readonly ethereum: Ethereum
  /** In the order of their ids: of two, the first is left. */
  readonly servers: readonly SimServer[]
  readonly names = new Names()
  readonly tricks = new Map<SimServer, Trick>()
  readonly images = new Map<SimServer, DiskImage>()
  /** No transaction gets into a block: what waits for one is forgotten. */
  isFull = false
  /** The proof of a settlement that somebody has kept, to show it by hand. */
  keptProof: KeptProof | undefined
  /** What becomes of the next write of a server. */
  readonly #fates = new Map<SimServer, Fate>()
  readonly #powerless = new Set<SimServer>()
  readonly #wire = new Wire(this.names)
  #facts: string[] = []
  #messages: string[] = []
  #lines: string[] = []
  #shownSecond = -1

  /** Servers by name; each dials those named before it. */
  constructor(cast: readonly string[]) {
    this.random = new Random('golden')
    const mood = { latencyMs: () => LATENCY_MS, tampering: () => undefined }
    this.network = new SimNetwork(this.scheduler, this.random.fork('network'), mood)
    const payers = cast.map((_, index) => addressOf(gasKeyOf(index)))
    this.ethereum = new Ethereum(domain, this.scheduler, chainRandom(), payers)
    if (this.ethereum.confirmations !== CONFIRMATIONS) throw new Error('the chain is not so deep')
    const sorted = [...cast].sort()
    this.servers = sorted.map((name, index) => this.#makeServer(name, index, cast))
    this.#nameAll()
    this.#mineEvery()
    for (const name of cast) this.server(name).start()
  }

  /** Throws for a name that is not of the cast. */
  server(name: string): SimServer {
    const server = this.servers.find((each) => each.name === name)
    if (server === undefined) throw new Error(`nobody is called ${name}`)
    return server
  }

  entity(name: string): EntityId {
    return this.server(name).entities[0] as EntityId
  }

  /** Lets everything happen for a while. */
  async pass(ms: number): Promise<void> {
    // What was asked for outside of any event goes on as far as it can before time does.
    this.scheduler.in(0, () => undefined)
    await this.scheduler.run(this.scheduler.nowMs + ms, () => {
      this.#flush()
      return false
    })
    this.#flush()
  }

  /** Lets time pass until so many blocks were mined. */
  async mine(blocks: number): Promise<void> {
    await this.pass(blocks * BLOCK_MS)
  }

  /** The power of a server goes at its next write: whatever was not synced may be lost. */
  cutPowerAt(server: SimServer, fate: 'killedBefore' | 'killedAfter'): void {
    this.#fates.set(server, fate)
    this.#powerless.add(server)
  }

  /** Blocks are lost, and as many and one more come in their place. */
  reorganise(depth: number, keepsTransactions: boolean): void {
    const { chain } = this.ethereum
    const first = chain.head.number - depth + 1
    const times = Array.from({ length: depth }, (_, index) => ({
      timestamp: chain.blockAt(first + index)?.timestamp ?? 0,
      ...(keepsTransactions ? {} : { transactions: [] }),
    }))
    const last = { timestamp: this.ethereum.now(), transactions: [] }
    const forget = () => !keepsTransactions
    chain.reorganise({ depth, blocks: [...times, last], forget })
    this.say('chain', `blocks ${first} to ${first + depth - 1} are replaced`)
    for (let number = first; number <= chain.head.number; number++) this.#sayEvents(number)
  }

  /** Notes what somebody says or does; heard before what goes over wires in the same moment. */
  say(who: string, what: string): void {
    this.#facts.push(`${who.padEnd(COLUMN)} ${what}`)
  }

  /** Notes what goes over a wire. */
  sayOnWire(said: Said, how = ''): void {
    const message = decodeChannelMessage(said.data)
    const words = message === undefined ? 'something unreadable' : this.#wire.wordsOf(message)
    const who = `${this.names.of(said.sender)} → ${this.names.of(said.recipient)}`
    this.#messages.push(`${who.padEnd(COLUMN)} ${how}${words}`)
  }

  /** A request whose answer stands elsewhere; only its failure is told here. */
  ask(name: string, request: Promise<unknown>): void {
    request.catch((error: unknown) => this.say(name, `fails: ${error}`))
  }

  /** All lines since the last time. */
  takeLines(): string[] {
    this.#flush()
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  /** Ends every process. */
  close(): void {
    for (const server of this.servers) server.kill('the end')
  }

  #flush(): void {
    const second = Math.floor(this.scheduler.nowMs / 1_000)
    for (const line of [...this.#facts, ...this.#messages]) {
      const time = second === this.#shownSecond ? '' : `${second}s`
      this.#shownSecond = second
      this.#lines.push(`${time.padStart(TIME_COLUMN)}  ${line}`.trimEnd())
    }
    this.#facts = []
    this.#messages = []
  }

  #mineEvery(): void {
    this.scheduler.in(BLOCK_MS, () => {
      this.#mineEvery()
      if (this.isFull) this.ethereum.chain.dropPending()
      this.ethereum.mine()
      this.#sayEvents(this.ethereum.chain.head.number)
    })
  }

  #sayEvents(number: number): void {
    for (const { logs, status } of this.ethereum.chain.blockAt(number)?.receipts ?? []) {
      if (!status) this.say('chain', `block ${number}: a transaction is reverted`)
      for (const log of logs) {
        const event = decodeLog(domain, log)
        if (event !== undefined) {
          this.say('chain', `block ${number}: ${wordsOf(event, this.names)}`)
        }
      }
    }
  }

  #nameAll(): void {
    for (const { name, entities } of this.servers) {
      for (const entity of entities) this.names.add(entity, name)
    }
    TOKENS.forEach((token, index) => {
      this.names.add(token, TOKEN_NAMES[index] ?? `token ${index}`)
    })
  }

  #makeServer(name: string, index: number, cast: readonly string[]): SimServer {
    const key = gasKeyOf(index)
    const gasKey = { address: addressOf(key), sign: (d: Uint8Array) => signDigest(d, key) }
    const mood = { fate: () => this.#takeFate(name), latencyMs: () => WRITE_MS }
    const random = this.random.fork(name)
    const server = new SimServer({
      name,
      serverKey: keccak256(numberToBytes(1_000 + index, 8)),
      entityKeys: [entityKeyOf(index, cast.length)],
      dials: cast.slice(0, cast.indexOf(name)),
      domain,
      scheduler: this.scheduler,
      network: this.network,
      disk: new SimDisk(random.fork('disk'), mood),
      random,
      genesis: async () => this.ethereum.genesis(),
      chain: (surroundings) => this.ethereum.of(surroundings, gasKey),
      observer: this.#observer(),
    })
    server.twist = (said) => this.#onSaid(server, said)
    return server
  }

  #onSaid(server: SimServer, said: Said): readonly Said[] {
    const trick = this.tricks.get(server)
    const really = trick === undefined ? [said] : trick(said)
    for (const each of really) this.sayOnWire(each)
    return really
  }

  #takeFate(name: string): Fate {
    const server = this.server(name)
    const fate = this.#fates.get(server) ?? 'done'
    this.#fates.delete(server)
    return fate
  }

  #observer(): Observer {
    return {
      committed: (server, committed) => this.#onCommitted(server, committed),
      signed: () => undefined,
      started: (server) => this.say(server.name, 'starts'),
      ended: (server, cause) => this.#onEnded(server, cause),
      logged: (server, level, event) => {
        if (level === 'error') this.say(server.name, `warns: ${event}`)
      },
    }
  }

  #onEnded(server: SimServer, cause: string): void {
    const isDark = this.#powerless.delete(server)
    if (isDark) server.disk.cutPower()
    this.say(server.name, `ends: ${isDark ? 'the power is gone' : cause}`)
  }

  #onCommitted(server: SimServer, { outputs }: Committed): void {
    for (const { output } of outputs) {
      const words = outputWords(output, this.names, this.servers.length > 2)
      if (words !== undefined) this.say(server.name, words)
    }
  }
}

const COLUMN = 14
const TIME_COLUMN = 6
const TOKEN_NAMES = ['USD', 'EUR']

function gasKeyOf(index: number): Uint8Array {
  return keccak256(numberToBytes(3_000 + index, 8))
}

/** A key whose entity stands at place `index` of `count` when they are ordered by their ids. */
function entityKeyOf(index: number, count: number): Uint8Array {
  for (let number = 0; ; number++) {
    const key = keccak256(numberToBytes(2_000 + number, 8))
    const share = Number.parseInt(lazyEntityId(addressOf(key)).slice(2, 6), 16) / 0x1_0000
    if (Math.floor(share * count) === index) return key
  }
}

/** What a chain is made from, so that it is as deep as a conversation takes it to be. */
function chainRandom(): Random {
  for (let number = 0; ; number++) {
    const path = `golden chain ${number}`
    if (new Random(path).between(1, 5) === CONFIRMATIONS) return new Random(path)
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Channel, genesis } from '@xln/node/machines/channel/channel.ts'
import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import { ChannelTable, entityRecords } from '@xln/node/machines/entity/tables.ts'
import { putGenesis } from '@xln/node/machines/server/genesis.ts'
import { encodeOwnInput, encodeServerInput } from '@xln/node/machines/server/inputCodec.ts'
import { isConnected, PeerTable } from '@xln/node/machines/server/tables.ts'
import { readBlockHeader, replay, verify } from '@xln/node/replay.ts'
import { Admission, type Arrival } from '@xln/node/shell/admission.ts'
import { type Clock, systemClock } from '@xln/node/shell/clock.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import { type Committed, Loop, type LoopStore } from '@xln/node/shell/loop.ts'
import { decodeKept, type KeptInput } from '@xln/node/shell/quarantine.ts'
import { openStore } from '@xln/node/shell/store/opening.ts'
import type { Store } from '@xln/node/shell/store/store.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import { encodeAction } from '@xln/shared/entity/actionCodec.ts'
import { channelKeyOf, lazyEntityId } from '@xln/shared/entity/board.ts'
import { type ChannelKey, type EntityId, parseId, ZERO_HASH } from '@xln/shared/ids.ts'
import { encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import { domain, keyOf } from '../support/world.ts'

const START = { block: 1, hash: ZERO_HASH, timestamp: 1_700_000_000 }
const PATH = `0x${'00'.repeat(7)}01${'00'.repeat(7)}01` as const
const signer = addressOf(keyOf(1))
const entity = lazyEntityId(signer)
const peer = parseId<EntityId>(`0x${'77'.repeat(32)}`)
const healthyPeer = parseId<EntityId>(`0x${'78'.repeat(32)}`)

function open(directory: string, rebuild = false) {
  return openStore({
    directory,
    readHeader: readBlockHeader,
    genesis: (draft) => putGenesis(draft, { head: START, cursor: { ...START, trail: [] } }),
    rebuild,
  })
}

const refusal = encodeChannelMessage({
  type: 'refuse',
  blockHash: ZERO_HASH,
  reason: 1,
  transaction: 0,
})

function message(from: EntityId, nonce: number, incarnation = 1): Arrival {
  const server = domain.depository
  return { type: 'message', path: PATH, peer: from, bytes: refusal, server, incarnation, nonce }
}

function propose(nonce: number, requestId: bigint): Arrival {
  const action = encodeAction({ type: 'closeChannel', peer: healthyPeer })
  const bytes = encodeOwnInput({ type: 'propose', from: signer, nonce, requestId, action })
  return { type: 'own', path: PATH, bytes, requestId }
}

const released: Arrival = {
  type: 'server',
  bytes: encodeServerInput({ type: 'release', entity, peer, messages: [refusal] }),
}

/** All that was kept out of blocks. */
async function keptIn(store: Store): Promise<KeptInput[]> {
  const kept: KeptInput[] = []
  for await (const { input } of store.quarantined()) kept.push(decodeKept(input) as KeptInput)
  return kept
}

/** A loop over a real store; `next` resolves with the next block's effects. */
class Bench {
  readonly admission = new Admission()
  readonly faults: unknown[] = []
  readonly loop: Loop
  #waiting: ((committed: Committed) => void)[] = []

  constructor(store: LoopStore, clock: Clock = systemClock) {
    this.loop = new Loop({
      store,
      clock,
      admission: this.admission,
      domain,
      log: createLogger({ level: 'silent' }),
      newestTimestampMs: 0,
      perform: (committed) => this.#waiting.shift()?.(committed),
      onFault: (error) => this.faults.push(error),
      gapMs: 0,
    })
  }

  next(...arrivals: readonly Arrival[]): Promise<Committed> {
    const committed = new Promise<Committed>((resolve) => this.#waiting.push(resolve))
    for (const arrival of arrivals) this.admission.admit('own', 'test', arrival)
    this.loop.poke()
    return committed
  }

  birth(): Promise<Committed> {
    const started = encodeServerInput({ type: 'started', incarnation: 1, lost: null })
    const born = encodeServerInput({ type: 'createEntity', signer, policy: DEFAULT_POLICY })
    return this.next({ type: 'server', bytes: started }, { type: 'server', bytes: born })
  }
}

/** Whose timers all fire as soon as everything else has had its turn. */
const hasty: Clock = {
  ...systemClock,
  setTimer(run) {
    const timer = setImmediate(run)
    return { clear: () => clearImmediate(timer) }
  },
}

/** A store whose disk is as slow as the test wants: blocks are durable when `open` is called. */
class SlowStore implements LoopStore {
  readonly #store: Store
  #isOpen = true
  #waiting: (() => void)[] = []

  constructor(store: Store) {
    this.#store = store
  }

  get draft() {
    return this.#store.draft
  }

  get tail() {
    return this.#store.tail
  }

  nextStateHash(): Uint8Array {
    return this.#store.nextStateHash()
  }

  discard(): void {
    this.#store.discard()
  }

  async commit(block: Parameters<Store['commit']>[0]): Promise<void> {
    await this.#store.commit(block)
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** The disk is done with nothing until it is opened. */
  shut(): void {
    this.#isOpen = false
  }

  open(): void {
    this.#isOpen = true
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when so many blocks wait for the disk. */
  async held(count: number): Promise<void> {
    while (this.#waiting.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * A loop whose entity has a channel with `peer` that no machine of ours has written, with a deadline that
 * is over: the channel machine cannot but throw at it.
 */
async function withBroken(
  store: Store,
  run: (bench: Bench, key: ChannelKey) => Promise<void>,
): Promise<void> {
  const bench = new Bench(store)
  await bench.birth()
  const key = channelKeyOf(entity, peer)
  const mutual = { left: entity, right: peer }
  const broken = { key, side: 'left', mutual, scheduledAt: 1 } as unknown as Channel
  const codec = { ...ChannelTable.codec }
  ChannelTable.codec.encode = () => new Uint8Array(1)
  try {
    const draft = store.draft.at(hexToBytes(PATH))
    draft.put(ChannelTable, hexToBytes(key), broken)
    entityRecords(draft).setDeadline(key, 1)
    const connected = { type: 'peersConnected', peers: [healthyPeer], up: true } as const
    const sealed = await bench.next({ type: 'server', bytes: encodeServerInput(connected) })
    expect(sealed.outputs).to.be.empty
    await run(bench, key)
  } finally {
    Object.assign(ChannelTable.codec, codec)
    await bench.loop.stop()
  }
}

describe('the loop', () => {
  let directory: string
  let store: Store

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'xln-loop-'))
    store = (await open(directory)).store
  })

  afterEach(async () => {
    await store.close().catch(() => undefined)
    await rm(directory, { recursive: true })
  })

  it('releases nothing of a block before it is on disk', async () => {
    const bench = new Bench(store)
    const { number } = await bench.birth()
    const hash = await store.blockHash(number)
    expect(hash).not.to.equal(undefined)
    expect(await store.block(hash as Uint8Array)).not.to.equal(undefined)
    await bench.loop.stop()
  })

  it('makes one block of everything that waits, and none when nothing does', async () => {
    const bench = new Bench(store)
    await bench.birth()
    const committed = await bench.next(propose(0, 1n), propose(1, 2n), propose(2, 3n))
    expect(committed.arrivals).to.have.length(3)
    const receipts = committed.outputs.filter(({ output }) => output.type === 'receipt')
    expect(receipts).to.have.length(3)
    await bench.loop.stop()
    expect(store.tail.number).to.equal(2)
  })

  it('executes one block while the one before is written, and no second', async () => {
    const slow = new SlowStore(store)
    const bench = new Bench(slow)
    await bench.birth()
    await bench.next(propose(0, 1n))
    slow.shut()
    const performed: number[] = []
    const blocks: Promise<unknown>[] = []
    for (let nonce = 1; nonce <= 3; nonce++) {
      const next = bench.next(propose(nonce, BigInt(nonce + 1)))
      blocks.push(next.then(({ number }) => performed.push(number)))
      if (nonce < 3) await slow.held(nonce)
    }
    expect(store.tail.number).to.equal(4)
    expect(performed).to.be.empty
    slow.open()
    await Promise.all(blocks)
    expect(performed).to.deep.equal([3, 4, 5])
    await bench.loop.stop()
  })

  it('lets nobody read what is not durable, however many blocks follow each other', async () => {
    const slow = new SlowStore(store)
    const bench = new Bench(slow)
    await bench.birth()
    slow.shut()
    const first = bench.next(propose(0, 1n))
    await slow.held(1)
    let durable = 0
    const reader = bench.loop.durable().then(() => {
      durable = store.tail.number
    })
    const second = bench.next(propose(1, 2n))
    expect(durable).to.equal(0)
    slow.open()
    const committed = await first
    await reader
    expect(durable).to.equal(committed.number)
    await second
    await bench.loop.stop()
  })

  it('lets a reader have his turn before the block that waited for the same write', async () => {
    const slow = new SlowStore(store)
    const bench = new Bench(slow, hasty)
    slow.shut()
    // The server's own inputs: nothing is executed before they are performed.
    const birth = bench.birth()
    await slow.held(1)
    const read = bench.loop.durable().then(() => store.tail.number)
    const next = bench.next(propose(0, 1n))
    await new Promise((resolve) => setImmediate(resolve))
    slow.open()
    expect(await read).to.equal((await birth).number)
    await next
    await bench.loop.stop()
  })

  it('executes nothing on top of what the server itself was told before that is performed', async () => {
    const slow = new SlowStore(store)
    const bench = new Bench(slow)
    slow.shut()
    const birth = bench.birth()
    await slow.held(1)
    const next = bench.next(propose(0, 1n))
    expect(store.tail.number).to.equal(1)
    slow.open()
    expect((await birth).number).to.equal(1)
    expect((await next).number).to.equal(2)
    await bench.loop.stop()
  })

  it('says the root of the state in every tenth block, and repeats it in the others', async () => {
    const bench = new Bench(store)
    await bench.birth()
    for (let nonce = 0; nonce < 20; nonce++) await bench.next(propose(nonce, 1n))
    const hashes: string[] = []
    for await (const { header } of store.blocksAfter(0)) hashes.push(bytesToHex(header.stateHash))
    expect(new Set(hashes.slice(0, 9))).to.deep.equal(new Set([ZERO_HASH]))
    expect(new Set(hashes.slice(9, 19)).size).to.equal(1)
    expect(hashes[9]).not.to.equal(ZERO_HASH)
    expect(hashes[19]).not.to.equal(hashes[18])
    await bench.loop.stop()
  })

  it('notes how far a peer was taken by its newest run, whatever comes late of an older one', async () => {
    const bench = new Bench(store)
    await bench.birth()
    const position = () =>
      store.draft.at(new Uint8Array(0)).get(PeerTable, hexToBytes(domain.depository))
    await bench.next(message(peer, 20), message(peer, 1, 2))
    expect(position()).to.deep.equal({ incarnation: 2, nonce: 1 })
    await bench.next(message(peer, 21))
    expect(position()).to.deep.equal({ incarnation: 2, nonce: 1 })
    await bench.loop.stop()
  })

  it('keeps an input at which a machine throws out of the block, and quarantines the channel alone', async () => {
    await withBroken(store, async (bench, key) => {
      const records = entityRecords(store.draft.at(hexToBytes(PATH)))
      const committed = await bench.next(message(peer, 1), propose(0, 9n), message(peer, 2))
      expect(bench.faults).to.be.empty
      expect(records.isQuarantined(key)).to.equal(true)
      const receipts = committed.outputs.flatMap(({ output }) =>
        output.type === 'receipt' ? [output.requestId] : [],
      )
      expect(receipts).to.deep.equal([9n])
      const kept = await keptIn(store)
      expect(kept.map(({ input }) => input)).to.deep.equal([refusal, refusal])
      expect(kept.map(({ channel }) => channel)).to.deep.equal([
        { entity, peer },
        { entity, peer },
      ])
      expect(kept[0]?.cause).to.include('TypeError').and.include('machines/channel')

      const after = await bench.next(message(peer, 3))
      const dropped = after.outputs.map(({ output }) =>
        output.type === 'messageDropped' ? output.code : output.type,
      )
      expect(dropped).to.deep.equal(['quarantined'])
    })
  })

  it('quarantines a channel at which an input of the server throws, and takes that input', async () => {
    await withBroken(store, async (bench, key) => {
      const records = entityRecords(store.draft.at(hexToBytes(PATH)))
      const peers = [peer, healthyPeer]
      const bytes = encodeServerInput({ type: 'peersConnected', peers, up: true })
      await bench.next({ type: 'server', bytes })
      expect(bench.faults).to.be.empty
      expect(records.isQuarantined(key)).to.equal(true)
      const server = store.draft.at(new Uint8Array(0))
      expect(peers.map((each) => isConnected(server, each))).to.deep.equal([true, true])
      expect(await keptIn(store)).to.have.length(1)
      expect((await keptIn(store))[0]?.input).to.deep.equal(new Uint8Array(0))
    })
  })

  it('leaves a release out of the block at which the machine throws again, and nothing else', async () => {
    await withBroken(store, async (bench, key) => {
      const records = entityRecords(store.draft.at(hexToBytes(PATH)))
      await bench.next(message(peer, 1))
      const committed = await bench.next(released, propose(0, 9n))
      expect(bench.faults).to.be.empty
      expect(records.isQuarantined(key)).to.equal(true)
      expect(committed.outputs.map(({ output }) => output.type)).to.deep.equal(['receipt'])
      const kept = await keptIn(store)
      expect(kept.map(({ input }) => input)).to.deep.equal([refusal, new Uint8Array(0)])
    })
  })

  it('takes again what a released channel had thrown at, and has it restore', async () => {
    await withBroken(store, async (bench, key) => {
      const draft = store.draft.at(hexToBytes(PATH))
      await bench.next(message(peer, 1))
      const [left, right] = entity < peer ? [entity, peer] : [peer, entity]
      const position = { block: 1, logIndex: 0 }
      const nothing = { cooperativeNonce: 0n, tokens: [], dispute: null, arguments: [], named: [] }
      const view = { left, right, position, ...nothing }
      const mended = genesis(view, entity === left ? 'left' : 'right', domain)
      draft.put(ChannelTable, hexToBytes(key), mended)
      const { outputs } = await bench.next(released)
      expect(entityRecords(draft).isQuarantined(key)).to.equal(false)
      const facts = outputs.flatMap(({ output }) =>
        output.type === 'channelFact' && output.fact.type === 'messageRefused'
          ? [output.fact.refusal.code]
          : [],
      )
      expect(facts).to.deep.equal(['refusal_unknown'])
      expect(outputs.some(({ output }) => output.type === 'readChannel')).to.equal(true)
      expect(draft.get(ChannelTable, hexToBytes(key))?.restoring).not.to.equal(null)
      expect(entityRecords(draft).deadline(key)).not.to.equal(undefined)
      // Taken twice, it changes nothing more.
      const again = await bench.next(released)
      expect(again.outputs).to.deep.equal([])
    })
  })

  it('quarantines a channel at whose deadline its machine throws, and wakes nobody for it again', async () => {
    await withBroken(store, async (bench, key) => {
      const records = entityRecords(store.draft.at(hexToBytes(PATH)))
      const bytes = encodeOwnInput({ type: 'due' })
      const { outputs } = await bench.next({ type: 'own', path: PATH, bytes, requestId: 0n })
      expect(bench.faults).to.be.empty
      expect(records.isQuarantined(key)).to.equal(true)
      // It would wake its entity again and again.
      expect(records.nextDeadline()).to.equal(undefined)
      expect(outputs.map(({ output }) => output.type)).to.deep.equal([])
    })
  })

  it('ends at a write that fails, and releases nothing of it', async () => {
    const bench = new Bench(store)
    await bench.birth()
    await store.close()
    let released = false
    void bench.next(propose(0, 1n)).then(() => {
      released = true
    })
    while (bench.faults.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await bench.loop.stop()
    expect(released).to.equal(false)
    const told = await bench.loop.durable().catch((error: unknown) => String(error))
    expect(told).to.equal('Error: the server has stopped at a fault')
  })

  it('comes to the same state when its log is executed again, from a restart and from genesis', async () => {
    const bench = new Bench(store)
    await bench.birth()
    for (let nonce = 0; nonce < 5; nonce++) await bench.next(propose(nonce, BigInt(nonce + 1)))
    await bench.loop.stop()
    const root = bytesToHex(store.draft.at(new Uint8Array(0)).root())
    await store.close()

    store = (await open(directory)).store
    await replay(store, domain)
    expect(store.tail.number).to.equal(6)
    expect(bytesToHex(store.draft.at(new Uint8Array(0)).root())).to.equal(root)
    await store.close()

    store = (await open(directory, true)).store
    expect(await verify(store, domain, () => undefined)).to.deep.equal({ blocks: 6, ok: true })
    expect(bytesToHex(store.draft.at(new Uint8Array(0)).root())).to.equal(root)
  })
})

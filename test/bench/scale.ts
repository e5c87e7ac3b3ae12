import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Records, Table } from '@xln/node/machines/ports.ts'
import type { BlockHeader } from '@xln/node/shell/store/blockLog.ts'
import { openStore } from '@xln/node/shell/store/opening.ts'
import type { Store } from '@xln/node/shell/store/store.ts'
import { concatBytes, numberToBytes, readNumber } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'

/** What one entity with many channels costs. Times in milliseconds unless they say otherwise. */
export interface ScaleFigures {
  readonly channels: number
  readonly fill: number
  readonly open: number
  /** Resident in all after opening. */
  readonly megabytesOpen: number
  readonly changed: number
  /** Of a block with `changed` random channels, cold ones mostly: read, put, root, all until durable. */
  readonly read: number
  readonly root: number
  readonly commit: number
  readonly block: number
  /** The same with everything prefetched. */
  readonly prefetch: number
  readonly prefetchedBlock: number
  /** A get and a put of one of 1,000 channels at work, in microseconds. */
  readonly atWork: number
  /** The least that a block takes: one record, durable. */
  readonly smallBlock: number
  /** Opening after a crash with 50 blocks of 1,000 changes that no checkpoint has. */
  readonly recovery: number
}

interface SyntheticChannel {
  readonly height: number
  readonly rest: Uint8Array
}

/** 300 to 450 bytes, as channels at rest have. */
const Channels: Table<SyntheticChannel> = {
  id: 3,
  name: 'channels',
  codec: {
    encode: ({ height, rest }) => concatBytes(numberToBytes(height, 6), rest),
    decode: (bytes) => ({ height: readNumber(bytes, 0, 6), rest: bytes.subarray(6) }),
  },
}

const SERVER = new Uint8Array(0)
const ENTITY = new Uint8Array(16).fill(1)
const HEADER_BYTES = 72
const FILLED_PER_BLOCK = 20_000

/** Measures a store with `channels` records in one entity. Needs about 1.2 KB of disk for each. */
export async function benchScale(channels: number, changed = 10_000): Promise<ScaleFigures> {
  const directory = mkdtempSync(join(tmpdir(), 'xln-scale-'))
  try {
    return await measure(directory, channels, changed)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measure(
  directory: string,
  channels: number,
  changed: number,
): Promise<ScaleFigures> {
  const noise = new Uint8Array(8192)
  for (let i = 0; i < noise.length; i++) noise[i] = Math.random() * 256
  const keyOf = (i: number) => keccak256(numberToBytes(i, 6))
  const channel = (i: number, height: number): SyntheticChannel => {
    const start = (i * 37) % 7_000
    return { height, rest: noise.slice(start, start + 294 + (i % 150)) }
  }

  let { store } = await openStore({ directory, readHeader })
  const fill = await time(async () => {
    for (let done = 0; done < channels; done += FILLED_PER_BLOCK) {
      const records = store.draft.at(ENTITY)
      const end = Math.min(channels, done + FILLED_PER_BLOCK)
      for (let i = done; i < end; i++) records.put(Channels, keyOf(i), channel(i, 1))
      await commit(store)
    }
    await store.close()
  })
  const open = await time(async () => {
    store = (await openStore({ directory, readHeader })).store
  })
  const megabytesOpen = process.memoryUsage().rss / 1e6

  const random = () => keyOf(Math.floor(Math.random() * channels))
  const runs: { prefetch: number; read: number; root: number; commit: number }[] = []
  for (let round = 0; round < 6; round++) {
    const keys = Array.from({ length: changed }, random)
    const names = keys.map((key) => ({ path: ENTITY, table: Channels, key }))
    const prefetch = await time(async () => {
      if (round >= 3) await store.prefetch(names)
    })
    const read = await time(async () => raise(store.draft.at(ENTITY), keys))
    const root = await time(async () => store.draft.at(SERVER).root())
    runs.push({ prefetch, read, root, commit: await time(() => commit(store)) })
  }
  const cold = median(runs.slice(0, 3))
  const warm = median(runs.slice(3))

  const atWork = await measureAtWork(store.draft.at(ENTITY), Array.from({ length: 1_000 }, random))
  await commit(store)
  const small: number[] = []
  for (let i = 0; i < 50; i++) {
    raise(store.draft.at(ENTITY), [random()])
    small.push(await time(() => commit(store)))
  }
  await store.close()

  const never = Number.POSITIVE_INFINITY
  const log = { directory, readHeader, checkpointBlocks: never, checkpointRecords: never }
  store = (await openStore(log)).store
  const replayed: Uint8Array[][] = []
  for (let i = 0; i < 50; i++) {
    const keys = Array.from({ length: 1_000 }, random)
    replayed.push(keys)
    raise(store.draft.at(ENTITY), keys)
    await commit(store)
  }
  await store.close({ checkpoint: false })
  const recovery = await time(async () => {
    store = (await openStore({ directory, readHeader })).store
    for await (const block of store.blocksToReplay()) {
      raise(store.draft.at(ENTITY), replayed.shift() ?? [])
      await store.replayed(block)
    }
  })
  await store.close()
  return {
    channels,
    fill,
    open,
    megabytesOpen,
    changed,
    read: cold.read,
    root: cold.root,
    commit: cold.commit,
    block: cold.read + cold.root + cold.commit,
    prefetch: warm.prefetch,
    prefetchedBlock: warm.read + warm.root + warm.commit,
    atWork,
    smallBlock: small.sort((a, b) => a - b)[small.length >> 1] as number,
    recovery,
  }
}

/** One more block for each of these channels. */
function raise(records: Records, keys: readonly Uint8Array[]): void {
  for (const key of keys) {
    const before = records.get(Channels, key)
    if (before === undefined) throw new Error('a channel is missing')
    records.put(Channels, key, { height: before.height + 1, rest: before.rest })
  }
}

async function measureAtWork(records: Records, keys: readonly Uint8Array[]): Promise<number> {
  raise(records, keys)
  const rounds = 200
  const all = await time(async () => {
    for (let i = 0; i < rounds; i++) raise(records, keys)
  })
  return (1_000 * all) / (rounds * keys.length)
}

async function commit(store: Store): Promise<void> {
  const number = store.tail.number + 1
  const root = store.nextStateHash()
  const bytes = concatBytes(store.tail.hash, numberToBytes(number, 8), root)
  await store.commit({ number, hash: keccak256(bytes), bytes })
}

function readHeader(block: Uint8Array): BlockHeader | undefined {
  if (block.length !== HEADER_BYTES) return undefined
  return {
    previous: block.subarray(0, 32),
    number: readNumber(block, 32, 40),
    stateHash: block.subarray(40),
  }
}

async function time(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

function median<T extends Record<string, number>>(runs: readonly T[]): T {
  const keys = Object.keys(runs[0] ?? {})
  const middle = (key: string) =>
    runs.map((run) => run[key] as number).sort((a, b) => a - b)[runs.length >> 1]
  return Object.fromEntries(keys.map((key) => [key, middle(key)])) as T
}

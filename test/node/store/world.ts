import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bytesCodec,
  type Draft,
  presenceCodec,
  type RecordCodec,
  type Table,
} from '@xln/node/machines/ports.ts'
import type { BlockHeader } from '@xln/node/shell/store/blockLog.ts'
import { StoreError } from '@xln/node/shell/store/faults.ts'
import { type Opened, openStore, type StoreOptions } from '@xln/node/shell/store/opening.ts'
import type { NewBlock, Store } from '@xln/node/shell/store/store.ts'
import { concatBytes, numberToBytes, readNumber } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'

export const SERVER = new Uint8Array(0)
export const SIGNER = numberToBytes(1, 8)
export const ENTITY = concatBytes(SIGNER, numberToBytes(7, 8))

/** A record that is an object when decoded. */
export interface Account {
  readonly balance: number
}

export const accountCodec: RecordCodec<Account> = {
  encode: ({ balance }) => concatBytes(numberToBytes(balance, 6), new Uint8Array(40)),
  decode(bytes) {
    if (bytes.length !== 46) throw new TypeError('not an account')
    return { balance: readNumber(bytes, 0, 6) }
  },
}

export const Accounts: Table<Account> = { id: 3, name: 'accounts', codec: accountCodec }
export const Notes: Table<Uint8Array> = { id: 4, name: 'notes', codec: bytesCodec, local: true }
/** Eight bytes of time, one of name. */
export const Deadlines: Table<true> = {
  id: 5,
  name: 'deadlines',
  codec: presenceCodec,
  local: true,
  orderedKeyBytes: 9,
}
export const Ranks: Table<Account> = {
  id: 6,
  name: 'ranks',
  codec: accountCodec,
  orderedKeyBytes: 2,
}

export const name = (i: number): Uint8Array => numberToBytes(i, 2)

/**
 * What a block of these tests does: a few records of each table of an entity, chosen by its payload.
 * Every step depends on what is there, so a record that is not what it should be shows.
 */
export function execute(draft: Draft, payload: Uint8Array): void {
  const entity = draft.at(ENTITY)
  for (const step of payload) {
    const key = name(step % 16)
    const balance = entity.get(Accounts, key)?.balance ?? 0
    if (balance > 3 && step % 5 === 0) entity.delete(Accounts, key)
    else entity.put(Accounts, key, { balance: balance + 1 })
    const note = entity.get(Notes, key) ?? new Uint8Array(0)
    entity.put(Notes, key, concatBytes(note.subarray(-4), Uint8Array.of(step)))
    const deadline = concatBytes(numberToBytes(balance, 8), key.subarray(1))
    if (entity.get(Deadlines, deadline) === undefined) entity.put(Deadlines, deadline, true)
    else entity.delete(Deadlines, deadline)
    entity.put(Ranks, key, { balance: step })
  }
  draft.at(SERVER).put(Accounts, name(0), { balance: payload.length })
}

/** Everything that `execute` can have put, to compare two states by. */
export function contentOf(draft: Draft): unknown {
  const entity = draft.at(ENTITY)
  const keys = Array.from({ length: 16 }, (_, i) => name(i))
  return {
    root: draft.at(SERVER).root().toString(),
    accounts: keys.map((key) => entity.get(Accounts, key)?.balance),
    notes: keys.map((key) => entity.get(Notes, key)?.toString()),
    deadlines: entity.scan(Deadlines, new Uint8Array(0), 1_000).map(({ key }) => key.toString()),
    ranks: entity.scan(Ranks, new Uint8Array(0), 1_000).map(({ key, value }) => [...key, value]),
  }
}

/** A block is what is before it, its number, where it leads, and what it does. */
export function readHeader(block: Uint8Array): BlockHeader | undefined {
  if (block.length < 72) return undefined
  return {
    previous: block.subarray(0, 32),
    number: readNumber(block, 32, 40),
    stateHash: block.subarray(40, 72),
  }
}

export function payloadOf(block: Uint8Array): Uint8Array {
  return block.subarray(72)
}

/** The block that follows the tail of `store`, executed. */
export function nextBlock(store: Store, payload: Uint8Array): NewBlock {
  execute(store.draft, payload)
  const number = store.tail.number + 1
  const root = store.nextStateHash()
  const bytes = concatBytes(store.tail.hash, numberToBytes(number, 8), root, payload)
  return { number, hash: keccak256(bytes), bytes }
}

export async function commitNext(store: Store, payload: Uint8Array): Promise<void> {
  await store.commit(nextBlock(store, payload))
}

/** Opens a store, and executes again what its records do not have. */
export async function start(
  directory: string,
  options: Partial<StoreOptions> = {},
): Promise<Opened> {
  const opened = await openStore({ directory, readHeader, ...options })
  for await (const block of opened.store.blocksToReplay()) {
    execute(opened.store.draft, payloadOf(block.bytes))
    await opened.store.replayed(block)
  }
  return opened
}

/** The fault of a promise that must be rejected. */
export async function faultOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    if (error instanceof StoreError) return error.fault
    throw error
  }
  throw new Error('it did not fail')
}

const made: string[] = []

/** A new directory, gone after the test. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'xln-store-'))
  made.push(directory)
  return directory
}

/** What a crash at this moment would leave of `directory`. */
export function copyOf(directory: string): string {
  const copy = newDirectory()
  cpSync(directory, copy, { recursive: true })
  return copy
}

export function removeDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
}

/** The server's own records. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { type Field, id, list, number, struct, time } from '@xln/shared/codec/schema.ts'
import type { BlockReference, ChainCursor } from '@xln/shared/depository/events.ts'
import { hash } from '@xln/shared/depository/fields.ts'
import type { EntityId, Hashlock, Secret } from '@xln/shared/ids.ts'
import { recordCodec } from '../codec.ts'
import type { ChainHead } from '../depository/depository.ts'
import { chainHead } from '../depository/record.ts'
import type { Reveal } from '../entity/entity.ts'
import { bytesCodec, type MachinePath, presenceCodec, type Records, type Table } from '../ports.ts'

export interface Server {
  /** The local id that the next signer gets. */
  readonly nextSigner: number
  /** When state was last found to be lost, unix seconds; 0: never. */
  readonly lostAt: number
  /** Of the process that made the newest blocks; 0 before the first start. */
  readonly incarnation: number
  /** The newest final chain block. */
  readonly head: ChainHead
  readonly cursor: ChainCursor
}

/** How far the messages of a peer server have been taken. */
export interface PeerPosition {
  readonly incarnation: number
  readonly nonce: number
}

/** Whether `next` is of a newer run than `before`, or of the same and later. */
export function isFurther(next: PeerPosition, before: PeerPosition): boolean {
  if (next.incarnation !== before.incarnation) return next.incarnation > before.incarnation
  return next.nonce > before.nonce
}

const reference = { block: number(), hash }

/** How far the reader of the chain has come. */
export const chainCursor: Field<ChainCursor> = struct<ChainCursor>({
  ...reference,
  trail: list(struct<BlockReference>(reference)),
})

const serverCodec = recordCodec(
  struct<Server>({
    nextSigner: number(),
    lostAt: time,
    incarnation: number(),
    head: chainHead,
    cursor: chainCursor,
  }),
)

const peerCodec = recordCodec(struct<PeerPosition>({ incarnation: number(), nonce: number() }))

export const ServerTable: Table<Server> = { id: 16, name: 'server', codec: serverCodec }
/** By the address of the peer's server key. */
export const PeerTable: Table<PeerPosition> = { id: 17, name: 'peers', codec: peerCodec }
/** Where each entity lives: its path, by its id. */
export const ResidenceTable: Table<MachinePath> = {
  id: 18,
  name: 'residences',
  codec: bytesCodec,
  orderedKeyBytes: 32,
}
/** Entities that a connected peer server speaks for, and those that live here. */
const ConnectedTable: Table<true> = {
  id: 20,
  name: 'connected',
  codec: presenceCodec,
  local: true,
  orderedKeyBytes: 32,
}
/** Debtor, then the entity here that it owes to. */
const WatchTable: Table<true> = {
  id: 19,
  name: 'watched',
  codec: presenceCodec,
  local: true,
  orderedKeyBytes: 64,
}

/**
 * Every secret that a final block has shown, for ever: the court takes a reveal of any age for a lock
 * of today. Each has cost whoever revealed it more gas than it costs us bytes.
 */
const RevealTable: Table<Reveal> = {
  id: 21,
  name: 'reveals',
  codec: recordCodec(struct<Reveal>({ secret: id<Secret>(), revealedAt: time })),
  orderedKeyBytes: 32,
}

/** Every table that a server has: the store is opened with them. */
export const serverTables: readonly Table<never>[] = [
  ServerTable,
  PeerTable,
  ResidenceTable,
  WatchTable,
  RevealTable,
] as unknown as readonly Table<never>[]

export const ONLY = new Uint8Array(32)
const EVERYTHING = Number.MAX_SAFE_INTEGER

/** All entities here, ascending by id. */
export function residents(records: Records): { entity: EntityId; path: MachinePath }[] {
  const rows = records.scan(ResidenceTable, ONLY, EVERYTHING)
  return rows.map(({ key, value }) => ({ entity: bytesToHex(key) as EntityId, path: value }))
}

export function isConnected(records: Records, peer: EntityId): boolean {
  return records.get(ConnectedTable, hexToBytes(peer)) === true
}

export function setConnected(records: Records, peer: EntityId, up: boolean): void {
  if (up) records.put(ConnectedTable, hexToBytes(peer), true)
  else records.delete(ConnectedTable, hexToBytes(peer))
}

/** Everybody who is connected, ascending. */
export function connected(records: Records): EntityId[] {
  const rows = records.scan(ConnectedTable, ONLY, EVERYTHING)
  return rows.map(({ key }) => bytesToHex(key) as EntityId)
}

/** The first reveal of a secret counts; what repeats it changes nothing. */
export function putReveal(records: Records, hashlock: Hashlock, reveal: Reveal): void {
  const key = hexToBytes(hashlock)
  if (records.get(RevealTable, key) === undefined) records.put(RevealTable, key, reveal)
}

export function revealOf(records: Records, hashlock: Hashlock): Reveal | undefined {
  return records.get(RevealTable, hexToBytes(hashlock))
}

/** From now on `creditor` is told of the reserves of `debtor`. */
export function watch(records: Records, debtor: EntityId, creditor: EntityId): void {
  records.put(WatchTable, hexToBytes(debtor + creditor.slice(2)), true)
}

/** The entities here that `debtor` owes to, or has owed to. */
export function watchers(records: Records, debtor: EntityId): EntityId[] {
  const from = hexToBytes(debtor + '00'.repeat(32))
  const creditors: EntityId[] = []
  for (const { key } of records.scan(WatchTable, from, EVERYTHING)) {
    if (bytesToHex(key, 0, 32) !== debtor) break
    creditors.push(bytesToHex(key, 32) as EntityId)
  }
  return creditors
}

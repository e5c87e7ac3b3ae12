import { bytesToHex } from '@xln/shared/bytes.ts'
import { proveBlsPossession } from '@xln/shared/crypto/bls.ts'
import {
  blsMembersBytes,
  hashBlsHead,
  type BlsBoard as SharedBoard,
  treeOfBlsMembers,
} from '@xln/shared/entity/blsBoard.ts'
import { absentMembersOf, encodeBlsBoardSignature } from '@xln/shared/entity/blsSignature.ts'
import { dataSlice, getBytes, hexlify, id, keccak256, toBeHex, toUtf8Bytes } from 'ethers'
import { type EntityDomain, entityDigest, type Hex, nth } from './boards.ts'

/**
 * BLS keys and boards of them: signed by the chain's own precompiles, and written as shared/ writes them, so
 * that the contracts are the judge of both.
 */

/** What a {@link BlsHarness} contract does for its holder. */
export interface Bls {
  keyOf(secret: bigint): Promise<Hex>
  sign(secret: bigint, message: Hex, tag: Hex): Promise<Hex>
  sum(a: Hex, b: Hex): Promise<Hex>
}

export interface BlsKey {
  readonly secret: bigint
  /** 96 bytes. */
  readonly key: Hex
  readonly id: Hex
}

export interface BlsMember extends BlsKey {
  readonly weight: bigint
}

export interface BlsBoard {
  readonly threshold: bigint
  readonly total: bigint
  readonly aggregate: Hex
  readonly root: Hex
  readonly members: readonly BlsMember[]
  /** The board's hash, and the id of its lazy entity. */
  readonly hash: Hex
}

export const SIGNATURE_TAG = hexlify(toUtf8Bytes('BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'))
export const POSSESSION_TAG = hexlify(toUtf8Bytes('BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'))

/** The order of the curve's groups. */
export const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

const MODULUS =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

// ─── Keys ────────────────────────────────────────────────────────────────────────────────────────

export async function keyOf(bls: Bls, secret: bigint): Promise<BlsKey> {
  const key = await bls.keyOf(secret)
  return { secret, key, id: keccak256(key) }
}

/** `count` keys, the same for the same seed, in the order of seats: ascending by id. */
export async function keysOf(bls: Bls, seed: string, count: number): Promise<BlsKey[]> {
  const secrets = Array.from({ length: count }, (_, i) => BigInt(id(`${seed}/${i}`)) % ORDER)
  const keys = await Promise.all(secrets.map((secret) => keyOf(bls, secret)))
  return keys.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The 48 bytes of a key: x, and in its free bits which y. */
export function compressed(key: Hex): Hex {
  const y = BigInt(dataSlice(key, 48))
  const x = getBytes(dataSlice(key, 0, 48))
  x[0] = nth([...x], 0) | (y > MODULUS / 2n ? 0xa0 : 0x80)
  return hexlify(x)
}

export function prove(_: Bls, { secret }: BlsKey): Promise<Hex> {
  return Promise.resolve(hexlify(proveBlsPossession(getBytes(toBeHex(secret, 32)))))
}

// ─── Boards ──────────────────────────────────────────────────────────────────────────────────────

/** A board of these keys in the order given, each of weight 1 unless said otherwise. */
export async function blsBoardOf(
  bls: Bls,
  keys: readonly BlsKey[],
  threshold: bigint,
  weights: readonly bigint[] = [],
): Promise<BlsBoard> {
  const members = keys.map((key, i) => ({ ...key, weight: weights[i] ?? 1n }))
  const total = members.reduce((sum, { weight }) => sum + weight, 0n)
  let aggregate = nth(members, 0).key
  for (const { key } of members.slice(1)) aggregate = await bls.sum(aggregate, key)
  return withTree({ threshold, total, aggregate, members })
}

/** The board with the root of its members, whatever they are. */
export function withTree(board: Omit<BlsBoard, 'hash' | 'root'>): BlsBoard {
  return named({ ...board, root: hexlify(treeOfBlsMembers(shared(board)).root) })
}

/** The board that says of itself what it is given, true or not. */
export function named(board: Omit<BlsBoard, 'hash'>): BlsBoard {
  return { ...board, hash: hashBlsHead(headOf(board)) }
}

function headOf({ threshold, total, aggregate, root }: Omit<BlsBoard, 'hash'>) {
  const [aggregateKey, membersRoot] = [getBytes(aggregate), getBytes(root)]
  return { threshold, totalWeight: total, aggregateKey, membersRoot }
}

function shared({ threshold, members }: Pick<BlsBoard, 'threshold' | 'members'>): SharedBoard {
  const seats = members.map(({ key, weight }) => ({ key: getBytes(key), weight }))
  return { threshold, members: seats }
}

/** What {@link IEntityProvider.checkKeys} takes. */
export const membersForm = (board: BlsBoard): Hex => bytesToHex(blsMembersBytes(shared(board)))

// ─── Forms ───────────────────────────────────────────────────────────────────────────────────────

/** Form 0x02: all but those at the places of `absent` sign `digest` for their entity. */
export async function signBls(
  bls: Bls,
  domain: EntityDomain,
  entity: Hex,
  digest: Hex,
  board: BlsBoard,
  absent: readonly number[] = [],
): Promise<Hex> {
  const signers = board.members.filter((_, i) => !absent.includes(i))
  const secret = signers.reduce((sum, each) => (sum + each.secret) % ORDER, 0n)
  const signature = await bls.sign(secret, entityDigest(domain, entity, digest), SIGNATURE_TAG)
  return blsForm(board, signature, absent)
}

/** Form 0x02 around a given signature: in any order, and as often as is said. */
export function blsForm(board: BlsBoard, signature: Hex, absent: readonly number[]): Hex {
  const once = absentMembersOf(shared(board), new Set(absent))
  const shown = absent.flatMap((i) => absentMembersOf(shared(board), [i]).members)
  const form = { head: headOf(board), signature: getBytes(signature) }
  return hexlify(encodeBlsBoardSignature({ ...form, absent: { ...once, members: shown } }))
}

/**
 * The form of a board of which the member at place 0 is shown twice: there, and in a tree as large beside it, at
 * place `beyond`, to which his siblings lead too.
 */
export function blsFormTwice(board: BlsBoard, signature: Hex, beyond: number): Hex {
  const own = absentMembersOf(shared(board), [0])
  const members = own.members.flatMap((member) => [member, { ...member, index: beyond }])
  const siblings = own.siblings.flatMap((sibling) => [sibling, sibling])
  const form = { head: headOf(board), signature: getBytes(signature) }
  return hexlify(encodeBlsBoardSignature({ ...form, absent: { members, siblings } }))
}

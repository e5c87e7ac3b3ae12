import {
  AbiCoder,
  concat,
  dataSlice,
  getBytes,
  hexlify,
  id,
  keccak256,
  solidityPacked,
  toBeHex,
  toUtf8Bytes,
} from 'ethers'
import { type EntityDomain, entityDigest, type Hex, nth, placesOf } from './boards.ts'

/** BLS keys and boards of them, and their signatures, made by the chain's own precompiles. */

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
const coder = AbiCoder.defaultAbiCoder()

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

export function prove(bls: Bls, { secret, key }: BlsKey): Promise<Hex> {
  return bls.sign(secret, compressed(key), POSSESSION_TAG)
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
  const { root } = nth(placesOf(members.map(leafDigestOf), false), 0)
  return named({ threshold, total, aggregate, root, members })
}

/** The board that says of itself what it is given, true or not. */
export function named(board: Omit<BlsBoard, 'hash'>): BlsBoard {
  const { threshold, total, aggregate, root } = board
  const words = [0, 32, 64].map((start) => dataSlice(aggregate, start, start + 32))
  const types = ['uint8', 'uint64', 'uint256', 'bytes32[3]', 'bytes32']
  return { ...board, hash: keccak256(coder.encode(types, [2, threshold, total, words, root])) }
}

const memberForm = ({ key, weight }: BlsMember): Hex => concat([key, toBeHex(weight, 8)])
const leafDigestOf = (member: BlsMember): Hex => keccak256(memberForm(member))

/** What {@link IEntityProvider.checkKeys} takes. */
export const membersForm = ({ members }: BlsBoard): Hex => concat(members.map(memberForm))

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

/** Form 0x02 around a given signature. */
export function blsForm(board: BlsBoard, signature: Hex, absent: readonly number[]): Hex {
  const places = placesOf(board.members.map(leafDigestOf), false)
  const depth = absent.length === 0 ? 0 : nth(places, 0).path.length
  const head = solidityPacked(
    ['bytes1', 'uint64', 'uint64', 'bytes', 'bytes32', 'bytes', 'uint8'],
    ['0x02', board.threshold, board.total, board.aggregate, board.root, signature, depth],
  )
  const shown = absent.map((i) =>
    concat([toBeHex(i, 4), memberForm(nth(board.members, i)), ...nth(places, i).path]),
  )
  return concat([head, ...shown])
}

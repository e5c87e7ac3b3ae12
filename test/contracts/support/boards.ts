import {
  AbiCoder,
  concat,
  dataLength,
  dataSlice,
  id,
  keccak256,
  type SigningKey,
  solidityPacked,
  TypedDataEncoder,
  toBeHex,
  Wallet,
  ZeroHash,
  zeroPadValue,
} from 'ethers'

/**
 * Boards of test wallets, and every form of signature that the EntityProvider knows, written with
 * ethers alone: tests of the contracts hold them against an encoder that is not ours.
 */

export type Hex = string

/** The element at `i`, which is there. */
export function nth<T>(list: readonly T[], i: number): T {
  const element = list[i]
  if (element === undefined) throw new RangeError(`no element ${i} among ${list.length}`)
  return element
}

export const memberKind = { address: 0, entity: 1, blsKey: 2, contract: 3 } as const

export interface Member {
  readonly kind: number
  readonly id: Hex
  readonly weight: bigint
}

export interface Board {
  readonly threshold: bigint
  /** Not readonly, because typed calls of ethers do not take readonly arrays. */
  readonly members: Member[]
}

/** The EIP-712 domain of one deployed EntityProvider. */
export interface EntityDomain {
  readonly chainId: bigint
  readonly provider: Hex
}

const boardType = 'tuple(uint64 threshold, tuple(uint8 kind, bytes32 id, uint64 weight)[] members)'
const coder = AbiCoder.defaultAbiCoder()

// ─── Boards ──────────────────────────────────────────────────────────────────────────────────────

/** `count` wallets, the same for the same seed, in the order of seats: ascending by address. */
export function walletsOf(seed: string, count: number): Wallet[] {
  const made = Array.from({ length: count }, (_, i) => new Wallet(id(`${seed}/${i}`)))
  return made.sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1))
}

export function seat(address: Hex, weight = 1n): Member {
  return { kind: memberKind.address, id: zeroPadValue(address, 32).toLowerCase(), weight }
}

/** A board of these wallets, each of weight 1. */
export function boardOf(wallets: readonly Wallet[], threshold: number | bigint): Board {
  return { threshold: BigInt(threshold), members: wallets.map((wallet) => seat(wallet.address)) }
}

export function hashBoard(board: Board): Hex {
  return keccak256(coder.encode(['uint8', boardType], [1, board]))
}

/** The lazy entity whose board is this one address. */
export function soleEntity(address: Hex): Hex {
  return hashBoard({ threshold: 1n, members: [seat(address)] })
}

/** A registered entity's number as an id. */
export function registered(number: number | bigint): Hex {
  return toBeHex(number, 32)
}

// ─── What is signed ──────────────────────────────────────────────────────────────────────────────

export const domainOf = (domain: EntityDomain) => ({
  name: 'XLN EntityProvider',
  version: '1',
  chainId: domain.chainId,
  verifyingContract: domain.provider,
})

export const entitySignatureType = {
  EntitySignature: [
    { name: 'entityId', type: 'bytes32' },
    { name: 'digest', type: 'bytes32' },
  ],
}

export const signedRootType = {
  SignedRoot: [
    { name: 'entityId', type: 'bytes32' },
    { name: 'root', type: 'bytes32' },
    { name: 'unanimous', type: 'bool' },
  ],
}

/** What the members of a board sign for their entity. */
export function entityDigest(domain: EntityDomain, entityId: Hex, digest: Hex): Hex {
  return TypedDataEncoder.hash(domainOf(domain), entitySignatureType, { entityId, digest })
}

/** What an entity signs for all the digests of a tree. */
export function rootDigest(
  domain: EntityDomain,
  entityId: Hex,
  root: Hex,
  unanimous: boolean,
): Hex {
  return TypedDataEncoder.hash(domainOf(domain), signedRootType, { entityId, root, unanimous })
}

// ─── Forms ───────────────────────────────────────────────────────────────────────────────────────

/** `r ‖ s ‖ v` over the digest itself. */
export function signEcdsa(wallet: { readonly signingKey: SigningKey }, digest: Hex): Hex {
  return wallet.signingKey.sign(digest).serialized
}

/**
 * Form 0x01 with a given bitmap and given slots, right or wrong: each stands behind the member of the next
 * bit, and what is left over at the end.
 */
export function boardForm(board: Board, bitmap: bigint, slots: readonly Hex[]): Hex {
  const left = [...slots]
  const members = board.members.flatMap((member, i) => {
    const slot = (bitmap >> BigInt(i)) & 1n ? left.shift() : undefined
    return [seatForm(member), slot === undefined ? '0x' : slotForm(member.kind, slot)]
  })
  const types = ['bytes1', 'uint64', 'uint8', 'uint32']
  const head = solidityPacked(types, ['0x01', board.threshold, board.members.length, bitmap])
  return concat([head, ...members, ...left])
}

function seatForm({ kind, id: member, weight }: Member): Hex {
  const isWide = kind === memberKind.entity || kind === memberKind.blsKey
  const idForm = isWide ? member : dataSlice(member, 12)
  return concat([solidityPacked(['uint8', 'uint64'], [kind, weight]), idForm])
}

function slotForm(kind: number, slot: Hex): Hex {
  if (kind === memberKind.address || kind === memberKind.blsKey) return slot
  return concat([toBeHex(dataLength(slot), 2), slot])
}

/** Form 0x01: the `signers`, who sit on the board, sign for the entity. */
export function signBoard(
  domain: EntityDomain,
  entityId: Hex,
  digest: Hex,
  board: Board,
  signers: readonly Wallet[],
): Hex {
  const wrapped = entityDigest(domain, entityId, digest)
  let bitmap = 0n
  const signatures: Hex[] = []
  board.members.forEach((member, i) => {
    const signer = signers.find((wallet) => BigInt(wallet.address) === BigInt(member.id))
    if (signer === undefined) return
    bitmap |= 1n << BigInt(i)
    signatures.push(signEcdsa(signer, wrapped))
  })
  return boardForm(board, bitmap, signatures)
}

/** A digest's place under a signed root. */
export interface RootPlace {
  readonly root: Hex
  readonly unanimous: boolean
  readonly index: bigint
  readonly path: readonly Hex[]
}

/** Form 0x04 around a signature over the root. */
export function rootForm(place: RootPlace, inner: Hex): Hex {
  const types = ['bytes32', 'bool', 'uint256', 'bytes32[]', 'bytes']
  const values = [place.root, place.unanimous, place.index, place.path, inner]
  return concat(['0x04', coder.encode(types, values)])
}

// ─── Merkle trees ────────────────────────────────────────────────────────────────────────────────

export const leafOf = (digest: Hex): Hex => keccak256(concat(['0x00', digest]))
export const nodeOf = (left: Hex, right: Hex): Hex => keccak256(concat(['0x01', left, right]))

/** The places of these digests under one root; the tree is filled up to a power of two with zeros. */
export function placesOf(digests: readonly Hex[], unanimous: boolean): RootPlace[] {
  const paths: Hex[][] = digests.map(() => [])
  let level = digests.map(leafOf)
  for (let depth = 0n; level.length > 1; depth++) {
    if (level.length % 2 === 1) level.push(ZeroHash)
    for (const [i, path] of paths.entries()) path.push(nth(level, Number(BigInt(i) >> depth) ^ 1))
    level = level.flatMap((node, i) => (i % 2 === 0 ? [nodeOf(node, nth(level, i + 1))] : []))
  }
  return paths.map((path, i) => ({ root: nth(level, 0), unanimous, index: BigInt(i), path }))
}

/** What this channel's signatures are over: the proofs of its blocks, and what they lead to. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { BlockHeader, ChannelBlock } from '@xln/shared/channel/block.ts'
import { headerHash, headerOf } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce, disputeProofDigest } from '@xln/shared/channel/digests.ts'
import { proofBodyHash, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Address, ChannelKey, Hash } from '@xln/shared/ids.ts'
import { Memo } from '@xln/shared/memo.ts'
import { type Applied, applyBlock } from './apply.ts'
import { type Channel, countedNonce, isLeft, nonceOf, peerOf } from './channel.ts'
import type { OwnBlock } from './parts.ts'

/** The proof of a block that leads to a state with this `disputeWindow`. */
export function proofOf(block: ChannelBlock, hash: Hash, disputeWindow: number): Proof {
  const { proofBodyHash } = block
  return { disputeNonce: nonceOf(block), disputeWindow, proofBodyHash, blockHash: hash }
}

/** The proof of the newest block that counts. */
export function countedProof(channel: Channel, domain: ChainDomain): Proof {
  const { mutual } = channel
  return {
    disputeNonce: countedNonce(channel),
    disputeWindow: mutual.disputeWindow,
    proofBodyHash: bodyHashOf(mutual, domain),
    blockHash: mutual.prevBlockHash,
  }
}

const bodies = new WeakMap<Mutual, { readonly provider: Address; readonly hash: Hash }>()

/** The hash of a state's proof body, computed once while the state is in memory. */
export function bodyHashOf(mutual: Mutual, { subcontractProvider: provider }: ChainDomain): Hash {
  const known = bodies.get(mutual)
  if (known?.provider === provider) return known.hash
  const hash = proofBodyHash(proofBodyOf(mutual, provider))
  bodies.set(mutual, { provider, hash })
  return hash
}

/** The same state with another hash of the block before it, which is no part of its proof body. */
export function withPrevious(mutual: Mutual, prevBlockHash: Hash): Mutual {
  const next = { ...mutual, prevBlockHash }
  const known = bodies.get(mutual)
  if (known !== undefined) bodies.set(next, known)
  return next
}

const DIGESTS_KEPT = 4_096
const digests = new WeakMap<ChainDomain, Memo<Uint8Array>>()

/** What is signed for `proof`. Kept: each side signs it and checks the other's signature on it. */
export function digestOf(
  domain: ChainDomain,
  channelKey: ChannelKey,
  cooperativeNonce: bigint,
  proof: Proof,
): Uint8Array {
  let kept = digests.get(domain)
  if (kept === undefined) {
    kept = new Memo(DIGESTS_KEPT)
    digests.set(domain, kept)
  }
  const { disputeNonce, disputeWindow, proofBodyHash, blockHash } = proof
  const numbers = `${cooperativeNonce} ${disputeNonce} ${disputeWindow}`
  return kept.get(`${channelKey}${proofBodyHash}${blockHash}${numbers}`, () =>
    disputeProofDigest(domain, { channelKey, cooperativeNonce, ...proof }),
  )
}

export function digestHex(
  domain: ChainDomain,
  channelKey: ChannelKey,
  cooperativeNonce: bigint,
  proof: Proof,
): Hash {
  return bytesToHex(digestOf(domain, channelKey, cooperativeNonce, proof)) as Hash
}

/** Whether `signature` is the peer's on `proof`, of the kind that the chain takes as evidence. */
export function isSignedByPeer(
  channel: Channel,
  domain: ChainDomain,
  cooperativeNonce: bigint,
  proof: Proof,
  signature: Uint8Array,
): boolean {
  const digest = digestOf(domain, channel.key, cooperativeNonce, proof)
  return verifyEntitySignature(domain, peerOf(channel), digest, signature)
}

/** The header of the newest block that counts, from what is kept of it; null at height 0. */
export function countedHeader(channel: Channel, domain: ChainDomain): BlockHeader | null {
  const { key, mutual, counted } = channel
  if (counted === null) return null
  return {
    channelKey: key,
    term: mutual.term,
    height: mutual.height,
    prevBlockHash: counted.prevBlockHash,
    proposedByLeft: counted.byLeft,
    timestamp: counted.timestamp,
    chainPosition: counted.chainPosition,
    transactionsHash: counted.transactionsHash,
    stateHash: stateHash(hashedMutual(channel)),
    proofBodyHash: bodyHashOf(mutual, domain),
  }
}

/** The mutual state as the newest counted block hashed it. */
export function hashedMutual({ mutual, counted }: Channel): Mutual {
  return counted === null ? mutual : { ...mutual, cooperativeNonce: counted.hashedNonce }
}

/** What names a block; computing it means encoding all of its transactions. */
export interface BlockName {
  readonly hash: Hash
  readonly transactionsHash: Hash
}

const names = new WeakMap<ChannelBlock, BlockName>()

/** The hashes of a block, computed once while it is in memory. */
export function nameOf(block: ChannelBlock): BlockName {
  let name = names.get(block)
  if (name === undefined) {
    const header = headerOf(block)
    name = { hash: headerHash(header), transactionsHash: header.transactionsHash }
    names.set(block, name)
  }
  return name
}

const results = new WeakMap<ChannelBlock, Applied>()

/** Remembers what a block leads to, so that it is not computed again while it is in memory. */
export function remember(block: ChannelBlock, applied: Applied): void {
  results.set(block, applied)
}

/** What an own block leads to. */
export function resultOf(channel: Channel, own: OwnBlock): Applied {
  const known = results.get(own.block)
  if (known !== undefined) return known
  const application = applyBlock(channel.mutual, own.block, null, isLeft(channel), own.origins)
  if (application.type !== 'applied') throw new Error('an own signed block cannot be applied again')
  remember(own.block, application.applied)
  return application.applied
}

/** The proof of an own block. */
export function ownProof(channel: Channel, own: OwnBlock): Proof {
  return proofOf(own.block, own.hash, resultOf(channel, own).mutual.disputeWindow)
}

/** The dispute nonce of a refused block. */
export function refusedNonce(channel: Channel): bigint {
  const { refused, mutual } = channel
  return refused === null ? 0n : disputeNonce(refused.term, mutual.height + 1, refused.byLeft)
}

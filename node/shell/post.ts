/**
 * Signs what a durable block says, and hands it to the peers: the one place where an entity's key
 * meets a channel message.
 *
 * When an entity has several digests to sign in one block, it signs one root over all of them, and
 * each message carries its path: one signature a tick instead of one a channel.
 */
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { signedRootDigest } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import { treeOfDigests } from '@xln/shared/entity/signedRoot.ts'
import type { Address, EntityId, Hash } from '@xln/shared/ids.ts'
import { type ChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import type { OutgoingShow, OutgoingUpdate } from '../machines/channel/messages.ts'
import type { Parcel } from './outbox.ts'

/** A channel message on its way. */
export interface Letter {
  readonly sender: EntityId
  readonly recipient: EntityId
  readonly data: Uint8Array
}

export interface PostOptions {
  readonly domain: ChainDomain
  /** The key of an entity that lives here. */
  readonly signerOf: (entity: EntityId) => Address
  /** 65 bytes by that key. */
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  /** From how many digests a block and entity on one root is signed for all of them. */
  readonly rootFrom?: number
}

/** Below it, 65 bytes each are cheaper for everybody than a root and its paths. */
const ROOT_FROM = 4

type Sign = (digest: Hash) => Uint8Array

/** Channel messages, signed. Call it once the blocks that say them are durable, not before. */
export function writeLetters(parcels: readonly Parcel[], options: PostOptions): Letter[] {
  const digests = digestsByEntity(parcels)
  const signs = new Map<EntityId, Sign>()
  const letters: Letter[] = []
  for (const { entity, output } of parcels) {
    let sign = signs.get(entity)
    if (sign === undefined) {
      sign = signerFor(entity, digests.get(entity) ?? [], options)
      signs.set(entity, sign)
    }
    const message =
      output.type === 'sendUpdate'
        ? signUpdate(output.update, sign)
        : output.type === 'sendShow'
          ? signShow(output.show, sign)
          : output.message
    letters.push({ sender: entity, recipient: output.peer, data: encodeChannelMessage(message) })
  }
  return letters
}

function digestsByEntity(parcels: readonly Parcel[]): Map<EntityId, Hash[]> {
  const digests = new Map<EntityId, Hash[]>()
  for (const { entity, output } of parcels) {
    if (output.type === 'send') continue
    let own = digests.get(entity)
    if (own === undefined) {
      own = []
      digests.set(entity, own)
    }
    if (output.type === 'sendUpdate') {
      const { ack, proposal, newProof, settlement } = output.update
      for (const part of [ack, proposal, newProof, settlement])
        if (part !== null) own.push(part.digest)
    } else if (output.show.counted !== null) {
      own.push(output.show.counted.digest)
    }
  }
  return digests
}

/** How `entity` signs the digests of this block: each alone, or all under one root. */
function signerFor(entity: EntityId, digests: readonly Hash[], options: PostOptions): Sign {
  const { domain, sign, rootFrom = ROOT_FROM } = options
  const signer = options.signerOf(entity)
  if (digests.length < rootFrom) return (digest) => sign(signer, hexToBytes(digest))

  const tree = treeOfDigests(digests.map(hexToBytes))
  const { root } = tree
  const inner = sign(signer, signedRootDigest(domain, entity, root, false))
  const places = new Map(digests.map((digest, index) => [digest, index]))
  return (digest) => {
    const index = places.get(digest) as number
    const path = tree.pathOf(index)
    return encodeEntitySignature({ form: 'root', root, unanimous: false, index, path, inner })
  }
}

function signUpdate(update: OutgoingUpdate, sign: Sign): ChannelMessage {
  const { ack, proposal, newProof, settlement } = update
  return {
    type: 'update',
    ...(ack && { ack: { blockHash: ack.blockHash, signature: sign(ack.digest) } }),
    ...(proposal && { proposal: { block: proposal.block, signature: sign(proposal.digest) } }),
    ...(newProof && { newProofSignature: sign(newProof.digest) }),
    ...(settlement && { settlementSignature: sign(settlement.digest) }),
  }
}

function signShow({ asksToResume, counted, mutual }: OutgoingShow, sign: Sign): ChannelMessage {
  if (counted === null) return { type: 'show', asksToResume, mutual }
  const { header, digest, ownIsLeft, peerSignature } = counted
  const own = sign(digest)
  const [leftSignature, rightSignature] = ownIsLeft ? [own, peerSignature] : [peerSignature, own]
  return { type: 'show', asksToResume, mutual, counted: { header, leftSignature, rightSignature } }
}

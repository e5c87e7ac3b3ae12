/** What a pair must keep in every state it comes to; attach to any test. */
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { delta } from '@xln/shared/channel/delta.ts'
import { disputeNonce } from '@xln/shared/channel/digests.ts'
import { expect } from 'chai'
import { deltaOf, holdsOf } from '../../../../../node/machines/channel/capacity.ts'
import type { Channel } from '../../../../../node/machines/channel/channel.ts'
import { checkInvariants } from '../../../../../node/machines/channel/invariants.ts'
import type { ChannelInput, ChannelOutput } from '../../../../../node/machines/channel/messages.ts'
import { countedProof, isSignedByPeer } from '../../../../../node/machines/channel/proofs.ts'
import { decodeChannel, encodeChannel } from '../../../../../node/machines/channel/record.ts'
import { domain, type Pair, type Party } from './pair.ts'

/** Checks every state of both sides, and every block they sign. */
export function watch(pair: Pair, { limitsFall = false } = {}): void {
  const signed = { left: new Signed(), right: new Signed() }
  pair.onState = (party, before, input, outputs) => {
    const { channel } = party
    if (channel === before) return
    deepFreeze(channel)
    checkInvariants(channel)
    checkRecord(channel)
    checkEvidence(channel, before)
    // While the chain decides, its two halves of a change arrive one after the other.
    const rests = channel.dispute !== null || channel.settlement !== null
    if (!limitsFall && !rests) checkLimits(channel)
    checkRefusal(before, channel, input, outputs)
    signed[party.side].check(party, outputs)
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  if (value instanceof Uint8Array) return
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
}

function checkRecord(channel: Channel): void {
  expect(decodeChannel(encodeChannel(channel))).to.deep.equal(channel)
}

/** Never a height without the peer's signature on it. */
function checkEvidence(channel: Channel, before: Channel): void {
  const { counted, mutual } = channel
  const era = mutual.cooperativeNonce
  if (counted === null || (counted === before.counted && era === before.mutual.cooperativeNonce))
    return
  const proof = countedProof(channel, domain)
  const { cooperativeNonce } = mutual
  const isSigned = isSignedByPeer(channel, domain, cooperativeNonce, proof, counted.peerSignature)
  expect(isSigned, `height ${mutual.height} without the peer's signature`).to.equal(true)
}

/** `−rightCreditLimit ≤ delta ≤ collateral + leftCreditLimit`, whatever comes of the open clauses. */
function checkLimits(channel: Channel): void {
  for (const { token } of channel.mutual.tokens) {
    const d = deltaOf(channel, token)
    const holds = holdsOf(channel.mutual, token)
    expect(delta(d) - holds.left >= -d.rightCreditLimit, 'left overdrawn').to.equal(true)
    expect(delta(d) + holds.right <= d.collateral + d.leftCreditLimit, 'right overdrawn').to.equal(
      true,
    )
  }
}

function checkRefusal(
  before: Channel,
  after: Channel,
  input: ChannelInput,
  outputs: readonly ChannelOutput[],
): void {
  const isRefusedWish = input.type === 'wish' && outputs.some(({ type }) => type === 'wishRefused')
  expect(isRefusedWish && after !== before, 'a refusal changed the state').to.equal(false)
}

/** Every block that one side has signed: never two of one nonce, never a nonce below another. */
class Signed {
  readonly #blocks = new Map<string, string>()
  readonly #highest = new Map<bigint, bigint>()

  check({ channel }: Party, outputs: readonly ChannelOutput[]): void {
    for (const output of outputs) {
      if (output.type !== 'sendUpdate') continue
      const { ack, proposal } = output.update
      const era = channel.mutual.cooperativeNonce
      if (ack !== null) {
        const { term, height } = channel.mutual
        this.#sign(era, disputeNonce(term, height, channel.counted?.byLeft ?? false), ack.blockHash)
      }
      if (proposal !== null) {
        const { term, height, proposedByLeft } = proposal.block
        this.#sign(era, disputeNonce(term, height, proposedByLeft), blockHash(proposal.block))
      }
    }
  }

  #sign(era: bigint, nonce: bigint, hash: string): void {
    const key = `${era} ${nonce}`
    const before = this.#blocks.get(key)
    expect(before ?? hash, `two blocks of nonce ${nonce}`).to.equal(hash)
    if (before === undefined) {
      expect((this.#highest.get(era) ?? -1n) < nonce, `nonce ${nonce} is too low`).to.equal(true)
      this.#highest.set(era, nonce)
    }
    this.#blocks.set(key, hash)
  }
}

/** What keeps a proof from being posted. */
import { id } from 'ethers'
import { hashBody } from '../depository.ts'
import {
  argumentsOf,
  bodyOf,
  counterOf,
  emptyProof,
  noBody,
  send,
  start,
} from '../depositoryItems.ts'
import { finaliseOf, networkHelpers, proofOf, startOf, stateOf } from '../depositoryWorld.ts'
import {
  collateralised,
  disputed,
  type Refusal,
  reverts,
  skips,
  stranger,
  swapped,
} from './expect.ts'

export const disputesRefusals: readonly Refusal[] = [
  {
    error: 'LeftNotBelowRight',
    when: 'two sides are named in the wrong order',
    from: disputed,
    check: async (world) => {
      const { depository, left, right, tokenId } = world
      const counter = await counterOf(world, proofOf(6, noBody), swapped(world))
      const item = finaliseOf({ left: right, right: left }, bodyOf(world, -40n))
      const calls = [
        depository.channelOf(right.id, left.id),
        depository.collateralOf(right.id, left.id, tokenId),
        depository.counter(counter),
        depository.finalise(item),
      ]
      for (const call of calls) {
        await reverts(world, call, 'LeftNotBelowRight', right.id, left.id)
      }
      await reverts(
        world,
        depository.channelOf(left.id, left.id),
        'LeftNotBelowRight',
        left.id,
        left.id,
      )
      await skips(world, stranger, { counters: [counter] }, 'LeftNotBelowRight')
      await skips(world, stranger, { finalises: [item] }, 'LeftNotBelowRight')
    },
  },
  {
    error: 'WindowInvalid',
    when: 'a window is shorter or longer than the contract allows',
    from: collateralised,
    check: async (world) => {
      const { depository, left } = world
      const windows = [
        Number((await depository.limits()).windowMin) - 1,
        Number((await depository.limits()).windowMax) + 1,
      ]
      const proofs = windows.map((disputeWindow) => ({ ...proofOf(2, noBody), disputeWindow }))
      for (const proof of proofs) {
        await skips(world, left, await startOf(world, world, left, proof), 'WindowInvalid')
      }
      await start(world, left, 1, noBody)
      for (const proof of proofs) {
        const sent = depository.counter(await counterOf(world, proof))
        await reverts(world, sent, 'WindowInvalid', proof.disputeWindow)
      }
    },
  },
  {
    error: 'DisputeNonceInvalid',
    when: 'a proof of height 0 is not the empty one, or that one shows anything',
    from: collateralised,
    check: async (world) => {
      const { depository, left, right } = world
      for (const disputeNonce of [1n, 2n ** 48n, 2n ** 48n + 1n]) {
        const proof = { ...proofOf(1, noBody), disputeNonce }
        await skips(world, left, await startOf(world, world, left, proof), 'DisputeNonceInvalid')
      }
      const empty = { peer: right.id, cooperativeNonce: 0n, proof: emptyProof, peerSignature: '0x' }
      const shown = [
        { ...empty, peerSignature: '0x00' },
        { ...empty, proof: { ...emptyProof, disputeWindow: 600 } },
        { ...empty, proof: { ...emptyProof, proofBodyHash: hashBody(noBody) } },
        { ...empty, proof: { ...emptyProof, blockHash: id('block') } },
      ]
      for (const item of shown) await skips(world, left, { starts: [item] }, 'DisputeNonceInvalid')
      await send(world, left, { starts: [empty] })
      const proof = { ...proofOf(1, noBody), disputeNonce: 2n ** 48n + 1n }
      const sent = depository.counter(await counterOf(world, proof))
      await reverts(world, sent, 'DisputeNonceInvalid', proof.disputeNonce)
    },
  },
  {
    error: 'DisputeNonceNotHigher',
    when: 'a proof is not above the one that stands',
    from: disputed,
    check: async (world) => {
      const { depository, left, right } = world
      for (const height of [4, 5]) {
        const proof = proofOf(height, noBody)
        const counter = await counterOf(world, proof)
        const nonce = BigInt(2 * height)
        await reverts(world, depository.counter(counter), 'DisputeNonceNotHigher', nonce, 10n)
        const started = await startOf(world, world, right, proof)
        await skips(world, right, started, 'DisputeNonceNotHigher')
      }
      const empty = { peer: right.id, cooperativeNonce: 0n, proof: emptyProof, peerSignature: '0x' }
      await skips(world, left, { starts: [empty] }, 'DisputeNonceNotHigher')
    },
  },
  {
    error: 'NoDispute',
    when: 'nothing is in dispute',
    from: collateralised,
    check: async (world) => {
      const { depository, left, right } = world
      const counter = await counterOf(world, proofOf(1, noBody))
      const item = finaliseOf(world, noBody)
      await reverts(world, depository.counter(counter), 'NoDispute', left.id, right.id)
      await reverts(world, depository.finalise(item), 'NoDispute', left.id, right.id)
      await skips(world, stranger, { counters: [counter] }, 'NoDispute')
      await skips(world, stranger, { finalises: [item] }, 'NoDispute')
      await skips(world, left, argumentsOf(right, id('body'), '0x'), 'NoDispute')
    },
  },
  {
    error: 'DisputeClosed',
    when: 'the window is over, to the second',
    from: disputed,
    check: async (world) => {
      const { depository, right, left } = world
      const { deadline } = await stateOf(world, world)
      const counter = await counterOf(world, proofOf(6, noBody))
      const started = await startOf(world, world, right, proofOf(6, noBody))
      await networkHelpers.time.setNextBlockTimestamp(deadline)
      await reverts(world, depository.counter(counter), 'DisputeClosed', deadline)
      await skips(world, stranger, { counters: [counter] }, 'DisputeClosed')
      await skips(world, right, started, 'DisputeClosed')
      await skips(world, right, argumentsOf(left, id('body'), '0x'), 'DisputeClosed')
    },
  },
]

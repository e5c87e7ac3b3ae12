/** What keeps a settlement from being executed. */
import { expect } from 'chai'
import { channelKeyOf, etherId, signAs } from '../depository.ts'
import {
  counterOf,
  deposit,
  diffOf,
  fundingOf,
  indebtLeft,
  noBody,
  send,
  settlementOf,
  start,
} from '../depositoryItems.ts'
import { createWorld, networkHelpers, proofOf, run, startOf, stateOf } from '../depositoryWorld.ts'
import { collateralised, proofDigest, type Refusal, reverts, skips, stranger } from './expect.ts'

export const settlementsRefusals: readonly Refusal[] = [
  {
    error: 'CooperativeNonceWrong',
    when: 'a settlement or a proof is of another era',
    from: collateralised,
    check: async (world) => {
      const { depository, left } = world
      const old = await startOf(world, world, left, proofOf(1, noBody))
      const proof = proofOf(2, noBody)
      const counter = await counterOf(world, proof)
      const settlement = await settlementOf(world, {})
      await send(world, left, settlement)
      await skips(world, left, settlement, 'CooperativeNonceWrong')
      await skips(world, left, old, 'CooperativeNonceWrong')
      await start(world, left, 1, noBody)
      await reverts(world, depository.counter(counter), 'CooperativeNonceWrong', 0n, 1n)
      await skips(world, stranger, { counters: [counter] }, 'CooperativeNonceWrong')
    },
  },
  {
    error: 'NewNonceInvalid',
    when: 'a settlement does not raise the nonce, or leaves its era',
    from: createWorld,
    check: async (world) => {
      for (const newNonce of [0n, 2n ** 32n, 2n ** 63n]) {
        const items = await settlementOf(world, { newNonce })
        await skips(world, world.left, items, 'NewNonceInvalid')
      }
      await run(world, world.left, await settlementOf(world, { newNonce: 2n ** 32n - 1n }))
      expect((await stateOf(world, world)).cooperativeNonce).to.equal(2n ** 32n - 1n)
    },
  },
  {
    error: 'DeadlinePassed',
    when: 'a settlement is a second late',
    from: createWorld,
    check: async (world) => {
      const deadline = BigInt(await networkHelpers.time.latest()) + 10n
      const items = await settlementOf(world, { deadline })
      await networkHelpers.time.setNextBlockTimestamp(deadline + 1n)
      await skips(world, world.left, items, 'DeadlinePassed')
    },
  },
  {
    error: 'DiffsNotBalanced',
    when: 'a settlement would make or lose something',
    from: collateralised,
    check: async (world) => {
      for (const collateralDiff of [-4n, -6n]) {
        const diffs = [{ ...diffOf(world, 5n, 0n, 0n), collateralDiff }]
        await skips(world, world.left, await settlementOf(world, { diffs }), 'DiffsNotBalanced')
      }
    },
  },
  {
    error: 'CollateralExceeded',
    when: 'a settlement takes more than the channel has',
    from: collateralised,
    check: async (world) => {
      const diffs = [diffOf(world, 101n, 0n, 0n)]
      await skips(world, world.left, await settlementOf(world, { diffs }), 'CollateralExceeded')
    },
  },
  {
    error: 'OndeltaOutOfRange',
    when: 'ondelta would leave its 128 bits',
    from: collateralised,
    check: async (world) => {
      const { left } = world
      const most = 2n ** 127n - 1n
      const diffs = [diffOf(world, 0n, 0n, most - 99n)]
      await skips(world, left, await settlementOf(world, { diffs }), 'OndeltaOutOfRange')
      await run(
        world,
        left,
        await settlementOf(world, { diffs: [diffOf(world, 0n, 0n, most - 100n)] }),
      )
      await deposit(world, left, 1n)
      await skips(world, left, fundingOf(world, 1n), 'OndeltaOutOfRange')
    },
  },
  {
    error: 'DebtNotBetween',
    when: 'a settlement forgives what is not there, is owed to another, or comes twice',
    from: createWorld,
    check: async (world) => {
      const { left, right, tokenId } = world
      await indebtLeft(world, 30n)
      const owed = { token: tokenId, leftOwes: true, index: 0n }
      const wrong = [
        [{ ...owed, leftOwes: false }],
        [{ ...owed, index: 1n }],
        [{ ...owed, token: etherId }],
        [owed, owed],
      ]
      for (const forgiveness of wrong) {
        await skips(world, left, await settlementOf(world, { forgiveness }), 'DebtNotBetween')
      }
      expect((await world.depository.debtsOf(left.id, tokenId)).total).to.equal(30n)
      expect((await world.depository.debtAt(left.id, tokenId, 0n)).creditor).to.equal(right.id)
    },
  },
  {
    error: 'SignatureInvalid',
    when: 'a settlement or a proof is not signed by whoever must have signed it',
    from: collateralised,
    check: async (world) => {
      const { depository, left, right } = world
      await skips(world, left, await settlementOf(world, {}, left), 'SignatureInvalid')
      const proof = proofOf(2, noBody)
      const digest = proofDigest(world, proof)
      const [forged] = (await startOf(world, world, left, proof)).starts ?? []
      const peerSignature = await signAs(stranger.wallet, world.domain, 'proof', {
        channelKey: channelKeyOf(left.id, right.id),
        cooperativeNonce: 0n,
        ...proof,
      })
      await skips(world, left, { starts: [{ ...forged, peerSignature }] }, 'SignatureInvalid')
      await start(world, left, 1, noBody)
      const without = [
        { by: left, counter: await counterOf(world, proof, { left: stranger }) },
        { by: right, counter: await counterOf(world, proof, { right: stranger }) },
      ]
      for (const { by, counter } of without) {
        await reverts(world, depository.counter(counter), 'SignatureInvalid', by.id, digest)
        await skips(world, stranger, { counters: [counter] }, 'SignatureInvalid')
      }
    },
  },
]

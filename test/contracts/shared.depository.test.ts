import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { encodeRatios, evaluateClause } from '@xln/shared/channel/clauses.ts'
import { split } from '@xln/shared/channel/delta.ts'
import { disputeNonce, disputeProofDigest, settlementDigest } from '@xln/shared/channel/digests.ts'
import { type Clause, proofBodyHash, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual, Offer } from '@xln/shared/channel/state.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { type Batch, batchDigest, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { channelKeyOf, lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address, EntityId, Hash, Secret } from '@xln/shared/ids.ts'
import {
  ARGUMENTS_MAX,
  BODY_BYTES_MAX,
  BODY_GAS_MAX,
  CHANNEL_LOCKS_MAX,
  CHANNEL_OFFERS_MAX,
  CHANNEL_TOKENS_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  NAMED_TOKENS_MAX,
  PENDING_MAX,
  RATIO_MAX,
} from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { SIGNERS, type Signer } from '../shared/support/boards.ts'
import { DOMAIN } from '../vectors/vectors.ts'
import { deployAll, type World } from './support/shared.ts'

/** The Depository driven by what shared/ encodes and signs. */
const FUNDS = 1_000_000n
const TRANSACTION_GAS_MAX = 16_777_216n
const ZERO = `0x${'00'.repeat(32)}` as Hash

const usd = erc20TokenId(`0x${'11'.repeat(20)}` as Address)
const ends = SIGNERS.slice(0, 2)
  .map((signer) => ({ ...signer, entity: lazyEntityId(signer.address) }))
  .sort((a, b) => (a.entity < b.entity ? -1 : 1))
const [left, right] = ends as [End, End]
type End = Signer & { readonly entity: EntityId }

const secretAt = (index: number) =>
  bytesToHex(keccak256(Uint8Array.of(index >> 8, index))) as Secret

/** A state with locks and offers of both sides, each lock under a secret of its own. */
function stateOf(lockCount: number, offerCount: number, deadline: number): Mutual {
  const id = { term: 0, height: 1, index: 0 }
  const locks = Array.from(
    { length: lockCount },
    (_, index): Lock => ({
      id,
      fromLeft: index % 2 === 0,
      token: index % 3 === 0 ? etherTokenId : usd,
      amount: BigInt(index + 1),
      hashlock: hashlockOf(secretAt(index)),
      revealBy: deadline,
    }),
  )
  const offers = Array.from(
    { length: offerCount },
    (_, index): Offer => ({
      id,
      ownerIsLeft: index % 2 === 0,
      giveToken: usd,
      giveAmount: BigInt(10 * index + 3),
      wantToken: etherTokenId,
      wantAmount: BigInt(index + 5),
      minFill: 1,
      fillBy: deadline,
    }),
  )
  return {
    left: left.entity,
    right: right.entity,
    chainId: DOMAIN.chainId,
    depository: DOMAIN.depository,
    cooperativeNonce: 0n,
    namedNonce: 0n,
    term: 0,
    height: 1,
    prevBlockHash: ZERO,
    disputeWindow: 600,
    tokens: [etherTokenId, usd].map((token, index) => ({
      token,
      offdelta: [-200_000n, 0n][index] as bigint,
      leftCreditLimit: 0n,
      rightCreditLimit: 0n,
    })),
    locks,
    offers,
  }
}

describe('Depository driven by shared', () => {
  let world: World
  before(async () => {
    world = await deployAll()
    const { depository } = world
    await depository.deposit(left.entity, etherTokenId, FUNDS, { value: FUNDS })
  })

  const run = async (by: End, items: Partial<Batch>) => {
    const { depository, time } = world
    const batch = encodeBatch({ ...EMPTY_BATCH, atomic: true, ...items })
    const nonce = await depository.batchNonce(by.entity)
    const validUntil = (await time.latest()) + 900
    const signature = signDigest(batchDigest(DOMAIN, by.entity, batch, nonce, validUntil), by.key)
    return depository.processBatch(
      by.entity,
      bytesToHex(batch),
      nonce,
      validUntil,
      bytesToHex(signature),
    )
  }

  it('has the limits that shared/limits.ts names', async () => {
    const { depository } = world
    const limits = await depository.limits()
    const found = [
      limits.windowMin,
      limits.windowMax,
      limits.pendingMax,
      limits.argumentsMax,
      limits.namedTokensMax,
      limits.bodyTokensMax,
      limits.bodyBytesMax,
      limits.bodyGasMax,
    ]
    expect(found.map(Number)).to.deep.equal([
      DISPUTE_WINDOW_MIN,
      DISPUTE_WINDOW_MAX,
      PENDING_MAX,
      ARGUMENTS_MAX,
      NAMED_TOKENS_MAX,
      CHANNEL_TOKENS_MAX,
      BODY_BYTES_MAX,
      BODY_GAS_MAX,
    ])
  })

  it('lets a clause have more gas than judging it takes, however many locks and offers it has', async () => {
    const { harness, subcontractProvider, time } = world
    const deadline = (await time.latest()) + 1_000_000
    for (let index = 0; index < CHANNEL_LOCKS_MAX; index += 128) {
      const secrets = Array.from({ length: 128 }, (_, at) => secretAt(index + at))
      await run(left, { secrets })
    }
    const sizes = [
      [1, 0],
      [0, 1],
      [2, 2],
      [CHANNEL_LOCKS_MAX, 0],
      [0, CHANNEL_OFFERS_MAX],
      [CHANNEL_LOCKS_MAX, CHANNEL_OFFERS_MAX],
    ]
    for (const [locks, offers] of sizes as [number, number][]) {
      const { offdeltas, clauses } = proofBodyOf(
        stateOf(locks, offers, deadline),
        DOMAIN.subcontractProvider,
      )
      const { batch, gasLimit } = clauses[0] as Clause
      const given = {
        data: bytesToHex(encodeRatios(Array<number>(offers).fill(RATIO_MAX - 1))),
        committedAt: deadline,
      }
      const provider = await subcontractProvider.getAddress()
      // With every token that a body may have: their deltas are copied in and out.
      const deltas = [...offdeltas, ...Array<bigint>(CHANNEL_TOKENS_MAX - 2).fill(0n)]
      const { used } = await harness.gasOf(provider, deltas, bytesToHex(batch), given, given)
      expect(Number(used), `${locks} locks, ${offers} offers`).to.be.below(0.9 * gasLimit)
    }
  })

  it('executes a settlement that the peer signed', async () => {
    const { depository, time } = world
    const before = await depository.reserveOf(left.entity, etherTokenId)
    const terms = {
      cooperativeNonce: 0n,
      newNonce: 1n,
      deadline: (await time.latest()) + 900,
      diffs: [
        {
          token: etherTokenId,
          leftDiff: -5n,
          rightDiff: 2n,
          collateralDiff: 3n,
          ondeltaDiff: 3n,
        },
      ],
      forgiveness: [],
    }
    const channelKey = channelKeyOf(left.entity, right.entity)
    const peerSignature = signDigest(settlementDigest(DOMAIN, { channelKey, ...terms }), right.key)
    const sent = run(left, { settlements: [{ peer: right.entity, ...terms, peerSignature }] })
    await expect(sent).to.emit(depository, 'Settled').withArgs(left.entity, right.entity, 1n)
    expect(await depository.reserveOf(left.entity, etherTokenId)).to.equal(before - 5n)
    expect(await depository.reserveOf(right.entity, etherTokenId)).to.equal(2n)
  })

  it('finalises the fullest body as the evaluation and the split say', async () => {
    const { depository, time } = world
    const channel = await depository.channelOf(left.entity, right.entity)
    await run(left, {
      fundings: [
        {
          token: etherTokenId,
          receiver: left.entity,
          topUps: [{ peer: right.entity, amount: 500_000n }],
        },
      ],
    })
    const deadline = (await time.latest()) + 100_000
    const body = proofBodyOf(
      stateOf(CHANNEL_LOCKS_MAX, CHANNEL_OFFERS_MAX, deadline),
      DOMAIN.subcontractProvider,
    )
    const hash = proofBodyHash(body)
    const proof = {
      disputeNonce: disputeNonce(0, 1, true),
      disputeWindow: 600,
      proofBodyHash: hash,
      blockHash: ZERO,
    }
    const cooperativeNonce = channel.cooperativeNonce
    const channelKey = channelKeyOf(left.entity, right.entity)
    const digest = disputeProofDigest(DOMAIN, { channelKey, cooperativeNonce, ...proof })
    const ratios = Array<number>(CHANNEL_OFFERS_MAX / 2).fill(0x8000_0000)
    const data = encodeRatios(ratios)
    const given = { proofBodyHash: hash, data, tokens: [] }
    await run(left, {
      starts: [
        {
          peer: right.entity,
          cooperativeNonce,
          proof,
          peerSignature: signDigest(digest, right.key),
        },
      ],
      arguments: [{ peer: right.entity, ...given }],
    })
    await run(right, { arguments: [{ peer: left.entity, ...given }] })

    const committedAt = await time.latest()
    await time.increase(600)
    const collateral = await depository.collateralOf(left.entity, right.entity, etherTokenId)
    const finalise = {
      left: left.entity,
      right: right.entity,
      body,
      leftArguments: data,
      rightArguments: data,
      leftTokens: [],
      rightTokens: [],
    }
    const sent = await run(left, { finalises: [finalise] })

    const answer = evaluateClause(body.offdeltas, (body.clauses[0] as Clause).batch, {
      now: committedAt,
      revealedAt: () => 1,
      defaultedAt: () => 0,
      left: { data, committedAt },
      right: { data, committedAt },
    })
    if (answer === undefined) throw new TypeError('the clause is malformed')
    const [ether, dollars] = answer.deltas as [bigint, bigint]
    const parts = split(collateral.collateral, collateral.ondelta + ether)
    expect(ether).not.to.equal(body.offdeltas[0])
    await expect(sent)
      .to.emit(depository, 'TokenSplit')
      .withArgs(
        left.entity,
        right.entity,
        etherTokenId,
        parts.toLeft,
        parts.toRight,
        parts.leftDebt,
        parts.rightDebt,
        0n,
      )
    const owed = split(0n, dollars)
    await expect(sent)
      .to.emit(depository, 'TokenSplit')
      .withArgs(left.entity, right.entity, usd, 0n, 0n, owed.leftDebt, owed.rightDebt, 0n)
    const receipt = await sent.wait()
    expect(receipt?.gasUsed).to.be.below(TRANSACTION_GAS_MAX)
    expect(hexToBytes(sent.data).length, 'bytes that nodes relay').to.be.below(131_072)
  })
})

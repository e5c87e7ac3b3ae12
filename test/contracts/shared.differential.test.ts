import { INT256_MAX, UINT256_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { encodeRatios, evaluateClause } from '@xln/shared/channel/clauses.ts'
import { split } from '@xln/shared/channel/delta.ts'
import { proofBodyHash, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual } from '@xln/shared/channel/state.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { proofBodyValue } from '@xln/shared/depository/batch.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { EntityId, Hashlock, Hex, Secret } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { hex, mutual, ratio } from '../shared/support/arbitraries.ts'
import { boardOf, entityOf, SIGNERS, signAsBoard, signAsRoot } from '../shared/support/boards.ts'
import { signaturesUnder } from '../vectors/signatures.ts'
import { DOMAIN } from '../vectors/vectors.ts'
import { deployAll, type World } from './support/shared.ts'

/** Random worlds in which TypeScript and the contracts must say the same. */
const RUNS = { numRuns: 40 }

describe('shared and the contracts agree', () => {
  let world: World
  before(async () => {
    world = await deployAll()
  })

  it('on how a channel is split', async () => {
    const collaterals = fc.oneof(fc.bigInt(0n, 5n), fc.bigInt(0n, UINT256_MAX))
    const deltas = fc.oneof(fc.bigInt(-2n, 7n), fc.bigInt(-INT256_MAX - 1n, INT256_MAX))
    await fc.assert(
      fc.asyncProperty(collaterals, deltas, async (collateral, delta) => {
        const found = await world.harness.split(collateral, delta)
        const { toLeft, toRight, leftDebt, rightDebt } = split(collateral, delta)
        expect([...found]).to.deep.equal([toLeft, toRight, leftDebt, rightDebt])
      }),
      RUNS,
    )
  })

  it('on the hash of the proof body of any state', async () => {
    await fc.assert(
      fc.asyncProperty(mutual, async (state) => {
        const body = proofBodyOf(state, DOMAIN.subcontractProvider)
        const { tokenIds, offdeltas, clauses } = proofBodyValue(body)
        const found = await world.harness.proofBodyHash({
          tokenIds: [...tokenIds],
          offdeltas: [...offdeltas],
          clauses: clauses.map((clause) => ({ ...clause, allowances: [...clause.allowances] })),
        })
        expect(found).to.equal(proofBodyHash(body))
      }),
      RUNS,
    )
  })

  it('on what a clause does to the deltas', async () => {
    const { subcontractProvider, harness, time } = world
    const secrets = [1, 2, 3].map(
      (number) => bytesToHex(keccak256(Uint8Array.of(number))) as Secret,
    )
    const first = (await time.latest()) + 10
    const facts = new Map<Hashlock, number>()
    for (const [index, secret] of secrets.slice(0, 2).entries()) {
      const revealedAt = first + 10 * index
      await time.setNextBlockTimestamp(revealedAt)
      await (await subcontractProvider.revealSecret(secret)).wait()
      facts.set(hashlockOf(secret), revealedAt)
    }
    const now = Number(await harness.timestamp())

    const moment = fc.integer({ min: first - 2, max: now + 3 })
    const args = fc.record({
      data: fc.array(ratio, { maxLength: 4 }).map(encodeRatios),
      committedAt: fc.oneof(fc.constant(0), moment),
    })
    const hashlocks = secrets.map((secret) => hashlockOf(secret))
    const world_ = mutual.chain((state) =>
      fc.record({
        state: fc.constant(state),
        times: fc.array(moment, { minLength: 8, maxLength: 8 }),
        picks: fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
        left: args,
        right: args,
        // Mostly as it should be; else with one byte of the batch changed.
        damage: fc.option(fc.tuple(fc.nat(), fc.nat(255)), { nil: undefined }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(world_, async ({ state, times, picks, left, right, damage }) => {
        const locks = state.locks.map(
          (lock, index): Lock => ({
            ...lock,
            hashlock: hashlocks[picks[index] as number] as Hashlock,
            revealBy: times[index] as number,
          }),
        )
        const offers = state.offers.map((offer, index) => ({
          ...offer,
          fillBy: times[4 + index] as number,
        }))
        const timed: Mutual = { ...state, locks, offers }
        const { offdeltas, clauses } = proofBodyOf(timed, DOMAIN.subcontractProvider)
        const batch = clauses[0]?.batch.slice() ?? new Uint8Array(128)
        if (damage !== undefined) batch[damage[0] % batch.length] = damage[1]

        const revealedAt = (hashlock: Hashlock) => facts.get(hashlock) ?? 0
        const expected = evaluateClause(offdeltas, batch, {
          now,
          revealedAt,
          defaultedAt: () => 0,
          left,
          right,
        })
        const value = (each: typeof left) => ({ ...each, data: bytesToHex(each.data) })
        const found = await subcontractProvider
          .evaluate([...offdeltas], bytesToHex(batch), value(left), value(right))
          .then(
            ({ applied, pendingUntil }) => ({ deltas: [...applied], pendingUntil }),
            () => undefined,
          )
        expect(found).to.deep.equal(expected)
      }),
      { numRuns: 120 },
    )
  })

  describe('on who has signed', () => {
    const agree = async (entity: EntityId, digest: Uint8Array, signature: Uint8Array) => {
      const { valid } = await world.entityProvider.isValidProofSignature(
        entity,
        bytesToHex(digest),
        bytesToHex(signature),
      )
      expect(valid).to.equal(verifyEntitySignature(DOMAIN, entity, digest, signature))
      return valid
    }

    it('for any board, any of its members, and any root', async () => {
      const weights = fc.array(fc.bigInt(0n, 3n), { minLength: 1, maxLength: 4 })
      const place = fc.integer({ min: 1, max: 9 }).chain((count) =>
        fc.record({
          count: fc.constant(count),
          index: fc.nat(count - 1),
          unanimous: fc.boolean(),
        }),
      )
      const seen = new Set<boolean>()
      await fc.assert(
        fc.asyncProperty(
          weights,
          fc.bigInt(0n, 6n),
          fc.nat(15),
          hex<Hex>(32),
          fc.option(place, { nil: undefined }),
          async (given, threshold, bits, digestHex, below) => {
            const board = boardOf(threshold, given)
            const bitmap = bits & (2 ** given.length - 1)
            const entity = entityOf(board)
            const digest = hexToBytes(digestHex)
            const sign = (hash: Uint8Array) => signAsBoard(DOMAIN, board, bitmap, hash)
            const signature =
              below === undefined ? sign(digest) : signAsRoot(DOMAIN, entity, digest, below, sign)
            seen.add(await agree(entity, digest, signature))
          },
        ),
        RUNS,
      )
      expect(seen.size, 'both valid and invalid ones').to.equal(2)
    })

    it('when a byte of a signature is changed, cut out or put in', async () => {
      const sound = signaturesUnder(DOMAIN)
      expect(SIGNERS).to.have.length(4)
      const change = fc.tuple(fc.nat(), fc.nat(255), fc.nat(2), fc.boolean())
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...sound),
          change,
          async ({ entity, digest, signature }, how) => {
            const [at, byte, kind, low] = how
            // Half of the places are those that mean something: the head of each word is mostly zero.
            const near = low ? at % (signature.length + 1) : (at % (signature.length / 32 + 1)) * 32
            const place = Math.min(Math.floor(near), signature.length)
            const rest = signature.slice(place + (kind === 2 ? 0 : 1))
            const put = kind === 1 ? [] : [byte]
            await agree(
              entity,
              digest,
              Uint8Array.of(...signature.slice(0, place), ...put, ...rest),
            )
          },
        ),
        { numRuns: 150 },
      )
    })

    it('for digests at both ends of their range', async () => {
      const board = boardOf(1n, [1n])
      for (const digest of [new Uint8Array(32), new Uint8Array(32).fill(255)]) {
        for (const { entity, signature } of signaturesUnder(DOMAIN).slice(0, 6)) {
          await agree(entity, digest, signature)
        }
        expect(
          await agree(entityOf(board), digest, signAsBoard(DOMAIN, board, 1, digest)),
        ).to.equal(true)
      }
    })
  })
})

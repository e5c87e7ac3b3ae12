import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { evaluateClause, NO_ARGUMENTS } from '@xln/shared/channel/clauses.ts'
import { expect } from 'chai'
import { id, keccak256, MaxInt256, MinInt256 } from 'ethers'
import fc from 'fast-check'
import { network } from 'hardhat'
import { type Payment, packClause, packLongClause, type Swap } from '../shared/support/packed.ts'

const { ethers, networkHelpers } = await network.create()

const none = { data: '0x', committedAt: 0 }
const secret = id('secret')
const hashlock = keccak256(secret)
const farAway = 2n ** 40n
/** When the default of these tests is recorded, unix seconds. */
const RECORDED_AT = 2_000_000_000

const encode = packClause

const payment = (changes: Partial<Payment> = {}): Payment => ({
  fromLeft: false,
  deltaIndex: 0,
  amount: 5n,
  hashlock,
  revealBy: farAway,
  ...changes,
})

const swap = (changes: Partial<Swap> = {}): Swap => ({
  ownerIsLeft: true,
  addDeltaIndex: 0,
  addAmount: 100n,
  subDeltaIndex: 1,
  subAmount: 50n,
  minFill: 1,
  fillBy: farAway,
  ...changes,
})

const deploy = () => ethers.deployContract('SubcontractProvider')

describe('SubcontractProvider', () => {
  describe('revealSecret', () => {
    it('publishes a secret once, with the time of its block', async () => {
      const provider = await deploy()
      const time = (await networkHelpers.time.latest()) + 10
      await networkHelpers.time.setNextBlockTimestamp(time)
      await expect(provider.revealSecret(secret))
        .to.emit(provider, 'SecretRevealed')
        .withArgs(hashlock, secret, time)
      expect(await provider.revealedAt(hashlock)).to.equal(time)
      await expect(provider.revealSecret(secret)).not.to.emit(provider, 'SecretRevealed')
      expect(await provider.revealedAt(hashlock)).to.equal(time)
    })

    it('costs at most 46 thousand gas alone, and half of that again', async () => {
      const provider = await deploy()
      const first = await (await provider.revealSecret(secret)).wait()
      const again = await (await provider.revealSecret(secret)).wait()
      expect(first?.gasUsed).to.be.lessThan(46_000n)
      expect(again?.gasUsed).to.be.lessThan(24_500n)
    })
  })

  describe('evaluate', () => {
    it('moves a delta by each payment whose secret is public, and waits for the others', async () => {
      const provider = await deploy()
      await provider.revealSecret(secret)
      const batch = encode([
        payment(),
        payment({ fromLeft: true, deltaIndex: 1, amount: 7n }),
        payment({ hashlock: id('never'), revealBy: farAway - 1n }),
      ])
      expect(await provider.evaluate([10n, 20n], batch, none, none)).to.deep.equal([
        [15n, 13n],
        farAway - 1n,
      ])
    })

    it('fills each swap by the ratios of the peer of its owner', async () => {
      const provider = await deploy()
      const batch = encode([], [swap(), swap({ ownerIsLeft: false }), swap()])
      const left = { data: '0xffffffff', committedAt: 1 }
      const right = { data: '0x00000000ffffffff', committedAt: 1 }
      expect(await provider.evaluate([0n, 0n], batch, none, none)).to.deep.equal([
        [0n, 0n],
        farAway,
      ])
      expect(await provider.evaluate([0n, 0n], batch, none, right)).to.deep.equal([
        [100n, -50n],
        farAway,
      ])
      expect(await provider.evaluate([0n, 0n], batch, left, right)).to.deep.equal([[0n, 0n], 0n])
    })

    it('judges protections as the TypeScript does, whatever was recorded', async () => {
      const provider = await deploy()
      const depository = await ethers.deployContract('LedgerOfDebts')
      const debtors = [id('debtor'), id('another')]
      const named = [debtors[0] as string, id('token'), 100n] as const
      await networkHelpers.time.setNextBlockTimestamp(RECORDED_AT)
      await provider.recordDefault(depository, ...named, 1, [0])
      await networkHelpers.time.increaseTo(RECORDED_AT + 10)
      const moment = fc.bigInt(BigInt(RECORDED_AT) - 2n, BigInt(RECORDED_AT) + 14n)
      const protection = fc.record({
        buyerIsLeft: fc.boolean(),
        deltaIndex: fc.nat(2),
        expiry: moment,
        amount: fc.bigInt(0n, 9n),
        debtor: fc.constantFrom(...debtors),
        token: fc.constantFrom(named[1], id('other')),
        threshold: fc.constantFrom(100n, 99n),
      })
      const batches = fc.tuple(fc.array(protection, { maxLength: 3 }), fc.option(fc.nat(255)))
      const [key, token] = [...named]
      const defaultedAt = (...asked: unknown[]) =>
        String(asked) === String([key, token, 100n]) ? RECORDED_AT : 0
      await fc.assert(
        fc.asyncProperty(batches, async ([protections, byte]) => {
          const batch = hexToBytes(packLongClause([payment({ revealBy: 1n })], [], protections))
          if (byte !== null) batch[byte % batch.length] = byte
          const found = await depository
            .evaluate(provider, [7n, -7n], bytesToHex(batch), none, none)
            .then(
              ({ applied, pendingUntil }) => ({ deltas: [...applied], pendingUntil }),
              () => undefined,
            )
          const facts = {
            now: await networkHelpers.time.latest(),
            revealedAt: () => 0,
            defaultedAt,
            left: NO_ARGUMENTS,
            right: NO_ARGUMENTS,
          }
          expect(found).to.deep.equal(evaluateClause([7n, -7n], batch, facts))
        }),
        { numRuns: 100 },
      )
    })

    it('changes nothing where there is nothing', async () => {
      const provider = await deploy()
      expect(await provider.evaluate([], encode([]), none, none)).to.deep.equal([[], 0n])
      expect(await provider.evaluate([1n, -1n], encode([]), none, none)).to.deep.equal([
        [1n, -1n],
        0n,
      ])
    })

    it('refuses a batch that names a delta which is not there', async () => {
      const provider = await deploy()
      for (const batch of [
        encode([payment({ deltaIndex: 2 })]),
        encode([], [swap({ addDeltaIndex: 2 })]),
        encode([], [swap({ subDeltaIndex: 2 })]),
      ]) {
        await expect(provider.evaluate([0n, 0n], batch, none, none))
          .to.be.revertedWithCustomError(provider, 'DeltaMissing')
          .withArgs(2)
      }
    })

    it('refuses deltas that no channel has', async () => {
      const provider = await deploy()
      for (const delta of [MaxInt256, MinInt256, 2n ** 247n, -(2n ** 247n) - 1n]) {
        await expect(provider.evaluate([0n, delta], encode([]), none, none))
          .to.be.revertedWithCustomError(provider, 'DeltaTooLarge')
          .withArgs(1)
      }
    })

    it('refuses bytes that are not a batch', async () => {
      const provider = await deploy()
      const batch = encode([payment()], [swap()])
      for (const bytes of [
        '0x',
        '0x00',
        batch.slice(0, -2),
        `${batch}00`,
        batch.slice(0, 66),
        batch.replace('0x0001', '0x0002'),
        `0x${'ff'.repeat(128)}`,
      ]) {
        await expect(provider.evaluate([0n, 0n], bytes, none, none)).to.be.revertedWithCustomError(
          provider,
          'BatchMalformed',
        )
      }
    })
  })
})

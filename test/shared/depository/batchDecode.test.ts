import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import {
  type Batch,
  batchStructs,
  EMPTY_BATCH,
  encodeBatch,
  proofBodyValue,
} from '@xln/shared/depository/batch.ts'
import { decodeBatch, decodeFinalise } from '@xln/shared/depository/batchDecode.ts'
import type { EntityId, Hash, Secret, TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { encodeAbiParameters, parseAbiParameters } from 'viem/utils'
import { address, amount, bytes, hex, time, token } from '../support/arbitraries.ts'

const entity = hex<EntityId>(32)
const hash = hex<Hash>(32)
const some = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { maxLength: 2 })
const nonce = fc.bigInt(0n, UINT64_MAX)
const diff = fc.bigInt(-5n, 5n)
const wideDiff = fc.oneof(diff, fc.bigInt(-(1n << 255n), (1n << 255n) - 1n))
const tokens: fc.Arbitrary<readonly TokenId[]> = some(token)

const proof = fc.record({
  disputeNonce: fc.bigInt(0n, (1n << 96n) - 1n),
  disputeWindow: fc.nat(0xffff_ffff),
  proofBodyHash: hash,
  blockHash: hash,
})
const ends = { left: entity, right: entity }
const allowance = fc.record({
  deltaIndex: fc.nat(0xffff),
  leftAllowance: amount,
  rightAllowance: amount,
})
const clause = fc.record({
  provider: address,
  gasLimit: fc.nat(),
  until: time,
  batch: bytes(40),
  allowances: some(allowance),
})
const finalise = fc.record({
  ...ends,
  body: fc.record({ tokenIds: tokens, offdeltas: some(diff), clauses: some(clause) }),
  leftArguments: bytes(8),
  rightArguments: bytes(8),
  leftTokens: tokens,
  rightTokens: tokens,
})
const settlement = fc.record({
  peer: entity,
  cooperativeNonce: nonce,
  newNonce: nonce,
  deadline: time,
  diffs: some(
    fc.record({
      token,
      leftDiff: wideDiff,
      rightDiff: wideDiff,
      collateralDiff: wideDiff,
      ondeltaDiff: wideDiff,
    }),
  ),
  forgiveness: some(fc.record({ token, leftOwes: fc.boolean(), index: amount })),
  peerSignature: bytes(66),
})
const batch: fc.Arbitrary<Batch> = fc.record({
  atomic: fc.boolean(),
  withdrawals: some(fc.record({ token, to: address, amount })),
  transfers: some(fc.record({ token, to: entity, amount })),
  fundings: some(
    fc.record({ token, receiver: entity, topUps: some(fc.record({ peer: entity, amount })) }),
  ),
  settlements: some(settlement),
  starts: some(
    fc.record({ peer: entity, cooperativeNonce: nonce, proof, peerSignature: bytes(66) }),
  ),
  counters: some(
    fc.record({
      ...ends,
      cooperativeNonce: nonce,
      proof,
      leftSignature: bytes(66),
      rightSignature: bytes(66),
    }),
  ),
  arguments: some(fc.record({ peer: entity, proofBodyHash: hash, data: bytes(8), tokens })),
  finalises: some(finalise),
  secrets: some(hex<Secret>(32)),
})

describe('a batch that is read back', () => {
  it('is the batch that was written', () => {
    fc.assert(
      fc.property(batch, (written) => {
        expect(decodeBatch(encodeBatch(written))).to.deep.equal(written)
      }),
    )
  })

  it('is nothing at all when its bytes end too soon', () => {
    fc.assert(
      fc.property(batch, fc.nat(), (written, at) => {
        const encoded = encodeBatch(written)
        const cut = encoded.slice(0, at % (32 * 20))
        if (cut.length < encoded.length - 32) expect(decodeBatch(cut)).to.equal(undefined)
      }),
    )
    expect(decodeBatch(encodeBatch(EMPTY_BATCH))).to.deep.equal(EMPTY_BATCH)
  })

  it('has settlements in as many bytes as their amounts need, and none with a wider one', () => {
    const amounts = { rightDiff: 0n, collateralDiff: 0n, ondeltaDiff: 0n }
    const lengthWith = (leftDiff: bigint) => {
      const diffs = [{ token: `0x${'00'.repeat(32)}` as TokenId, leftDiff, ...amounts }]
      const terms = { cooperativeNonce: 0n, newNonce: 1n, deadline: 2, forgiveness: [] }
      const peer = `0x${'11'.repeat(32)}` as EntityId
      const settlement = { peer, ...terms, diffs, peerSignature: new Uint8Array(65) }
      return encodeBatch({ ...EMPTY_BATCH, settlements: [settlement] }).length
    }
    const nothing = lengthWith(0n)
    expect(nothing).to.equal(2 + 3 + 60 + 32 + 4 + 65)
    for (const [value, more] of [
      [1n, 1],
      [-255n, 1],
      [256n, 2],
      [-(1n << 255n), 32],
    ] as const)
      expect(lengthWith(value) - nothing).to.equal(more)
    expect(() => lengthWith(1n << 255n)).to.throw(RangeError)
  })

  it('is nothing at all with a time that is no safe integer', () => {
    const parameters = parseAbiParameters(['DisputeFinalise item', ...batchStructs])
    fc.assert(
      fc.property(finalise, clause, fc.boolean(), (item, judged, isTooLate) => {
        const value = proofBodyValue({ ...item.body, clauses: [judged] })
        const until = BigInt(Number.MAX_SAFE_INTEGER) + (isTooLate ? 1n : 0n)
        const clauses = value.clauses.map((each) => ({ ...each, until }))
        const encoded = encodeAbiParameters(parameters, [
          {
            ...item,
            body: { ...value, clauses },
            leftArguments: bytesToHex(item.leftArguments),
            rightArguments: bytesToHex(item.rightArguments),
          },
        ])
        const found = decodeFinalise(Buffer.from(encoded.slice(2), 'hex'))
        expect(found === undefined).to.equal(isTooLate)
      }),
    )
  })
})

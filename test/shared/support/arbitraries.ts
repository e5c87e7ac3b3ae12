/** Values of every kind that shared/ encodes: small ones, where boundaries are hit, and the largest. */
import { INT128_MAX, INT256_MAX, UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Lock, Mutual, MutualToken, Offer } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction, ClauseId } from '@xln/shared/channel/transaction.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, Hex, TokenId } from '@xln/shared/ids.ts'
import { AMOUNT_MAX, HEIGHT_MAX, RATIO_MAX, TIME_MAX } from '@xln/shared/limits.ts'
import fc from 'fast-check'

export const bytes = (maxLength: number, minLength = 0): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })

/** Hex of `length` bytes, as whatever kind of id is asked for. */
export const hex = <Id extends Hex>(length: number): fc.Arbitrary<Id> =>
  bytes(length, length).map((value) => bytesToHex(value) as Id)

export const address = hex<Address>(20)

/** An id of one byte, repeated. */
export const idOf = <Id extends Hex>(byte: string): Id => `0x${byte.repeat(32)}` as Id

const filled = (byte: string) => `0x${byte.repeat(20)}` as Address

/** Ether, three ERC-20 of which two end alike, and one of a kind that is not built. */
export const TOKENS: readonly TokenId[] = [
  etherTokenId,
  erc20TokenId(filled('11')),
  erc20TokenId(`0x${'22'.repeat(19)}11` as Address),
  erc20TokenId(filled('33')),
  `0x02${'44'.repeat(31)}` as TokenId,
]

export const token = fc.constantFrom(...TOKENS)

const between = (max: bigint) => fc.oneof(fc.bigInt(0n, 6n), fc.constant(max), fc.bigInt(0n, max))
const upTo = (max: number) =>
  fc.oneof(fc.nat(6), fc.constant(max), fc.integer({ min: 0, max }), fc.constant(0x80))

export const amount = between(AMOUNT_MAX)
export const time = upTo(TIME_MAX)
export const ratio = upTo(RATIO_MAX)
const signed = fc
  .tuple(fc.boolean(), between(INT256_MAX))
  .map(([negative, value]) => (negative ? -value - 1n : value))

export const clauseId: fc.Arbitrary<ClauseId> = fc.record({
  term: time,
  height: upTo(HEIGHT_MAX),
  index: upTo(0xffff),
})

const typed = <Type extends string, Fields extends object>(
  type: Type,
  fields: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
) => fc.record({ type: fc.constant(type), ...fields })

const settle = typed('settle', {
  newNonce: between(UINT64_MAX),
  deadline: time,
  diffs: fc.array(
    fc.record({
      token,
      leftDiff: signed,
      rightDiff: signed,
      collateralDiff: signed,
      ondeltaDiff: signed,
    }),
    { maxLength: 3 },
  ),
  forgiveness: fc.array(fc.record({ token, leftOwes: fc.boolean(), index: between(INT256_MAX) }), {
    maxLength: 3,
  }),
})

export const transaction: fc.Arbitrary<ChannelTransaction> = fc.oneof(
  typed('open', { disputeWindow: upTo(0xffff_ffff) }),
  typed('extendCredit', { token, limit: amount }),
  typed('pay', { token, amount, memo: bytes(64) }),
  typed('lock', { token, amount, hashlock: hex(32), revealBy: time, onion: bytes(300) }),
  typed('resolve', { lock: clauseId, secret: hex(32) }),
  typed('cancel', { lock: clauseId, reason: upTo(0xffff) }),
  typed('expire', { lock: clauseId, chainBlock: between(UINT64_MAX) }),
  typed('offer', {
    giveToken: token,
    giveAmount: amount,
    wantToken: token,
    wantAmount: amount,
    minFill: ratio,
    fillBy: time,
  }),
  typed('fill', { offer: clauseId, ratio }),
  typed('release', { offer: clauseId }),
  typed('requestCollateral', { token, amount, fee: amount }),
  settle,
  typed('note', { data: bytes(80) }),
) as fc.Arbitrary<ChannelTransaction>

export const block: fc.Arbitrary<ChannelBlock> = fc.record({
  channelKey: hex(32),
  term: time,
  height: upTo(HEIGHT_MAX),
  prevBlockHash: hex(32),
  proposedByLeft: fc.boolean(),
  timestamp: time,
  chainPosition: fc.record({ block: time, logIndex: time }),
  transactions: fc.array(transaction, { maxLength: 5 }),
  stateHash: hex(32),
  proofBodyHash: hex(32),
})

const mutualTokens = fc
  .uniqueArray(
    fc.record({
      token,
      offdelta: fc
        .tuple(fc.boolean(), between(INT128_MAX))
        .map(([negative, value]) => (negative ? -value - 1n : value)),
      leftCreditLimit: amount,
      rightCreditLimit: amount,
    }) as fc.Arbitrary<MutualToken>,
    { selector: (entry) => entry.token, maxLength: TOKENS.length },
  )
  .map((entries) => [...entries].sort((a, b) => (a.token < b.token ? -1 : 1)))

const lockOf = (known: fc.Arbitrary<TokenId>): fc.Arbitrary<Lock> =>
  fc.record({
    id: clauseId,
    fromLeft: fc.boolean(),
    token: known,
    amount,
    hashlock: hex(32),
    revealBy: time,
  })

const offerOf = (known: fc.Arbitrary<TokenId>): fc.Arbitrary<Offer> =>
  fc.record({
    id: clauseId,
    ownerIsLeft: fc.boolean(),
    giveToken: known,
    giveAmount: amount,
    wantToken: known,
    wantAmount: amount,
    minFill: ratio,
    fillBy: time,
  })

/** States as they can be: in order, with locks and offers in the channel's own tokens only. */
export const mutual: fc.Arbitrary<Mutual> = mutualTokens.chain((tokens) => {
  const many = <Item>(item: (known: fc.Arbitrary<TokenId>) => fc.Arbitrary<Item>) =>
    tokens.length === 0
      ? fc.constant([])
      : fc.array(item(fc.constantFrom(...tokens.map((entry) => entry.token))), { maxLength: 4 })
  return fc
    .record({
      sides: fc.uniqueArray(hex<Mutual['left']>(32), { minLength: 2, maxLength: 2 }),
      chainId: between(UINT64_MAX),
      depository: address,
      cooperativeNonce: between(UINT64_MAX),
      namedNonce: between(UINT64_MAX),
      term: time,
      height: upTo(HEIGHT_MAX),
      prevBlockHash: hex<Mutual['prevBlockHash']>(32),
      disputeWindow: upTo(0xffff_ffff),
      tokens: fc.constant(tokens),
      locks: many(lockOf),
      offers: many(offerOf),
    })
    .map(({ sides, ...rest }) => {
      const [left, right] = [...sides].sort() as [Mutual['left'], Mutual['right']]
      return { left, right, ...rest }
    })
})

export const DOMAIN: ChainDomain = {
  chainId: 31_337n,
  depository: filled('d1'),
  entityProvider: filled('e1'),
  subcontractProvider: filled('51'),
}

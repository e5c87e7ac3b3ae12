import { headerOf } from '@xln/shared/channel/blockCodec.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address } from '@xln/shared/ids.ts'
import {
  AMOUNT_MAX,
  BLOCK_BYTES_MAX,
  BLOCK_TRANSACTIONS_MAX,
  CHANNEL_LOCKS_MAX,
  CHANNEL_OFFERS_MAX,
  CHANNEL_TOKENS_MAX,
  HEIGHT_MAX,
  MESSAGE_BYTES_MAX,
  SHOW_BYTES_MAX,
  SIGNATURE_BYTES_MAX,
  TIME_MAX,
} from '@xln/shared/limits.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
  type Show,
  type Update,
} from '@xln/shared/wire/channelMessage.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { block, bytes, hex, idOf, mutual, TOKENS } from '../support/arbitraries.ts'
import { itIsCanonical } from '../support/malformed.ts'

const signature = bytes(70, 1)
const header = block.map(headerOf)

/** A record without the keys whose value is absent. */
const present = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Value

const update = fc
  .record({
    type: fc.constant('update' as const),
    ack: fc.option(fc.record({ blockHash: hex(32), signature }), { nil: undefined }),
    proposal: fc.option(fc.record({ block, signature }), { nil: undefined }),
    newProofSignature: fc.option(signature, { nil: undefined }),
    settlementSignature: fc.option(signature, { nil: undefined }),
  })
  .filter(({ ack, proposal, settlementSignature }) =>
    Boolean(ack ?? proposal ?? settlementSignature),
  )
  .map(present) as fc.Arbitrary<Update>

const refuse = fc.record({
  type: fc.constant('refuse' as const),
  blockHash: hex(32),
  reason: fc.nat(0xffff),
  transaction: fc.nat(0xffff),
})

const show = fc
  .record({
    type: fc.constant('show' as const),
    asksToResume: fc.boolean(),
    counted: fc.option(fc.record({ header, leftSignature: signature, rightSignature: signature }), {
      nil: undefined,
    }),
    mutual,
  })
  .map(present) as fc.Arbitrary<Show>

const named = fc.record({ nonce: fc.bigInt(0n, (1n << 96n) - 1n), hash: hex(32) })
const compare = fc.record({
  type: fc.constant('compare' as const),
  question: fc.nat(),
  answer: fc.nat(),
  cooperativeNonce: fc.bigInt(0n, (1n << 64n) - 1n),
  countedNonce: fc.bigInt(0n, (1n << 96n) - 1n),
  own: named,
  seen: named,
  isPending: fc.boolean(),
})

const message = fc.oneof(update, refuse, show, compare) as fc.Arbitrary<ChannelMessage>
const longest = new Uint8Array(SIGNATURE_BYTES_MAX).fill(1)
const ack = { blockHash: idOf<never>('01'), signature: longest }

const proposalOf = (transactions: readonly ChannelTransaction[], signed = longest) => ({
  block: {
    channelKey: idOf<never>('01'),
    term: TIME_MAX,
    height: HEIGHT_MAX,
    prevBlockHash: idOf<never>('02'),
    proposedByLeft: true,
    timestamp: TIME_MAX,
    chainPosition: { block: TIME_MAX, logIndex: TIME_MAX },
    transactions,
    stateHash: idOf<never>('03'),
    proofBodyHash: idOf<never>('04'),
  },
  signature: signed,
})

describe('channel message', () => {
  itIsCanonical(message, encodeChannelMessage, decodeChannelMessage)

  it('refuses an update that says nothing', () => {
    const empty = encodeChannelMessage({ type: 'update' })
    expect(decodeChannelMessage(empty)).to.equal(undefined)
    expect(decodeChannelMessage(encodeChannelMessage({ type: 'update', ack }))).to.deep.equal({
      type: 'update',
      ack,
    })
  })

  it('refuses an empty signature and one longer than any board’s', () => {
    for (const [length, taken] of [
      [0, false],
      [1, true],
      [SIGNATURE_BYTES_MAX, true],
      [SIGNATURE_BYTES_MAX + 1, false],
    ] as const) {
      const encoded = encodeChannelMessage({
        type: 'update',
        ack: { ...ack, signature: new Uint8Array(length).fill(1) },
      })
      expect(decodeChannelMessage(encoded) !== undefined, `${length}`).to.equal(taken)
    }
  })

  it('refuses a type without meaning', () => {
    const items = decodeRlp(
      encodeChannelMessage({ type: 'refuse', blockHash: idOf('01'), reason: 1, transaction: 2 }),
    ) as RlpItem[]
    for (const [type, taken] of [
      [1, false],
      [2, true],
      [3, false],
      [4, false],
    ] as const) {
      items[0] = Uint8Array.of(type)
      expect(decodeChannelMessage(encodeRlp(items)) !== undefined, `${type}`).to.equal(taken)
    }
  })

  it('has room for the largest block and the longest signatures', () => {
    const pay: ChannelTransaction = {
      type: 'pay',
      token: TOKENS[1] as never,
      amount: 70_000n,
      memo: new Uint8Array(3),
    }
    const largest: Update = {
      type: 'update',
      ack,
      proposal: proposalOf(Array<ChannelTransaction>(BLOCK_TRANSACTIONS_MAX).fill(pay)),
      newProofSignature: longest,
      settlementSignature: longest,
    }
    const encoded = encodeChannelMessage(largest)
    expect(encoded.length)
      .to.be.above(BLOCK_BYTES_MAX - 20_000)
      .and.at.most(MESSAGE_BYTES_MAX)
    expect(decodeChannelMessage(encoded)).to.deep.equal(largest)
    const around = 4 * SIGNATURE_BYTES_MAX + 100
    expect(BLOCK_BYTES_MAX + around).to.be.at.most(MESSAGE_BYTES_MAX)
  })

  it('has room to show the largest state, and refuses to be shown more', () => {
    const id = { term: TIME_MAX, height: HEIGHT_MAX, index: 0xffff }
    const tokens = Array.from({ length: CHANNEL_TOKENS_MAX }, (_, index) => ({
      token: erc20TokenId(`0x${'ff'.repeat(19)}${(128 + index).toString(16)}` as Address),
      offdelta: -(1n << 127n),
      leftCreditLimit: AMOUNT_MAX,
      rightCreditLimit: AMOUNT_MAX,
    }))
    const token = tokens[0]?.token as never
    const largest: Show = {
      type: 'show',
      asksToResume: true,
      counted: {
        header: headerOf(proposalOf([]).block),
        leftSignature: longest,
        rightSignature: longest,
      },
      mutual: {
        left: idOf('01'),
        right: idOf('02'),
        chainId: (1n << 256n) - 1n,
        depository: `0x${'11'.repeat(20)}` as never,
        cooperativeNonce: (1n << 64n) - 1n,
        namedNonce: (1n << 64n) - 1n,
        term: TIME_MAX,
        height: HEIGHT_MAX,
        prevBlockHash: idOf('03'),
        disputeWindow: 0xffff_ffff,
        tokens,
        locks: Array.from({ length: CHANNEL_LOCKS_MAX }, () => ({
          id,
          fromLeft: true,
          token,
          amount: AMOUNT_MAX,
          hashlock: idOf<never>('05'),
          revealBy: TIME_MAX,
        })),
        offers: Array.from({ length: CHANNEL_OFFERS_MAX }, () => ({
          id,
          ownerIsLeft: true,
          giveToken: token,
          giveAmount: AMOUNT_MAX,
          wantToken: token,
          wantAmount: AMOUNT_MAX,
          minFill: 0xffff_ffff,
          fillBy: TIME_MAX,
        })),
      },
    }
    const encoded = encodeChannelMessage(largest)
    expect(encoded.length).to.be.at.most(SHOW_BYTES_MAX)
    expect(decodeChannelMessage(encoded)).to.deep.equal(largest)
  })
})

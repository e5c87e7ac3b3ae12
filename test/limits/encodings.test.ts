/**
 * What foreign bytes may hold: just as much as a limit says, and one more. Where another test stands at a
 * limit already, LIMITS.md names that one.
 */
import { decodeOwnInput, encodeOwnInput } from '@xln/node/machines/server/inputCodec.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { decodeBlock, encodeBlock } from '@xln/shared/channel/blockCodec.ts'
import type { ChannelTransaction, Settle } from '@xln/shared/channel/transaction.ts'
import { codecOf } from '@xln/shared/codec/schema.ts'
import { EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { batchItem } from '@xln/shared/depository/batchItemCodec.ts'
import { locatedEvent } from '@xln/shared/depository/eventCodec.ts'
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, Hash, TokenId } from '@xln/shared/ids.ts'
import {
  decodeInvoice,
  encodeInvoice,
  INVOICE_HINTS_MAX,
  INVOICE_LENGTH_MAX,
  type Invoice,
} from '@xln/shared/invoice.ts'
import {
  ARGUMENTS_MAX,
  HEIGHT_MAX,
  HOPS_MAX,
  MEMO_BYTES_MAX,
  NAMED_TOKENS_MAX,
  RATIO_MAX,
  REASON_MAX,
  SETTLEMENT_DIFFS_MAX,
  SETTLEMENT_FORGIVENESS_MAX,
  TIME_MAX,
} from '@xln/shared/limits.ts'
import { decodeChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { decodeOnion, encodeOnion } from '@xln/shared/wire/onion.ts'
import { expect } from 'chai'
import { idOf } from '../shared/support/arbitraries.ts'

const tokenAt = (index: number): TokenId =>
  erc20TokenId(`0x${(index + 1).toString(16).padStart(40, '0')}` as Address)
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

function blockWith(
  changes: Partial<ChannelBlock>,
  ...transactions: readonly ChannelTransaction[]
): ChannelBlock {
  return {
    channelKey: idOf('01'),
    term: 0,
    height: 1,
    prevBlockHash: idOf('02'),
    proposedByLeft: true,
    timestamp: 1_800_000_000,
    chainPosition: { block: 7, logIndex: 0 },
    transactions,
    stateHash: idOf('03'),
    proofBodyHash: idOf('04'),
    ...changes,
  }
}

const isBlock = (block: ChannelBlock) => decodeBlock(encodeBlock(block)) !== undefined
const isTaken = (transaction: ChannelTransaction) => isBlock(blockWith({}, transaction))
/** Yes at the limit, and no one beyond. */
const atAndBeyond = (is: (more: number) => boolean) => {
  expect([0, 1].map(is)).to.deep.equal([true, false])
}

describe('foreign bytes', () => {
  it('name 20 hops of a route, and no 21st', () => {
    const hop = { entity: idOf<never>('0a'), amount: 1n, revealBy: 1_800_000_000 }
    atAndBeyond((more) => decodeOnion(encodeOnion(times(HOPS_MAX + more, () => hop))) !== undefined)
  })

  it('settle 32 tokens, and no 33rd', () => {
    const diff = { leftDiff: 0n, rightDiff: 0n, collateralDiff: 0n, ondeltaDiff: 0n }
    atAndBeyond((more) =>
      isTaken(
        settleOf(times(SETTLEMENT_DIFFS_MAX + more, (at) => ({ token: tokenAt(at), ...diff }))),
      ),
    )
  })

  it('forgive 64 debts, and no 65th', () => {
    const debt = { token: tokenAt(0), leftOwes: true, index: 0n }
    atAndBeyond((more) =>
      isTaken(
        settleOf(
          [],
          times(SETTLEMENT_FORGIVENESS_MAX + more, () => debt),
        ),
      ),
    )
  })

  it('end six bytes of seconds from now at the latest, at no height above 2^47 − 1', () => {
    atAndBeyond((more) => isBlock(blockWith({ timestamp: TIME_MAX + more })))
    atAndBeyond((more) => isBlock(blockWith({ term: TIME_MAX + more })))
    atAndBeyond((more) => isBlock(blockWith({ height: HEIGHT_MAX + more })))
  })

  it('number the clauses of a block with two bytes', () => {
    const lock = (index: number) => ({ term: 1, height: 1, index })
    atAndBeyond((more) => isTaken({ type: 'cancel', lock: lock(0xffff + more), reason: 1 }))
  })

  it('give a reason of two bytes, in a block and beside one', () => {
    const lock = { term: 1, height: 1, index: 0 }
    atAndBeyond((more) => isTaken({ type: 'cancel', lock, reason: REASON_MAX + more }))
    atAndBeyond((more) => {
      const reason = REASON_MAX + more
      const refusal = {
        type: 'refuse',
        blockHash: idOf<Hash>('01'),
        reason,
        transaction: 0,
      } as const
      return decodeChannelMessage(encodeChannelMessage(refusal)) !== undefined
    })
  })

  it('fill an offer whole, and not beyond', () => {
    const offer = { term: 1, height: 1, index: 0 }
    atAndBeyond((more) => isTaken({ type: 'fill', offer, ratio: RATIO_MAX + more }))
  })

  it('commit 2,048 bytes of arguments, and 16 further tokens', () => {
    const { encode, decode } = codecOf(batchItem)
    const item = (bytes: number, tokens: number) => ({
      type: 'arguments' as const,
      peer: idOf<never>('0b'),
      proofBodyHash: idOf<Hash>('0c'),
      data: new Uint8Array(bytes),
      tokens: times(tokens, tokenAt),
    })
    atAndBeyond((more) => decode(encode(item(ARGUMENTS_MAX + more, 0))) !== undefined)
    const sides = { left: idOf<never>('0a'), right: idOf<never>('0b'), byLeft: true }
    const proofBodyHash = idOf<Hash>('0c')
    atAndBeyond((more) => {
      const data = new Uint8Array(ARGUMENTS_MAX + more)
      return isEvent({ type: 'argumentsCommitted', ...sides, proofBodyHash, data })
    })
    atAndBeyond((more) => {
      const tokens = times(NAMED_TOKENS_MAX + more, tokenAt)
      return isEvent({ type: 'tokensNamed', ...sides, tokens })
    })
  })

  it('of the longest invoice are as many as an invoice may have letters, or fewer', () => {
    const invoice = longestInvoice()
    const text = encodeInvoice(invoice)
    expect(text.length).to.be.at.most(INVOICE_LENGTH_MAX)
    expect(decodeInvoice(text)).to.deep.equal(invoice)
  })

  it('of a list of a batch fit into the three bytes of its size, or are not written', () => {
    const start = (bytes: number) => ({
      peer: idOf<never>('0a'),
      cooperativeNonce: 0n,
      proof: {
        disputeNonce: 3n,
        disputeWindow: 600,
        proofBodyHash: idOf<Hash>('01'),
        blockHash: idOf<Hash>('02'),
      },
      peerSignature: new Uint8Array(bytes),
    })
    const batchOf = (bytes: number) => encodeBatch({ ...EMPTY_BATCH, starts: [start(bytes)] })
    const around = batchOf(32).length - 2 - 3 - 32
    const most = 0xff_ffe0 - around
    expect(batchOf(most).length).to.equal(2 + 3 + 0xff_ffe0)
    expect(() => batchOf(most + 1)).to.throw(RangeError, 'a list of')
  })

  it('of an action are 65,536 at most', () => {
    const decoded = (length: number) => {
      const action = new Uint8Array(length)
      const from = `0x${'11'.repeat(20)}` as Address
      return decodeOwnInput(
        encodeOwnInput({ type: 'propose', from, nonce: 0, requestId: 0n, action }),
      )
    }
    expect(decoded(65_536)).to.have.property('type', 'propose')
    expect(() => decoded(65_537)).to.throw(TypeError)
  })
})

function settleOf(diffs: Settle['diffs'], forgiveness: Settle['forgiveness'] = []): Settle {
  return { type: 'settle', newNonce: 1n, deadline: 1_800_000_000, diffs, forgiveness }
}

function isEvent(event: ChainEvent): boolean {
  const { encode, decode } = codecOf(locatedEvent)
  const position = { block: 1, hash: idOf<Hash>('01'), timestamp: 1, logIndex: 0 }
  return decode(encode({ event, position })) !== undefined
}

function longestInvoice(): Invoice {
  return {
    chainId: (1n << 64n) - 1n,
    depository: `0x${'ff'.repeat(20)}` as Address,
    entity: idOf('ff'),
    token: tokenAt(0),
    amount: (1n << 118n) - 1n,
    hashlock: idOf('ee'),
    expiresAt: TIME_MAX,
    memo: new Uint8Array(MEMO_BYTES_MAX).fill(0xff),
    hints: times(INVOICE_HINTS_MAX, () => idOf('dd')),
  }
}

/**
 * What foreign bytes may hold: just as much as a limit says, and one more. Where another test stands at a
 * limit already, LIMITS.md names that one.
 */
import {
  decodeOwnInput,
  decodeServerInput,
  encodeOwnInput,
  encodeServerInput,
} from '@xln/node/machines/server/inputCodec.ts'
import type { ServerInput } from '@xln/node/machines/server/messages.ts'
import { decodeKept, encodeKept } from '@xln/node/shell/quarantine.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { decodeBlock, encodeBlock } from '@xln/shared/channel/blockCodec.ts'
import type { ChannelTransaction, Settle } from '@xln/shared/channel/transaction.ts'
import { codecOf } from '@xln/shared/codec/schema.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { batchItem } from '@xln/shared/depository/batchItemCodec.ts'
import { locatedEvent } from '@xln/shared/depository/eventCodec.ts'
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { type Board, MemberKind, soleBoard } from '@xln/shared/entity/board.ts'
import { entitySignatureDigest, verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import type { Address, EntityId, Hash, TokenId } from '@xln/shared/ids.ts'
import {
  decodeInvoice,
  encodeInvoice,
  INVOICE_HINTS_MAX,
  INVOICE_LENGTH_MAX,
  type Invoice,
} from '@xln/shared/invoice.ts'
import {
  ARGUMENTS_MAX,
  BOARD_DEPTH_MAX,
  HEIGHT_MAX,
  HOPS_MAX,
  MEMO_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  NAMED_TOKENS_MAX,
  RATIO_MAX,
  REASON_MAX,
  SETTLEMENT_DIFFS_MAX,
  SETTLEMENT_FORGIVENESS_MAX,
  SIGNATURE_ENTITIES_MAX,
  TIME_MAX,
} from '@xln/shared/limits.ts'
import { decodeChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { decodeOnion, encodeOnion } from '@xln/shared/wire/onion.ts'
import { expect } from 'chai'
import { DOMAIN, idOf } from '../shared/support/arbitraries.ts'
import { entityOf, SIGNERS, type Signer } from '../shared/support/boards.ts'

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

  it('of a release are 64 messages at most, each as long as a message may be', () => {
    const release = (count: number, length = 1) => {
      const messages = times(count, () => new Uint8Array(length))
      const input = { type: 'release', entity: idOf<EntityId>('01'), peer: idOf<EntityId>('02') }
      return encodeServerInput({ ...input, messages } as ServerInput)
    }
    expect(decodeServerInput(release(64)))
      .to.have.property('messages')
      .with.length(64)
    expect(decodeServerInput(release(1, MESSAGE_BYTES_MAX)).type).to.equal('release')
    expect(() => decodeServerInput(release(65))).to.throw(TypeError)
    expect(() => decodeServerInput(release(1, MESSAGE_BYTES_MAX + 1))).to.throw(TypeError)
  })

  it('of a cause that is kept beside an input are 4,096, and the rest is cut off', () => {
    const kept = { channel: null, input: new Uint8Array(3) }
    for (const length of [4_096, 4_097]) {
      const row = encodeKept({ ...kept, cause: 'x'.repeat(length) })
      expect(decodeKept(row)).to.deep.equal({ ...kept, cause: 'x'.repeat(4_096) })
    }
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

interface Signed {
  readonly entity: EntityId
  readonly signature: Uint8Array
}

describe('a signature', () => {
  const digest = keccak256(Uint8Array.of(42))
  const member = (id: string) => ({ kind: MemberKind.entity, id: id as Hash, weight: 1n })

  /** By the board of one key: as the lowest, or within another. */
  function byOne(key: Uint8Array, signed: Uint8Array): Signed {
    const board = soleBoard(addressOf(key))
    const entity = entityOf(board)
    return wrapped(board, [signDigest(entitySignatureDigest(DOMAIN, entity, signed), key)])
  }

  function wrapped(board: Board, signatures: readonly Uint8Array[]): Signed {
    const bitmap = 2 ** signatures.length - 1
    const signature = encodeEntitySignature({ form: 'board', board, bitmap, signatures })
    return { entity: entityOf(board), signature }
  }

  /** By as many boards above each other as `boards` says. */
  function nested(boards: number, signed: Uint8Array): Signed {
    const [{ key }] = SIGNERS as [Signer]
    if (boards === 1) return byOne(key, signed)
    const board = { threshold: 1n, members: [member(nested(boards - 1, signed).entity)] }
    const inner = nested(boards - 1, entitySignatureDigest(DOMAIN, entityOf(board), signed))
    return wrapped(board, [inner.signature])
  }

  it('has four boards above each other, and does not count with five', () => {
    const counts = (boards: number) => {
      const { entity, signature } = nested(boards, digest)
      return verifyEntitySignature(DOMAIN, entity, digest, signature)
    }
    expect([BOARD_DEPTH_MAX, BOARD_DEPTH_MAX + 1].map(counts)).to.deep.equal([true, false])
  })

  it('names 16 entities, and does not count with 17', () => {
    const counts = (entities: number) => {
      const keys = times(entities - 1, (at) => keccak256(Uint8Array.of(1, at)))
      const ids = keys.map((key) => byOne(key, digest).entity)
      const idAt = (at: number) => ids[at] as EntityId
      const order = times(keys.length, (at) => at).sort((a, b) => (idAt(a) < idAt(b) ? -1 : 1))
      const board = { threshold: 1n, members: order.map((at) => member(idAt(at))) }
      const signed = entitySignatureDigest(DOMAIN, entityOf(board), digest)
      const signatures = order.map((at) => byOne(keys[at] as Uint8Array, signed).signature)
      const { entity, signature } = wrapped(board, signatures)
      return verifyEntitySignature(DOMAIN, entity, digest, signature)
    }
    const around = [SIGNATURE_ENTITIES_MAX, SIGNATURE_ENTITIES_MAX + 1].map(counts)
    expect(around).to.deep.equal([true, false])
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

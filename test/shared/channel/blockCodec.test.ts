import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { BlockHeader, ChannelBlock } from '@xln/shared/channel/block.ts'
import {
  blockHash,
  decodeBlock,
  encodeBlock,
  headerHash,
  headerOf,
  readHeader,
  writeHeader,
} from '@xln/shared/channel/blockCodec.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { decodeRlp, encodeRlp, type RlpItem, RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import {
  AMOUNT_MAX,
  BLOCK_BYTES_MAX,
  BLOCK_OTHER_TRANSACTIONS_MAX,
  BLOCK_TRANSACTIONS_MAX,
  MEMO_BYTES_MAX,
  NOTE_BYTES_MAX,
  ONION_BYTES_MAX,
} from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { block, idOf, TOKENS } from '../support/arbitraries.ts'
import { itIsCanonical } from '../support/malformed.ts'

const [ether, erc20, , , otherKind] = TOKENS as [(typeof TOKENS)[0], ...typeof TOKENS]

const blockOf = (transactions: readonly ChannelTransaction[]): ChannelBlock => ({
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
})

const pay = (amount = 1n, memo = new Uint8Array(0)): ChannelTransaction => ({
  type: 'pay',
  token: erc20 as never,
  amount,
  memo,
})
const note = (length: number): ChannelTransaction => ({
  type: 'note',
  data: new Uint8Array(length),
})
const isTaken = (transactions: readonly ChannelTransaction[]) =>
  decodeBlock(encodeBlock(blockOf(transactions))) !== undefined

/** The block's items, with the one transaction in it changed, encoded again. */
const changed = (transaction: ChannelTransaction, change: (fields: RlpItem[]) => void) => {
  const items = decodeRlp(encodeBlock(blockOf([transaction]))) as RlpItem[]
  change((items[7] as RlpItem[])[0] as RlpItem[])
  return encodeRlp(items)
}

describe('block codec', () => {
  itIsCanonical(block, encodeBlock, decodeBlock)

  it('hashes the encoding with the hash of the transactions in their place', () => {
    fc.assert(
      fc.property(block, (value) => {
        const items = decodeRlp(encodeBlock(value)) as RlpItem[]
        const transactions = keccakHex(encodeRlp(items[7] as RlpItem))
        items[7] = hexToBytes(transactions)
        expect(blockHash(value)).to.equal(keccakHex(encodeRlp(items)))
        expect(headerOf(value).transactionsHash).to.equal(transactions)
        expect(headerHash(headerOf(value))).to.equal(blockHash(value))
      }),
    )
  })

  describe('of headers', () => {
    const encode = (header: BlockHeader) => {
      const writer = new RlpWriter()
      writeHeader(writer, header)
      return writer.take()
    }
    const decode = (bytes: Uint8Array) => {
      const reader = new RlpReader(bytes)
      const header = readHeader(reader)
      return reader.isDone() ? header : undefined
    }
    itIsCanonical(block.map(headerOf), encode, decode)
  })

  it('writes the fields in the order of the design, tokens short', () => {
    const items = decodeRlp(encodeBlock(blockOf([pay(300n, Uint8Array.of(9))]))) as RlpItem[]
    const plain = (item: RlpItem): unknown =>
      item instanceof Uint8Array ? bytesToHex(item) : item.map(plain)
    expect(items.map(plain)).to.deep.equal([
      idOf('01'),
      '0x',
      '0x01',
      idOf('02'),
      '0x01',
      '0x6b49d200',
      ['0x07', '0x'],
      [['0x03', `0x${'11'.repeat(20)}`, '0x012c', '0x09']],
      idOf('03'),
      idOf('04'),
    ])
  })

  it('takes each token in one form only', () => {
    const forms: [string, boolean][] = [
      ['0x', true],
      [ether as string, false],
      [`0x${'11'.repeat(20)}`, true],
      [erc20 as string, false],
      [`0x${'00'.repeat(20)}`, false],
      [`0x01${'00'.repeat(31)}`, true],
      [otherKind as string, true],
      [`0x${'11'.repeat(31)}`, false],
    ]
    for (const [form, taken] of forms) {
      const bytes = changed(pay(), (fields) => {
        fields[1] = Uint8Array.from(Buffer.from(form.slice(2), 'hex'))
      })
      expect(decodeBlock(bytes) !== undefined, form).to.equal(taken)
    }
  })

  it('tells two ERC-20 apart that end alike', () => {
    const tokens = [TOKENS[1], TOKENS[2], TOKENS[1]].map(
      (token) => ({ ...pay(), token }) as ChannelTransaction,
    )
    expect(decodeBlock(encodeBlock(blockOf(tokens)))?.transactions).to.deep.equal(tokens)
  })

  it('refuses a type without meaning and a field too few or too many', () => {
    const types: [number, boolean][] = [
      [0, false],
      [3, true],
      [14, false],
      [255, false],
    ]
    for (const [type, taken] of types) {
      const bytes = changed(pay(), (fields) => {
        fields[0] = type === 0 ? new Uint8Array(0) : Uint8Array.of(type)
      })
      expect(decodeBlock(bytes) !== undefined, `${type}`).to.equal(taken)
    }
    expect(decodeBlock(changed(pay(), (fields) => fields.pop()))).to.equal(undefined)
    expect(decodeBlock(changed(pay(), (fields) => fields.push(new Uint8Array(0))))).to.equal(
      undefined,
    )
  })

  it('refuses amounts, memos, onions and notes beyond their limits', () => {
    const lock = (length: number): ChannelTransaction => ({
      type: 'lock',
      token: ether as never,
      amount: 1n,
      hashlock: idOf('05'),
      revealBy: 1,
      onion: new Uint8Array(length),
    })
    expect([AMOUNT_MAX, AMOUNT_MAX + 1n].map((amount) => isTaken([pay(amount)]))).to.deep.equal([
      true,
      false,
    ])
    const around = (max: number, make: (length: number) => ChannelTransaction) =>
      [max, max + 1].map((length) => isTaken([make(length)]))
    expect(around(MEMO_BYTES_MAX, (length) => pay(1n, new Uint8Array(length)))).to.deep.equal([
      true,
      false,
    ])
    expect(around(ONION_BYTES_MAX, lock)).to.deep.equal([true, false])
    expect(around(NOTE_BYTES_MAX, note)).to.deep.equal([true, false])
  })

  it('takes as many direct payments as the limit says, and no more', () => {
    const most = Array<ChannelTransaction>(BLOCK_TRANSACTIONS_MAX).fill(pay(1_000_000n))
    expect(encodeBlock(blockOf(most)).length).to.be.below(BLOCK_BYTES_MAX)
    expect(isTaken(most)).to.equal(true)
    expect(isTaken([...most, pay()])).to.equal(false)
  })

  it('takes fewer transactions of other types', () => {
    const most = Array<ChannelTransaction>(BLOCK_OTHER_TRANSACTIONS_MAX).fill(note(1))
    expect(isTaken(most)).to.equal(true)
    expect(isTaken([...most, pay()])).to.equal(true)
    expect(isTaken([...most, note(1)])).to.equal(false)
  })

  it('refuses a block of more bytes than the limit', () => {
    const notes = Array<ChannelTransaction>(260).fill(note(1_000))
    const room = BLOCK_BYTES_MAX - encodeBlock(blockOf([...notes, note(60)])).length
    const around = [0, 1].map((extra) => [...notes, note(60 + room + extra)])
    expect(around.map((all) => encodeBlock(blockOf(all)).length - BLOCK_BYTES_MAX)).to.deep.equal([
      0, 1,
    ])
    expect(around.map(isTaken)).to.deep.equal([true, false])
  })
})

import { decodeTransaction, recoverSender } from '@xln/node/sim/chain/transaction.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { Transaction } from 'ethers'
import fc from 'fast-check'
import { ann, deposit, entityOf, signedBy } from './support/bottle.ts'

describe('transactions of the chain in the bottle', () => {
  const signed = () => signedBy(ann, { nonce: 300, call: deposit(entityOf('01'), 5n) })

  it('are read as ethers reads them', () => {
    const uint = fc.bigInt({ min: 0n, max: 2n ** 128n })
    const terms = fc.record({
      nonce: fc.nat(),
      gas: fc.bigInt({ min: 0n, max: 2n ** 40n }),
      chainId: fc.bigInt({ min: 1n, max: 2n ** 40n }),
      value: uint,
      data: fc.uint8Array({ maxLength: 100 }),
      baseFee: uint,
      maxPriorityFeePerGas: uint,
    })
    fc.assert(
      fc.property(terms, ({ value, data, baseFee, maxPriorityFeePerGas, ...rest }) => {
        const call = { to: ann.address, value, data: bytesToHex(data) }
        const fees = { maxFeePerGas: baseFee + maxPriorityFeePerGas, maxPriorityFeePerGas }
        const { raw } = signedBy(ann, { ...rest, call, fees })
        const theirs = Transaction.from(bytesToHex(raw))
        const ours = decodeTransaction(raw, recoverSender)
        expect(ours).to.deep.include({
          hash: theirs.hash,
          from: theirs.from?.toLowerCase(),
          to: theirs.to?.toLowerCase(),
          nonce: theirs.nonce,
          value: theirs.value,
          chainId: theirs.chainId,
          gasLimit: theirs.gasLimit,
          data: hexToBytes(theirs.data),
          signature: hexToBytes(theirs.signature?.serialized ?? '0x'),
          ...fees,
        })
      }),
      { numRuns: 30 },
    )
  })

  it('are nothing when a byte is missing, added or turned into another kind', () => {
    const { raw } = signed()
    for (let length = 0; length < raw.length; length++) {
      expect(decodeTransaction(raw.slice(0, length), recoverSender)).to.equal(undefined)
    }
    expect(decodeTransaction(Uint8Array.of(...raw, 0), recoverSender)).to.equal(undefined)
    for (const type of [0, 1, 3, 4]) {
      const other = Uint8Array.of(type, ...raw.slice(1))
      expect(decodeTransaction(other, recoverSender)).to.equal(undefined)
    }
  })

  it('are nothing when they name storage beforehand, or write a number with a zero in front', () => {
    const { raw } = signed()
    const items = decodeRlp(raw.slice(1)) ?? new Uint8Array()
    if (items instanceof Uint8Array) throw new Error('no list')
    const encode = (at: number, item: RlpItem) => {
      return Uint8Array.of(2, ...encodeRlp(items.with(at, item)))
    }
    const anyone = () => ann.address
    expect(decodeTransaction(encode(8, []), anyone)?.nonce).to.equal(300)
    expect(decodeTransaction(encode(8, [[new Uint8Array(20), []]]), anyone)).to.equal(undefined)
    for (const at of [0, 1, 2, 3, 4, 6, 10, 11]) {
      expect(decodeTransaction(encode(at, Uint8Array.of(0, 9)), anyone), `${at}`).to.equal(
        undefined,
      )
    }
  })

  it('are of another sender, or of none, when anything in them is changed', () => {
    const { raw } = signed()
    const changed = fc.record({ at: fc.nat(raw.length - 1), bit: fc.nat(7) })
    fc.assert(
      fc.property(changed, ({ at, bit }) => {
        const other = raw.with(at, (raw[at] as number) ^ (1 << bit))
        expect(decodeTransaction(other, recoverSender)?.from).to.not.equal(ann.address)
      }),
    )
  })

  it('may be signed by a fake, of which the chain is told who stands behind it', () => {
    const somebody = `0x${'5b'.repeat(20)}` as Address
    const fake = Uint8Array.from({ length: 65 }, (_, index) =>
      index === 64 ? 28 : 1 + (index % 9),
    )
    const seen: Uint8Array[] = []
    const recover = (digest: Uint8Array, signature: Uint8Array) => {
      seen.push(digest, signature)
      return somebody
    }
    const payer = { address: somebody, sign: () => fake }
    const { raw } = signedBy(payer, { nonce: 0 })
    expect(decodeTransaction(raw, recover)?.from).to.equal(somebody)
    expect(seen[1]).to.deep.equal(fake)
    expect(bytesToHex(seen[0] ?? fake)).to.equal(Transaction.from(bytesToHex(raw)).unsignedHash)
  })
})

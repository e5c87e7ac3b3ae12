import { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { readToken, writeToken } from '@xln/shared/depository/tokenCodec.ts'
import {
  assetTokenId,
  erc20TokenId,
  etherTokenId,
  tokenAddress,
  tokenKind,
} from '@xln/shared/depository/tokenIds.ts'
import type { Address, TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { address } from '../support/arbitraries.ts'

describe('token ids', () => {
  it('name an ERC-20 by 1 << 248 | address', () => {
    fc.assert(
      fc.property(address, (contract) => {
        expect(BigInt(erc20TokenId(contract))).to.equal((1n << 248n) | BigInt(contract))
        fc.pre(BigInt(contract) !== 0n)
        expect(tokenAddress(erc20TokenId(contract))).to.equal(contract)
      }),
    )
  })

  it('give no address for ether, other kinds and the zero address', () => {
    const none = [
      etherTokenId,
      erc20TokenId(`0x${'00'.repeat(20)}` as Address),
      `0x02${'00'.repeat(11)}${'11'.repeat(20)}`,
      `0x01${'00'.repeat(10)}01${'11'.repeat(20)}`,
    ]
    for (const token of none) expect(tokenAddress(token as TokenId), token).to.equal(undefined)
  })

  it('name numbers of collections apart: by kind, collection and number', () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
    fc.assert(
      fc.property(address, address, number, number, (a, b, x, y) => {
        fc.pre(a !== b && x !== y)
        const ids = [a, b].flatMap((collection) =>
          [x, y].flatMap((id) => [
            assetTokenId('erc721', collection, id),
            assetTokenId('erc1155', collection, id),
          ]),
        )
        expect(new Set(ids).size).to.equal(8)
        for (const [index, token] of ids.entries()) {
          expect(tokenKind(token)).to.equal(index % 2 === 0 ? 'erc721' : 'erc1155')
          expect(tokenAddress(token)).to.equal(undefined)
          const writer = new RlpWriter()
          writeToken(writer, token)
          const reader = new RlpReader(writer.take())
          expect([readToken(reader), reader.failed]).to.deep.equal([token, false])
        }
      }),
    )
  })

  it('tell their kind, and that no token has an id of none', () => {
    const contract = `0x${'11'.repeat(20)}` as Address
    expect(tokenKind(etherTokenId)).to.equal('ether')
    expect(tokenKind(erc20TokenId(contract))).to.equal('erc20')
    for (const none of [
      `0x04${'11'.repeat(31)}`,
      `0x01${'11'.repeat(31)}`,
      `0x00${'11'.repeat(31)}`,
    ]) {
      expect(tokenKind(none as TokenId), none).to.equal(undefined)
    }
  })
})

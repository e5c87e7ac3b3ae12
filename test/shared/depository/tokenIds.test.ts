import { erc20TokenId, etherTokenId, tokenAddress } from '@xln/shared/depository/tokenIds.ts'
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
})

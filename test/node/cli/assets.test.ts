import { assetOf, formatAmount, parseAmount, wholeAmount } from '@xln/node/cli/assets.ts'
import { CliError } from '@xln/node/cli/faults.ts'
import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseAddress } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'

const contract = parseAddress(`0x${'a0'.repeat(20)}`)
const usdc = { token: erc20TokenId(contract), decimals: 6 }
const settings = {
  tokens: new Map([
    ['ether', { token: etherTokenId, decimals: 18 }],
    ['USDC', usdc],
  ]),
}
const named = { ...usdc, name: 'USDC' }
const unnamed = { ...usdc, name: contract, decimals: 0 }

describe('a token on the command line', () => {
  it('is ether, a name, a contract or an id', () => {
    expect(assetOf('ether', settings).token).to.equal(etherTokenId)
    expect(assetOf('USDC', settings)).to.deep.equal(named)
    expect(assetOf(contract, settings)).to.deep.equal(named)
    expect(assetOf(usdc.token, settings)).to.deep.equal(named)
    const other = `0x${'B1'.repeat(20)}`
    expect(assetOf(other, settings)).to.include({ name: other.toLowerCase(), decimals: 0 })
  })

  it('is nothing else', () => {
    for (const text of ['', 'usdc', 'ETHER', '0x12', 'toString', '__proto__']) {
      expect(() => assetOf(text, settings), text).to.throw(CliError)
    }
  })
})

describe('an amount on the command line', () => {
  it('is in whole tokens where the decimals are known', () => {
    expect(parseAmount('25', named)).to.equal(25_000_000n)
    expect(parseAmount('0.000001', named)).to.equal(1n)
    expect(parseAmount('12.50', named)).to.equal(12_500_000n)
    expect(parseAmount('25', named, true)).to.equal(25n)
    expect(parseAmount('25', unnamed)).to.equal(25n)
  })

  it('is refused when it would have to be rounded, or is none', () => {
    for (const text of [
      '1.0000001',
      '',
      '.5',
      '5.',
      '-5',
      '+5',
      '1e3',
      '1,000',
      '0x5',
      ' 5',
      '٣',
      '5 USDC',
    ]) {
      expect(() => parseAmount(text, named), text).to.throw(CliError)
    }
    expect(() => parseAmount('0.5', unnamed)).to.throw(/base units have no fraction/)
    expect(() => parseAmount('0.5', named, true)).to.throw(CliError)
    expect(() => parseAmount('9'.repeat(79), named)).to.throw(CliError)
  })

  it('is printed both ways', () => {
    expect(formatAmount(12_500_000n, named)).to.equal('12.5 USDC (12500000)')
    expect(formatAmount(0n, named)).to.equal('0 USDC (0)')
    expect(formatAmount(7n, unnamed)).to.equal(`7 base units of ${contract}`)
    expect(wholeAmount(-1n, named)).to.equal('-0.000001')
  })

  it('is read as it is printed, to the unit, however large', () => {
    const decimals = fc.integer({ min: 0, max: 30 })
    const amount = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })
    fc.assert(
      fc.property(amount, decimals, (value, places) => {
        const asset = { ...named, decimals: places }
        expect(parseAmount(wholeAmount(value, asset), asset)).to.equal(value)
      }),
    )
  })
})

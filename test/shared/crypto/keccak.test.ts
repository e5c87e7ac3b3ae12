import { keccak256, keccakHex, useKeccak } from '@xln/shared/crypto/keccak.ts'
import { expect } from 'chai'

describe('keccak', () => {
  it('is Ethereum’s, not SHA-3', () => {
    expect(keccakHex(new Uint8Array(0))).to.equal(
      '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
    )
    expect(keccakHex(new TextEncoder().encode('abc'))).to.equal(
      '0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45',
    )
  })

  it('gives every hash in an array of its own', () => {
    const first = keccak256(Uint8Array.of(1))
    const copy = first.slice()
    keccak256(Uint8Array.of(2))
    expect(first).to.deep.equal(copy)
  })

  it('uses what was installed last', () => {
    const replaced = useKeccak(() => new Uint8Array(32).fill(1))
    const installed = keccakHex(Uint8Array.of(1))
    useKeccak(replaced)
    expect(installed).to.equal(`0x${'01'.repeat(32)}`)
    expect(keccakHex(Uint8Array.of(1))).not.to.equal(installed)
  })
})

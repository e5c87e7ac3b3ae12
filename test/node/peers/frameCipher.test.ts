import { FrameOpener, FrameSealer } from '@xln/node/shell/peers/frameCipher.ts'
import { agreeCiphers, newEphemeralKey } from '@xln/node/shell/peers/keyAgreement.ts'
import { expect } from 'chai'

const secret = Buffer.alloc(32, 7)
const plain = new TextEncoder().encode('the same each time')

describe('the frames of a connection', () => {
  it('open in order, over any number of keys, and no two look alike', () => {
    const sealer = new FrameSealer(secret, 3)
    const opener = new FrameOpener(secret, 3)
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) {
      const frame = sealer.seal(plain)
      seen.add(frame.toString('hex'))
      expect(opener.open(frame)).to.deep.equal(plain)
    }
    expect(seen.size).to.equal(20)
  })

  it('do not open under the key of before or after', () => {
    const sealer = new FrameSealer(secret, 3)
    const unchanged = new FrameOpener(secret, 100)
    const opened = Array.from({ length: 4 }, () => unchanged.open(sealer.seal(plain)) !== undefined)
    expect(opened).to.deep.equal([true, true, true, false])
  })

  it('may be empty, and are never shorter than their code', () => {
    const nothing = new Uint8Array(0)
    expect(new FrameOpener(secret).open(new FrameSealer(secret).seal(nothing))).to.deep.equal(
      nothing,
    )
    expect(new FrameOpener(secret).open(new Uint8Array(15))).to.equal(undefined)
    expect(new FrameOpener(secret).open(new Uint8Array(16))).to.equal(undefined)
  })

  it('open at the other end alone, and in one direction', () => {
    const [mine, yours] = [newEphemeralKey(), newEphemeralKey()]
    const dialler = agreeCiphers(mine, yours.publicKey, 'transcript', true)
    const accepter = agreeCiphers(yours, mine.publicKey, 'transcript', false)
    const frame = dialler?.sealer.seal(plain) ?? Buffer.alloc(0)
    expect(accepter?.opener.open(frame)).to.deep.equal(plain)
    expect(dialler?.opener.open(frame)).to.equal(undefined)
    const elsewhere = agreeCiphers(yours, mine.publicKey, 'another transcript', false)
    expect(elsewhere?.opener.open(frame)).to.equal(undefined)
  })
})

import { expect } from 'chai'
import { statusOf } from '../../../../node/machines/channel/channel.ts'
import { decodeChannel, encodeChannel } from '../../../../node/machines/channel/record.ts'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import {
  credit,
  entities,
  Pair,
  pay,
  reported,
  type SideName,
  uncommitted,
} from './support/pair.ts'

const SIDES = ['left', 'right'] as const
/** Longer than anything that a side signs can live, seconds. */
const LIFE = 970
const FIRST_ERA = 0n
const SECOND_ERA = 1n << 32n
const THIRD_ERA = 2n << 32n

/** The chain's view, as the shell reads it after a correction or when it is asked to. */
function read(pair: Pair, side: SideName, cooperativeNonce: bigint): void {
  const { position, tokens } = pair.party(side).channel.view
  pair.turn(side, {
    type: 'view',
    view: { ...entities, cooperativeNonce, position, tokens, dispute: null, ...uncommitted },
  })
}

function readBoth(pair: Pair, cooperativeNonce: bigint): void {
  for (const side of SIDES) read(pair, side, cooperativeNonce)
}

/** Two sides that have paid in two eras, the second of which the chain has then taken back. */
function takenBack(): Pair {
  const pair = new Pair()
  pair.connect()
  pair.wish('left', credit(9n))
  pair.settle()
  readBoth(pair, SECOND_ERA)
  pair.wish('left', credit(9n))
  pair.settle()
  pair.wish('right', pay(2n))
  pair.settle()
  expect(pair.left.channel.mutual).to.deep.include({ term: 0, height: 2 })
  readBoth(pair, FIRST_ERA)
  return pair
}

/** Waits until nothing that was signed lives any more, and has both read the chain. */
function waitAndRead(pair: Pair, cooperativeNonce: bigint): void {
  pair.advance(LIFE)
  readBoth(pair, cooperativeNonce)
  pair.settle()
}

describe('an era that a reorganisation has taken back', () => {
  before(installNativeCrypto)

  it('is a loss of state: what was signed in the era before it is not here any more', () => {
    const pair = takenBack()
    for (const side of SIDES) {
      expect(statusOf(pair.party(side).channel)).to.equal('restoring')
      expect(reported(pair.party(side), 'stateLost').length).to.equal(1)
    }
  })

  it('has the era before it go on in a new term, above all that was signed in it', () => {
    const pair = takenBack()
    waitAndRead(pair, FIRST_ERA)
    const { mutual, restoring } = pair.left.channel
    expect(mutual).to.deep.include({ cooperativeNonce: FIRST_ERA, height: 2, term: pair.left.now })
    expect(restoring).to.equal(null)
  })

  it('has the era before it go on from where it stood', () => {
    const pair = takenBack()
    waitAndRead(pair, FIRST_ERA)
    expect(pair.left.channel.mutual.tokens[0]?.leftCreditLimit).to.equal(9n)
    expect(pair.right.channel.mutual).to.deep.equal(pair.left.channel.mutual)
  })

  it('begins again in a new term, above all that was signed in it before', () => {
    const pair = takenBack()
    waitAndRead(pair, FIRST_ERA)
    readBoth(pair, SECOND_ERA)
    for (const side of SIDES) expect(pair.party(side).channel.mutual.height).to.equal(0)
    waitAndRead(pair, SECOND_ERA)
    for (const side of SIDES) {
      const { mutual, restoring } = pair.party(side).channel
      expect(mutual).to.deep.include({ cooperativeNonce: SECOND_ERA, height: 1 })
      expect([mutual.term, restoring]).to.deep.equal([pair.left.now, null])
    }
  })

  it('is remembered over a restart', () => {
    const pair = takenBack()
    waitAndRead(pair, FIRST_ERA)
    const { channel } = pair.left
    expect(decodeChannel(encodeChannel(channel)).takenBackEra).to.equal(1n)
  })

  it('is forgotten when a later one begins, in which nothing was ever signed', () => {
    const pair = takenBack()
    waitAndRead(pair, FIRST_ERA)
    readBoth(pair, THIRD_ERA)
    pair.wish('left', credit(1n))
    pair.settle()
    const { mutual, takenBackEra } = pair.right.channel
    expect(mutual).to.deep.include({ cooperativeNonce: THIRD_ERA, height: 1, term: 0 })
    expect(takenBackEra).to.equal(null)
  })
})

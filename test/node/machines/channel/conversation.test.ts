import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { parseId, type Secret } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { credit, ETHER, Pair, pay, START } from './support/pair.ts'

const secret = parseId<Secret>(`0x${'5e'.repeat(32)}`)

function lock(amount: bigint, revealBy = START + 3_600) {
  const onion = Uint8Array.of(1, 2, 3)
  return {
    type: 'lock',
    token: ETHER,
    amount,
    hashlock: hashlockOf(secret),
    revealBy,
    onion,
  } as const
}

describe('two channel machines', () => {
  it('come to the same state after a payment', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', pay(10n))
    pair.settle()
    expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
    expect(pair.left.channel.mutual.height).to.equal(1)
    expect(pair.left.channel.mutual.tokens).to.deep.equal([
      { token: ETHER, offdelta: -10n, leftCreditLimit: 0n, rightCreditLimit: 0n },
    ])
    expect(pair.left.facts.map(({ type }) => type)).to.deep.equal(['committed', 'paid'])
    expect(pair.right.facts.map(({ type }) => type)).to.deep.equal(['committed', 'paid'])
  })

  it('pay both ways, extend credit and resolve a lock', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', credit(20n), pay(50n))
    pair.wish('right', pay(7n))
    pair.settle()
    pair.wish('right', lock(30n))
    pair.settle()
    const [open] = pair.left.channel.mutual.locks
    expect(open?.amount).to.equal(30n)
    pair.wish('left', { type: 'resolve', lock: (open as NonNullable<typeof open>).id, secret })
    pair.settle()
    expect(pair.left.channel.mutual).to.deep.equal(pair.right.channel.mutual)
    expect(pair.left.channel.mutual.locks).to.deep.equal([])
    expect(pair.left.channel.mutual.tokens[0]?.offdelta).to.equal(-50n + 7n + 30n)
  })

  it('drops a wish that does not fit when the block is made, and keeps the rest', () => {
    const pair = new Pair()
    pair.connect()
    pair.wish('left', pay(40n), pay(20n), pay(10n))
    pair.settle()
    expect(pair.right.channel.mutual.tokens[0]?.offdelta).to.equal(-50n)
    const refused = pair.left.facts.find(({ type }) => type === 'wishRefused')
    expect(refused).to.deep.include({
      refusal: { code: 'capacity_exceeded', amount: 20n, capacity: 10n },
    })
  })
})

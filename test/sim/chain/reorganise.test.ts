import { sealBlock } from '@xln/node/sim/chain/block.ts'
import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  ann,
  batch,
  ben,
  deposit,
  ETHER,
  entityOf,
  fees,
  GWEI,
  give,
  mineOn,
  type Payer,
  START,
  startChain,
} from './support/bottle.ts'
import { abi, DEPOSITORY } from './support/tiny.ts'

const one = entityOf('01')

const hashesIn = (chain: SimChain, block: number): Hash[] => {
  return (chain.blockAt(block)?.receipts ?? []).map(({ transaction }) => transaction.hash)
}

function batchNonce(chain: SimChain): bigint {
  const data = Buffer.from(abi.encodeFunctionData('batchNonce', [one]).slice(2), 'hex')
  const call = { from: DEPOSITORY, to: DEPOSITORY, value: 0n, data }
  const { returnData } = chain.state.contracts.view(call, chain.head)
  return BigInt(`0x${Buffer.from(returnData).toString('hex')}`)
}

/** Every block stands on the one before it, and has the hash of what is in it. */
function hangsTogether(chain: SimChain): void {
  for (let number = 1; number <= chain.head.number; number++) {
    const [parent, block] = [chain.blockAt(number - 1), chain.blockAt(number)]
    if (parent === undefined || block === undefined) throw new Error(`no block ${number}`)
    expect(block.number).to.equal(number)
    expect(sealBlock(parent, block)).to.deep.equal(block)
    expect(block.timestamp).to.be.greaterThan(parent.timestamp)
  }
  expect(chain.blockAt(chain.head.number + 1)).to.equal(undefined)
}

describe('a reorganisation of the chain in the bottle', () => {
  it('rolls contracts, nonces and ether back, and has what was lost wait again', () => {
    const chain = startChain()
    const before = mineOn(chain)
    const hash = give(chain, ann, { nonce: 0, call: batch(one, 0n).encoded })
    const lost = mineOn(chain)
    expect(batchNonce(chain)).to.equal(1n)
    chain.reorganise({ depth: 1, blocks: [] })
    expect(chain.head).to.equal(before)
    expect(batchNonce(chain)).to.equal(0n)
    expect(chain.state.nonces.size).to.equal(0)
    expect(chain.state.contracts.etherOf(ann.address)).to.equal(10n * ETHER)
    expect(chain.waiting.map((each) => each.hash)).to.deep.equal([hash])
    expect(chain.blockOf(lost.hash)).to.equal(undefined)
    expect(chain.receiptOf(hash)).to.equal(undefined)
    mineOn(chain)
    expect(chain.head.hash).to.not.equal(lost.hash)
    expect(hashesIn(chain, 2)).to.deep.equal([hash])
    expect(batchNonce(chain)).to.equal(1n)
  })

  it('puts back what it is told, in that order, and changes who comes first', () => {
    const chain = startChain()
    const batchOf = (payer: Payer, tip: number) => {
      return give(chain, payer, { nonce: 0, call: batch(one, 0n).encoded, fees: fees(20, tip) })
    }
    const [winner, loser] = [batchOf(ann, 5), batchOf(ben, 1)]
    expect(mineOn(chain).receipts.map(({ status }) => status)).to.deep.equal([true, false])
    const transactions = [loser, winner]
    chain.reorganise({ depth: 1, blocks: [{ timestamp: START + 13, transactions }] })
    expect(hashesIn(chain, 1)).to.deep.equal([loser, winner])
    expect(chain.head.receipts.map(({ status }) => status)).to.deep.equal([true, false])
    hangsTogether(chain)
  })

  it('forgets what it is told, and lets the rest wait when it is in none of the blocks', () => {
    const chain = startChain()
    const [gone, kept] = [give(chain, ann, { nonce: 0 }), give(chain, ben, { nonce: 0 })]
    mineOn(chain, 2)
    const blocks = [14, 15, 16].map((after) => ({ timestamp: START + after, transactions: [] }))
    chain.reorganise({ depth: 2, blocks, forget: ({ hash }) => hash === gone })
    expect(chain.head.number).to.equal(3)
    expect(chain.waiting.map(({ hash }) => hash)).to.deep.equal([kept])
    hangsTogether(chain)
  })

  it('leaves out what is no longer executable in the order that it is told', () => {
    const chain = startChain()
    const [first, second] = [give(chain, ann, { nonce: 0 }), give(chain, ann, { nonce: 1 })]
    mineOn(chain)
    const transactions = [second, first]
    chain.reorganise({ depth: 1, blocks: [{ timestamp: START + 13, transactions }] })
    expect(hashesIn(chain, 1)).to.deep.equal([first])
    expect(chain.waiting.map(({ hash }) => hash)).to.deep.equal([second])
  })

  it('gives other blocks even when the same comes back at the same time', () => {
    const chain = startChain()
    give(chain, ann, { nonce: 0 })
    const { hash, timestamp, stateRoot } = mineOn(chain)
    chain.reorganise({ depth: 1, blocks: [{ timestamp }] })
    expect(chain.head.receipts.length).to.equal(1)
    expect(chain.head.hash).to.not.equal(hash)
    expect(chain.head.stateRoot).to.equal(stateRoot)
  })

  it('leaves nothing to be found of what was lost, also where something else is in its place', () => {
    const chain = startChain()
    const [gone, other] = [give(chain, ann, { nonce: 0 }), give(chain, ben, { nonce: 0 })]
    const lost = mineOn(chain)
    const timestamp = START + 13
    const forget = ({ hash }: { hash: Hash }) => hash === gone
    chain.reorganise({ depth: 1, blocks: [{ timestamp }, { timestamp: timestamp + 1 }], forget })
    expect(chain.receiptOf(gone)).to.equal(undefined)
    expect(chain.waitingOf(gone)).to.equal(undefined)
    expect(chain.blockOf(lost.hash)).to.equal(undefined)
    expect(chain.receiptOf(other)).to.include({ index: 0 })
  })
})

describe('a fork of the chain in the bottle', () => {
  it('goes its own way, with a past, a pool and contracts of its own', () => {
    const chain = startChain()
    mineOn(chain)
    give(chain, ann, { nonce: 0, call: batch(one, 0n).encoded })
    const fork = chain.fork(1)
    chain.dropPending()
    mineOn(fork)
    mineOn(chain)
    expect([batchNonce(chain), batchNonce(fork)]).to.deep.equal([0n, 1n])
    expect(chain.blockAt(1)).to.equal(fork.blockAt(1))
    expect(chain.blockAt(2)?.hash).to.not.equal(fork.blockAt(2)?.hash)
    expect(chain.head.stateRoot).to.not.equal(fork.head.stateRoot)
    expect(chain.waiting).to.deep.equal([])
  })

  it('has other blocks than the chain and than a fork with another name, also when they are empty', () => {
    const chain = startChain()
    const heads = [chain, chain.fork(1), chain.fork(2)].map((each) => mineOn(each).hash)
    expect(new Set(heads).size).to.equal(3)
  })

  it('is gone over to: its blocks replace those since, and what only these had waits again', () => {
    const chain = startChain()
    mineOn(chain, 2)
    const fork = chain.fork(1)
    const here = give(chain, ann, { nonce: 0 })
    const both = give(chain, ben, { nonce: 0 })
    mineOn(chain, 3)
    give(fork, ben, { nonce: 0 })
    mineOn(fork)
    const there = give(fork, ben, { nonce: 1 })
    const own = give(chain, ann, { nonce: 1 })
    give(fork, ann, { nonce: 1, fees: fees(50, 5) })
    chain.adopt(fork)
    expect(chain.head).to.equal(fork.head)
    expect(chain.waiting.map(({ hash }) => hash)).to.deep.equal([own, here, there])
    expect(chain.receiptOf(both)?.block.number).to.equal(3)
    mineOn(chain)
    expect(chain.head.receipts.length).to.equal(3)
    hangsTogether(chain)
  })
})

describe('the chain in the bottle, whatever happens to it', () => {
  const happening = fc.oneof(
    fc.record({ type: fc.constant('give'), who: fc.nat(1), tip: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ type: fc.constant('mine'), crowd: fc.nat(4) }),
    fc.record({ type: fc.constant('lose'), depth: fc.nat(4), blocks: fc.nat(4), keep: fc.nat(3) }),
    fc.record({ type: fc.constant('fee'), gwei: fc.integer({ min: 1, max: 5 }) }),
  )

  function happen(
    chain: SimChain,
    what: typeof happening extends fc.Arbitrary<infer T> ? T : never,
  ) {
    const at = (count: number) => chain.head.timestamp + 100 + count
    if ('who' in what) {
      const payer = what.who === 0 ? ann : ben
      const own = chain.waiting.filter(({ from }) => from === payer.address).length
      const nonce = (chain.state.nonces.get(payer.address) ?? 0) + own
      give(chain, payer, { nonce, call: deposit(one, 1n), fees: fees(4, what.tip) })
    } else if ('crowd' in what) {
      chain.mine(at(0), { gas: chain.head.gasLimit, tip: BigInt(what.crowd) * GWEI })
    } else if ('gwei' in what) {
      chain.setBaseFee(BigInt(what.gwei) * GWEI)
    } else {
      const blocks = Array.from({ length: what.blocks }, (_, count) => ({ timestamp: at(count) }))
      const depth = Math.min(what.depth, chain.head.number)
      chain.reorganise({ depth, blocks, forget: ({ nonce }) => nonce % 3 === what.keep })
    }
  }

  it('hangs together, has each nonce once and in order, and every wei but for the fees', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const chain = startChain()
        for (const what of happenings) happen(chain, what)
        hangsTogether(chain)
        let burnt = 0n
        const nonces = new Map([ann, ben].map(({ address }) => [address, 0]))
        for (let number = 1; number <= chain.head.number; number++) {
          const { baseFeePerGas, receipts } = chain.blockAt(number) ?? chain.head
          for (const { gasUsed, transaction } of receipts) {
            const { from, nonce, maxFeePerGas, maxPriorityFeePerGas } = transaction
            expect(nonce).to.equal(nonces.get(from))
            nonces.set(from, nonce + 1)
            const offers = [maxFeePerGas, baseFeePerGas + maxPriorityFeePerGas]
            burnt += gasUsed * (offers.toSorted((a, b) => Number(a - b))[0] ?? 0n)
          }
        }
        const { contracts } = chain.state
        expect(contracts.etherOf(ann.address) + contracts.etherOf(ben.address)).to.equal(
          20n * ETHER - burnt,
        )
        for (const { from, nonce } of chain.waiting) {
          expect(nonce).to.be.at.least(nonces.get(from) ?? 0)
        }
      }),
      { numRuns: 60 },
    )
  })
})

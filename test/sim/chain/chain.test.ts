import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import type { Hash } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import {
  ann,
  batch,
  ben,
  CHAIN_ID,
  cat,
  deposit,
  ETHER,
  entityOf,
  fees,
  GWEI,
  give,
  mineOn,
  refusal,
  START,
  signedBy,
  startChain,
} from './support/bottle.ts'
import { CALL_GAS } from './support/tiny.ts'

const one = entityOf('01')

const hashesIn = (chain: SimChain, block = chain.head.number): Hash[] => {
  return (chain.blockAt(block)?.receipts ?? []).map(({ transaction }) => transaction.hash)
}
const balance = (chain: SimChain, { address } = ann) => chain.state.contracts.etherOf(address)

describe('the chain in the bottle', () => {
  it('includes those who offer most for a gas, and each sender in the order of his nonces', () => {
    const chain = startChain()
    const late = give(chain, ann, { nonce: 1, fees: fees(20, 9) })
    const first = give(chain, ann, { nonce: 0, fees: fees(20, 2) })
    const middle = give(chain, ben, { nonce: 0, fees: fees(20, 3) })
    const other = give(chain, cat, { nonce: 0, fees: fees(20, 3) })
    mineOn(chain)
    expect(hashesIn(chain)).to.deep.equal([middle, other, first, late])
    expect(chain.waiting).to.deep.equal([])
  })

  it('leaves waiting what has a gap before it, offers less than the base fee, or cannot be paid', () => {
    const chain = startChain()
    give(chain, ann, { nonce: 1 })
    const cheap = give(chain, ben, { nonce: 0, fees: fees(1, 0) })
    give(chain, cat, { nonce: 0, gas: 300_000n, call: { ...deposit(one, 1n), value: 9n * ETHER } })
    give(chain, cat, { nonce: 1, gas: 300_000n, call: { ...deposit(one, 1n), value: 9n * ETHER } })
    chain.setBaseFee(2n * GWEI)
    mineOn(chain)
    expect(hashesIn(chain).length).to.equal(1)
    expect(chain.waiting.length).to.equal(3)
    chain.setBaseFee(GWEI)
    mineOn(chain)
    expect(hashesIn(chain)).to.deep.equal([cheap])
    give(chain, ann, { nonce: 0 })
    mineOn(chain)
    expect(hashesIn(chain).length).to.equal(2)
  })

  it('takes the base fee and the tip for the gas that is used, and value only when it succeeds', () => {
    const chain = startChain()
    const paid = (price: bigint, gas: bigint) => 10n * ETHER - price * gas
    give(chain, ann, { nonce: 0, call: deposit(one, 1n), fees: fees(9, 2) })
    give(chain, ben, { nonce: 0, call: { ...batch(one, 7n).encoded, value: 5n }, fees: fees(4, 3) })
    chain.setBaseFee(2n * GWEI)
    const { receipts } = mineOn(chain)
    expect(receipts.map(({ status }) => status)).to.deep.equal([true, false])
    expect(balance(chain)).to.equal(paid(4n * GWEI, CALL_GAS))
    expect(balance(chain, ben)).to.equal(paid(4n * GWEI, CALL_GAS))
  })

  it('takes all gas and undoes everything when it does not suffice', () => {
    const chain = startChain()
    give(chain, ann, { nonce: 0, gas: 60_000n, call: deposit(one, 1n), fees: fees(2, 1) })
    const { receipts, gasUsed } = mineOn(chain)
    expect(receipts[0]).to.deep.include({ status: false, gasUsed: 60_000n, logs: [] })
    expect(gasUsed).to.equal(60_000n)
    give(chain, ann, { nonce: 1, call: deposit(one, 1n) })
    const data = mineOn(chain).receipts[0]?.logs[0]?.data
    expect(BigInt(data ?? 0)).to.equal(1n)
  })

  it('includes no more than fits below the limit of a block, by what is asked for', () => {
    const chain = startChain({ gasLimit: 450_000n })
    const [dear] = [
      give(chain, ann, { nonce: 0, fees: fees(20, 5) }),
      give(chain, ann, { nonce: 1 }),
    ]
    give(chain, ben, { nonce: 0, gas: 450_000n, fees: fees(20, 4) })
    mineOn(chain)
    expect(hashesIn(chain)[0]).to.equal(dear)
    expect(hashesIn(chain).length).to.equal(2)
    chain.setBlockGasLimit(400_000n)
    mineOn(chain, 2)
    expect(chain.waiting.length).to.equal(1)
    expect(refusal(chain, cat, { nonce: 0, gas: 400_001n })).to.equal('exceeds block gas limit')
  })

  it('has no room in a crowd but for those who offer more than it does', () => {
    const chain = startChain()
    const dear = give(chain, ann, { nonce: 0, fees: fees(20, 4) })
    give(chain, ben, { nonce: 0, fees: fees(20, 3) })
    const { gasUsed, gasLimit } = chain.mine(START + 12, { gas: 36_000_000n, tip: 3n * GWEI })
    expect(hashesIn(chain)).to.deep.equal([dear])
    expect(gasUsed).to.equal(gasLimit)
  })

  it('moves the base fee by an eighth from a full and from an empty block, and not below 7 wei', () => {
    const chain = startChain({ baseFeePerGas: 800n })
    const { gasLimit } = chain.head
    chain.mine(START + 1)
    expect(chain.head.baseFeePerGas).to.equal(800n)
    chain.mine(START + 2, { gas: gasLimit, tip: 0n })
    expect(chain.head.baseFeePerGas).to.equal(700n)
    chain.mine(START + 3)
    expect(chain.head.baseFeePerGas).to.equal(787n)
    mineOn(chain, 60)
    expect(chain.head.baseFeePerGas).to.equal(7n)
    chain.mine(chain.head.timestamp + 1, { gas: gasLimit, tip: 0n })
    mineOn(chain)
    expect(chain.head.baseFeePerGas).to.equal(8n)
    chain.setBaseFee(80n)
    expect(mineOn(chain).baseFeePerGas).to.equal(80n)
    expect(mineOn(chain).baseFeePerGas).to.equal(70n)
  })

  it('has a transaction replaced by one that offers a tenth more of both fees, and by no other', () => {
    const chain = startChain()
    give(chain, ann, { nonce: 0, fees: { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 99n } })
    const offer = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => {
      return refusal(chain, ann, { nonce: 0, fees: { maxFeePerGas, maxPriorityFeePerGas } })
    }
    const underpriced = 'replacement transaction underpriced'
    expect(offer(110n * GWEI - 1n, 200n)).to.equal(underpriced)
    expect(offer(110n * GWEI, 108n)).to.equal(underpriced)
    expect(offer(110n * GWEI, 109n)).to.equal('taken')
    expect(offer(110n * GWEI, 109n)).to.equal('already known')
    give(chain, ben, { nonce: 0, fees: fees(10, 0) })
    expect(refusal(chain, ben, { nonce: 0, fees: fees(20, 0) })).to.equal(underpriced)
    chain.dropPending(({ from }) => from === ben.address)
    mineOn(chain)
    expect(chain.head.receipts.length).to.equal(1)
    expect(chain.head.receipts[0]?.transaction.maxPriorityFeePerGas).to.equal(109n)
  })

  it('refuses what can never be in a block, in the words of a client', () => {
    const chain = startChain()
    give(chain, ann, { nonce: 0 })
    mineOn(chain)
    const words = (terms: Parameters<typeof refusal>[2]) => refusal(chain, ann, terms)
    expect(words({ nonce: 0, fees: fees(99) })).to.match(/^nonce too low/)
    expect(words({ nonce: 1, chainId: CHAIN_ID + 1n })).to.equal('invalid chain id for signer')
    expect(words({ nonce: 1, gas: 20_999n })).to.equal('intrinsic gas too low')
    expect(words({ nonce: 1, gas: 16_777_217n })).to.equal('transaction gas limit too high')
    expect(words({ nonce: 1, gas: 16_777_216n, fees: fees(700) })).to.match(/^insufficient funds/)
    expect(words({ nonce: 1, gas: 16_777_216n, fees: fees(500) })).to.equal('taken')
    expect(chain.accept(Uint8Array.of(2, 0xc0))).to.include({ message: 'invalid transaction' })
  })

  it('forgets what waits when it is told to', () => {
    const chain = startChain()
    const [first, second] = [give(chain, ann, { nonce: 0 }), give(chain, ben, { nonce: 0 })]
    chain.dropPending(({ hash }) => hash === first)
    expect(chain.waiting.map(({ hash }) => hash)).to.deep.equal([second])
    chain.dropPending()
    mineOn(chain)
    expect(hashesIn(chain)).to.deep.equal([])
    expect(refusal(chain, ann, { nonce: 0 })).to.equal('taken')
  })

  it('executes a block that is being made without making it', () => {
    const chain = startChain()
    give(chain, ann, { nonce: 0, call: deposit(one, 1n) })
    const { nonces } = chain.pendingState(START + 12)
    expect(nonces.get(ann.address)).to.equal(1)
    expect(chain.head.number).to.equal(0)
    expect(chain.state.nonces.size).to.equal(0)
    expect(chain.waiting.length).to.equal(1)
  })

  it('wants every block later than the one before', () => {
    const chain = startChain()
    expect(() => chain.mine(START)).to.throw(RangeError)
    expect(chain.mine(START + 1).timestamp).to.equal(START + 1)
  })

  it('is the same, hash for hash, when the same happens again', () => {
    const play = () => {
      const chain = startChain()
      give(chain, ann, { nonce: 0, call: deposit(one, 1n) })
      mineOn(chain, 3)
      const fork = chain.fork(1)
      mineOn(fork)
      chain.reorganise({ depth: 2, blocks: [{ timestamp: START + 70 }] })
      mineOn(chain, 2)
      return [chain, fork].map(({ head }) => head.hash)
    }
    expect(play()).to.deep.equal(play())
  })

  it('lets a state be asked for while it is one of the newest', () => {
    const chain = startChain({ statesKept: 3 })
    mineOn(chain, 5)
    expect([2, 3, 5, 6].map((block) => chain.stateAt(block) !== undefined)).to.deep.equal([
      false,
      true,
      true,
      false,
    ])
    expect(() => chain.reorganise({ depth: 3, blocks: [] })).to.throw(RangeError)
    expect(chain.head.number).to.equal(5)
  })

  it('knows what is signed by its hash while it waits and once it is in a block', () => {
    const chain = startChain()
    const hash = give(chain, ann, { nonce: 0 })
    expect(chain.waitingOf(hash)?.from).to.equal(ann.address)
    expect(chain.receiptOf(hash)).to.equal(undefined)
    const block = mineOn(chain)
    expect(chain.waitingOf(hash)).to.equal(undefined)
    expect(chain.receiptOf(hash)).to.deep.include({ block, index: 0 })
    expect(chain.blockOf(block.hash)).to.equal(block)
    expect(signedBy(ann, { nonce: 0 }).hash).to.equal(hash)
  })
})

import type { SubmitterOptions } from '@xln/node/shell/chain/submitter.ts'
import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { FAULTLESS } from '@xln/node/sim/chain/faults.ts'
import { expect } from 'chai'
import { ann, deposit, entityOf, mineOn, startChain } from './support/bottle.ts'
import { Bureau } from './support/bureau.ts'
import { CONFIRMATIONS } from './support/follow.ts'

const two = entityOf('02')

describe("the node's submitter with bad endpoints to the chain in the bottle", () => {
  let chain: SimChain
  let bureau: Bureau

  const start = (options: Partial<SubmitterOptions> = {}, endpoints = 1) => {
    bureau = new Bureau(chain, options, endpoints)
  }

  beforeEach(() => {
    chain = startChain()
  })
  afterEach(() => bureau.office.stop())

  it('has one transaction on the chain though every answer to what it gives is lost', async () => {
    start()
    bureau.way.fail({ line: 'mute', only: ['eth_sendRawTransaction'] })
    bureau.submit('a')
    await bureau.waits(1)
    const { hash } = bureau.newest()
    chain.dropPending()
    mineOn(chain)
    await bureau.waits(1)
    expect(bureau.newest().hash).to.equal(hash)
    bureau.way.fail({})
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included' })
    expect(chain.state.nonces.get(ann.address)).to.equal(1)
  })

  it('is not led astray by an endpoint that shows blocks with its transaction that are not there', async () => {
    start({}, 2)
    bureau.submit('a')
    await bureau.waits(1)
    bureau.way.fail({ aheadBlocks: CONFIRMATIONS - 1 })
    await bureau.way.clock.until('it saw them', () => {
      return (bureau.office.submitter.health().block ?? 0) > chain.head.number
    })
    chain.dropPending()
    bureau.way.fail({})
    mineOn(chain)
    await bureau.waits(1)
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included', block: 2 })
  })

  it('brings all batches onto the chain whatever its only endpoint garbles meanwhile', async () => {
    start()
    for (const kind of ['shortened', 'removed', 'null', 'notJson'] as const) {
      for (let at = 0; at < 40; at++) {
        bureau.way.fail({ garble: { kind, at } })
        if (at % 10 === 0)
          bureau.submit(`${kind}/${at}`, BigInt(at / 10), { entity: entityOf(`${kind.length}0`) })
        mineOn(chain)
        let looks = 0
        await bureau.way.clock.until('it tried', () => ++looks > 40)
      }
      bureau.way.fail({})
      await bureau.mine(3)
    }
    await bureau.mine(1 + CONFIRMATIONS)
    await bureau.way.clock.until('all are over', () => bureau.office.results.size === 16)
    for (const each of bureau.office.results.values()) {
      // Of one whose receipt was never readable it knows that it was this very batch.
      if (each.status !== 'included') expect(each).to.include({ status: 'nonceUsed', same: true })
    }
  })

  it('makes a deposit once though the answer to it is lost and it is in a block before the next look', async () => {
    start()
    bureau.way.fail({ line: 'mute', only: ['eth_sendRawTransaction'] })
    const done = bureau.office.submitter.perform({ type: 'transaction', ...deposit(two, 3n) })
    await bureau.waits(1)
    mineOn(chain)
    bureau.way.fail({})
    await bureau.mine(CONFIRMATIONS)
    expect(await done).to.deep.include({ block: 1, succeeded: true })
    expect(chain.state.nonces.get(ann.address)).to.equal(1)
    expect(chain.waiting).to.deep.equal([])
  })

  it('gives again what the pool has forgotten, also when it offers all that it may already', async () => {
    const gwei = 10n ** 9n
    start({ maxFeePerGas: 3n * gwei, stuckBlocks: 2 })
    bureau.submit('a')
    await bureau.waits(1)
    const mineDear = async (count: number) => {
      for (let done = 0; done < count; done++) {
        chain.setBaseFee(4n * gwei)
        await bureau.mine()
      }
    }
    await mineDear(20)
    chain.dropPending()
    await mineDear(4)
    await bureau.waits(1)
    chain.setBaseFee(gwei)
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included' })
  })

  it('fills the place of what a deep reorganisation took back and the pool forgot', async () => {
    start({ stuckBlocks: 2 })
    bureau.submit('a', 0n, { entity: entityOf('03') })
    await bureau.waits(1)
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included' })
    bureau.submit('b')
    await bureau.waits(1)
    const depth = 1 + CONFIRMATIONS
    const later = chain.head.timestamp + 12
    const blocks = Array.from({ length: depth + 1 }, (_, i) => {
      return { timestamp: later + 12 * i, transactions: [] }
    })
    chain.reorganise({ depth, blocks, forget: ({ nonce }) => nonce === 0 })
    await bureau.mine(8 + CONFIRMATIONS)
    expect(await bureau.result('b')).to.include({ status: 'included' })
  })

  it('does not take a deposit for lost because the endpoint that knows its block fails', async () => {
    start({}, 2)
    const done = bureau.office.submitter.perform({ type: 'transaction', ...deposit(two, 3n) })
    await bureau.waits(1)
    bureau.way.fail({ line: 'refused', only: ['eth_getTransactionReceipt'] })
    bureau.way.at(1).faults = { ...FAULTLESS, lagBlocks: 1 + CONFIRMATIONS }
    mineOn(chain, 1 + CONFIRMATIONS)
    await bureau.way.clock.until('it asked', () => {
      return (bureau.way.at(1).asked.get('eth_getTransactionReceipt') ?? 0) > 0
    })
    bureau.way.fail({})
    expect(await bureau.way.clock.finish(done)).to.deep.include({ block: 1, succeeded: true })
  })
})

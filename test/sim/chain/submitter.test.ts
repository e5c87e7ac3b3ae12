import type { SubmitterOptions } from '@xln/node/shell/chain/submitter.ts'
import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import {
  ann,
  batch,
  ben,
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
  startChain,
} from './support/bottle.ts'
import { Bureau } from './support/bureau.ts'
import { CONFIRMATIONS } from './support/follow.ts'
import { CALL_GAS, TinyContracts } from './support/tiny.ts'

const one = entityOf('01')
const two = entityOf('02')

describe("the node's submitter on the chain in the bottle", () => {
  let chain: SimChain
  let bureau: Bureau

  const start = (options: Partial<SubmitterOptions> = {}, endpoints = 1) => {
    bureau = new Bureau(chain, options, endpoints)
  }

  beforeEach(() => {
    chain = startChain()
  })
  afterEach(() => bureau.office.stop())

  it('has a batch executed and says so when it is final', async () => {
    start()
    bureau.submit('a')
    await bureau.waits(1)
    const { hash: txHash, gasLimit } = bureau.newest()
    expect(gasLimit).to.equal((CALL_GAS * 3n) / 2n + 300_000n)
    await bureau.mine(CONFIRMATIONS)
    expect(bureau.office.results.size).to.equal(0)
    await bureau.mine()
    expect(await bureau.result('a')).to.deep.equal({
      id: 'a',
      status: 'included',
      block: 1,
      txHash,
    })
  })

  it('has several batches of an entity in one block, each behind the one before it', async () => {
    start()
    for (const nonce of [0n, 1n, 2n]) bureau.submit(`${nonce}`, nonce)
    await bureau.waits(3)
    await bureau.mine()
    expect(chain.head.receipts.map(({ status }) => status)).to.deep.equal([true, true, true])
  })

  it('refuses what would revert, with the error of the contract', async () => {
    start()
    const call = { type: 'transaction', ...deposit(one, 0n) } as const
    bureau.office.submitter.submit({ id: 'a', urgent: false, call })
    expect(await bureau.result('a')).to.deep.include({ status: 'refused' })
    expect(bureau.office.results.get('a')).to.have.nested.property('error.name', 'AmountZero')
    expect(chain.waiting).to.deep.equal([])
  })

  it('replaces a transaction that is stuck by dearer ones until it fits', async () => {
    start({ stuckBlocks: 2 })
    bureau.submit('a')
    await bureau.waits(1)
    const offers = [bureau.newest().maxPriorityFeePerGas]
    for (let block = 1; block <= 8; block++) {
      chain.mine(chain.head.timestamp + 12, { gas: chain.head.gasLimit, tip: (3n * GWEI) / 2n })
      await bureau.office.looked(chain)
      const offer = chain.waiting[0]?.maxPriorityFeePerGas
      if (offer !== undefined && offer !== offers.at(-1)) offers.push(offer)
    }
    expect(offers.length).to.be.at.least(3)
    for (const [index, offer] of offers.slice(1).entries()) {
      expect(offer * 10n).to.be.at.least(11n * (offers[index] ?? 0n))
    }
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included' })
  })

  it('offers more at once when its nonce is taken by a dearer one that it does not know', async () => {
    start()
    give(chain, ann, { nonce: 0, fees: fees(6, 3) })
    bureau.submit('a')
    await bureau.way.clock.until('it is replaced', () => bureau.newest().gasLimit > 200_000n)
    expect(bureau.newest().maxFeePerGas).to.be.at.least((66n * GWEI) / 10n)
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included' })
  })

  it('gives again what was dropped', async () => {
    start()
    bureau.submit('a')
    await bureau.waits(1)
    const { hash } = bureau.newest()
    chain.dropPending()
    mineOn(chain)
    await bureau.waits(1)
    expect(bureau.newest().hash).to.equal(hash)
  })

  it('finds its transaction in another block after a reorganisation, and waits for that to be final', async () => {
    start()
    bureau.submit('a')
    await bureau.waits(1)
    await bureau.mine(2)
    const timestamp = chain.head.timestamp + 1
    chain.reorganise({
      depth: 2,
      blocks: [
        { timestamp, transactions: [] },
        { timestamp: timestamp + 1, transactions: [] },
      ],
    })
    await bureau.office.looked(chain)
    await bureau.mine(CONFIRMATIONS)
    expect(bureau.office.results.size).to.equal(0)
    await bureau.mine()
    expect(await bureau.result('a')).to.include({ status: 'included', block: 3 })
  })

  it('sees who used the nonce of a batch when a reorganisation lets somebody else come first', async () => {
    start()
    bureau.submit('a')
    await bureau.waits(1)
    await bureau.mine(2)
    const relayed = give(chain, ben, { nonce: 0, call: batch(one, 0n).encoded })
    const own = chain.blockAt(1)?.receipts[0]?.transaction.hash ?? relayed
    const timestamp = chain.head.timestamp + 1
    const transactions = [relayed, own]
    chain.reorganise({
      depth: 2,
      blocks: [{ timestamp, transactions }, { timestamp: timestamp + 1 }],
    })
    await bureau.mine(CONFIRMATIONS)
    const expected = { id: 'a', status: 'nonceUsed', block: 1, same: true }
    expect(await bureau.result('a')).to.deep.equal(expected)
  })

  it('fills the nonce of a batch whose time is over, and says that it expired', async () => {
    start({ stuckBlocks: 100 })
    bureau.submit('a', 0n, { validUntil: START + 30 })
    await bureau.waits(1)
    for (let block = 0; block < 3; block++) {
      chain.mine(chain.head.timestamp + 12, { gas: chain.head.gasLimit, tip: 99n * GWEI })
      await bureau.office.looked(chain)
    }
    expect(bureau.newest().gasLimit).to.equal(21_000n)
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.deep.equal({ id: 'a', status: 'expired' })
    expect(chain.state.nonces.get(ann.address)).to.equal(1)
  })

  it('waits for ether when the key is poor, and goes on when there is some', async () => {
    const contracts = new TinyContracts(new Map([[ben.address, ETHER]]))
    chain = startChain({ contracts })
    start()
    bureau.submit('a')
    await bureau.way.clock.until(
      'it says so',
      () => bureau.office.submitter.health().fault?.code === 'gas_key_poor',
    )
    give(chain, ben, { nonce: 0, call: { to: ann.address, data: '0x', value: ETHER / 10n } })
    mineOn(chain)
    await bureau.waits(1)
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('a')).to.include({ status: 'included' })
  })

  it('works with signatures that are fakes of which the chain is told', async () => {
    const signatures = new Map<string, Uint8Array>()
    const sign = (digest: Uint8Array) => {
      const signature = new Uint8Array(65).fill(1 + signatures.size)
      signature[64] = 27
      signatures.set(bytesToHex(digest), signature)
      return signature
    }
    const address = `0x${'fa'.repeat(20)}` as Address
    const recoverSender = (digest: Uint8Array, signature: Uint8Array) => {
      const own = signatures.get(bytesToHex(digest))
      return own !== undefined && bytesToHex(own) === bytesToHex(signature) ? address : undefined
    }
    const contracts = new TinyContracts(new Map([[address, ETHER]]))
    chain = startChain({ contracts, recoverSender })
    start({ gasKey: { address, sign } })
    bureau.submit('a')
    bureau.submit('b', 1n)
    await bureau.waits(2)
    expect(refusal(chain, ben, { nonce: 0 })).to.equal('invalid transaction')
    await bureau.mine(1 + CONFIRMATIONS)
    expect(await bureau.result('b')).to.include({ status: 'included', block: 1 })
    expect(chain.state.nonces.get(address)).to.equal(2)
  })

  it('has its deposits beside those of others', async () => {
    start()
    const call = { type: 'transaction', ...deposit(two, 3n) } as const
    const done = bureau.office.submitter.perform(call)
    await bureau.waits(1)
    give(chain, cat, { nonce: 0, call: deposit(two, 4n) })
    mineOn(chain)
    await bureau.way.clock.until(
      'it is in a block',
      () => bureau.office.submitter.health().block === 1,
    )
    expect(await done).to.deep.include({ block: 1, succeeded: true })
    expect(chain.head.receipts.map(({ status }) => status)).to.deep.equal([true, true])
  })
})

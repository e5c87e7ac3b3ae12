import type { EncodedCall } from '@xln/node/shell/chain/calls.ts'
import { orderedRoot } from '@xln/node/shell/chain/receiptsRoot.ts'
import { type RpcObject, toQuantity } from '@xln/node/shell/chain/rpc.ts'
import { headerHash } from '@xln/node/sim/chain/block.ts'
import { ISecretRegistry__factory } from '@xln/shared/abi/typechain/factories/interfaces/ISecretRegistry__factory.ts'
import { TestToken__factory } from '@xln/shared/abi/typechain/factories/mocks/TestToken__factory.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Hash, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { depositoryInterface } from '../../node/chain/support/world.ts'
import { Beside, shapeOf } from './support/beside.ts'
import { ETHER, fees, GWEI, type Payer, type Terms } from './support/bottle.ts'

const tokens = TestToken__factory.createInterface()
const registry = ISecretRegistry__factory.createInterface()

/** With the head-room that the Depository demands for what it calls. */
const GAS = 3_000_000n

describe('the chain in the bottle beside a Hardhat chain', function () {
  this.timeout(60_000)
  let beside: Beside
  let ann: Payer
  let ben: Payer
  let cat: Payer
  let poor: Payer
  /** The next nonce of each. */
  const nonces = new Map<Payer, number>()

  before(async () => {
    beside = await Beside.start()
    ;[ann, ben, cat, poor] = beside.payers as [Payer, Payer, Payer, Payer]
  })
  after(() => beside.close())

  const take = (payer: Payer) => {
    const nonce = nonces.get(payer) ?? 0
    nonces.set(payer, nonce + 1)
    return nonce
  }
  const give = async (payer: Payer, call: EncodedCall, terms: Partial<Terms> = {}) => {
    const given = await beside.give(payer, { nonce: take(payer), gas: GAS, call, ...terms })
    expect(given.sim).to.deep.equal(given.hardhat)
    return given.hash
  }
  const token = (data: string): EncodedCall => {
    return { to: beside.world.token.address, data: data as Hex, value: 0n }
  }
  const mint = (amount: bigint) => token(tokens.encodeFunctionData('mint', [ann.address, amount]))
  const allow = (amount: bigint) => {
    return token(tokens.encodeFunctionData('approve', [beside.world.domain.depository, amount]))
  }
  const deposit = (amount: bigint): EncodedCall => {
    const { domain, token } = beside.world
    const values = [lazyEntityId(ann.address), token.id, amount] as const
    const data = depositoryInterface.encodeFunctionData('deposit', [...values]) as Hex
    return { to: domain.depository, data, value: 0n }
  }
  const secret = (byte: string): EncodedCall => {
    const data = registry.encodeFunctionData('revealSecret', [`0x${byte.repeat(32)}`]) as Hex
    return { to: beside.world.domain.subcontractProvider, data, value: 0n }
  }
  const heads = async () => {
    const { hardhat, sim } = await beside.ask('eth_getBlockByNumber', 'latest', false)
    return { hardhat: hardhat as RpcObject, sim: sim as RpcObject }
  }
  const receipts = async (hashes: readonly Hash[]) => {
    const all = await Promise.all(
      hashes.map((hash) => beside.ask('eth_getTransactionReceipt', hash)),
    )
    return all.map(({ hardhat, sim }) => [hardhat as RpcObject, sim as RpcObject] as const)
  }

  it('has the same hash for a header with the same fields', async () => {
    await give(ann, mint(5n))
    await beside.mine()
    for (const block of Object.values(await heads())) {
      const number = (key: string) => BigInt(String(block[key]))
      const bytes = (key: string) => block[key] as Hex
      const fields = [
        ...[bytes('parentHash'), bytes('sha3Uncles'), bytes('miner'), bytes('stateRoot')],
        ...[bytes('transactionsRoot'), bytes('receiptsRoot'), bytes('logsBloom')],
        ...[number('difficulty'), number('number'), number('gasLimit'), number('gasUsed')],
        ...[number('timestamp'), bytes('extraData'), bytes('mixHash'), bytes('nonce')],
        ...[number('baseFeePerGas'), bytes('withdrawalsRoot'), number('blobGasUsed')],
        ...[number('excessBlobGas'), bytes('parentBeaconBlockRoot'), bytes('requestsHash')],
      ]
      expect(headerHash(fields)).to.equal(block['hash'])
    }
  })

  it('has the same root and order of the same transactions, and the same bloom of their logs', async () => {
    for (const [payer, tip] of [
      [ann, 1],
      [ben, 3],
      [cat, 2],
      [ben, 9],
      [ann, 2],
    ] as const) {
      await give(payer, mint(BigInt(tip)), { fees: fees(20, tip) })
    }
    await beside.mine()
    const { hardhat, sim } = await heads()
    expect(sim['transactions']).to.deep.equal(hardhat['transactions'])
    expect((sim['transactions'] as unknown[]).length).to.equal(5)
    expect(sim['transactionsRoot']).to.equal(hardhat['transactionsRoot'])
    expect(sim['logsBloom']).to.equal(hardhat['logsBloom'])
    expect(orderedRoot([])).to.not.equal(sim['transactionsRoot'])
    for (const key of ['timestamp', 'baseFeePerGas', 'gasLimit']) {
      expect(sim[key], key).to.equal(hardhat[key])
    }
  })

  it('has the same receipts and logs of what succeeds and of what fails, but for the gas', async () => {
    const hashes = [
      await give(ann, mint(100n)),
      await give(ann, allow(50n)),
      await give(ann, deposit(20n)),
      await give(ann, deposit(0n)),
      await give(ben, secret('07')),
      await give(ann, deposit(31n)),
      await give(cat, { to: ben.address, data: '0x', value: 7n }, { gas: 21_000n }),
    ]
    await beside.mine(2n * GWEI)
    // Gas by a formula is not that of the machine.
    const ignored = ['blockHash', 'blockNumber', 'gasUsed', 'cumulativeGasUsed']
    const plain = (receipt: RpcObject) => {
      const logs = (receipt['logs'] as RpcObject[]).map((log) => without(log, ignored))
      return { ...without(receipt, ignored), logs }
    }
    const statuses = (await receipts(hashes)).map(([hardhat, sim]) => {
      expect(plain(sim)).to.deep.equal(plain(hardhat))
      expect(shapeOf(sim)).to.deep.equal(shapeOf(hardhat))
      return sim['status']
    })
    expect(statuses).to.deep.equal(['0x1', '0x1', '0x1', '0x0', '0x1', '0x0', '0x1'])
    const [, plainTransfer] = (await receipts(hashes)).at(-1) ?? []
    expect(plainTransfer?.['gasUsed']).to.equal('0x5208')
  })

  it('writes blocks, transactions, receipts and logs with the same fields in the same shapes', async () => {
    const hash = await give(ann, mint(1n))
    const waiting = await beside.ask('eth_getTransactionByHash', hash)
    expect(waiting.sim).to.deep.equal(waiting.hardhat)
    await beside.mine()
    const { hardhat, sim } = await heads()
    expect(shapeOf(sim)).to.deep.equal(shapeOf(hardhat))
    const mined = await beside.ask('eth_getTransactionByHash', hash)
    const nowhere = ['blockHash', 'blockNumber']
    expect(without(mined.sim as RpcObject, nowhere)).to.deep.equal(
      without(mined.hardhat as RpcObject, nowhere),
    )
    const place = async (of: RpcObject) => {
      const tags = { fromBlock: of['number'], toBlock: of['number'] }
      return beside.ask('eth_getLogs', { ...tags, address: beside.world.token.address })
    }
    const logs = [(await place(hardhat)).hardhat, (await place(sim)).sim] as RpcObject[][]
    expect(logs[1]?.length).to.equal(1)
    expect(shapeOf(logs[1])).to.deep.equal(shapeOf(logs[0]))
  })

  it('knows as little of what is not there', async () => {
    const nobody = `0x${'11'.repeat(32)}`
    const questions: readonly [string, ...unknown[]][] = [
      ['eth_getBlockByNumber', '0xffff', false],
      ['eth_getBlockByHash', nobody, false],
      ['eth_getTransactionReceipt', nobody],
      ['eth_getTransactionByHash', nobody],
      ['eth_getCode', ann.address, 'latest'],
      ['eth_getBalance', ann.address, '0xffff'],
      ['eth_getTransactionCount', ann.address, '0xffff'],
      ['eth_getTransactionCount', ann.address, 'latest'],
      ['eth_getLogs', { fromBlock: '0xfff0', toBlock: '0xffff' }],
      ['eth_chainId'],
      ['eth_maxPriorityFeePerGas'],
      ['eth_getTransactionReceipt', '0x12'],
      ['eth_getBalance', '0x12', 'latest'],
    ]
    for (const [method, ...parameters] of questions) {
      const { hardhat, sim } = await beside.ask(method, ...parameters)
      expect(sim, method).to.deep.equal(hardhat)
    }
  })

  it('answers a call, and says why one reverts, as of now and as of a block before', async () => {
    await give(ann, mint(1_000n))
    await give(ann, allow(1_000n))
    await beside.mine()
    await give(ann, deposit(3n))
    await beside.mine()
    const { hardhat, sim } = await heads()
    const { domain, token } = beside.world
    const values = [lazyEntityId(ann.address), token.id] as const
    const data = depositoryInterface.encodeFunctionData('reserveOf', [...values])
    const past = (head: RpcObject, back: number) => toQuantity(Number(head['number']) - back)
    const calls: readonly object[] = [
      { to: domain.depository, data },
      { from: ann.address, ...rpc(deposit(0n)) },
      { from: ben.address, ...rpc(deposit(9n)) },
      { from: ann.address, to: domain.depository, data: '0x12345678' },
      { from: ann.address, to: domain.depository, data: '0x' },
      { to: ann.address, data: '0x' },
    ]
    for (const call of calls) {
      for (const back of [0, 1, 2]) {
        const there = await beside.ask('eth_call', call, past(hardhat, back))
        const here = await beside.ask('eth_call', call, past(sim, back))
        expect(here.sim).to.deep.equal(there.hardhat)
      }
      const estimates = await beside.ask('eth_estimateGas', call, 'latest')
      const kind = (value: unknown) => (typeof value === 'string' ? 'gas' : value)
      expect(kind(estimates.sim)).to.deep.equal(kind(estimates.hardhat))
    }
    expect((await beside.ask('eth_call', calls[1], 'latest')).sim).to.have.nested.property(
      'revert.name',
      'AmountZero',
    )
  })

  it('executes what waits before what is asked as of the pending block', async () => {
    await give(ann, allow(0n))
    await beside.mine()
    await give(ann, mint(5n))
    await give(ann, allow(5n))
    const call = { from: ann.address, ...rpc(deposit(5n)) }
    const now = await beside.ask('eth_estimateGas', call, 'latest')
    expect(now.sim).to.deep.equal(now.hardhat)
    expect(now.sim).to.have.nested.property('revert.name', 'TransferFailed')
    const then = await beside.ask('eth_estimateGas', call, 'pending')
    expect([shapeOf(then.hardhat), shapeOf(then.sim)]).to.deep.equal(['quantity', 'quantity'])
    await beside.mine()
  })

  it('takes and refuses signed transactions for the same reasons, as the node understands them', async () => {
    const call = { to: ben.address, data: '0x', value: 0n } as const
    const nonce = take(cat)
    const verdict = async (payer: Payer, terms: Partial<Terms>) => {
      const { hardhat, sim } = await beside.give(payer, { nonce, call, gas: 30_000n, ...terms })
      expect(sim.type).to.equal(hardhat.type)
      return sim.type
    }
    const offer = (max: bigint, tip: bigint) => {
      return { fees: { maxFeePerGas: max * GWEI, maxPriorityFeePerGas: tip * GWEI } }
    }
    expect(await verdict(cat, offer(100n, 10n))).to.equal('taken')
    expect(await verdict(cat, offer(100n, 10n))).to.equal('taken')
    expect(await verdict(cat, offer(109n, 20n))).to.equal('underpriced')
    expect(await verdict(cat, offer(200n, 10n))).to.equal('underpriced')
    expect(await verdict(cat, offer(110n, 11n))).to.equal('taken')
    expect(await verdict(cat, { nonce: nonce + 5 })).to.equal('taken')
    expect(await verdict(cat, { nonce: nonce - 1 })).to.equal('nonceLow')
    expect(await verdict(cat, { nonce: nonce + 1, gas: 20_999n })).to.equal('refused')
    expect(await verdict(cat, { nonce: nonce + 1, gas: 16_777_217n })).to.equal('refused')
    expect(await verdict(cat, { nonce: nonce + 1, chainId: 5n })).to.equal('refused')
    const costly = { call: { ...call, value: 20_000n * ETHER } }
    expect(await verdict(poor, { nonce: 0, ...costly })).to.equal('poor')
    await beside.mine()
    const { hardhat, sim } = await heads()
    expect(sim['transactions']).to.deep.equal(hardhat['transactions'])
    expect((sim['transactions'] as unknown[]).length).to.equal(1)
  })

  it('moves the base fee by the gas of a block as Hardhat does', async () => {
    await beside.mine(8n * GWEI)
    const { chain } = beside.world
    const fee = async () => BigInt(String((await heads()).hardhat['baseFeePerGas']))
    for (let block = 0; block < 5; block++) {
      await chain.mine()
      beside.sim.mine(beside.sim.head.timestamp + 12)
      expect(beside.sim.head.baseFeePerGas).to.equal(await fee())
    }
    expect(await fee()).to.be.lessThan(5n * GWEI)
  })
})

function without(object: RpcObject, keys: readonly string[]): RpcObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}

/** As a call is asked about. */
function rpc({ to, data, value }: EncodedCall): object {
  return { to, data, value: toQuantity(value) }
}

import { type RpcObject, toQuantity } from '@xln/node/shell/chain/rpc.ts'
import { TransportFailure } from '@xln/node/shell/chain/transport.ts'
import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { portOf, SimEndpoint } from '@xln/node/sim/chain/endpoint.ts'
import { type EndpointFaults, FAULTLESS } from '@xln/node/sim/chain/faults.ts'
import { methodNames } from '@xln/node/sim/chain/methods.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { expect } from 'chai'
import {
  ann,
  batch,
  ben,
  deposit,
  ETHER,
  entityOf,
  give,
  mineOn,
  signedBy,
  startChain,
} from './support/bottle.ts'
import { abi, CALL_GAS, DEPOSITORY } from './support/tiny.ts'

const one = entityOf('01')
const URL = 'http://a.sim'

describe('an endpoint of the chain in the bottle', () => {
  let chain: SimChain
  let endpoint: SimEndpoint
  let waits: number[]

  beforeEach(() => {
    chain = startChain({ statesKept: 8 })
    waits = []
    const wait = async (ms: number) => {
      waits.push(ms)
    }
    endpoint = new SimEndpoint({ chain, wait, timeoutMs: 1_000 })
  })

  const fail = (faults: Partial<EndpointFaults>) => {
    endpoint.faults = { ...FAULTLESS, ...faults }
  }
  const ask = (method: string, ...parameters: unknown[]) => endpoint.answer(method, parameters)

  async function result<T = RpcObject>(method: string, ...parameters: unknown[]): Promise<T> {
    const answer = await ask(method, ...parameters)
    if ('error' in answer) throw new Error(answer.error.message)
    return answer.result as T
  }

  async function silence(method: string, ...parameters: unknown[]): Promise<string> {
    try {
      await ask(method, ...parameters)
    } catch (error) {
      expect(error).to.be.instanceOf(TransportFailure)
      return (error as Error).message
    }
    throw new Error('it answered')
  }

  const withDeposits = (count: number) => {
    for (let nonce = 0; nonce < count; nonce++) {
      give(chain, ann, { nonce, call: deposit(one, BigInt(nonce + 1)) })
    }
    return mineOn(chain)
  }

  const all = { fromBlock: '0x0', toBlock: 'latest' }

  it('gives values as JSON would, whatever is asked', async () => {
    const { hash, receipts } = withDeposits(2)
    const transaction = receipts[1]?.transaction.hash
    const call = {
      from: ann.address,
      to: DEPOSITORY,
      data: abi.encodeFunctionData('batchNonce', [one]),
    }
    const { raw } = signedBy(ann, { nonce: 2 })
    const questions: Record<string, unknown[]> = {
      eth_getBlockByNumber: ['latest', false],
      eth_getBlockByHash: [hash, false],
      eth_getBlockReceipts: [hash],
      eth_getTransactionReceipt: [transaction],
      eth_getTransactionByHash: [transaction],
      eth_getLogs: [all],
      eth_getTransactionCount: [ann.address, '0x1'],
      eth_getBalance: [ann.address, 'latest'],
      eth_getCode: [DEPOSITORY, 'latest'],
      eth_call: [call, { blockHash: hash }],
      eth_estimateGas: [call, 'pending'],
      eth_sendRawTransaction: [bytesToHex(raw)],
    }
    for (const method of methodNames) {
      const given = await result<unknown>(method, ...(questions[method] ?? []))
      expect(given, method).to.not.equal(null)
      expect(JSON.parse(JSON.stringify(given)), method).to.deep.equal(given)
    }
    expect(await ask('eth_mining')).to.have.nested.property('error.code', -32_601)
  })

  it('finds logs by block, address and topics as clients do', async () => {
    withDeposits(2)
    give(chain, ann, { nonce: 2, call: batch(one, 0n).encoded })
    const { hash } = mineOn(chain)
    const found = async (filter: object) => (await result<unknown[]>('eth_getLogs', filter)).length
    const topic = abi.getEvent('ReserveUpdated').topicHash
    expect(await found(all)).to.equal(3)
    expect(await found({ ...all, toBlock: '0x1' })).to.equal(2)
    expect(await found({ fromBlock: '0x2', toBlock: '0x99' })).to.equal(1)
    expect(await found({ fromBlock: '0x98', toBlock: '0x99' })).to.equal(0)
    expect(await found({ blockHash: hash })).to.equal(1)
    expect(await found({ ...all, address: ann.address })).to.equal(0)
    expect(await found({ ...all, address: [ann.address, DEPOSITORY] })).to.equal(3)
    expect(await found({ ...all, topics: [topic] })).to.equal(2)
    expect(await found({ ...all, topics: [[topic, hash], one] })).to.equal(2)
    expect(await found({ ...all, topics: [null, one] })).to.equal(3)
    expect(await found({ ...all, topics: [null, hash] })).to.equal(0)
    expect(await found({ ...all, topics: [null, null, null, one] })).to.equal(0)
  })

  it('tells of past states as long as it has them, by number and by hash', async () => {
    mineOn(chain)
    give(chain, ann, { nonce: 0, call: batch(one, 0n).encoded })
    const { parentHash } = mineOn(chain)
    const data = abi.encodeFunctionData('batchNonce', [one])
    const nonce = async (tag: unknown) =>
      BigInt(await result('eth_call', { to: DEPOSITORY, data }, tag))
    expect(await nonce('latest')).to.equal(1n)
    expect(await nonce('0x2')).to.equal(1n)
    expect(await nonce('0x1')).to.equal(0n)
    expect(await nonce({ blockHash: parentHash })).to.equal(0n)
    expect(await nonce('earliest')).to.equal(0n)
    const call = { to: DEPOSITORY, data }
    expect(await ask('eth_call', call, '0x3')).to.have.nested.property(
      'error.message',
      'header not found',
    )
    mineOn(chain, 8)
    const { error } = (await ask('eth_call', call, '0x1')) as { error: { message: string } }
    expect(error.message).to.match(/^missing trie node/)
  })

  it('says with what a call reverts, and what one costs, as of now and after what waits', async () => {
    const { to, data } = batch(one, 1n).encoded
    const call = { from: ann.address, to, data, value: '0x0' }
    const expected = abi.encodeErrorResult('BatchNonceWrong', [one, 1n, 0n])
    const error = { code: 3, message: 'execution reverted', data: expected }
    expect(await ask('eth_estimateGas', call, 'latest')).to.deep.equal({ error })
    expect(await ask('eth_call', call, 'latest')).to.deep.equal({ error })
    give(chain, ann, { nonce: 0, call: batch(one, 0n).encoded })
    expect(await result('eth_estimateGas', call, 'pending')).to.equal(toQuantity(CALL_GAS))
    const costly = { ...call, value: toQuantity(11n * ETHER) }
    const poor = (await ask('eth_estimateGas', costly, 'latest')) as typeof error & {
      error: object
    }
    expect(poor.error)
      .to.have.property('message')
      .that.matches(/^insufficient funds/)
    const starved = { ...call, gas: toQuantity(CALL_GAS - 1n) }
    expect(await ask('eth_call', starved, 'pending')).to.deep.include({
      error: { code: -32_000, message: 'out of gas' },
    })
  })

  it('does not show the newest blocks when it lags, nor what is in them', async () => {
    const { hash, receipts } = withDeposits(1)
    const transaction = receipts[0]?.transaction.hash
    fail({ lagBlocks: 1 })
    expect((await result('eth_getBlockByNumber', 'latest', false))['number']).to.equal('0x0')
    expect(await result('eth_getBlockByNumber', '0x1', false)).to.equal(null)
    expect(await result('eth_getBlockByHash', hash, false)).to.equal(null)
    expect(await result('eth_getBlockReceipts', hash)).to.equal(null)
    expect(await result('eth_getTransactionReceipt', transaction)).to.equal(null)
    expect(await result('eth_getLogs', all)).to.deep.equal([])
    expect(await result('eth_getTransactionCount', ann.address, 'latest')).to.equal('0x0')
    expect(await result('eth_getTransactionByHash', transaction)).to.include({ blockHash: null })
    fail({ lagBlocks: 99 })
    expect(await result('eth_blockNumber')).to.equal('0x0')
  })

  it('shows blocks that are not there when it runs ahead, and the same as long as the head stays', async () => {
    const { hash } = mineOn(chain)
    const waiting = give(chain, ann, { nonce: 0 })
    fail({ aheadBlocks: 2 })
    const latest = await result('eth_getBlockByNumber', 'latest', false)
    expect(latest['number']).to.equal('0x3')
    give(chain, ann, { nonce: 7 })
    give(chain, ben, { nonce: 0 })
    expect(await result('eth_getBlockByNumber', 'latest', false)).to.deep.equal(latest)
    const second = await result('eth_getBlockByNumber', '0x2', false)
    expect(second).to.include({ parentHash: hash, hash: latest['parentHash'] })
    expect(second['transactions']).to.deep.equal([waiting])
    expect(chain.head.hash).to.equal(hash)
    await result('eth_sendRawTransaction', bytesToHex(signedBy(ann, { nonce: 1 }).raw))
    expect(chain.waiting.length).to.equal(4)
    fail({})
    expect(await result('eth_blockNumber')).to.equal('0x1')
  })

  it('leaves one log out of its index, and out of receipts when it is told to', async () => {
    const { hash } = withDeposits(3)
    const indices = async () => {
      return (await result<RpcObject[]>('eth_getLogs', all)).map(({ logIndex }) => logIndex)
    }
    fail({ logOmitted: 4 })
    expect(await indices()).to.deep.equal(['0x0', '0x2'])
    expect((await result<{ logs: [] }[]>('eth_getBlockReceipts', hash))[1]?.logs.length).to.equal(1)
    fail({ logOmitted: 4, receiptsToo: true })
    expect((await result<{ logs: [] }[]>('eth_getBlockReceipts', hash))[1]?.logs.length).to.equal(0)
    fail({ logOmitted: 4 })
    expect(await result('eth_getLogs', { ...all, address: ann.address })).to.deep.equal([])
  })

  it('answers with an error, or does not know a method, or searches too far', async () => {
    const refusal = { code: -32_005, message: 'too many requests' }
    fail({ refusal })
    expect(await ask('eth_chainId')).to.deep.equal({ error: refusal })
    fail({ unknownMethods: ['eth_getBlockReceipts'] })
    expect(await ask('eth_getBlockReceipts', 'latest')).to.have.nested.property(
      'error.code',
      -32_601,
    )
    expect(await result('eth_chainId')).to.equal('0x7a69')
    fail({ refusal, only: ['eth_getLogs'] })
    expect(await ask('eth_getLogs', all)).to.deep.equal({ error: refusal })
    expect(await result('eth_chainId')).to.equal('0x7a69')
    fail({ logBlocksMax: 2 })
    expect(await result('eth_getLogs', { fromBlock: '0x0', toBlock: '0x1' })).to.deep.equal([])
    expect(await ask('eth_getLogs', { fromBlock: '0x0', toBlock: '0x2' })).to.have.property('error')
  })

  it('garbles one part of its answer, each of them by its number', async () => {
    fail({ garble: { kind: 'notJson', at: 0 } })
    expect(await silence('eth_chainId')).to.equal('its answer is not JSON')
    fail({ garble: { kind: 'null', at: 0 } })
    expect(await result('eth_chainId')).to.equal(null)
    fail({})
    const whole = JSON.stringify(await result('eth_getBlockByNumber', 'latest', false))
    for (const kind of ['shortened', 'removed'] as const) {
      const seen = new Set<string>()
      for (let at = 0; at < 20; at++) {
        fail({ garble: { kind, at } })
        seen.add(JSON.stringify(await result('eth_getBlockByNumber', 'latest', false)) ?? '')
      }
      expect(seen.size).to.equal(20)
      expect(seen.has(whole)).to.equal(false)
    }
  })

  it('is late with question and answer, and silent when that is longer than the time for it', async () => {
    fail({ questionMs: 300, answerMs: 699 })
    expect(await result('eth_chainId')).to.equal('0x7a69')
    expect(waits).to.deep.equal([300, 699])
    fail({ questionMs: 300, answerMs: 700 })
    expect(await silence('eth_chainId')).to.equal('no answer within 1000 ms')
    expect(waits.slice(2)).to.deep.equal([300, 700])
    fail({ questionMs: 5_000 })
    await silence('eth_chainId')
    expect(waits.slice(4)).to.deep.equal([1_000])
  })

  it('hears a question when it is mute, and not when it is deaf or gone', async () => {
    const give = (nonce: number) => bytesToHex(signedBy(ann, { nonce }).raw)
    fail({ line: 'mute' })
    await silence('eth_sendRawTransaction', give(0))
    expect(chain.waiting.length).to.equal(1)
    fail({ line: 'deaf' })
    await silence('eth_sendRawTransaction', give(1))
    fail({ line: 'refused' })
    await silence('eth_sendRawTransaction', give(2))
    expect(chain.waiting.length).to.equal(1)
    expect(waits).to.deep.equal([1_000, 1_000])
    expect(endpoint.asked.get('eth_sendRawTransaction')).to.equal(1)
  })

  it('answers as of the moment at which the question arrived', async () => {
    endpoint = new SimEndpoint({ chain, wait: async () => void mineOn(chain) })
    fail({ questionMs: 1, answerMs: 1 })
    expect(await result('eth_blockNumber')).to.equal('0x1')
    expect(chain.head.number).to.equal(2)
  })

  it('is reached by its address, and shows another chain when it is told to', async () => {
    const port = portOf(new Map([[URL, endpoint]]))
    const fork = chain.fork(1)
    mineOn(fork)
    expect(await port(URL, 'eth_blockNumber', [])).to.deep.equal({ result: '0x0' })
    endpoint.chain = fork
    expect(await port(URL, 'eth_blockNumber', [])).to.deep.equal({ result: '0x1' })
    const failure = await port('http://b.sim', 'eth_chainId', []).catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(TransportFailure)
  })
})

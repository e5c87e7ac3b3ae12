import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import type { SubmitterOptions } from '@xln/node/shell/chain/submitter.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { batchDigest } from '@xln/shared/depository/batch.ts'
import { soleBoard } from '@xln/shared/entity/board.ts'
import { entitySignatureDigest } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import type { Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { Liar } from './support/liar.ts'
import { Desk } from './support/submit.ts'
import { until } from './support/until.ts'
import {
  act,
  batchNonceOf,
  bodyOf,
  chainHead,
  chainTime,
  counterOf,
  deposit,
  depositoryInterface,
  ends,
  fund,
  openEndpoints,
  send,
  signBatch,
  startOf,
  startWorld,
  type World,
} from './support/world.ts'

interface RpcTransaction {
  readonly hash: Hex
  readonly from: string
  readonly nonce: string
  readonly gas: string
  readonly input: Hex
  readonly maxFeePerGas: string
  readonly maxPriorityFeePerGas: string
}

describe('submitter', function () {
  this.timeout(60_000)
  let world: World
  let snapshot: string
  let endpoints: Endpoints
  let desks: Desk[] = []

  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())
  beforeEach(async () => {
    snapshot = await world.chain.snapshot()
    endpoints = openEndpoints(world)
  })
  afterEach(async () => {
    await Promise.all(desks.map(({ submitter }) => submitter.stop()))
    desks = []
    endpoints.close()
    await world.chain.revert(snapshot)
    await world.chain.setMining({ type: 'auto' })
  })

  function open(options: Partial<SubmitterOptions> = {}, actor = world.relay): Desk {
    const desk = new Desk(world, endpoints, actor, options)
    desks.push(desk)
    return desk
  }

  const idle = async (desk: Desk) => {
    await until('everything is final', () => desk.submitter.health().underWay === 0)
  }

  /** Waits until the submitter has done what the newest block asks for. */
  async function looked(desk: Desk): Promise<void> {
    const head = await chainHead(world)
    await until('it has looked', () => desk.submitter.health().block === head)
  }

  /** What waits for the next block, in its order. */
  async function pending(): Promise<RpcTransaction[]> {
    return world.chain.request('eth_pendingTransactions')
  }

  async function secretBatch(byte: string, terms: { nonce?: bigint; validUntil?: number } = {}) {
    return signBatch(world, world.alice, { secrets: [`0x${byte.repeat(32)}` as never] }, terms)
  }

  it('has a batch executed, says when it is in a block, and that it is done when that is final', async () => {
    const desk = open({ confirmations: 2 })
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    const sighting = await desk.sighting('a')
    expect(sighting.succeeded).to.equal(true)
    expect(await batchNonceOf(world, world.alice.entity)).to.equal(1n)
    expect(desk.results.size).to.equal(0)
    await world.chain.mine(2)
    const { block, txHash } = sighting
    expect(await desk.result('a')).to.deep.equal({ id: 'a', status: 'included', block, txHash })
    await idle(desk)
  })

  it('gives a transaction the gas that the head-room of the contract asks for, below the cap', async () => {
    const { alice, chain, domain } = world
    await chain.setMining({ type: 'manual' })
    const call = await secretBatch('01')
    const { entity, batch, nonce, validUntil } = call
    const digest = batchDigest(domain, entity, batch, nonce, validUntil)
    const wrapped = entitySignatureDigest(domain, entity, digest)
    const signature = encodeEntitySignature({
      form: 'board',
      board: soleBoard(alice.address),
      bitmap: 1,
      signatures: [signDigest(wrapped, hexToBytes(alice.key))],
    })
    const desk = open()
    desk.submitter.submit({ id: 'a', urgent: false, call: { ...call, signature } })
    await until('it is sent', async () => (await pending()).length === 1)
    const [sent] = await pending()
    // What the check of such a signature is granted, though it uses less, and half as much again.
    expect(Number(sent?.gas)).to.be.greaterThan(3_000_000).and.at.most(16_777_216)
    await chain.mine(2)
    expect((await desk.result('a')).status).to.equal('included')
  })

  it('takes the same request once, however often it is given', async () => {
    const desk = open()
    const call = await secretBatch('01')
    for (let count = 0; count < 3; count++) desk.submitter.submit({ id: 'a', urgent: false, call })
    await desk.sighting('a')
    await world.chain.mine()
    await desk.result('a')
    expect(desk.sightings.length).to.equal(1)
  })

  it('sends batches of one entity right behind each other, into one block', async () => {
    const { chain } = world
    await chain.setMining({ type: 'manual' })
    const desk = open()
    for (let nonce = 0n; nonce < 3n; nonce++) {
      const call = await secretBatch(`0${nonce}`, { nonce })
      desk.submitter.submit({ id: `${nonce}`, urgent: false, call })
    }
    await until('all are sent', async () => (await pending()).length === 3)
    await chain.mine(2)
    const results = await Promise.all(['0', '1', '2'].map((id) => desk.result(id)))
    expect(results.map(({ status }) => status)).to.deep.equal(Array(3).fill('included'))
    expect(new Set(results.map((result) => 'block' in result && result.block)).size).to.equal(1)
  })

  it('keeps a batch back whose predecessor it does not know, and sends it when its time has come', async () => {
    const desk = open()
    const second = await secretBatch('02', { nonce: 1n })
    const first = await secretBatch('01', { nonce: 0n })
    desk.submitter.submit({ id: 'second', urgent: false, call: second })
    await world.chain.mine(3)
    await looked(desk)
    expect(desk.submitter.health()).to.include({ waiting: 1, underWay: 0 })
    desk.submitter.submit({ id: 'first', urgent: false, call: first })
    await desk.sighting('second')
    await world.chain.mine(2)
    expect((await desk.result('first')).status).to.equal('included')
    expect((await desk.result('second')).status).to.equal('included')
  })

  it('calls counter, finalise and enforceDebts for anybody', async () => {
    const { alice, bob, chain, token } = world
    const { left, right } = ends(alice, bob)
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    await act(world, alice, { starts: [startOf(world, alice, bob, bodyOf(world, 0n), 1)] })
    const body = bodyOf(world, left === alice.entity ? -30n : 30n)
    const desk = open()
    const item = counterOf(world, alice, bob, body, 2)
    desk.submitter.submit({ id: 'counter', urgent: true, call: { type: 'counter', item } })
    await desk.sighting('counter')
    await chain.advanceTime(3_600)
    const none = new Uint8Array()
    const shown = { leftArguments: none, rightArguments: none, leftTokens: [], rightTokens: [] }
    const finalise = { type: 'finalise', item: { left, right, body, ...shown } } as const
    desk.submitter.submit({ id: 'finalise', urgent: false, call: finalise })
    await desk.sighting('finalise')
    await deposit(world, bob, alice.entity, 5n)
    const enforce = { type: 'enforceDebts', entity: alice.entity, token: token.id, max: 4 } as const
    desk.submitter.submit({ id: 'enforce', urgent: false, call: enforce })
    await desk.sighting('enforce')
    await chain.mine(2)
    for (const id of ['counter', 'finalise', 'enforce']) {
      expect((await desk.result(id)).status, id).to.equal('included')
    }
  })

  it('does not send what the contract would refuse, and says why with its error', async () => {
    const { alice, bob } = world
    const { left, right } = ends(alice, bob)
    const none = new Uint8Array()
    const shown = { leftArguments: none, rightArguments: none, leftTokens: [], rightTokens: [] }
    const item = { left, right, body: bodyOf(world, 0n), ...shown }
    const desk = open()
    desk.submitter.submit({ id: 'a', urgent: false, call: { type: 'finalise', item } })
    const result = await desk.result('a')
    expect(result).to.deep.include({ status: 'refused' })
    const error = 'error' in result ? result.error : undefined
    expect(error).to.deep.equal({
      name: 'NoDispute',
      selector: depositoryInterface.getError('NoDispute')?.selector,
      args: { left, right },
      text: `NoDispute(left ${left}, right ${right})`,
    })
    const forged = await secretBatch('01')
    const signature = forged.signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte))
    desk.submitter.submit({ id: 'b', urgent: false, call: { ...forged, signature } })
    const refused = await desk.result('b')
    expect('error' in refused && refused.error.name).to.equal('BatchSignatureInvalid')
  })

  it('says why a transaction failed in its block', async () => {
    const { alice, bob, chain } = world
    const { left, right } = ends(alice, bob)
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    const body = bodyOf(world, 0n)
    await act(world, alice, { starts: [startOf(world, alice, bob, body, 1)] })
    await chain.advanceTime(3_600)
    await chain.setMining({ type: 'manual' })
    const none = new Uint8Array()
    const shown = { leftArguments: none, rightArguments: none, leftTokens: [], rightTokens: [] }
    const call = { type: 'finalise', item: { left, right, body, ...shown } } as const
    // Both would succeed as the chain is; in one block the second finds the dispute ended.
    const slow = open()
    const fast = open({}, bob)
    slow.submitter.submit({ id: 'slow', urgent: false, call })
    await until('one is sent', async () => (await pending()).length === 1)
    fast.submitter.submit({ id: 'fast', urgent: true, call })
    await until('both are sent', async () => (await pending()).length === 2)
    await chain.mine(2)
    expect((await fast.result('fast')).status).to.equal('included')
    const result = await slow.result('slow')
    expect(result.status).to.equal('reverted')
    // As of the block before, it would not have failed: the error can only say so.
    expect('error' in result && result.error.text).to.match(/^no reason found/)
  })

  it('finds after a restart that a batch was executed, and sends it no second time', async () => {
    const call = await secretBatch('01')
    const first = open()
    first.submitter.submit({ id: 'a', urgent: false, call })
    await first.sighting('a')
    await first.submitter.stop()
    await world.chain.mine(2)
    const second = open()
    second.submitter.submit({ id: 'a', urgent: false, call })
    const result = await second.result('a')
    expect(result).to.deep.include({ status: 'nonceUsed', same: true })
    expect(second.sightings).to.deep.equal([])
  })

  it('takes over after a restart what is sent and not in a block: it is executed once', async () => {
    const { chain, alice } = world
    await chain.setMining({ type: 'manual' })
    const call = await secretBatch('01')
    const first = open()
    first.submitter.submit({ id: 'a', urgent: false, call })
    await until('it is sent', async () => (await pending()).length === 1)
    await first.submitter.stop()
    const second = open()
    second.submitter.submit({ id: 'a', urgent: false, call })
    await until('it is sent again', () => second.submitter.health().underWay === 1)
    expect((await pending()).length).to.equal(1)
    await chain.mine(2)
    expect((await second.result('a')).status).to.equal('included')
    expect(await batchNonceOf(world, alice.entity)).to.equal(1n)
  })

  it('reports a nonce that another batch has used', async () => {
    const { alice } = world
    const call = await secretBatch('01')
    await act(world, alice, { secrets: [`0x${'77'.repeat(32)}` as never] })
    await world.chain.mine(2)
    const desk = open()
    desk.submitter.submit({ id: 'a', urgent: false, call })
    expect(await desk.result('a')).to.deep.include({ status: 'nonceUsed', same: false })
  })

  it('reports a batch that was relayed by somebody else first as executed', async () => {
    const { chain, alice, bob, domain } = world
    await chain.setMining({ type: 'manual' })
    const call = await secretBatch('01')
    const desk = open()
    desk.submitter.submit({ id: 'a', urgent: false, call })
    await until('it is sent', async () => (await pending()).length === 1)
    const { entity, batch, nonce, validUntil, signature } = call
    const parameters = [entity, batch, nonce, validUntil, signature] as const
    const data = depositoryInterface.encodeFunctionData('processBatch', [...parameters])
    const price = { maxFeePerGas: '0x174876e800', maxPriorityFeePerGas: '0x174876e800' }
    const gas = '0x600000'
    const faster = { from: bob.address, to: domain.depository, data, gas, ...price }
    await chain.request('eth_sendTransaction', [faster])
    await chain.mine(2)
    expect(await desk.result('a')).to.deep.include({ status: 'nonceUsed', same: true })
    expect(await batchNonceOf(world, alice.entity)).to.equal(1n)
  })

  it('reports a batch as expired when a final block is past its time, and not before', async () => {
    const { chain, alice } = world
    const validUntil = (await chainTime(world)) + 100
    const late = await secretBatch('01', { nonce: 0n, validUntil })
    await chain.advanceTime(200)
    const desk = open({ confirmations: 3 })
    desk.submitter.submit({ id: 'a', urgent: false, call: late })
    await chain.mine(2)
    await looked(desk)
    expect(desk.results.size).to.equal(0)
    await chain.mine(1)
    expect(await desk.result('a')).to.deep.equal({ id: 'a', status: 'expired' })
    expect(await batchNonceOf(world, alice.entity)).to.equal(0n)
  })

  it('withdraws a batch that expires while it waits for a block: nothing takes its nonce', async () => {
    const { chain, relay } = world
    await chain.setMining({ type: 'manual' })
    const validUntil = (await chainTime(world)) + 100
    const call = await secretBatch('01', { nonce: 0n, validUntil })
    const desk = open({ stuckBlocks: 50 })
    desk.submitter.submit({ id: 'a', urgent: false, call })
    await until('it is sent', async () => (await pending()).length === 1)
    // A base fee above what it offers keeps it out of the block with the later time.
    await chain.request('hardhat_setNextBlockBaseFeePerGas', ['0xe8d4a51000'])
    await chain.advanceTime(200)
    await until('it is replaced', async () => {
      return (await pending()).some(({ input }) => input === '0x')
    })
    await chain.request('hardhat_setNextBlockBaseFeePerGas', ['0x1'])
    await chain.mine(2)
    expect((await desk.result('a')).status).to.equal('expired')
    const count = await chain.request<string>('eth_getTransactionCount', [relay.address, 'latest'])
    await idle(desk)
    const block = await chain.request('eth_getTransactionCount', [relay.address, 'pending'])
    expect(block).to.equal(count)
  })

  it('sends the urgent first, and raises what stands in their way to their price', async () => {
    const { chain, alice, bob, token } = world
    await deposit(world, alice, alice.entity, 10n)
    await chain.setMining({ type: 'manual' })
    const desk = open()
    const enforce = { type: 'enforceDebts', entity: alice.entity, token: token.id, max: 1 } as const
    desk.submitter.submit({ id: 'slow', urgent: false, call: enforce })
    await until('it is sent', async () => (await pending()).length === 1)
    const [before] = await pending()
    const next = { ...enforce, entity: bob.entity }
    // Both are asked at once: with a pause between them, the later could be sent before the urgent.
    const secret = await secretBatch('01')
    desk.submitter.submit({ id: 'later', urgent: false, call: next })
    desk.submitter.submit({ id: 'urgent', urgent: true, call: secret })
    await until('all are sent', async () => (await pending()).length === 3)
    const waiting = (await pending()).sort((a, b) => Number(a.nonce) - Number(b.nonce))
    const tips = waiting.map(({ maxPriorityFeePerGas }) => Number(maxPriorityFeePerGas))
    const [inFront = 0, urgent = 0, behind = 0] = tips
    expect(Number(before?.maxPriorityFeePerGas)).to.be.lessThan(urgent)
    expect(inFront).to.be.at.least(urgent)
    expect(behind).to.be.lessThan(urgent)
    await chain.mine(2)
    for (const id of ['slow', 'later', 'urgent']) {
      expect((await desk.result(id)).status).to.equal('included')
    }
  })

  it('replaces what is stuck by the same at a higher price, until it is in a block', async () => {
    const { chain, alice } = world
    await chain.setMining({ type: 'manual' })
    const desk = open({ stuckBlocks: 2 })
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    await until('it is sent', async () => (await pending()).length === 1)
    const [first] = await pending()
    const expensive = 10n * BigInt(first?.maxFeePerGas ?? '0')
    for (let blocks = 0; desk.sightings.length === 0; blocks++) {
      expect(blocks).to.be.lessThan(20)
      const fee = `0x${expensive.toString(16)}`
      // After that it falls by an eighth with each block, while the offer rises.
      if (blocks < 6) await chain.request('hardhat_setNextBlockBaseFeePerGas', [fee])
      await chain.mine(1)
      await looked(desk)
    }
    await chain.mine(1)
    expect((await desk.result('a')).status).to.equal('included')
    expect((await desk.sighting('a')).txHash).to.not.equal(first?.hash)
    expect(await batchNonceOf(world, alice.entity)).to.equal(1n)
  })

  it('never offers more than the cap, and says when that keeps something out', async () => {
    const { chain } = world
    await chain.setMining({ type: 'manual' })
    const cap = 5n * 10n ** 9n
    const desk = open({ stuckBlocks: 1, maxFeePerGas: cap })
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    await until('it is sent', async () => (await pending()).length === 1)
    for (let blocks = 0; desk.submitter.health().fault?.code !== 'fee_capped'; blocks++) {
      expect(blocks).to.be.lessThan(20)
      await chain.request('hardhat_setNextBlockBaseFeePerGas', ['0xe8d4a51000'])
      await chain.mine(1)
      await looked(desk)
    }
    const [stuck] = await pending()
    expect(BigInt(stuck?.maxFeePerGas ?? '0')).to.be.at.most(cap)
    await chain.request('hardhat_setNextBlockBaseFeePerGas', ['0x1'])
    await chain.mine(2)
    expect((await desk.result('a')).status).to.equal('included')
  })

  it('sends again what the chain has dropped', async () => {
    const { chain } = world
    await chain.setMining({ type: 'manual' })
    const desk = open({ stuckBlocks: 50 })
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    await until('it is sent', async () => (await pending()).length === 1)
    const [sent] = await pending()
    await chain.request('hardhat_dropTransaction', [sent?.hash])
    await chain.mine(1)
    await until('it is back', async () => (await pending()).length === 1)
    expect((await pending())[0]?.hash).to.equal(sent?.hash)
    await chain.mine(2)
    expect((await desk.result('a')).status).to.equal('included')
  })

  it('sends again what a reorganisation took out of its block', async () => {
    const { chain, alice } = world
    const fork = await chain.snapshot()
    const desk = open({ confirmations: 3 })
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    const first = await desk.sighting('a')
    await chain.revert(fork)
    expect(await batchNonceOf(world, alice.entity)).to.equal(0n)
    await chain.mine(1)
    await until('it is in a block again', () => desk.sightings.length === 2)
    await chain.mine(3)
    const result = await desk.result('a')
    expect(result.status).to.equal('included')
    expect('block' in result && result.block).to.be.greaterThan(first.block)
    expect(await batchNonceOf(world, alice.entity)).to.equal(1n)
  })

  it('says when the gas key cannot pay, and goes on by itself when it can', async () => {
    const { chain, relay } = world
    await chain.fund(relay.address, 1_000n)
    const desk = open()
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    await until('it says so', () => desk.submitter.health().fault?.code === 'gas_key_poor')
    const { fault, balance } = desk.submitter.health()
    expect(fault).to.deep.include({ address: relay.address, balance: 1_000n })
    expect(balance).to.equal(1_000n)
    await chain.fund(relay.address, 10n ** 18n)
    await chain.mine(1)
    await desk.sighting('a')
    await chain.mine(1)
    expect((await desk.result('a')).status).to.equal('included')
    expect(desk.submitter.health().fault).to.equal(undefined)
  })

  it('gives its nonce to a transaction of another process with the same key, and its own the next', async () => {
    const { chain, relay, bob, alice } = world
    const desk = open()
    desk.submitter.submit({ id: 'a', urgent: false, call: await secretBatch('01') })
    await desk.sighting('a')
    await send(world, relay, bob.address, '0x', 1n)
    desk.submitter.submit({ id: 'b', urgent: false, call: await secretBatch('02') })
    await desk.sighting('b')
    await chain.mine(1)
    expect((await desk.result('b')).status).to.equal('included')
    expect(await batchNonceOf(world, alice.entity)).to.equal(2n)
  })

  it('goes on where it was when its endpoint is back, and sends nothing twice', async () => {
    const { alice, chain } = world
    const between = await Liar.before(chain.url)
    endpoints.close()
    endpoints = openEndpoints(world, { urls: [between.url], timeoutMs: 200 })
    const desk = open()
    const first = await secretBatch('01', { nonce: 0n })
    const second = await secretBatch('02', { nonce: 1n })
    for (const behaviour of ['down', 'silent', 'garbage'] as const) {
      between.behaviour = behaviour
      desk.submitter.submit({ id: 'first', urgent: false, call: first })
      await until('it fails', () => desk.submitter.health().fault !== undefined)
      between.behaviour = 'honest'
      await until('it is well', () => desk.submitter.health().fault === undefined)
    }
    await desk.sighting('first')
    between.behaviour = 'down'
    desk.submitter.submit({ id: 'second', urgent: false, call: second })
    await chain.mine(2)
    between.behaviour = 'honest'
    await desk.sighting('second')
    await chain.mine(1)
    expect((await desk.result('first')).status).to.equal('included')
    expect((await desk.result('second')).status).to.equal('included')
    expect(await batchNonceOf(world, alice.entity)).to.equal(2n)
    await desk.submitter.stop()
    await between.close()
  })

  it('performs a call of its own key and says where; rejects with what the contract said', async () => {
    const { domain, alice } = world
    const desk = open({}, alice)
    const { entity } = alice
    const ether = `0x${'00'.repeat(32)}`
    const data = depositoryInterface.encodeFunctionData('deposit', [entity, ether, 5n]) as Hex
    const call = { type: 'transaction', to: domain.depository, data } as const
    const sighting = await desk.submitter.perform({ ...call, value: 5n })
    expect(sighting.block).to.be.greaterThan(0)
    const error = await desk.submitter.perform({ ...call, value: 6n }).catch((e: Error) => e)
    expect(error).to.have.nested.property('fault.error.name', 'ValueWrong')
    expect(desk.results.size).to.equal(0)
  })
})

import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import { type Hashlock, parseId, type Secret, type TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { Liar } from './support/liar.ts'
import {
  act,
  bodyOf,
  chainHead,
  chainTime,
  counterOf,
  deposit,
  ends,
  fund,
  openEndpoints,
  startOf,
  startWorld,
  type World,
} from './support/world.ts'

const secret = parseId<Secret>(`0x${'5e'.repeat(32)}`)
const hashlock = keccakHex(hexToBytes(secret)) as string as Hashlock

describe('reader of the chain', function () {
  this.timeout(60_000)
  let world: World
  let snapshot: string
  let endpoints: Endpoints
  let reader: ChainReader

  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())
  beforeEach(async () => {
    snapshot = await world.chain.snapshot()
    open(world.chain.url)
  })
  afterEach(async () => {
    endpoints.close()
    await world.chain.revert(snapshot)
  })

  function open(...urls: string[]): void {
    endpoints = openEndpoints(world, { urls })
    const fromBlock = world.deployment.block
    reader = new ChainReader({ endpoints, contracts: world.domain, fromBlock })
  }

  const faultOf = (error: unknown) => (error as { fault?: { code: string } }).fault?.code

  it('finds nothing in a channel that nobody has used', async () => {
    const { left, right } = ends(world.alice, world.bob)
    const view = await reader.readChannel(left, right, await chainHead(world))
    expect(view).to.deep.include({
      left,
      right,
      cooperativeNonce: 0n,
      tokens: [],
      position: { block: 0, logIndex: 0 },
      dispute: null,
      arguments: [],
      named: [],
    })
  })

  it('shows a channel as it was at the block asked for, with the place of its last event', async () => {
    const { alice, bob, token, chain } = world
    const { left, right } = ends(alice, bob)
    await deposit(world, alice, alice.entity, 10n)
    const first = await fund(world, alice, bob, 4n)
    const second = await fund(world, alice, bob, 6n)
    await chain.mine(2)
    const ondelta = alice.entity === left ? 1n : 0n
    const at = async (block: number) => reader.readChannel(left, right, block)
    const early = await at(first)
    expect(early.tokens).to.deep.equal([{ token: token.id, collateral: 4n, ondelta: 4n * ondelta }])
    const late = await at(second + 2)
    expect(late.tokens).to.deep.equal([
      { token: token.id, collateral: 10n, ondelta: 10n * ondelta },
    ])
    // BatchProcessed and ReserveUpdated stand before it.
    expect(late.position).to.deep.equal({ block: second, logIndex: 2 })
    expect(late.at.block).to.equal(second + 2)
    expect(late.at.timestamp).to.equal(await chainTime(world))
  })

  it('shows a dispute that is open, with all that was committed for it', async () => {
    const { alice, bob } = world
    const { left, right } = ends(alice, bob)
    const byLeft = bob.entity === left
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    await act(world, alice, { starts: [startOf(world, alice, bob, bodyOf(world, 0n), 1)] })
    const counter = counterOf(world, alice, bob, bodyOf(world, 1n), 2)
    const { proofBodyHash, disputeNonce: standingNonce } = counter.proof
    const further = parseId<TokenId>(`0x01${'00'.repeat(30)}99`)
    const data = Uint8Array.of(9)
    await act(world, bob, {
      counters: [counter],
      arguments: [{ peer: alice.entity, proofBodyHash, data, tokens: [further] }],
    })
    const view = await reader.readChannel(left, right, await chainHead(world))
    expect(view.dispute).to.deep.equal({
      standingNonce,
      startHeight: 1,
      deadline: (await chainTime(world)) + 3_600,
      startedByLeft: !byLeft,
      poster: byLeft ? 'left' : 'right',
      proofBodyHash,
    })
    expect(view.arguments).to.deep.equal([{ byLeft, proofBodyHash, data }])
    expect(view.named).to.deep.equal([{ byLeft, tokens: [further] }])
  })

  it('forgets what was committed when the dispute has ended, and knows the tokens for ever', async () => {
    const { alice, bob, token } = world
    const { left, right } = ends(alice, bob)
    const byLeft = bob.entity === left
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    const body = bodyOf(world, 0n)
    const start = startOf(world, alice, bob, body, 1)
    await act(world, alice, { starts: [start] })
    const { proofBodyHash } = start.proof
    const data = Uint8Array.of(9)
    const given = { peer: alice.entity, proofBodyHash, data, tokens: [] }
    const none = new Uint8Array()
    const [leftArguments, rightArguments] = byLeft ? [data, none] : [none, data]
    const shown = { leftArguments, rightArguments, leftTokens: [], rightTokens: [] }
    await act(world, bob, { arguments: [given], finalises: [{ left, right, body, ...shown }] })
    const view = await reader.readChannel(left, right, await chainHead(world))
    expect(view.cooperativeNonce).to.equal(2n ** 32n)
    expect(view.dispute).to.equal(null)
    expect(view.arguments).to.deep.equal([])
    expect(view.tokens).to.deep.equal([{ token: token.id, collateral: 0n, ondelta: 0n }])
  })

  it('shows an entity: reserves, the nonce of its next batch, what it owes and is owed', async () => {
    const { alice, bob, token } = world
    const { left, right } = ends(alice, bob)
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    const body = bodyOf(world, left === alice.entity ? -30n : 30n)
    await act(world, alice, { starts: [startOf(world, alice, bob, body, 1)] })
    const none = new Uint8Array()
    const shown = { leftArguments: none, rightArguments: none, leftTokens: [], rightTokens: [] }
    await act(world, bob, { finalises: [{ left, right, body, ...shown }] })
    const block = await chainHead(world)
    const remaining = left === alice.entity ? 30n : 20n
    const debt = { debtor: alice.entity, creditor: bob.entity, token: token.id, index: 0n }
    const debts = [{ ...debt, remaining }]
    const debtor = await reader.readEntity(alice.entity, block)
    const owner = await reader.readEntity(bob.entity, block)
    expect(debtor).to.deep.include({ batchNonce: 2n, debts })
    expect(debtor.reserves).to.deep.equal([{ token: token.id, reserve: 0n }])
    expect(owner).to.deep.include({ batchNonce: 1n, debts })
    expect(owner.reserves).to.deep.equal([{ token: token.id, reserve: 10n }])
    const before = await reader.readEntity(alice.entity, block - 1)
    expect(before.debts).to.deep.equal([])
  })

  it('finds a secret once it is public, and not before', async () => {
    const block = await chainHead(world)
    await act(world, world.alice, { secrets: [secret] })
    const revealedAt = await chainTime(world)
    expect(await reader.readSecret(hashlock, block)).to.equal(undefined)
    expect(await reader.readSecret(hashlock, block + 1)).to.deep.equal({ secret, revealedAt })
  })

  it('asks for the past in parts when the endpoint limits the range', async () => {
    const { alice, bob, chain, token } = world
    const { left, right } = ends(alice, bob)
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    await chain.mine(20)
    const between = await Liar.before(chain.url)
    between.refusal = (method, [filter]) => {
      if (method !== 'eth_getLogs') return undefined
      const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string }
      return Number(toBlock) - Number(fromBlock) > 5 ? 'block range exceeds the limit' : undefined
    }
    open(between.url)
    const view = await reader.readChannel(left, right, await chainHead(world))
    expect(view.tokens.map((each) => each.token)).to.deep.equal([token.id])
    await between.close()
  })

  it('takes a log that one endpoint leaves out from another', async () => {
    const { alice, bob, chain, token } = world
    const { left, right } = ends(alice, bob)
    await deposit(world, alice, alice.entity, 10n)
    await fund(world, alice, bob, 10n)
    const between = await Liar.before(chain.url)
    between.lie = (method) => (method === 'eth_getLogs' ? [] : undefined)
    open(between.url, chain.url)
    const view = await reader.readChannel(left, right, await chainHead(world))
    expect(view.tokens.map((each) => each.token)).to.deep.equal([token.id])
    await between.close()
  })

  it('says that the chain is not that far, and that nobody answers', async () => {
    const { left, right } = ends(world.alice, world.bob)
    const head = await chainHead(world)
    const tooEarly = await reader.readChannel(left, right, head + 1).catch((error) => error)
    expect(faultOf(tooEarly)).to.equal('rpc_unreachable')
    expect(faultOf(tooEarly.cause)).to.equal('rpc_behind')
    open('http://127.0.0.1:9')
    const nobody = await reader.readEntity(left, head).catch((error) => error)
    expect(faultOf(nobody)).to.equal('rpc_unreachable')
    expect(faultOf(nobody.cause)).to.equal('rpc_failed')
  })
})

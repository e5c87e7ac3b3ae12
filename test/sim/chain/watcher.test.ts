import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { createContracts } from '@xln/node/sim/contracts/model.ts'
import { ISecretRegistry__factory } from '@xln/shared/abi/typechain/factories/interfaces/ISecretRegistry__factory.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, Hashlock, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import {
  ann,
  CHAIN_ID,
  contracts,
  deposit,
  depositEther,
  ETHER,
  entityOf,
  give,
  mineOn,
  startChain,
} from './support/bottle.ts'
import { CONFIRMATIONS, Follower, Way } from './support/follow.ts'

const one = entityOf('01')
const two = entityOf('02')
const registry = ISecretRegistry__factory.createInterface()

describe("the node's watcher on the chain in the bottle", () => {
  let chain: SimChain
  let way: Way
  let follower: Follower

  const start = async (endpoints = 1, entities = [one]) => {
    way = new Way(chain, endpoints)
    follower = await Follower.of(way, entities)
  }

  /** A block with deposits of these amounts into entity one. */
  const mine = (...amounts: bigint[]) => {
    const next = chain.state.nonces.get(ann.address) ?? 0
    for (const [index, amount] of amounts.entries()) {
      give(chain, ann, { nonce: next + index, call: deposit(one, amount) })
    }
    return mineOn(chain)
  }
  const final = () => follower.reach(chain.head.number - CONFIRMATIONS)

  /** Waits until the watcher has met a fault. */
  const fault = (code: string) => {
    const { watcher } = follower
    return way.clock.until(`it met ${code}`, () => {
      const { fault, endpoints } = watcher.health()
      return fault?.code === code || endpoints.some(({ lastFault }) => lastFault?.code === code)
    })
  }

  beforeEach(() => {
    chain = startChain()
  })
  afterEach(() => follower.stop())

  it('catches up with all that happened, in order, and then follows', async () => {
    mine(1n, 2n)
    mine()
    mine(3n)
    mineOn(chain, 600)
    await start()
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n, 6n])
    expect(follower.events.map(({ position }) => position.logIndex)).to.deep.equal([0, 1, 0])
    expect(follower.events[0]?.position.hash).to.equal(chain.blockAt(1)?.hash)
    mine(4n)
    mineOn(chain, CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n, 6n, 10n])
  })

  it('asks for receipts one by one where nobody knows those of a block', async () => {
    mine(1n, 2n)
    mineOn(chain, CONFIRMATIONS)
    await start()
    way.fail({ unknownMethods: ['eth_getBlockReceipts'] })
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n])
    expect(way.at(0).asked.get('eth_getTransactionReceipt')).to.equal(2)
  })

  it('delivers what stays of a reorganisation within the confirmations, and corrects nothing', async () => {
    await start()
    mine(5n)
    mine(6n)
    mineOn(chain, CONFIRMATIONS - 1)
    await way.clock.until('it saw the head', () => {
      return follower.watcher.health().tip.block === chain.head.number
    })
    const [, second] = chain.waiting
    expect(second).to.equal(undefined)
    const lost = chain.blockAt(2)?.receipts[0]?.transaction.hash
    const timestamp = chain.head.timestamp
    chain.reorganise({
      depth: CONFIRMATIONS,
      blocks: [{ timestamp }, { timestamp: timestamp + 1 }],
      forget: ({ hash }) => hash === lost,
    })
    mineOn(chain, 2 * CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([5n])
    expect(follower.corrections).to.deep.equal([])
    expect(follower.watcher.health().reorganisations).to.deep.equal({ shallow: 1, deep: 0 })
  })

  it('corrects what was final when a reorganisation goes beyond the confirmations', async () => {
    await start()
    mine(5n)
    mine(6n)
    mineOn(chain, CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([5n, 11n])
    const { timestamp } = chain.head
    const oldHash = chain.blockAt(2)?.hash
    chain.reorganise({
      depth: CONFIRMATIONS + 1,
      blocks: [1, 2, 3, 4, 5].map((after) => ({ timestamp: timestamp + after, transactions: [] })),
      forget: () => true,
    })
    give(chain, ann, { nonce: 1, call: deposit(one, 7n) })
    mineOn(chain, 1 + CONFIRMATIONS)
    await final()
    // It goes back to block 0: of those before the cursor, only that one is in its trail.
    expect(follower.reservesOf(one)).to.deep.equal([5n, 11n, 0n, 5n, 12n])
    expect(follower.corrections[0]).to.deep.include({ fromBlock: 1, oldHash })
  })

  it('notices that the index leaves a log out, and delivers it all the same', async () => {
    mine(1n, 2n, 3n)
    mineOn(chain, CONFIRMATIONS)
    await start()
    way.fail({ logOmitted: 1 })
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n, 6n])
    expect(way.endpoints.health()[0]?.blocksWithLogsOmitted).to.equal(1)
  })

  it('takes nothing from an endpoint that leaves a log out of the receipts, until another has it', async () => {
    mine(1n, 2n)
    mineOn(chain, CONFIRMATIONS)
    await start(2)
    way.fail({ logOmitted: 0, receiptsToo: true })
    await final()
    expect(way.endpoints.health()[0]?.lastFault?.code).to.equal('rpc_inconsistent')
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n])
  })

  it('waits while an endpoint is behind what was already delivered', async () => {
    mine(1n)
    mineOn(chain, CONFIRMATIONS)
    await start()
    await final()
    way.fail({ lagBlocks: chain.head.number })
    await fault('rpc_behind')
    way.fail({ lagBlocks: 1 })
    mine(2n)
    mineOn(chain, CONFIRMATIONS)
    await follower.reach(chain.head.number - CONFIRMATIONS - 1)
    expect(follower.reservesOf(one)).to.deep.equal([1n])
    way.fail({})
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n])
  })

  it('reports nothing of blocks that are not there within the confirmations', async () => {
    await start()
    give(chain, ann, { nonce: 0, call: deposit(one, 1n) })
    way.fail({ aheadBlocks: CONFIRMATIONS })
    await way.clock.until('it saw them', () => {
      return follower.watcher.health().tip.block === CONFIRMATIONS
    })
    chain.dropPending()
    mine(5n)
    way.fail({})
    mineOn(chain, 2 * CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([5n])
    expect(follower.corrections).to.deep.equal([])
  })

  it('makes nothing final that an endpoint invents, while another follows the chain', async () => {
    await start(2)
    give(chain, ann, { nonce: 0, call: deposit(one, 1n) })
    way.fail({ aheadBlocks: CONFIRMATIONS + 1 })
    await way.clock.until('it saw them', () => {
      return follower.watcher.health().tip.block === CONFIRMATIONS + 1
    })
    await way.clock.pass(60_000)
    chain.dropPending()
    mine(5n)
    way.fail({})
    mineOn(chain, 2 * CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([5n])
    expect(follower.corrections).to.deep.equal([])
  })

  it('corrects what an endpoint invented beyond the confirmations, where no other followed', async () => {
    await start()
    give(chain, ann, { nonce: 0, call: deposit(one, 1n) })
    way.fail({ aheadBlocks: CONFIRMATIONS + 1 })
    await follower.reach(1)
    expect(follower.reservesOf(one)).to.deep.equal([1n])
    chain.dropPending()
    mine(5n)
    way.fail({})
    mineOn(chain, 2 * CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 0n, 5n])
    expect(follower.corrections.length).to.equal(1)
  })

  it('delivers nothing while two endpoints are on different sides of a split, and then the winner', async () => {
    mineOn(chain)
    const fork = chain.fork(1)
    await start(2, [one, two])
    way.at(1).chain = fork
    give(chain, ann, { nonce: 0, call: deposit(one, 1n) })
    give(fork, ann, { nonce: 0, call: deposit(two, 2n) })
    mineOn(chain, 2 * CONFIRMATIONS)
    mineOn(fork, 2 * CONFIRMATIONS)
    await fault('endpoints_disagree')
    expect(follower.events).to.deep.equal([])
    chain.adopt(fork)
    way.at(1).chain = chain
    mineOn(chain)
    await final()
    expect(follower.reservesOf(two)).to.deep.equal([2n])
    expect(follower.reservesOf(one)).to.deep.equal([])
  })

  it('warns at first sight of what the model of the contracts tells, and reads it back', async () => {
    const { depository, subcontractProvider } = contracts
    const entityProvider = `0x${'e9'.repeat(20)}` as Address
    const domain = { chainId: CHAIN_ID, depository, entityProvider, subcontractProvider }
    const model = createContracts({ domain })
    model.addEther(ann.address, ETHER)
    chain = startChain({ contracts: model })
    await start()
    const secret = `0x${'07'.repeat(32)}` as Hex
    const data = registry.encodeFunctionData('revealSecret', [secret]) as Hex
    give(chain, ann, { nonce: 0, call: { to: subcontractProvider, data, value: 0n } })
    const etherDeposit = depositEther(one, 5n)
    give(chain, ann, { nonce: 1, call: etherDeposit })
    const { number, timestamp } = mineOn(chain)
    await way.clock.until('it warned', () => follower.sights.length > 0)
    expect(follower.sights).to.deep.equal(['secretRevealed'])
    expect(follower.events).to.deep.equal([])
    mineOn(chain, CONFIRMATIONS)
    await final()
    expect(follower.events.map(({ event }) => event.type)).to.deep.equal([
      'secretRevealed',
      'reserveUpdated',
    ])
    const { reader } = follower
    const hashlock = keccakHex(hexToBytes(secret)) as string as Hashlock
    expect(await reader.readSecret(hashlock, number)).to.deep.equal({
      secret,
      revealedAt: timestamp,
    })
    expect(await reader.readSecret(hashlock, number - 1)).to.equal(undefined)
    const { reserves } = await reader.readEntity(one, number)
    expect(reserves).to.deep.equal([{ token: etherTokenId, reserve: 5n }])
    expect(chain.state.contracts.etherOf(depository)).to.equal(5n)
  })

  it('outlives every way in which an endpoint can fail, and misses nothing', async () => {
    await start()
    mine(1n)
    for (const line of ['refused', 'deaf', 'mute'] as const) {
      way.fail({ line })
      await fault('rpc_failed')
    }
    way.fail({ refusal: { code: -32_000, message: 'internal error' } })
    mine(2n)
    await fault('rpc_failed')
    way.fail({ questionMs: 400, answerMs: 500 })
    mineOn(chain, CONFIRMATIONS)
    await final()
    expect(follower.reservesOf(one)).to.deep.equal([1n, 3n])
  })

  for (const kind of ['shortened', 'removed', 'null', 'notJson'] as const) {
    it(`goes on after answers of which any one part is ${kind}`, async () => {
      await start()
      for (let at = 0; at < 60; at++) {
        way.fail({ garble: { kind, at } })
        mine(BigInt(at + 1))
        const { failures } = way.endpoints.health()[0] ?? { failures: 0 }
        let looks = 0
        await way.clock.until('it tried', () => {
          looks += 1
          return looks > 60 || (way.endpoints.health()[0]?.failures ?? 0) > failures
        })
      }
      way.fail({})
      mineOn(chain, CONFIRMATIONS)
      await final()
      const sums = Array.from({ length: 60 }, (_, at) => BigInt(((at + 1) * (at + 2)) / 2))
      expect(follower.reservesOf(one)).to.deep.equal(sums)
    })
  }
})

import { Gate__factory } from '@xln/shared/abi/typechain/factories/Gate__factory.ts'
import { expect } from 'chai'
import { id, keccak256, Wallet } from 'ethers'
import { packClause } from '../shared/support/packed.ts'
import { boardOf, type Hex, hashBoard, signBoard, walletsOf } from './support/boards.ts'
import {
  type Actor,
  type BatchItems,
  channelKeyOf,
  encodeBatch,
  type Proof,
  type ProofBody,
  sidesOf,
  signAs,
} from './support/depository.ts'
import { bodyOf, collateralise, deposit, eventsOf, send } from './support/depositoryItems.ts'
import {
  createWorld,
  ethers,
  farAway,
  finaliseOf,
  networkHelpers,
  proofOf,
  startOf,
  type World,
} from './support/depositoryWorld.ts'
import { digestOf } from './support/refusals/expect.ts'

/**
 * Whoever relays a batch chooses the gas. For every amount of it a batch must do what it does with plenty, or
 * revert as a whole: never may a check fail, and an item be skipped, for want of gas. The batches here
 * are atomic, so that something skipped would show as `BatchItemFailed`.
 */

const STEPS = 100n
const PLENTY = 16_000_000n

const wallets = walletsOf('board', 3)
const board = boardOf(wallets, 3)
/** An entity of three, all of whom sign; as an actor it has no wallet of its own. */
const three: Actor = { wallet: new Wallet(id('nobody')), id: hashBoard(board) }

async function signAsThree(world: World, digest: Hex): Promise<Hex> {
  const provider = await world.entityProvider.getAddress()
  return signBoard({ chainId: world.domain.chainId, provider }, three.id, digest, board, wallets)
}

/** The proof of a channel with the three, signed by them. */
function proofByThree(world: World, proof: Proof): Promise<Hex> {
  const { left, right } = sidesOf(world.left, three)
  const channelKey = channelKeyOf(left.id, right.id)
  return signAsThree(
    world,
    digestOf(world, 'proof', { channelKey, cooperativeNonce: 0n, ...proof }),
  )
}

/** A body with one payment, whose secret is public: without gas its clause would change nothing. */
function paidBody(world: World): ProofBody {
  const hashlock = keccak256(id('paid'))
  const payment = { fromLeft: false, deltaIndex: 0, amount: 5n, hashlock, revealBy: farAway }
  const clause = {
    provider: world.subcontractProvider.target as Hex,
    gasLimit: 100_000n,
    until: 0,
    batch: packClause([payment]),
    allowances: [{ deltaIndex: 0, leftAllowance: 5n, rightAllowance: 5n }],
  }
  return { ...bodyOf(world, -40n), clauses: [clause] }
}

/**
 * What left's batch holds; set up so that with plenty of gas it is done. A board has signed what its peer
 * signs, which is checked with the greatest grant; the body that ends has a clause.
 */
const batches: Readonly<Record<string, (world: World) => Promise<BatchItems>>> = {
  'a withdrawal': async (world) => {
    await deposit(world, world.left, 5n)
    return { withdrawals: [{ token: world.tokenId, to: world.payer.address, amount: 5n }] }
  },
  'a withdrawal of an ERC-721': async (world) => {
    const { depository, left, payer } = world
    const gate = Gate__factory.connect(await depository.gate(), payer)
    const art = await ethers.deployContract('TestErc721')
    const address = await art.getAddress()
    await art.mint(payer.address, 7)
    await art.setApprovalForAll(gate, true)
    await gate.depositErc721(left.id, address, 7)
    const token = await gate.tokenIdOf(2, address, 7)
    return { withdrawals: [{ token, to: payer.address, amount: 1n }] }
  },
  'a secret': async () => ({ secrets: [id('secret')] }),
  'a settlement': async (world) => {
    const { left, right } = sidesOf(world.left, three)
    const terms = {
      cooperativeNonce: 0n,
      newNonce: 1n,
      deadline: farAway,
      diffs: [],
      forgiveness: [],
    }
    const message = { channelKey: channelKeyOf(left.id, right.id), ...terms }
    const peerSignature = await signAsThree(world, digestOf(world, 'settlement', message))
    return { settlements: [{ ...terms, peer: three.id, peerSignature }] }
  },
  'a start': async (world) => {
    const proof = proofOf(1, bodyOf(world, 0n))
    const peerSignature = await proofByThree(world, proof)
    return { starts: [{ peer: three.id, cooperativeNonce: 0n, proof, peerSignature }] }
  },
  'a counter': async (world) => {
    const { left, right } = sidesOf(world.left, three)
    const first = proofOf(1, bodyOf(world, 0n))
    const start = { peer: three.id, cooperativeNonce: 0n, proof: first }
    const peerSignature = await proofByThree(world, first)
    await send(world, world.left, { starts: [{ ...start, peerSignature }] })
    const proof = proofOf(2, bodyOf(world, 0n))
    const channelKey = channelKeyOf(left.id, right.id)
    const message = { channelKey, cooperativeNonce: 0n, ...proof }
    const own = await signAs(world.left.wallet, world.domain, 'proof', message)
    const theirs = await proofByThree(world, proof)
    const leftSignature = left.id === three.id ? theirs : own
    const rightSignature = left.id === three.id ? own : theirs
    const ends = { left: left.id, right: right.id, cooperativeNonce: 0n }
    return { counters: [{ ...ends, proof, leftSignature, rightSignature }] }
  },
  'a finalise': async (world) => {
    await collateralise(world, 100n)
    const { subcontractProvider, right } = world
    await subcontractProvider.revealSecret(id('paid'))
    const body = paidBody(world)
    await send(world, right, await startOf(world, world, right, proofOf(1, body)))
    return { finalises: [finaliseOf(world, body)] }
  },
}

/** Left's batch, to be tried and sent with any amount of gas. */
async function prepare(world: World, items: BatchItems) {
  const { depository, left } = world
  const batch = encodeBatch({ ...items, atomic: true })
  const nonce = await depository.batchNonce(left.id)
  const message = { entity: left.id, batch, nonce, validUntil: farAway }
  const signature = await signAs(left.wallet, world.domain, 'batch', message)
  const { processBatch } = depository
  return {
    attempt: async (gasLimit: bigint): Promise<string> => {
      try {
        await processBatch.staticCall(left.id, batch, nonce, farAway, signature, { gasLimit })
        return 'done'
      } catch (error) {
        return failureOf(world, error as { data?: unknown; message: string })
      }
    },
    send: (gasLimit: bigint) =>
      processBatch(left.id, batch, nonce, farAway, signature, { gasLimit }),
  }
}

/** The name of the error with which a call reverted; or that its gas was gone, even before it began. */
function failureOf({ depository }: World, { data, message }: { data?: unknown; message: string }) {
  // A precompile that runs out of gas makes Solidity revert with no data.
  if (data === '0x') return 'OutOfGas'
  const known = typeof data === 'string' ? depository.interface.parseError(data) : null
  if (known !== null) return known.name
  const reason = JSON.stringify([data, message])
  return /OutOfGas|Transaction requires (at least|gas floor)/.test(reason) ? 'OutOfGas' : reason
}

/** The least gas with which it is done, to within some hundred. */
async function leastGas(attempt: (gasLimit: bigint) => Promise<string>): Promise<bigint> {
  let enough = PLENTY
  for (let low = 0n; enough - low > 200n; ) {
    const middle = (enough + low) / 2n
    if ((await attempt(middle)) === 'done') enough = middle
    else low = middle
  }
  return enough
}

describe('Depository, with less and less gas,', () => {
  for (const [what, make] of Object.entries(batches)) {
    it(`${what} is done or undone as a whole`, async () => {
      const world = await createWorld()
      const { attempt, send: sendWith } = await prepare(world, await make(world))
      const enough = await leastGas(attempt)
      const outcomes = new Set<string>()
      for (let i = 0n; i < STEPS; i++) {
        outcomes.add(await attempt((enough * i) / STEPS))
        outcomes.add(await attempt(enough - 20n * i - 300n))
      }
      expect([...outcomes].sort()).to.deep.equal(['GasTooLow', 'OutOfGas'])

      const untouched = await networkHelpers.takeSnapshot()
      const done = await eventsOf(world, sendWith(PLENTY))
      await untouched.restore()
      expect(await eventsOf(world, sendWith(enough))).to.deep.equal(done)
    })
  }
})

import { expect } from 'chai'
import { dataLength } from 'ethers'
import { type BlsBoard, blsBoardOf, keysOf, membersForm, prove, signBls } from './support/bls.ts'
import {
  boardOf,
  type EntityDomain,
  type Hex,
  hashBoard,
  signBoard,
  walletsOf,
} from './support/boards.ts'
import { encodeBatch, messageDigest } from './support/depository.ts'
import { createWorld, ethers, farAway, gasOf, run, type World } from './support/depositoryWorld.ts'
import { holdFigures } from './support/gasSnapshot.ts'

/**
 * What boards add to whole transactions of the production build: an empty batch of an entity, signed by
 * its board.
 */

/** As many keys as a large board has. */
const CROWD = 100

type Sign = (digest: Hex) => Hex | Promise<Hex>

/** An empty batch of `entity`, not its first one, so that no slot is new. */
async function emptyBatch(world: World, entity: Hex, sign: Sign): Promise<number> {
  const { depository } = world
  const batch = encodeBatch({})
  const send = async (nonce: bigint) => {
    const message = { entity, batch, nonce, validUntil: farAway }
    const signature = await sign(messageDigest(world.domain, 'batch', message))
    return gasOf(depository.processBatch(entity, batch, nonce, farAway, signature))
  }
  if ((await depository.batchNonce(entity)) === 0n) await send(0n)
  return send(await depository.batchNonce(entity))
}

async function deployBls() {
  const harness = await ethers.deployContract('BlsHarness')
  return {
    keyOf: (secret: bigint) => harness.keyOf(secret),
    sign: (secret: bigint, message: Hex, tag: Hex) => harness.sign(secret, message, tag),
    sum: (a: Hex, b: Hex) => harness.sum(a, b),
  }
}

/** Boards of addresses with `count` members, all of whom sign. */
async function byAddresses(world: World, domain: EntityDomain, count: number): Promise<number> {
  const wallets = walletsOf('crowd', count)
  const board = boardOf(wallets, count)
  const entity = hashBoard(board)
  return emptyBatch(world, entity, (digest) => signBoard(domain, entity, digest, board, wallets))
}

async function measure(): Promise<Record<string, number>> {
  const world = await createWorld()
  const { entityProvider, left } = world
  const domain = { chainId: world.domain.chainId, provider: await entityProvider.getAddress() }
  await run(world, left, {})
  const single = await run(world, left, {})
  const small = await byAddresses(world, domain, 2)
  const large = await byAddresses(world, domain, 32)

  const bls = await deployBls()
  const keys = await keysOf(bls, 'crowd', CROWD)
  let registration = 0
  for (const key of keys) {
    registration = await gasOf(entityProvider.registerKey(key.key, await prove(bls, key)))
  }
  const checkOf = (board: BlsBoard) =>
    gasOf(entityProvider.checkKeys(board.threshold, membersForm(board)))
  const half = await checkOf(await blsBoardOf(bls, keys.slice(0, CROWD / 2), 1n))
  const board = await blsBoardOf(bls, keys, BigInt(CROWD / 2))
  const whole = await checkOf(board)
  const byKeys = (absent: readonly number[]) =>
    emptyBatch(world, board.hash, (digest) =>
      signBls(bls, domain, board.hash, digest, board, absent),
    )
  const all = await byKeys([])
  const some = await byKeys(Array.from({ length: 20 }, (_, i) => 5 * i))
  const one = await byKeys([50])
  return {
    'board of 2 keys, empty batch': small,
    'each further board member': Math.round((large - small) / 30),
    'board of 100 BLS keys, over one key': all - single,
    'the first absent of 100': one - all,
    'each further absent of 100': Math.round((some - one) / 19),
    'registering a BLS key': registration,
    'checking a BLS board, each key': Math.round((whole - half) / (CROWD / 2)),
  }
}

describe('EntityProvider, gas of whole transactions', () => {
  it('is not worse with any board than what is committed', async () => {
    holdFigures('boards', await measure())
  })

  it('counts the bytes that are shown', () => {
    const wallets = walletsOf('crowd', 2)
    const domain = { chainId: 1n, provider: `0x${'11'.repeat(20)}` }
    const sizes = [1, 2].map((count) => {
      const board = boardOf(wallets.slice(0, count), 1)
      return dataLength(signBoard(domain, hashBoard(board), hashBoard(board), board, wallets))
    })
    expect(sizes).to.deep.equal([14 + 94, 14 + 2 * 94])
  })
})

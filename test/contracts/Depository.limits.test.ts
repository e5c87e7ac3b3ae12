import { expect } from 'chai'
import { getBytes, id, keccak256, Wallet } from 'ethers'
import { packClause } from '../shared/support/packed.ts'
import { type Hex, nth } from './support/boards.ts'
import {
  actorOf,
  type Clause,
  etherId,
  hashBody,
  type ProofBody,
  sidesOf,
} from './support/depository.ts'
import {
  counter,
  createWorld,
  ethers,
  farAway,
  finaliseOf,
  newToken,
  passDeadline,
  proofOf,
  run,
  settle,
  startOf,
  type World,
} from './support/depositoryWorld.ts'
import { holdFigures } from './support/gasSnapshot.ts'

/** The protocol's cap on the gas of a transaction, and the bytes beyond which nodes relay none. */
const TRANSACTION_GAS_MAX = 16_777_216
const TRANSACTION_BYTES_MAX = 131_072

const LOCKS = 640
const COLLATERAL = 1_000n
const DEBT = 10n ** 20n

const list = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i))
const ascending = (ids: readonly Hex[]) => [...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1))
const secretOf = (i: number) => id(`secret ${i}`)

/** `count` ids of ether and fresh ERC-20s, of each of which the channel holds collateral of left's. */
async function collateralise(world: World, count: number): Promise<readonly Hex[]> {
  const tokenIds: Hex[] = [etherId, world.tokenId]
  while (tokenIds.length < count) tokenIds.push((await newToken(world)).tokenId)
  const topUps = [{ peer: world.right.id, amount: COLLATERAL }]
  for (const token of tokenIds) {
    const value = token === etherId ? COLLATERAL : 0n
    await world.depository.deposit(world.left.id, token, COLLATERAL, { value })
  }
  await run(world, world.left, {
    fundings: tokenIds.map((token) => ({ token, receiver: world.left.id, topUps })),
  })
  return ascending(tokenIds)
}

/** Makes left owe one unit of `token` to each of `count` entities. */
async function makeOlderDebts(world: World, token: Hex, count: number) {
  const body: ProofBody = { tokenIds: [token], offdeltas: [-1n], clauses: [] }
  const mirrored: ProofBody = { tokenIds: [token], offdeltas: [1n], clauses: [] }
  for (const creditor of list(count, (i) => actorOf(new Wallet(id(`creditor ${i}`))))) {
    const ends = sidesOf(world.left, creditor)
    const owed = ends.left.id === world.left.id ? body : mirrored
    await run(world, creditor, await startOf(world, ends, creditor, proofOf(1, owed)))
    await run(world, world.left, { finalises: [finaliseOf(ends, owed)] })
  }
}

/** A clause of `size` bytes, none of them zero, whose provider burns its whole grant. */
function burning(
  provider: Hex,
  grant: number,
  size: number,
  allowances: Clause['allowances'],
): Clause {
  return {
    provider,
    gasLimit: BigInt(grant),
    until: 0,
    batch: `0x${'ff'.repeat(size)}`,
    allowances,
  }
}

/** `locks` payments in one clause, and others that burn what is left of gas and bytes. */
async function largestBody(
  { depository, subcontractProvider }: World,
  tokenIds: readonly Hex[],
  locks: number,
): Promise<ProofBody> {
  const eater = (await ethers.deployContract('GasEaterProvider')).target as Hex
  const most = 2n ** 128n - 1n
  const allowances = tokenIds.map((_, deltaIndex) => ({
    deltaIndex,
    leftAllowance: most,
    rightAllowance: most,
  }))
  const payments = list(locks, (i) => ({
    deltaIndex: i % tokenIds.length,
    fromLeft: true,
    amount: 1n,
    hashlock: keccak256(secretOf(i)),
    revealBy: farAway,
  }))
  const judged: Clause = {
    provider: subcontractProvider.target as Hex,
    gasLimit: 50_000n + 4_000n * BigInt(locks),
    until: 0,
    batch: packClause(payments),
    allowances,
  }
  const first = locks === 0 ? [] : [judged]
  const others = Number((await depository.limits()).bodyClausesMax) - first.length
  const used = first.map(({ batch }) => getBytes(batch).length)[0] ?? 0
  const granted = first[0]?.gasLimit ?? 0n
  const gasLeft = Number((await depository.limits()).bodyGasMax - granted)
  const bytesLeft = Number((await depository.limits()).bodyBytesMax) - used
  const share = (whole: number, i: number) =>
    Math.floor(whole / others) + (i === 0 ? whole % others : 0)
  const rest = list(others, (i) =>
    burning(eater, share(gasLeft, i), share(bytesLeft, i), allowances),
  )
  return {
    tokenIds,
    offdeltas: tokenIds.map(() => -COLLATERAL - DEBT),
    clauses: [...first, ...rest],
  }
}

/**
 * Ends a dispute with that body in the most expensive way: every token leaves a new debt, all
 * reserves and queues are new, both sides have given all the arguments and named all the tokens they
 * may, older debts are paid, and the starter forfeits, so that every token goes to both.
 */
async function finaliseLargest(locks: number) {
  const world = await createWorld()
  const { depository, left, right } = world
  const inBody = Number((await depository.limits()).bodyTokensMax)
  const named = Number((await depository.limits()).namedTokensMax)
  const all = await collateralise(world, inBody + 2 * named)
  const tokenIds = all.slice(0, inBody)
  const leftTokens = all.slice(inBody, inBody + named)
  const rightTokens = all.slice(inBody + named)
  // A named token makes a debt through its ondelta alone.
  const ondeltaDiff = -COLLATERAL - DEBT
  const still = { leftDiff: 0n, rightDiff: 0n, collateralDiff: 0n, ondeltaDiff }
  await settle(
    world,
    [...leftTokens, ...rightTokens].map((token) => ({ token, ...still })),
  )
  await makeOlderDebts(world, nth(tokenIds, 0), Number((await depository.limits()).debtsPerExitMax))

  const body = await largestBody(world, tokenIds, locks)
  const proofBodyHash = hashBody(body)
  const argumentsMax = Number((await depository.limits()).argumentsMax)
  const leftArguments = `0x${'01'.repeat(argumentsMax)}`
  const rightArguments = `0x${'02'.repeat(argumentsMax)}`
  await run(world, right, await startOf(world, world, right, proofOf(1, body)))
  await counter(world, proofOf(3, body))
  await run(world, left, {
    arguments: [{ peer: right.id, proofBodyHash, data: leftArguments, tokens: leftTokens }],
  })
  await run(world, right, {
    arguments: [{ peer: left.id, proofBodyHash, data: rightArguments, tokens: rightTokens }],
  })
  for (let from = 0; from < locks; from += 320) {
    await run(world, left, { secrets: list(320, (i) => secretOf(from + i)) })
  }
  await passDeadline(world)

  const shown = { leftArguments, rightArguments, leftTokens, rightTokens }
  const item = finaliseOf(world, body, shown)
  // What a transaction must bring along: refunds come only after its end.
  const needed = await depository.finalise.estimateGas(item)
  const sent = await depository.finalise(item, { gasLimit: TRANSACTION_GAS_MAX })
  await sent.wait()
  const bytes = getBytes(sent.data).length
  expect(needed).to.be.below(TRANSACTION_GAS_MAX)
  // Room for the rest of a transaction, and for a batch around it.
  expect(bytes).to.be.below(TRANSACTION_BYTES_MAX - 8_192)
  return { world, tokenIds, rightTokens, needed: Number(needed) }
}

describe('Depository, limits', () => {
  const needed: Record<string, number> = {}

  it('finalises the largest body with 640 locks within one transaction', async () => {
    const { world, tokenIds, rightTokens, ...largest } = await finaliseLargest(LOCKS)
    needed[`${LOCKS} locks`] = largest.needed
    const { depository, left } = world
    const owed = async (token: Hex) => (await depository.debtsOf(left.id, token)).total
    const perToken = BigInt(LOCKS / tokenIds.length)
    expect(await owed(nth(tokenIds, 1))).to.equal(DEBT + perToken - COLLATERAL / 2n)
    expect(await owed(nth(rightTokens, 0))).to.equal(DEBT - COLLATERAL / 2n)
    // The older debts went first.
    expect((await depository.debtsOf(left.id, nth(tokenIds, 0))).head).to.equal(16n)
  })

  it('finalises the largest body of clauses that burn all they may within one transaction', async () => {
    const { world, tokenIds, ...largest } = await finaliseLargest(0)
    needed['every grant burnt'] = largest.needed
    const { total } = await world.depository.debtsOf(world.left.id, nth(tokenIds, 1))
    expect(total).to.equal(DEBT - COLLATERAL / 2n)
  })
  it('need no more for that than what is committed', () => {
    holdFigures('largestFinalise', needed)
  })
})

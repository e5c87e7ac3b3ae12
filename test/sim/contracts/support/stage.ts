/** A new chain with a model beside it, and the first calls that every run begins with. */
import { depositoryAbi, entityProviderAbi, tokenAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { type Call, createContracts } from '@xln/node/sim/contracts/model.ts'
import { Random } from '@xln/node/sim/random.ts'
import { UINT256_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { proveBlsPossession } from '@xln/shared/crypto/bls.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { type Batch, batchDigest, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import type { Address } from '@xln/shared/ids.ts'
import { SIGNERS, type Signer } from '../../../shared/support/boards.ts'
import { Both } from './both.ts'
import { ACCOUNTS, BLS_KEY, BLS_SECRET, BOARDS, ENTITIES, type Entity } from './cast.ts'
import { openRealChains, type RealChain } from './chain.ts'
import { Knowledge } from './knowledge.ts'

const ETHER = 10n ** 6n

/** Makes new chains, on which the signers have ether. */
export function openStages(): Promise<() => Promise<RealChain>> {
  return openRealChains(
    SIGNERS.map(({ key }) => bytesToHex(key)),
    ETHER,
  )
}

export interface Stage {
  readonly both: Both
  readonly known: Knowledge
}

/** Boards that are checked; tokens of the Gate among those that are played with. */
export interface Extras {
  readonly boards?: boolean
  readonly assets?: boolean
}

/** One entity is registered, or two with checked boards; everybody may spend tokens, and each entity has some of both kinds. */
export async function setStage(
  seed: string,
  chain: RealChain,
  extras: Extras = {},
): Promise<Stage> {
  const { domain, startedAt, ...contracts } = chain
  const model = createContracts({ domain, ...contracts })
  for (const account of ACCOUNTS) model.addEther(account, ETHER)
  const both = new Both(model, chain)
  const now = startedAt + 1
  const known = new Knowledge(new Random(seed), model, domain, contracts, now, extras.assets)
  await begin(both, known)
  if (extras.boards === true) await checkBoards(both, known)
  return { both, known }
}

async function begin(both: Both, known: Knowledge): Promise<void> {
  const { random, token, tokens, domain, now, wealth } = known
  const { depository, entityProvider } = domain
  const send = (from: Address, to: Address, data: string, value = 0n) => {
    return both.execute({ from, to, value, data: hexToBytes(data) }, now)
  }
  const [from] = ACCOUNTS as [Address]
  const board = ENTITIES.at(-1)?.board
  await send(from, entityProvider, entityProviderAbi.encodeFunctionData('register', [board]))
  for (const account of ACCOUNTS) {
    await send(account, token, tokenAbi.encodeFunctionData('mint', [account, 200]))
    await send(account, token, tokenAbi.encodeFunctionData('approve', [depository, 150]))
  }
  for (const { id } of ENTITIES) {
    for (const [index, each] of tokens.slice(0, 2).entries()) {
      const data = depositoryAbi.encodeFunctionData('deposit', [id, each, wealth])
      await send(from, depository, data, index === 0 ? wealth : 0n)
    }
  }
  if (random.chance(0.4)) await enrich(both, known)
}

/** Whatever board entities can have is shown to be one that can decide, and a second entity is registered. */
async function checkBoards(both: Both, { domain, now }: Knowledge): Promise<void> {
  const [from] = ACCOUNTS as [Address]
  const send = (name: string, args: readonly unknown[]) => {
    const data = hexToBytes(entityProviderAbi.encodeFunctionData(name, args))
    return both.execute({ from, to: domain.entityProvider, value: 0n, data }, now)
  }
  await send('registerKey', [BLS_KEY, proveBlsPossession(BLS_SECRET)])
  for (const board of BOARDS.values()) await send('checkBoard', [board])
  await send('registerChecked', [ENTITIES[2]?.id])
}

/** One entity has more of one token than any channel can hold. */
async function enrich(both: Both, { token, tokens, domain, now }: Knowledge): Promise<void> {
  const [from] = ACCOUNTS as [Address]
  const [first] = ENTITIES as [Entity]
  const deposit = [first.id, tokens[1], 3n << 128n]
  for (const [to, data] of [
    [token, tokenAbi.encodeFunctionData('mint', [from, 1n << 254n])],
    [token, tokenAbi.encodeFunctionData('approve', [domain.depository, UINT256_MAX])],
    [domain.depository, depositoryAbi.encodeFunctionData('deposit', deposit)],
  ] as const) {
    await both.execute({ from, to, value: 0n, data: hexToBytes(data) }, now)
  }
}

/** The batch of an entity of one, signed as it should be. */
export function batchCall(known: Knowledge, entity: Entity, items: Partial<Batch>): Call {
  const { domain, now } = known
  const [nonce] = known.ask('batchNonce', entity.id)
  const batch = encodeBatch({ ...EMPTY_BATCH, ...items })
  const digest = batchDigest(domain, entity.id, batch, nonce, now)
  const [{ key, address }] = entity.signers as [Signer]
  const args = [entity.id, batch, nonce, now, signDigest(digest, key)]
  const data = hexToBytes(depositoryAbi.encodeFunctionData('processBatch', args))
  return { from: address, to: domain.depository, value: 0n, data }
}

/** Deposits that the owner of an ERC-20 has signed, as files on their way to whoever relays them through the Gate. */
import { IGate__factory } from '@xln/shared/abi/typechain/factories/interfaces/IGate__factory.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { authorizationNonce, gateOf } from '@xln/shared/depository/gate.ts'
import { tokenAddress } from '@xln/shared/depository/tokenIds.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  type Hex,
  parseId,
  type TokenId,
} from '@xln/shared/ids.ts'
import { Contract, isError } from 'ethers'
import { z } from 'zod'
import type { ChainCall } from '../../shell/chain/calls.ts'
import { CliError } from '../faults.ts'
import { domainSchema } from './deed.ts'
import { field, readJsonFile } from './jsonFile.ts'
import type { ChainSession } from './session.ts'

interface Common {
  readonly domain: ChainDomain
  readonly owner: Address
  /** Whose reserve it is for. */
  readonly entity: EntityId
  /** An ERC-20. */
  readonly token: TokenId
  /** Base units. */
  readonly amount: bigint
}

/** The owner's word beside his EIP-2612 permit to the Depository. */
export interface PermitDeposit extends Common {
  readonly type: 'permit'
  /** At the Gate. */
  readonly nonce: bigint
  /** Unix seconds; both are good at or before. */
  readonly deadline: number
  /** Of the deposit, 65 bytes. */
  readonly signature: Uint8Array
  /** Of the permit, 65 bytes. */
  readonly permit: Uint8Array
}

/** An ERC-3009 authorization whose nonce names the entity. */
export interface AuthorizedDeposit extends Common {
  readonly type: 'authorization'
  readonly salt: Hash
  /** Unix seconds; good before. */
  readonly validBefore: number
  readonly signature: Uint8Array
}

export type SignedDepositFile = PermitDeposit | AuthorizedDeposit

const signature = z
  .string()
  .regex(/^0x[0-9a-f]{130}$/)
  .transform((hex) => hexToBytes(hex as Hex))
const common = {
  domain: domainSchema,
  owner: field.address.transform((text) => text as Address),
  entity: field.id.transform((id) => parseId<EntityId>(id)),
  token: field.id
    .transform((id) => parseId<TokenId>(id))
    .refine((token) => tokenAddress(token) !== undefined, { error: 'no ERC-20' }),
  amount: field.natural,
}
const seconds = z.int().min(0)
const schema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('permit'),
    ...common,
    nonce: field.natural,
    deadline: seconds,
    signature,
    permit: signature,
  }),
  z.strictObject({
    type: z.literal('authorization'),
    ...common,
    salt: field.id.transform((id) => parseId<Hash>(id)),
    validBefore: seconds,
    signature,
  }),
])

/** Throws `file_unreadable` or `file_malformed`. */
export async function readSignedDeposit(path: string): Promise<SignedDepositFile> {
  return await readJsonFile(path, 'signed deposit', schema)
}

/** Signatures are `r ‖ s ‖ v`. */
function parts(signature: Uint8Array) {
  return {
    r: bytesToHex(signature, 0, 32),
    s: bytesToHex(signature, 32, 64),
    v: signature[64] as number,
  }
}

const gate = IGate__factory.createInterface()

/** The transaction that makes the deposit; anyone may send it. */
export function relayCall(deposit: SignedDepositFile): ChainCall {
  const { domain } = deposit
  const to = gateOf(domain.depository)
  return { type: 'transaction', to, data: dataOf(deposit) as Hex, value: 0n }
}

function dataOf(deposit: SignedDepositFile): string {
  const { owner, entity, token, amount } = deposit
  const common = { owner, entity, token, amount }
  if (deposit.type === 'authorization') {
    const { validBefore, salt, signature } = deposit
    const item = { ...common, validAfter: 0, validBefore, salt, ...parts(signature) }
    return gate.encodeFunctionData('depositWithAuthorization', [item])
  }
  const { nonce, deadline, signature } = deposit
  const item = { ...common, nonce, deadline }
  const permit = { amount, deadline, ...parts(deposit.permit) }
  return gate.encodeFunctionData('depositWithPermit', [item, permit, bytesToHex(signature)])
}

/**
 * Throws `deposit_used` when its nonce is, `deed_expired`, and `owner_poor` when the owner has less than he signed
 * for.
 */
export async function requireOpen(
  session: ChainSession,
  deposit: SignedDepositFile,
): Promise<void> {
  const { owner, token, amount } = deposit
  if (await isUsed(session, deposit)) throw new CliError({ code: 'deposit_used', owner })
  // An authorization ends one second earlier than it says.
  await session.requireTime(deposit.type === 'permit' ? deposit.deadline : deposit.validBefore - 1)
  const balance = (await askToken(session, token, 'balanceOf', [owner])) as bigint
  if (balance < amount) throw new CliError({ code: 'owner_poor', owner, balance, amount })
}

async function isUsed(session: ChainSession, deposit: SignedDepositFile): Promise<boolean> {
  const { owner, entity, token } = deposit
  if (deposit.type === 'permit') return (await depositNonce(session, owner)) !== deposit.nonce
  const nonce = authorizationNonce(entity, deposit.salt)
  return (await askToken(session, token, 'authorizationState', [owner, nonce])) as boolean
}

/** The nonce of the owner's next signed deposit at the Gate. */
export function depositNonce(session: ChainSession, owner: Address): Promise<bigint> {
  const at = gateOf(session.domain.depository)
  return session.ask(({ provider }) => IGate__factory.connect(at, provider).depositNonceOf(owner))
}

// Tokens are contracts of others: this is all that is asked of them.
const tokenAbi = [
  'function DOMAIN_SEPARATOR() view returns (bytes32)',
  'function nonces(address owner) view returns (uint256)',
  'function authorizationState(address owner, bytes32 nonce) view returns (bool)',
  'function balanceOf(address owner) view returns (uint256)',
]

/** What a token says. Throws `token_silent` when it does not know the question. */
export async function askToken(
  session: ChainSession,
  token: TokenId,
  question: 'DOMAIN_SEPARATOR' | 'nonces' | 'authorizationState' | 'balanceOf',
  parameters: readonly string[],
): Promise<unknown> {
  const address = tokenAddress(token) as Address
  try {
    return await session.ask(({ provider }) => {
      return new Contract(address, tokenAbi, { provider })
        .getFunction(question)
        .staticCall(...parameters)
    })
  } catch (error) {
    if (!isError(error, 'CALL_EXCEPTION') && !isError(error, 'BAD_DATA')) throw error
    throw new CliError({ code: 'token_silent', token, question }, { cause: error })
  }
}

/** Deposits of ERC-20 that their owner signs and somebody else brings: the owner needs no ether. */
import { randomBytes } from 'node:crypto'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { authorizationNonce, depositDigest } from '@xln/shared/depository/gate.ts'
import { permitDigest, receiptDigest } from '@xln/shared/depository/signedTransfers.ts'
import { tokenAddress } from '@xln/shared/depository/tokenIds.ts'
import { type EntityId, type Hash, type Hex, parseId, type TokenId } from '@xln/shared/ids.ts'
import type { GasKey } from '../../shell/chain/broadcast.ts'
import type { Arguments } from '../arguments.ts'
import { type Asset, assetOfToken, formatAmount } from '../assets.ts'
import { writeJsonFile } from '../boards/jsonFile.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import {
  askToken,
  depositNonce,
  readSignedDeposit,
  relayCall,
  requireOpen,
  type SignedDepositFile,
} from '../boards/signedDeposit.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { timeOf } from '../explain.ts'
import { CliError } from '../faults.ts'
import { baseUnitsOption, type Option, tokenOption } from '../syntax.ts'
import { validForOf, validForOption } from './batches.ts'
import { chainOptions } from './blsKeys.ts'

const ownerOptions: readonly Option[] = [
  tokenOption,
  baseUnitsOption,
  { ...validForOption, summary: 'How long somebody has to bring it' },
  {
    name: 'domain-separator',
    value: '<hash>',
    summary: "The token's EIP-712 domain separator",
    default: 'what the token says',
  },
  { ...payerOption, summary: 'File with the private key of the owner; it signs, and pays nothing' },
  ...chainOptions,
]
const parameters = [{ name: 'file' }, { name: 'entity' }, { name: 'amount' }]
const seeAlso = ['deposit relay', 'entity deposit']

interface Asked {
  readonly session: ChainSession
  readonly owner: GasKey
  readonly entity: EntityId
  readonly token: TokenId
  readonly amount: bigint
  /** The token's. */
  readonly separator: Uint8Array
  /** Unix seconds. */
  readonly deadline: number
}

export const depositPermit: Command = {
  name: 'deposit permit',
  summary: "sign a deposit of one's tokens with an EIP-2612 permit, for somebody else to bring",
  parameters,
  options: ownerOptions,
  examples: ['deposit permit deposit.json 1 25 --token USDC --key-file owner.key'],
  notes:
    'It counts for this entity and no other, once, whoever brings it; the permit alone lets nobody credit himself. One\nafter another: a second one is signed when the first is done.',
  seeAlso: ['deposit authorize', ...seeAlso],
  async run(args, context) {
    return await sign(args, context, async (asked) => {
      const { session, owner, entity, token, amount, separator, deadline } = asked
      const nonce = await depositNonce(session, owner.address)
      const permitNonce = (await askToken(session, token, 'nonces', [owner.address])) as bigint
      const { domain } = session
      const spender = domain.depository
      const permit = { owner: owner.address, spender, amount, nonce: permitNonce, deadline }
      return {
        type: 'permit',
        ...{ domain, owner: owner.address, entity, token, amount, nonce, deadline },
        signature: owner.sign(depositDigest(domain, { entity, token, amount, nonce, deadline })),
        permit: owner.sign(permitDigest(separator, permit)),
      }
    })
  },
}

export const depositAuthorize: Command = {
  name: 'deposit authorize',
  summary:
    "sign a deposit of one's tokens as an ERC-3009 authorization, for somebody else to bring",
  parameters,
  options: ownerOptions,
  examples: ['deposit authorize deposit.json 1 25 --token USDC --key-file owner.key'],
  notes:
    'It counts for this entity and no other, once, whoever brings it: its nonce names the entity. Several can be signed at\nonce. Needs a token that has receiveWithAuthorization.',
  seeAlso: ['deposit permit', ...seeAlso],
  async run(args, context) {
    return await sign(args, context, ({ session, owner, separator, deadline, ...asked }) => {
      const { entity, token, amount } = asked
      const salt = parseId<Hash>(bytesToHex(randomBytes(32)))
      const receipt = {
        ...{ from: owner.address, to: session.domain.depository, amount },
        ...{ validAfter: 0, validBefore: deadline },
        nonce: authorizationNonce(entity, salt),
      }
      return Promise.resolve({
        type: 'authorization',
        ...{ domain: session.domain, owner: owner.address, entity, token, amount, salt },
        validBefore: deadline,
        signature: owner.sign(receiptDigest(separator, receipt)),
      })
    })
  },
}

async function sign(
  args: Arguments,
  context: Context,
  make: (asked: Asked) => Promise<SignedDepositFile>,
): Promise<ExitCode> {
  const entity = await context.entityNamed(args.word('entity'))
  const asset = await context.assetAsked()
  requireErc20(asset)
  const amount = context.amountOf(args.word('amount'), asset)
  const { token } = asset
  return await ChainSession.use<ExitCode>(context, async (session) => {
    const separator = await separatorOf(session, args, token)
    const owner = await session.key(args, context)
    const deadline = (await session.now()) + validForOf(args)
    const deposit = await make({ session, owner, entity, token, amount, separator, deadline })
    await writeJsonFile(args.word('file'), deposit, 'new')
    const said = { entity, token, amount, owner: owner.address, deadline }
    const text = `${formatAmount(amount, asset)} of ${owner.address} for ${entity}, until ${timeOf(deadline)}`
    context.output.say(said, text)
    return 0
  })
}

function requireErc20({ token, name }: Asset): void {
  if (tokenAddress(token) === undefined) throw new CliError({ code: 'token_unsigned', token: name })
}

async function separatorOf(
  session: ChainSession,
  args: Arguments,
  token: TokenId,
): Promise<Uint8Array> {
  const given = args.text('domain-separator')
  if (given !== undefined && !/^0x[0-9a-f]{64}$/.test(given)) {
    throw args.usage(`--domain-separator "${given}" is not 0x and 64 hex digits`)
  }
  return hexToBytes((given ?? (await askToken(session, token, 'DOMAIN_SEPARATOR', []))) as Hex)
}

export const depositRelay: Command = {
  name: 'deposit relay',
  summary:
    'bring a deposit that its owner has signed to the chain, with any key that pays for the gas',
  parameters: [{ name: 'file' }],
  options: [payerOption, ...chainOptions],
  examples: ['deposit relay deposit.json --key-file payer.key'],
  seeAlso: ['deposit permit', 'deposit authorize', 'entity show'],
  async run(args, context) {
    const deposit = await readSignedDeposit(args.word('file'))
    const settings = await context.settings()
    return await ChainSession.use<ExitCode>(context, async (session) => {
      session.requireOwn(deposit.domain)
      await requireOpen(session, deposit)
      const [done] = await session.perform(args, context, [relayCall(deposit)])
      const block = done?.block ?? 0
      const { owner, entity, token, amount } = deposit
      const shown = formatAmount(amount, assetOfToken(token, settings))
      const text = `deposited ${shown} of ${owner} for ${entity}, in block ${block}`
      context.output.say({ owner, entity, token, amount, block }, text)
      return 0
    })
  },
}

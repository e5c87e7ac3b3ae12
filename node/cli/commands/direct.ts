/** What the chain says of an entity and takes for it, without a node. */
import { numberedEntity } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { Arguments } from '../arguments.ts'
import { assetOf, assetOfToken, formatAmount } from '../assets.ts'
import { arrivalCall, collectibleOf, type Known } from '../boards/collectibles.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { table } from '../output.ts'
import { baseUnitsOption, tokenOption } from '../syntax.ts'
import { chainOptions } from './blsKeys.ts'

export const entityDeposit: Command = {
  name: 'entity deposit',
  summary: 'pay from a key into the reserve of any entity, without a node',
  parameters: [{ name: 'entity' }, { name: 'amount' }],
  options: [
    tokenOption,
    baseUnitsOption,
    { ...payerOption, summary: 'File with the private key whose money it is' },
    ...chainOptions,
  ],
  examples: [
    'entity deposit 1 5 --token ether --key-file payer.key',
    'entity deposit 1 1 --token erc721:0x1111111111111111111111111111111111111111:7 --key-file owner.key',
  ],
  notes:
    'Each run deposits once more: look with "xln entity show" before you repeat it. A collectible is sent to the Gate, which\nneeds no approval; the amount of an ERC-721 is 1.',
  seeAlso: ['entity show', 'batch collateralise', 'deposit'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const known = await collectibleOf(session, asset)
      const { block } =
        known === undefined
          ? await session.deposit(args, context, { entity, token: asset.token, amount })
          : await bring(session, args, context, { entity, amount, known })
      const text = `deposited ${formatAmount(amount, asset)}, in block ${block}`
      context.output.say({ entity, token: asset.token, amount, block }, text)
      return 0
    })
  },
}

interface Arrival {
  readonly entity: EntityId
  readonly amount: bigint
  readonly known: Known
}

/** Of an ERC-721 there is one. */
async function bring(
  session: ChainSession,
  args: Arguments,
  context: Context,
  { entity, amount, known: { collectible } }: Arrival,
): Promise<{ readonly block: number }> {
  if (amount < 1n || (collectible.kind === 'erc721' && amount > 1n)) {
    const reason = 'an ERC-721 comes alone, an ERC-1155 in whole numbers from 1'
    throw new CliError({ code: 'amount_malformed', text: String(amount), reason })
  }
  const { address } = await session.key(args, context)
  const call = await arrivalCall(session, address, entity, amount, collectible)
  const [done] = await session.perform(args, context, [call])
  return { block: done?.block ?? 0 }
}

export const collectibleShow: Command = {
  name: 'collectible show',
  summary: 'say what the id of an ERC-721 or ERC-1155 token stands for, and which id one has',
  parameters: [{ name: 'token' }],
  options: chainOptions,
  examples: ['collectible show erc721:0x1111111111111111111111111111111111111111:7'],
  notes:
    'With its id or so written, a collectible is a --token like any other: "xln batch withdraw deed.json 1 <address>",\n"xln batch transfer", "xln batch collateralise", "xln deed proof".',
  seeAlso: ['entity deposit', 'entity show', 'batch withdraw'],
  async run(args, context) {
    const asset = assetOf(args.word('token'), await context.settings())
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const known = await collectibleOf(session, asset)
      if (known === undefined) throw args.usage(`${asset.name} is no collectible`)
      const { held, collectible } = known
      const { token, name } = known.asset
      const rows = [
        ['token', token],
        ['stands for', name],
        ['held', String(held)],
      ]
      context.output.say({ token, ...collectible, held }, table(rows))
      return 0
    })
  },
}

export const entityShow: Command = {
  name: 'entity show',
  summary: 'show the reserves, debts and nonces of any entity as the chain has them',
  parameters: [{ name: 'entity' }],
  options: chainOptions,
  examples: ['entity show 1', 'entity show hub --json'],
  seeAlso: ['entity deposit', 'reputation', 'board show'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const settings = await context.settings()
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const { batchNonce, reserves, debts } = await session.entity(entity)
      const board = await boardHashOf(session, entity)
      const rows = [
        ['entity', entity],
        ['board', board ?? 'the number is not registered'],
        ['batches', String(batchNonce)],
        ...reserves.map(({ token, reserve }) => {
          return ['reserve', formatAmount(reserve, assetOfToken(token, settings))]
        }),
        ...debts.map(({ debtor, creditor, token, remaining }) => {
          const other = debtor === entity ? `to ${creditor}` : `from ${debtor}`
          return ['debt', `${formatAmount(remaining, assetOfToken(token, settings))} ${other}`]
        }),
      ]
      context.output.say({ entity, board, batchNonce, reserves, debts }, table(rows))
      return 0
    })
  },
}

async function boardHashOf(session: ChainSession, entity: EntityId): Promise<string | null> {
  const hash = await session.ask((endpoint) => session.provider(endpoint).boardHashOf(entity))
  return hash === numberedEntity(0n) ? null : hash
}

/** What the chain says of an entity and takes for it, without a node. */
import { numberedEntity } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { assetOfToken, formatAmount } from '../assets.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import type { Command, ExitCode } from '../command.ts'
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
  examples: ['entity deposit 1 5 --token ether --key-file payer.key'],
  notes: 'Each run deposits once more: look with "xln entity show" before you repeat it.',
  seeAlso: ['entity show', 'batch collateralise', 'deposit'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const { block } = await session.deposit(args, context, { entity, token: asset.token, amount })
      const text = `deposited ${formatAmount(amount, asset)}, in block ${block}`
      context.output.say({ entity, token: asset.token, amount, block }, text)
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

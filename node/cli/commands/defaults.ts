/** Defaults: that somebody did not pay what he owed, recorded for ever, for the default swaps of others. */
import { SubcontractProvider__factory } from '@xln/shared/abi/typechain/factories/SubcontractProvider__factory.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import type { Arguments } from '../arguments.ts'
import { type Asset, formatAmount } from '../assets.ts'
import { ENTRIES_MAX, type Queue, queueOf, registry } from '../boards/defaults.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { timeOf } from '../explain.ts'
import { CliError } from '../faults.ts'
import { baseUnitsOption, tokenOption } from '../syntax.ts'
import { chainOptions } from './blsKeys.ts'

const abi = SubcontractProvider__factory.createInterface()
const parameters = [{ name: 'debtor' }, { name: 'amount' }]

interface Asked {
  readonly debtor: EntityId
  readonly asset: Asset
  /** The default is on at least so much: base units. */
  readonly threshold: bigint
}

async function askedOf(args: Arguments, context: Context): Promise<Asked> {
  const debtor = await context.entityNamed(args.word('debtor'))
  const asset = await context.assetAsked()
  const threshold = context.amountOf(args.word('amount'), asset)
  if (threshold > 0n) return { debtor, asset, threshold }
  const reason = 'nobody defaults on nothing'
  throw new CliError({ code: 'amount_malformed', text: args.word('amount'), reason })
}

/** Unix seconds; 0: never. */
function recordedAt(session: ChainSession, { debtor, asset, threshold }: Asked): Promise<number> {
  return session.ask(async (endpoint) => {
    const { depository } = session.domain
    const contract = registry(session, endpoint)
    return Number(await contract.defaultedAt(depository, debtor, asset.token, threshold))
  })
}

export const defaultRecord: Command = {
  name: 'default record',
  summary: 'record that an entity owes at least so much for more than a week; anyone may',
  parameters,
  options: [tokenOption, baseUnitsOption, payerOption, ...chainOptions],
  examples: ['default record 7 100 --token USDC --key-file payer.key'],
  notes:
    'Its reserve pays first what it can. Each amount is a default of its own: name the one that the default swap names.\nRecording again changes nothing; the first time counts for ever.',
  seeAlso: ['default show', 'deed proof', 'entity show', 'reputation'],
  async run(args, context) {
    const asked = await askedOf(args, context)
    const { debtor, asset, threshold } = asked
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const before = await recordedAt(session, asked)
      if (before === 0) {
        const queue = await queueOf(session, debtor, asset.token)
        const entries = entriesOf(asked, queue)
        const named = [session.domain.depository, debtor, asset.token, threshold] as const
        const max = Math.min(queue.payable, ENTRIES_MAX)
        const data = abi.encodeFunctionData('recordDefault', [...named, max, entries]) as Hex
        const { subcontractProvider: to } = session.domain
        await session.perform(args, context, [{ type: 'transaction', to, data, value: 0n }])
      }
      const at = await recordedAt(session, asked)
      const text = `default of ${debtor} on ${formatAmount(threshold, asset)}: ${before === 0 ? 'recorded' : 'was recorded'} at ${timeOf(at)}`
      const said = { debtor, token: asset.token, threshold, recordedAt: at, before: before !== 0 }
      context.output.say(said, text)
      return 0
    })
  },
}

/** As many of the overdue as it takes, ascending. Throws `default_none`. */
function entriesOf({ debtor, asset, threshold }: Asked, { overdue, owed }: Queue): bigint[] {
  const entries: bigint[] = []
  let sum = 0n
  for (const { index, amount } of overdue) {
    if (sum >= threshold) break
    entries.push(index)
    sum += amount
  }
  if (sum >= threshold) return entries
  const { token } = asset
  throw new CliError({ code: 'default_none', debtor, token, threshold, overdue: sum, owed })
}

export const defaultShow: Command = {
  name: 'default show',
  summary: 'say whether a default was recorded, and what is overdue',
  parameters,
  options: [tokenOption, baseUnitsOption, ...chainOptions],
  examples: ['default show 7 100 --token USDC'],
  seeAlso: ['default record', 'entity show'],
  async run(args, context) {
    const asked = await askedOf(args, context)
    const { debtor, asset, threshold } = asked
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const at = await recordedAt(session, asked)
      const { owed, overdue: entries } = await queueOf(session, debtor, asset.token)
      const overdue = entries.reduce((sum, { amount }) => sum + amount, 0n)
      const lines = [
        at === 0 ? 'not recorded' : `recorded at ${timeOf(at)}`,
        `owed       ${formatAmount(owed, asset)}, of which ${formatAmount(overdue, asset)} for more than a week`,
      ]
      const said = { debtor, token: asset.token, threshold, recordedAt: at === 0 ? null : at }
      context.output.say({ ...said, owed, overdue }, lines.join('\n'))
      return 0
    })
  },
}

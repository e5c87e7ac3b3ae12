/** Dividends: paid into the pot of an entity, divided when somebody reports them, taken by holders. */
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Arguments } from '../arguments.ts'
import { formatAmount } from '../assets.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import { potOf, type Source, sharesCall, sourceOf, termsOf } from '../boards/shareholders.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { baseUnitsOption, tokenOption } from '../syntax.ts'
import { addTransfer, batchOptions } from './batches.ts'
import { chainOptions } from './blsKeys.ts'
import { holderOption } from './shares.ts'

const shares = Shares__factory.createInterface()
/** Changes of a holder's shares that one transaction looks at: its gas is bounded. */
const CHANGES = 200

export const batchDividend: Command = {
  name: 'batch dividend',
  summary: 'have an entity pay out of its reserve to the holders of its dividend shares',
  parameters: [{ name: 'deed' }, { name: 'amount' }],
  options: [tokenOption, baseUnitsOption, ...batchOptions],
  examples: ['batch dividend deed.json 100 --token USDC --entity 1'],
  notes:
    'Makes the deed, or puts one more item into it while nobody has signed it: a transfer to the pot of the entity. It is\ndivided among those who hold dividend shares when somebody reports it.',
  seeAlso: ['shares report', 'shares take', 'deed sign', 'deed send'],
  async run(args, context) {
    return await addTransfer(args, context, (entity) => {
      return ChainSession.use(context, (session) => potOf(session, entity))
    })
  },
}

export const sharesReport: Command = {
  name: 'shares report',
  summary: 'have what has come in for holders of dividend shares divided; anyone may',
  parameters: [{ name: 'entity' }],
  options: [tokenOption, payerOption, ...chainOptions],
  examples: ['shares report 1 --token USDC --key-file payer.key'],
  notes:
    'It belongs to those who held dividend shares before that second: report before you sell. With nothing new,\nnothing is sent.',
  seeAlso: ['shares take', 'shares show', 'batch dividend'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const asset = await context.assetAsked()
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await termsOf(session, entity)
      const source = sourceOf(session, entity, asset.token)
      const { total: before, next } = await reportable(session, source)
      const total = next === before ? before : await report(session, args, context, source)
      const reported = total - before
      const text = `${formatAmount(reported, asset)} to be divided, ${formatAmount(total, asset)} in all`
      context.output.say({ entity, token: asset.token, reported, total }, text)
      return 0
    })
  },
}

/** What has been reported, and what would be after a report now. */
function reportable(session: ChainSession, source: Source) {
  return session.ask(async (endpoint) => {
    const contract = session.shares(endpoint)
    const { total } = await contract.dividendsOf(source)
    return { total, next: await contract.reportDividend.staticCall(source) }
  })
}

/** Reports, and gives what has come in by then in all. */
async function report(
  session: ChainSession,
  args: Arguments,
  context: Context,
  source: Source,
): Promise<bigint> {
  const { entity, depository, token } = source
  const data = shares.encodeFunctionData('reportDividend', [source])
  const [done] = await session.perform(args, context, [sharesCall(session.domain, data)])
  const block = done?.block ?? 0
  return await session.ask(async (endpoint) => {
    const contract = session.shares(endpoint)
    const filter = contract.filters.DividendReported(entity, depository, token)
    const events = await contract.queryFilter(filter, block, block)
    return events.at(-1)?.args.total ?? 0n
  })
}

export const sharesTake: Command = {
  name: 'shares take',
  summary: 'take what dividend shares have earned into a reserve',
  parameters: [{ name: 'entity' }],
  options: [
    tokenOption,
    {
      name: 'to',
      value: '<entity>',
      summary: 'Into whose reserve',
      default: 'that of the entity which is the address of the key alone',
    },
    { name: 'dry-run', summary: 'Only say how much it is' },
    holderOption,
    ...chainOptions,
  ],
  examples: [
    'shares take 1 --token USDC --key-file holder.key',
    'shares take 1 --token ether --to alice --key-file holder.key --dry-run',
  ],
  notes: `Reports first. Looks at ${CHANGES} changes of your shares at a time: whoever traded more runs it again. With nothing\nearned, nothing is sent.`,
  seeAlso: ['shares report', 'shares show', 'entity show'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const asset = await context.assetAsked()
    const named = args.text('to')
    const to = named === undefined ? undefined : await context.entityNamed(named)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await termsOf(session, entity)
      const { address: holder } = await session.key(args, context)
      const source = sourceOf(session, entity, asset.token)
      const payee = to ?? lazyEntityId(holder)
      const parameters = [source, holder, payee, CHANGES] as const
      const amount = await session.ask((endpoint) => {
        const { takeDividend } = session.shares(endpoint)
        return takeDividend.staticCall(...parameters, { from: holder })
      })
      const isTaken = amount > 0n && !args.flag('dry-run')
      if (isTaken) {
        const data = shares.encodeFunctionData('takeDividend', [...parameters])
        await session.perform(args, context, [sharesCall(session.domain, data)])
      }
      const said = { entity, token: asset.token, holder, to: payee, amount, taken: isTaken }
      const verb = isTaken ? 'taken' : 'to be taken'
      context.output.say(said, `${verb}: ${formatAmount(amount, asset)}, for ${payee}`)
      return 0
    })
  },
}

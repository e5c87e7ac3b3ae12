/** Shares of numbered entities: issued by their board, given on by whoever has them. */
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import type { Allotment } from '@xln/shared/entity/decisions.ts'
import { ARTICLES_DELAY_MAX, ARTICLES_DELAY_MIN } from '@xln/shared/entity/shares.ts'
import { type Address, type Hash, parseAddress } from '@xln/shared/ids.ts'
import type { Arguments } from '../arguments.ts'
import { assetOfToken, formatAmount, type Tokens } from '../assets.ts'
import { type ArticlesDeed, writeDeed } from '../boards/deed.ts'
import { describeDeed } from '../boards/describe.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import {
  type Dividends,
  dividendsOf,
  type Holder,
  holdersOf,
  potOf,
  requireShareIds,
  type ShareTerms,
  sharesCall,
  talliesOf,
  termsOf,
} from '../boards/shareholders.ts'
import type { Command, ExitCode } from '../command.ts'
import { timeOf } from '../explain.ts'
import type { Option } from '../syntax.ts'
import { validForOf, validForOption } from './batches.ts'
import { chainOptions } from './blsKeys.ts'
import { nonceOfTenure } from './rotation.ts'

const shares = Shares__factory.createInterface()
const ALLOTMENT = /^(0x[0-9a-fA-F]{40})=([0-9]{1,20})\/([0-9]{1,20})$/
const UINT64_MAX = 2n ** 64n - 1n

/** Shares are moved and voted by a transaction of whoever has them. */
export const holderOption: Option = {
  ...payerOption,
  summary: 'File with the private key of whoever has the shares; it pays for the gas too',
}

export const sharesIssue: Command = {
  name: 'shares issue',
  summary: 'make the deed by which a numbered entity issues its shares, once and for ever',
  parameters: [{ name: 'deed' }, { name: 'entity' }],
  options: [
    {
      name: 'allot',
      value: '<address=control/dividend>',
      summary: 'Who gets how many shares of each kind',
      isList: true,
    },
    {
      name: 'delay',
      value: '<seconds>',
      summary: "From the shareholders' decision on a board to its taking over",
      default: String(ARTICLES_DELAY_MIN),
    },
    validForOption,
    ...chainOptions,
  ],
  examples: [
    'shares issue deed.json 1 --allot 0x1111111111111111111111111111111111111111=60/50 --allot 0x2222222222222222222222222222222222222222=40/50',
  ],
  notes:
    'The board of the entity signs it ("xln deed sign"), and "xln deed send" brings it to the chain. More than half of\nthe control shares can replace the board; dividend shares earn what is paid into the pot of the entity.',
  seeAlso: ['shares show', 'shares vote', 'batch dividend', 'deed sign'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const allotments = args.list('allot').map((text) => allotmentOf(args, text))
    if (allotments.length === 0) throw args.usage('--allot is missing')
    const delay = delayOf(args)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await nonceOfTenure(session, entity)
      const validUntil = (await session.now()) + validForOf(args)
      const { domain } = session
      const articles = { entity, delay, allotments, validUntil }
      const deed: ArticlesDeed = { type: 'articles', domain, ...articles, signatures: new Map() }
      await writeDeed(args.word('deed'), deed, 'new')
      context.output.say(articles, describeDeed(deed, await context.settings()).join('\n'))
      return 0
    })
  },
}

function allotmentOf(args: Arguments, text: string): Allotment {
  const [, to, control, dividend] = ALLOTMENT.exec(text) ?? []
  if (to === undefined || control === undefined || dividend === undefined) {
    throw args.usage(`--allot "${text}" is not written as address=control/dividend`)
  }
  return {
    to: parseAddress(to),
    control: sharesOf(args, control),
    dividend: sharesOf(args, dividend),
  }
}

/** How many shares. Throws `usage`. */
export function sharesOf(args: Arguments, text: string): bigint {
  const count = /^[0-9]{1,20}$/.test(text) ? BigInt(text) : -1n
  if (count < 0n || count > UINT64_MAX) throw args.usage(`"${text}" is no number of shares`)
  return count
}

function delayOf(args: Arguments): number {
  const delay = args.number('delay', ARTICLES_DELAY_MIN, ARTICLES_DELAY_MAX)
  if (delay < ARTICLES_DELAY_MIN) throw args.usage(`--delay is at least ${ARTICLES_DELAY_MIN}`)
  return delay
}

export const sharesShow: Command = {
  name: 'shares show',
  summary:
    'show who has shares of an entity, how they vote, what they have decided and what has come in',
  parameters: [{ name: 'entity' }],
  options: chainOptions,
  examples: ['shares show 1', 'shares show 1 --json'],
  seeAlso: ['shares vote', 'shares take', 'entity show'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const settings = await context.settings()
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const terms = await termsOf(session, entity)
      const [holders, decided, pot, dividends] = await Promise.all([
        holdersOf(session, entity),
        session.ask((endpoint) => session.shares(endpoint).shareholdersDecision(entity)),
        potOf(session, entity),
        dividendsOf(session, entity),
      ])
      const decision = decisionOf(decided)
      const seen = { terms, holders, decision, dividends }
      const said = { entity, ...seen, tallies: talliesOf(holders), pot }
      context.output.say(said, [...linesOf(seen, settings), `pot        ${pot}`].join('\n'))
      return 0
    })
  },
}

interface Decision {
  readonly boardHash: Hash
  /** Unix seconds. */
  readonly nextFrom: number
}

function decisionOf(decided: { boardHash: string; nextFrom: bigint }): Decision | null {
  const { boardHash, nextFrom } = decided
  return nextFrom === 0n ? null : { boardHash: boardHash as Hash, nextFrom: Number(nextFrom) }
}

interface Seen {
  readonly terms: ShareTerms
  readonly holders: readonly Holder[]
  readonly decision: Decision | null
  readonly dividends: readonly Dividends[]
}

function linesOf({ terms, holders, decision, dividends }: Seen, tokens: Tokens): string[] {
  return [
    `control    ${terms.control}, delay ${terms.delay} s`,
    `dividend   ${terms.dividend}`,
    `issued     ${timeOf(terms.issuedAt)}`,
    ...holders.map(({ holder, control, dividend, vote }) => {
      const voted = vote === null ? '' : `, ${vote.shares} vote for ${vote.boardHash}`
      return `  ${holder}  ${control} control, ${dividend} dividend${voted}`
    }),
    ...talliesOf(holders).map(({ boardHash, shares }) => {
      return `tally      ${shares} of ${terms.control} for ${boardHash}`
    }),
    decision === null
      ? 'decided    nothing'
      : `decided    ${decision.boardHash}, from ${timeOf(decision.nextFrom)} on`,
    ...dividends.map(({ token, reported, taken, unreported }) => {
      const amount = (value: bigint) => formatAmount(value, assetOfToken(token, tokens))
      return `dividends  ${amount(reported)} reported, ${amount(taken)} taken, ${amount(unreported)} not reported`
    }),
  ]
}

export const sharesTransfer: Command = {
  name: 'shares transfer',
  summary: 'give shares to an address',
  parameters: [{ name: 'entity' }, { name: 'address' }],
  options: [
    { name: 'control', value: '<shares>', summary: 'Control shares', default: '0' },
    { name: 'dividend', value: '<shares>', summary: 'Dividend shares', default: '0' },
    holderOption,
    ...chainOptions,
  ],
  examples: [
    'shares transfer 1 0x2222222222222222222222222222222222222222 --control 5 --dividend 10 --key-file holder.key',
  ],
  notes:
    'Each run gives once more: look with "xln shares show" before you repeat it. What came in before belongs to whoever\nhad the shares then; shares that vote stay where they are until their vote is taken back.',
  seeAlso: ['shares show', 'shares unvote'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const to = addressOf(args, args.word('address'))
    const ids = requireShareIds(entity)
    const given = {
      control: sharesOf(args, args.text('control') ?? '0'),
      dividend: sharesOf(args, args.text('dividend') ?? '0'),
    }
    const kinds = (['control', 'dividend'] as const).filter((kind) => given[kind] > 0n)
    if (kinds.length === 0) throw args.usage('--control or --dividend is missing')
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await termsOf(session, entity)
      const { address: from } = await session.key(args, context)
      const moved = [kinds.map((kind) => ids[kind]), kinds.map((kind) => given[kind])] as const
      const data = shares.encodeFunctionData('safeBatchTransferFrom', [from, to, ...moved, '0x'])
      const [done] = await session.perform(args, context, [sharesCall(session.domain, data)])
      const block = done?.block ?? 0
      const text = `given to ${to}: ${given.control} control, ${given.dividend} dividend, in block ${block}`
      context.output.say({ entity, from, to, ...given, block }, text)
      return 0
    })
  },
}

function addressOf(args: Arguments, text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw args.usage(`"${text}" is no address`)
  return parseAddress(text)
}

/** States of a channel, signed by hand. */
import { DEFAULT_SWAPS_MAX, type DefaultSwap } from '@xln/shared/channel/defaultSwaps.ts'
import { orderSides } from '@xln/shared/entity/board.ts'
import {
  DISPUTE_WINDOW_DEFAULT,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  HEIGHT_MAX,
} from '@xln/shared/limits.ts'
import type { Arguments } from '../arguments.ts'
import { assetOf } from '../assets.ts'
import { type ProofDeed, writeDeed } from '../boards/deed.ts'
import { describeDeed } from '../boards/describe.ts'
import { ChainSession } from '../boards/session.ts'
import { actorOf, actorOptions } from '../boards/who.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { baseUnitsOption } from '../syntax.ts'
import { chainOptions } from './blsKeys.ts'

export const deedProof: Command = {
  name: 'deed proof',
  summary: 'make a state of a channel, for both ends to sign by hand',
  parameters: [{ name: 'deed' }, { name: 'peer' }],
  options: [
    { name: 'height', value: '<number>', summary: 'Above that of every state signed before' },
    {
      name: 'offdelta',
      value: '<token=amount>',
      summary: 'What right has paid left so far, off chain; negative: left has paid right',
      isList: true,
    },
    baseUnitsOption,
    {
      name: 'default-swap',
      value: '<terms>',
      summary:
        'A protection: buyer=left,pays=<amount>:<token>,debtor=<entity>,owes=<amount>:<token>,until=<unix seconds>',
      isList: true,
    },
    {
      name: 'window',
      value: '<seconds>',
      summary: 'Time to answer in a dispute; the same in every state',
      default: String(DISPUTE_WINDOW_DEFAULT),
    },
    ...actorOptions,
    ...chainOptions,
  ],
  examples: [
    'deed proof state-1.json hub --height 1 --offdelta ether=0 --board board.json',
    'deed proof state-2.json hub --height 2 --offdelta ether=-1.5 --offdelta USDC=20 --entity 1',
    'deed proof state-3.json hub --height 3 --offdelta USDC=20 --default-swap buyer=left,pays=10:USDC,debtor=7,owes=100:ether,until=1900000000 --entity 1',
  ],
  notes:
    'For channels that no node runs: nothing here checks credit limits, and both ends keep every state that\nboth have signed, as "xln batch dispute" and "xln batch counter" take them. Left is the end with the smaller id.\nA default swap pays its buyer if the default is recorded by then ("xln default record"); it holds a dispute open for\nthat, but at most 14 days beyond its deadline.',
  seeAlso: ['default record', 'deed sign', 'deed check', 'batch dispute', 'batch counter'],
  async run(args, context) {
    const entity = await actorOf(args, context)
    const peer = await context.entityNamed(args.word('peer'))
    if (entity === peer) throw args.usage('A channel has two different ends')
    const { left, right } = orderSides(entity, peer)
    const height = heightOf(args)
    const disputeWindow = windowOf(args)
    const tokens = await offdeltasOf(args, context)
    const defaultSwaps = await defaultSwapsOf(args, context, tokens)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const { cooperativeNonce } = await session.channel(left, right)
      const { domain } = session
      const terms = { left, right, cooperativeNonce, height, byLeft: entity === left }
      const signatures: ProofDeed['signatures'] = new Map()
      const state = { disputeWindow, tokens, defaultSwaps }
      const deed = { type: 'proof', domain, ...terms, ...state, signatures } as const
      await writeDeed(args.word('deed'), deed, 'new')
      const text = describeDeed(deed, await context.settings()).join('\n')
      context.output.say({ ...terms, ...state }, text)
      return 0
    })
  },
}

const SWAP_TERMS = ['buyer', 'pays', 'debtor', 'owes', 'until'] as const

async function defaultSwapsOf(
  args: Arguments,
  context: Context,
  tokens: ProofDeed['tokens'],
): Promise<DefaultSwap[]> {
  const given = args.list('default-swap')
  if (given.length > DEFAULT_SWAPS_MAX) {
    throw args.usage(`A state has at most ${DEFAULT_SWAPS_MAX} default swaps, not ${given.length}`)
  }
  const swaps = await Promise.all(given.map((text) => defaultSwapOf(args, context, text)))
  for (const { token } of swaps) {
    if (tokens.some((each) => each.token === token)) continue
    throw args.usage('--default-swap pays in a token that no --offdelta names')
  }
  return swaps
}

async function defaultSwapOf(
  args: Arguments,
  context: Context,
  text: string,
): Promise<DefaultSwap> {
  const given = new Map(text.split(',').map((each) => each.split(/=(.*)/s, 2) as [string, string]))
  const malformed = (what: string) => args.usage(`--default-swap "${text}": ${what}`)
  const [buyer = '', pays = '', debtor = '', owes = '', until = ''] = SWAP_TERMS.map((name) => {
    return given.get(name)
  })
  if (given.size !== SWAP_TERMS.length || SWAP_TERMS.some((name) => !given.has(name))) {
    throw malformed(`it has ${SWAP_TERMS.join(', ')}`)
  }
  if (buyer !== 'left' && buyer !== 'right') throw malformed('buyer is left or right')
  if (!/^[1-9][0-9]{0,11}$/.test(until)) throw malformed('until is a unix second')
  const paid = await moneyOf(context, pays)
  const owed = await moneyOf(context, owes)
  if (paid === undefined || owed === undefined) throw malformed('pays and owes are amount:token')
  return {
    buyerIsLeft: buyer === 'left',
    ...paid,
    debtor: await context.entityNamed(debtor),
    owedToken: owed.token,
    threshold: owed.amount,
    expiry: Number(until),
  }
}

/** `amount:token`; undefined for anything else, and for nothing or more than any channel has. */
async function moneyOf(context: Context, text: string) {
  const [, digits, name] = /^([^:]+):(.+)$/.exec(text) ?? []
  if (digits === undefined || name === undefined) return undefined
  const asset = assetOf(name, await context.settings())
  const amount = context.amountOf(digits, asset)
  return amount > 0n && amount < 2n ** 120n ? { token: asset.token, amount } : undefined
}

function heightOf(args: Arguments): number {
  args.required('height')
  const height = args.number('height', 0, HEIGHT_MAX)
  if (height < 1) throw args.usage('--height starts at 1')
  return height
}

function windowOf(args: Arguments): number {
  const window = args.number('window', DISPUTE_WINDOW_DEFAULT, DISPUTE_WINDOW_MAX)
  if (window < DISPUTE_WINDOW_MIN) throw args.usage(`--window is at least ${DISPUTE_WINDOW_MIN}`)
  return window
}

async function offdeltasOf(args: Arguments, context: Context): Promise<ProofDeed['tokens']> {
  const settings = await context.settings()
  const given = args.list('offdelta').map((text) => {
    const [, name, sign, amount] = /^([^=]+)=(-?)([^=-]+)$/.exec(text) ?? []
    if (name === undefined || amount === undefined) {
      throw args.usage(`--offdelta "${text}" is not written as token=amount`)
    }
    const asset = assetOf(name, settings)
    const value = context.amountOf(amount, asset)
    return { token: asset.token, offdelta: sign === '-' ? -value : value }
  })
  if (given.length === 0) throw args.usage('--offdelta is missing')
  if (new Set(given.map(({ token }) => token)).size < given.length) {
    throw args.usage('--offdelta names a token twice')
  }
  return given.sort((a, b) => (a.token < b.token ? -1 : 1))
}

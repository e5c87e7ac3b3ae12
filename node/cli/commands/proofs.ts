/** States of a channel, signed by hand. */
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
  ],
  notes:
    'For channels that no node runs: nothing here checks credit limits, and both ends keep every state that\nboth have signed, as "xln batch dispute" and "xln batch counter" take them. Left is the end with the smaller id.',
  seeAlso: ['deed sign', 'deed check', 'batch dispute', 'batch counter'],
  async run(args, context) {
    const entity = await actorOf(args, context)
    const peer = await context.entityNamed(args.word('peer'))
    if (entity === peer) throw args.usage('A channel has two different ends')
    const { left, right } = orderSides(entity, peer)
    const height = heightOf(args)
    const disputeWindow = windowOf(args)
    const tokens = await offdeltasOf(args, context)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const { cooperativeNonce } = await session.channel(left, right)
      const { domain } = session
      const terms = { left, right, cooperativeNonce, height, byLeft: entity === left }
      const signatures: ProofDeed['signatures'] = new Map()
      const deed = { type: 'proof', domain, ...terms, disputeWindow, tokens, signatures } as const
      await writeDeed(args.word('deed'), deed, 'new')
      const text = describeDeed(deed, await context.settings()).join('\n')
      context.output.say({ ...terms, disputeWindow, tokens }, text)
      return 0
    })
  },
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

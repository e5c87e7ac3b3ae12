/** Channels: made, looked at, and the credit in them. */
import type { Result } from '@xln/shared/api.ts'
import { plain } from '../../api/json.ts'
import { assetOfToken, formatAmount, wholeAmount } from '../assets.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { timeOf } from '../explain.ts'
import { short, table } from '../output.ts'
import { baseUnitsOption, entityOption, keyOption, tokenOption } from '../syntax.ts'

type ChannelState = Result<'channel.get'>

export const open: Command = {
  name: 'open',
  summary: 'make a channel with another entity known',
  parameters: [{ name: 'peer' }],
  options: [
    {
      name: 'window',
      value: '<seconds>',
      summary: 'How long a dispute can be countered',
      default: '86400',
    },
    entityOption,
    keyOption,
  ],
  examples: ['open hub', 'open hub --entity alice --window 3600'],
  notes: 'It costs nothing and needs no transaction: money moves in it by credit or collateral.',
  seeAlso: ['credit', 'collateralise', 'channels'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const disputeWindow = args.number('window', 86_400)
    const client = await context.client()
    const entity = await context.entity()
    await client.call('channel.open', { entity, peer, disputeWindow, ...context.key() })
    context.output.say({ opened: peer, entity }, `opened a channel with ${peer}`)
    return 0
  },
}

export const credit: Command = {
  name: 'credit',
  summary: "set how much a channel's peer may owe this entity, unsecured",
  parameters: [{ name: 'peer' }, { name: 'limit' }],
  options: [tokenOption, baseUnitsOption, entityOption, keyOption],
  examples: ['credit hub 100 --token USDC', 'credit hub 0 --token USDC'],
  notes: 'A lower limit stops new use; what is drawn already stays owed.',
  seeAlso: ['channels', 'collateralise'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const asset = await context.assetAsked()
    const limit = context.amountOf(args.word('limit'), asset)
    const client = await context.client()
    const entity = await context.entity()
    const { token } = asset
    await client.call('channel.extendCredit', { entity, peer, token, limit, ...context.key() })
    context.output.say(
      { credit: limit, token, peer, entity },
      `${short(peer)} may owe up to ${formatAmount(limit, asset)}`,
    )
    return 0
  },
}

export const channels: Command = {
  name: 'channels',
  summary: 'show the channels of an entity, or one of them',
  parameters: [{ name: 'peer', isOptional: true }],
  options: [entityOption],
  examples: ['channels', 'channels hub', 'channels --entity alice --json'],
  notes:
    'The bar is the collateral; to its left and right is credit; # is where the balance stands.',
  seeAlso: ['open', 'credit', 'proof'],
  async run(args, context) {
    const client = await context.client()
    const entity = await context.entity()
    const word = args.optionalWord('peer')
    if (word !== undefined) {
      const peer = await context.entityNamed(word)
      await show(await client.call('channel.get', { entity, peer }), context)
      return 0
    }
    let from: string | null = null
    let count = 0
    do {
      const page: Result<'channel.list'> = await client.call('channel.list', {
        entity,
        ...(from !== null && { from }),
      })
      for (const channel of page.items) await show(channel, context)
      count += page.items.length
      from = page.next
    } while (from !== null)
    if (count === 0) context.output.note('There is no channel yet. "xln open <peer>" makes one.')
    return 0
  },
}

export const proof: Command = {
  name: 'proof',
  summary: 'print the newest state that both sides have signed, for a watchtower',
  parameters: [{ name: 'peer' }],
  options: [entityOption],
  examples: ['proof hub', 'proof hub --entity alice --json'],
  seeAlso: ['dispute', 'channels'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const client = await context.client()
    const entity = await context.entity()
    const found = await client.call('channel.proof', { entity, peer })
    context.output.say(found, JSON.stringify(plain(found), null, 2))
    return 0
  },
}

async function show(channel: ChannelState, context: Context): Promise<void> {
  const settings = await context.settings()
  const { peer, side, status, connected, height, locks, tokens, disputeDeadline } = channel
  const rows = tokens.map((each) => {
    const asset = assetOfToken(each.token, settings)
    const amounts = [
      `send ${wholeAmount(each.canSend, asset)}`,
      `receive ${wholeAmount(each.canReceive, asset)}`,
      `collateral ${wholeAmount(each.collateral, asset)}`,
    ]
    return ['', asset.decimals === 0 ? short(asset.name) : asset.name, bar(each), ...amounts]
  })
  const line = connected ? 'connected' : 'not connected'
  const deadline = disputeDeadline === null ? '' : `  until ${timeOf(disputeDeadline)}`
  const head = `${peer}  ${side}  ${status}${deadline}  ${line}  height ${height}  locks ${locks}`
  context.output.say(channel, rows.length === 0 ? head : `${head}\n${table(rows)}`)
}

const BAR = 24

/** Credit, collateral, credit, with the balance on it: `[---.==#==.---]`. */
function bar(token: ChannelState['tokens'][number]): string {
  const { collateral, leftCreditLimit, rightCreditLimit, ondelta, offdelta } = token
  const whole = rightCreditLimit + collateral + leftCreditLimit
  if (whole === 0n) return `[${' '.repeat(BAR)}]`
  const place = (value: bigint) => {
    const cell = Number((value * BigInt(BAR)) / whole)
    return Math.min(Math.max(cell, 0), BAR - 1)
  }
  const from = place(rightCreditLimit)
  const to = place(rightCreditLimit + collateral)
  const cells = Array.from({ length: BAR }, (_, cell): string => {
    return collateral > 0n && cell >= from && cell <= to ? '=' : '-'
  })
  cells[place(rightCreditLimit + ondelta + offdelta)] = '#'
  return `[${cells.join('')}]`
}

/** What a channel's money does on chain: into it, out of it, and the end. */
import { formatAmount } from '../assets.ts'
import type { Command } from '../command.ts'
import { short } from '../output.ts'
import { baseUnitsOption, entityOption, keyOption, tokenOption } from '../syntax.ts'
import { nonceOf, waitForBatches, waitForSettlement, waitOptions } from '../wait.ts'

const amountOptions = [tokenOption, baseUnitsOption, entityOption, keyOption]

export const collateralise: Command = {
  name: 'collateralise',
  summary: 'move reserve into a channel as the own share, or ask the peer to',
  parameters: [{ name: 'peer' }, { name: 'amount' }],
  options: [
    { name: 'ask', summary: 'Ask the peer to do it, so that more can be received' },
    { name: 'fee', value: '<amount>', summary: 'With --ask: paid when it is seen', default: '0' },
    ...amountOptions,
    ...waitOptions,
  ],
  examples: [
    'collateralise hub 100 --token USDC --wait',
    'collateralise hub 500 --token USDC --ask --fee 0.5',
  ],
  seeAlso: ['deposit', 'settle', 'channels'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    const fee = context.amountOf(args.text('fee') ?? '0', asset)
    const client = await context.client()
    const entity = await context.entity()
    const asked = { entity, peer, token: asset.token, amount, ...context.key() }
    if (args.flag('ask')) {
      await client.call('channel.requestCollateral', { ...asked, fee })
      context.output.say(
        { asked: amount, fee, token: asset.token, peer, entity },
        `asked ${short(peer)} for ${formatAmount(amount, asset)} of collateral`,
      )
      return 0
    }
    await client.call('channel.collateralise', asked)
    await waitForBatches(args, context, entity)
    context.output.say(
      { collateralised: amount, token: asset.token, peer, entity },
      `${args.flag('wait') ? 'in the channel' : 'on its way'}: ${formatAmount(amount, asset)}`,
    )
    return 0
  },
}

export const settle: Command = {
  name: 'settle',
  summary: 'cash out: move a part of the own claim to the reserve, together with the peer',
  parameters: [{ name: 'peer' }, { name: 'amount' }],
  options: [...amountOptions, ...waitOptions],
  examples: ['settle hub 25 --token USDC', 'settle hub 25 --token USDC --wait --json'],
  notes: 'What the peer owes on credit comes first, out of its reserve; then the collateral.',
  seeAlso: ['withdraw', 'close', 'channels'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    const client = await context.client()
    const entity = await context.entity()
    const before = await nonceOf(client, entity, peer)
    const { token } = asset
    await client.call('channel.settle', { entity, peer, token, amount, ...context.key() })
    await waitForSettlement(args, context, { entity, peer, before })
    context.output.say(
      { settled: amount, token, peer, entity },
      `${args.flag('wait') ? 'in the reserve' : 'on its way'}: ${formatAmount(amount, asset)}`,
    )
    return 0
  },
}

export const close: Command = {
  name: 'close',
  summary: 'pay both sides out and empty a channel, together with the peer',
  parameters: [{ name: 'peer' }],
  options: [entityOption, keyOption, ...waitOptions],
  examples: ['close hub', 'close hub --wait'],
  seeAlso: ['settle', 'dispute'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const client = await context.client()
    const entity = await context.entity()
    const before = await nonceOf(client, entity, peer)
    await client.call('channel.close', { entity, peer, ...context.key() })
    await waitForSettlement(args, context, { entity, peer, before })
    const done = args.flag('wait') ? 'closed' : 'closing'
    context.output.say({ closed: peer, entity }, `${done} the channel with ${peer}`)
    return 0
  },
}

export const dispute: Command = {
  name: 'dispute',
  summary: 'end a channel alone, on chain, with the newest state that both have signed',
  parameters: [{ name: 'peer' }],
  options: [entityOption, keyOption],
  examples: ['dispute hub', 'dispute hub --entity alice --json'],
  notes:
    'The peer can counter until the dispute window ends; then the node finalises by itself.\nIt costs gas and time: "xln close" does the same together with a peer that answers.',
  seeAlso: ['close', 'channels', 'proof'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const client = await context.client()
    const entity = await context.entity()
    await client.call('channel.dispute', { entity, peer, ...context.key() })
    context.output.say({ disputed: peer, entity }, `the dispute with ${peer} is on its way`)
    return 0
  },
}

/** Payments out, by invoice or to a peer. */
import type { Result } from '@xln/shared/api.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { CancelReason } from '@xln/shared/channel/transaction.ts'
import type { Hop } from '@xln/shared/entity/action.ts'
import type { Hashlock } from '@xln/shared/ids.ts'
import { decodeInvoice, isInvoice } from '@xln/shared/invoice.ts'
import type { Arguments } from '../arguments.ts'
import { type Asset, assetOfToken, formatAmount, wholeAmount } from '../assets.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { short, table } from '../output.ts'
import { baseUnitsOption, entityOption, keyOption, tokenOption } from '../syntax.ts'

type PaymentState = Result<'payment.status'>

export const pay: Command = {
  name: 'pay',
  summary: "pay an invoice, or a channel's peer directly",
  parameters: [{ name: 'to' }, { name: 'amount', isOptional: true }],
  options: [
    { ...tokenOption, summary: `To a peer: ${tokenOption.summary}` },
    baseUnitsOption,
    {
      name: 'via',
      value: '<entity[=fee]>',
      summary: 'For an invoice: the hops to its payee, in order',
      default: 'what the invoice hints at',
      isList: true,
    },
    { name: 'memo', value: '<text>', summary: 'To a peer: told with the payment' },
    {
      name: 'timeout',
      value: '<seconds>',
      summary: 'Wait no longer for the end; the payment goes on',
      default: '60',
    },
    entityOption,
    keyOption,
  ],
  examples: [
    'pay xln1qyqszqgpqyqszqgp --via hub',
    'pay xln1qyqszqgpqyqszqgp --via hub=0.01 --timeout 120 --key order-4711',
    'pay hub 2.5 --token USDC --memo "for lunch"',
  ],
  notes:
    'An invoice is paid under its hashlock: by all hops or by none. A peer is paid without condition.',
  seeAlso: ['invoice', 'payments', 'channels'],
  async run(args, context) {
    const to = args.word('to')
    return to.toLowerCase().startsWith('xln1')
      ? await payInvoice(to, args, context)
      : await payPeer(to, args, context)
  },
}

async function payInvoice(text: string, args: Arguments, context: Context): Promise<ExitCode> {
  const settings = await context.settings()
  const invoice = decodeInvoice(text)
  // What is wrong with it the node says, in the form of every refusal.
  const asset = isInvoice(invoice) ? assetOfToken(invoice.token, settings) : undefined
  context.asset = asset
  const named = args.list('via')
  const via: Hop[] = []
  for (const hop of named) via.push(await hopOf(hop, asset, context))
  const timeoutMs = args.number('timeout', 60, 600) * 1_000
  const client = await context.client()
  const entity = await context.entity()
  const payment = await client.call('payment.payInvoice', {
    ...{ entity, invoice: text, timeoutMs },
    ...(named.length > 0 && { via }),
    ...context.key(),
  })
  return await report(payment, context)
}

/** `hub` or `hub=0.01`. */
async function hopOf(text: string, asset: Asset | undefined, context: Context): Promise<Hop> {
  const [name = '', fee = '0'] = text.split('=')
  const entity = await context.entityNamed(name)
  return { entity, fee: asset === undefined ? 0n : context.amountOf(fee, asset) }
}

async function payPeer(name: string, args: Arguments, context: Context): Promise<ExitCode> {
  const peer = await context.entityNamed(name)
  const text = args.optionalWord('amount')
  if (text === undefined) {
    throw new CliError({ code: 'usage', reason: '<amount> is missing', command: 'pay' })
  }
  const asset = await context.assetAsked()
  const amount = context.amountOf(text, asset)
  const memo = new TextEncoder().encode(args.text('memo') ?? '')
  const client = await context.client()
  const entity = await context.entity()
  const { token } = asset
  await client.call('payment.payPeer', { entity, peer, token, amount, memo, ...context.key() })
  context.output.say(
    { paid: amount, token, peer, entity, memo: bytesToHex(memo) },
    `paid ${formatAmount(amount, asset)} to ${peer}`,
  )
  return 0
}

/** 0 when it was settled, 2 when it failed, 1 while nobody knows. */
async function report(payment: PaymentState, context: Context): Promise<ExitCode> {
  const { status, token, amount, route, hashlock, secret } = payment
  const asset = assetOfToken(token, await context.settings())
  const fees = route.reduce((sum, { fee }) => sum + fee, 0n)
  const payee = route.at(-1)?.entity ?? ''
  const lines = [
    `${status}  ${formatAmount(amount, asset)} to ${payee}${whyOf(payment)}`,
    `hops      ${route.length}, fees ${formatAmount(fees, asset)}`,
    `hashlock  ${hashlock}`,
    ...(secret === null ? [] : [`receipt   ${secret}`]),
  ]
  context.output.say(payment, lines.join('\n'))
  if (status === 'settled') return 0
  return status === 'failed' ? 2 : 1
}

/** The first channel did not even take it. */
const NOT_SENT = 255

function whyOf({ status, reason }: PaymentState): string {
  if (status === 'forgotten') return ': state was lost meanwhile; ask the payee'
  if (status !== 'failed') return ''
  if (reason === NOT_SENT) return ': the first channel did not take it'
  const named = Object.entries(CancelReason).find(([, number]) => number === reason)
  return `: ${named?.[0] ?? `reason ${reason}`}`
}

async function rowOf(payment: PaymentState, context: Context): Promise<string[]> {
  const asset = assetOfToken(payment.token, await context.settings())
  const at = new Date(payment.createdAt * 1000).toISOString().slice(0, 19)
  const amount = `${wholeAmount(payment.amount, asset)} ${short(asset.name)}`
  const payee = short(payment.route.at(-1)?.entity ?? '')
  return [at, payment.status, amount, `to ${payee}`, short(payment.hashlock), whyOf(payment)]
}

export const payments: Command = {
  name: 'payments',
  summary: 'show the payments that an entity has sent, or one of them',
  parameters: [{ name: 'hashlock', isOptional: true }],
  options: [
    { name: 'limit', value: '<count>', summary: 'Show at most so many', default: '50' },
    entityOption,
  ],
  examples: [
    'payments',
    'payments --limit 500 --json',
    'payments 0x1010101010101010101010101010101010101010101010101010101010101010',
  ],
  seeAlso: ['pay'],
  async run(args, context) {
    const client = await context.client()
    const entity = await context.entity()
    const hashlock = args.optionalWord('hashlock')
    if (hashlock !== undefined) {
      const asked = { entity, hashlock: hashlock as Hashlock }
      await report(await client.call('payment.status', asked), context)
      return 0
    }
    let left = args.number('limit', 50, 1_000_000)
    let from: string | null = null
    const rows: string[][] = []
    while (left > 0) {
      const page: Result<'payment.list'> = await client.call('payment.list', {
        ...{ entity, limit: Math.min(left, 200) },
        ...(from !== null && { from }),
      })
      for (const payment of page.items) {
        if (context.output.isJson) context.output.say(payment, '')
        else rows.push(await rowOf(payment, context))
      }
      left -= page.items.length
      from = page.next
      if (from === null) break
    }
    if (rows.length > 0) context.output.say({}, table(rows))
    return 0
  },
}

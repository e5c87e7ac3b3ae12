/** Invoices: asked for, looked up, read. */

import type { EntityId, Hashlock, TokenId } from '@xln/shared/ids.ts'
import { decodeInvoice, INVOICE_HINTS_MAX, isInvoice } from '@xln/shared/invoice.ts'
import { assetOfToken, formatAmount } from '../assets.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { timeOf } from '../explain.ts'
import { CliError } from '../faults.ts'
import { baseUnitsOption, entityOption, keyOption, tokenOption } from '../syntax.ts'

export const invoice: Command = {
  name: 'invoice',
  summary: 'ask to be paid: prints one line of text for the payer',
  parameters: [{ name: 'amount' }],
  options: [
    tokenOption,
    baseUnitsOption,
    {
      name: 'expires',
      value: '<seconds>',
      summary: 'How long it can be paid from now',
      default: '3600',
    },
    { name: 'memo', value: '<text>', summary: 'What it is for, at most 256 bytes' },
    {
      name: 'hint',
      value: '<entity>',
      summary: `A peer through which to pay, up to ${INVOICE_HINTS_MAX}`,
      default: 'those with room',
      isList: true,
    },
    entityOption,
    keyOption,
  ],
  examples: [
    'invoice 25 --token USDC',
    'invoice 25 --token USDC --memo "order 4711" --expires 86400 --hint hub --key order-4711',
  ],
  seeAlso: ['pay', 'invoice show', 'invoice read'],
  async run(args, context) {
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    const expiresAt = Math.floor(Date.now() / 1000) + args.number('expires', 3_600)
    const memo = new TextEncoder().encode(args.text('memo') ?? '')
    const hints: EntityId[] = []
    for (const name of args.list('hint')) hints.push(await context.entityNamed(name))
    const client = await context.client()
    const entity = await context.entity()
    const made = await client.call('invoice.create', {
      ...{ entity, token: asset.token, amount, expiresAt, memo },
      ...(hints.length > 0 && { hints }),
      ...context.key(),
    })
    context.output.note(`${formatAmount(amount, asset)}, hashlock ${made.hashlock}:`)
    context.output.say({ ...made, entity, token: asset.token, amount, expiresAt }, made.invoice)
    return 0
  },
}

export const invoiceShow: Command = {
  name: 'invoice show',
  summary: 'show an invoice of an entity, and whether it is paid',
  parameters: [{ name: 'hashlock' }],
  options: [entityOption],
  examples: [
    'invoice show 0x1010101010101010101010101010101010101010101010101010101010101010 --json',
  ],
  seeAlso: ['invoice'],
  async run(args, context) {
    const client = await context.client()
    const entity = await context.entity()
    const hashlock = args.word('hashlock') as Hashlock
    const found = await client.call('invoice.get', { entity, hashlock })
    const lines = await linesOf(found, context)
    context.output.say(found, [`status    ${found.status}`, ...lines, found.invoice].join('\n'))
    return 0
  },
}

export const invoiceRead: Command = {
  name: 'invoice read',
  summary: 'show what an invoice says; no node is asked',
  parameters: [{ name: 'invoice' }],
  options: [],
  examples: ['invoice read xln1qyqszqgpqyqszqgp', 'invoice read xln1qyqszqgpqyqszqgp --json'],
  seeAlso: ['pay'],
  async run(args, context) {
    const decoded = decodeInvoice(args.word('invoice'))
    if (!isInvoice(decoded)) {
      const reason = `This is no invoice: ${decoded.code}`
      throw new CliError({ code: 'usage', reason, command: 'invoice read' })
    }
    const { entity, chainId, depository, hints } = decoded
    const lines = [
      ...(await linesOf(decoded, context)),
      `payee     ${entity}`,
      `network   chain ${chainId}, Depository ${depository}`,
      ...hints.map((hint) => `through   ${hint}`),
    ]
    context.output.say(decoded, lines.join('\n'))
    return 0
  },
}

interface Described {
  readonly token: TokenId
  readonly amount: bigint
  readonly hashlock: string
  readonly expiresAt: number
  readonly memo: Uint8Array
}

async function linesOf(described: Described, context: Context): Promise<string[]> {
  const { token, amount, hashlock, expiresAt, memo } = described
  const asset = assetOfToken(token, await context.settingsForNew())
  const text = new TextDecoder().decode(memo)
  return [
    `amount    ${formatAmount(amount, asset)}`,
    `expires   ${timeOf(expiresAt)}`,
    `hashlock  ${hashlock}`,
    // A foreign memo may hold anything: nothing of it may steer a terminal.
    ...(text === '' ? [] : [`memo      ${JSON.stringify(text)}`]),
  ]
}

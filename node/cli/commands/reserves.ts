/** Money in the Depository: in, out, and to another entity. */
import { parseAddress } from '@xln/shared/ids.ts'
import { formatAmount } from '../assets.ts'
import type { Command } from '../command.ts'
import { CliError } from '../faults.ts'
import { baseUnitsOption, entityOption, keyOption, tokenOption } from '../syntax.ts'
import { waitForBatches, waitOptions } from '../wait.ts'

const amountOptions = [tokenOption, baseUnitsOption, entityOption, keyOption]

export const deposit: Command = {
  name: 'deposit',
  summary: "move tokens of the node's gas key into an entity's reserve",
  parameters: [{ name: 'amount' }],
  options: amountOptions,
  examples: [
    'deposit 5 --token ether',
    'deposit 250.50 --token USDC --entity alice --key 2026-07-deposit',
    'deposit 1000000 --token 0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  ],
  notes: 'Resolves when a block has it; the reserve grows when that block is final.',
  seeAlso: ['withdraw', 'collateralise', 'status'],
  async run(args, context) {
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    const client = await context.client()
    const entity = await context.entity()
    const asked = { entity, token: asset.token, amount, ...context.key() }
    context.output.note('waiting for the chain …')
    const { block, txHash } = await client.call('depository.deposit', asked)
    context.output.say(
      { deposited: amount, token: asset.token, entity, block, txHash },
      `deposited ${formatAmount(amount, asset)} in block ${block}, transaction ${txHash}`,
    )
    return 0
  },
}

export const withdraw: Command = {
  name: 'withdraw',
  summary: 'move reserve out to an address',
  parameters: [{ name: 'amount' }, { name: 'address' }],
  options: [...amountOptions, ...waitOptions],
  examples: [
    'withdraw 1.5 0x90F79bf6EB2c4f870365E785982E1f101E93b906 --token ether',
    'withdraw 250 0x90F79bf6EB2c4f870365E785982E1f101E93b906 --token USDC --wait',
  ],
  seeAlso: ['deposit', 'settle', 'status'],
  async run(args, context) {
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    const to = args.word('address')
    if (!/^0x[0-9a-fA-F]{40}$/.test(to)) {
      const reason = `"${to}" is no address`
      throw new CliError({ code: 'usage', reason, command: 'withdraw' })
    }
    const client = await context.client()
    const entity = await context.entity()
    const { token } = asset
    const asked = { entity, token, to: parseAddress(to), amount, ...context.key() }
    await client.call('depository.withdraw', asked)
    await waitForBatches(args, context, entity)
    const done = args.flag('wait') ? 'withdrawn' : 'on its way'
    context.output.say(
      { withdrawn: amount, token, to, entity },
      `${done}: ${formatAmount(amount, asset)} to ${to}`,
    )
    return 0
  },
}

export const transfer: Command = {
  name: 'transfer',
  summary: "move reserve to another entity's reserve, on chain",
  parameters: [{ name: 'amount' }, { name: 'to' }],
  options: [...amountOptions, ...waitOptions],
  examples: ['transfer 10 bob --token USDC', 'transfer 0.1 hub --token ether --wait'],
  seeAlso: ['pay', 'status'],
  async run(args, context) {
    const asset = await context.assetAsked()
    const amount = context.amountOf(args.word('amount'), asset)
    const to = await context.entityNamed(args.word('to'))
    const client = await context.client()
    const entity = await context.entity()
    const { token } = asset
    await client.call('depository.transfer', { entity, token, to, amount, ...context.key() })
    await waitForBatches(args, context, entity)
    const done = args.flag('wait') ? 'transferred' : 'on its way'
    context.output.say(
      { transferred: amount, token, to, entity },
      `${done}: ${formatAmount(amount, asset)} to ${to}`,
    )
    return 0
  },
}

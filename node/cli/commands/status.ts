/** `xln status`: how a node and its entities stand. */
import type { Result } from '@xln/shared/api.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { ApiClient } from '../../api/client.ts'
import { RequestError } from '../../api/faults.ts'
import { assetOfToken, formatAmount } from '../assets.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { timeOf } from '../explain.ts'
import { short } from '../output.ts'

export const status: Command = {
  name: 'status',
  summary: 'show how a node stands, and what its entities hold',
  options: [],
  examples: ['status', 'status --json', 'status --api ws://127.0.0.1:7801/api/v1/ws'],
  seeAlso: ['channels', 'peers'],
  async run(_, context) {
    const client = await context.client()
    const info = await client.call('server.getInfo', {})
    const { block, chain, network, peers, listening, restoring } = info
    const lines = [
      `server   ${info.server}  version ${info.version}${restoring ? '  RESTORING lost state' : ''}`,
      `block    ${block.number}  state ${short(block.stateHash)}`,
      `chain    ${network.chainId}  block ${chain.block} of ${timeOf(chain.timestamp)}  ${chain.healthy ? '' : 'NOT FOLLOWED  '}${chain.detail}`,
      `peers    ${peers}  ${listening === null ? 'only dials' : `listens at ${listening}`}`,
    ]
    const gas = await gasOf(client)
    if (gas !== undefined) {
      const ether = formatAmount(gas.amount, assetOfToken(etherTokenId, await context.settings()))
      const advice = gas.amount === 0n ? '  NOTHING: no transaction can be paid for' : ''
      lines.push(`gas      ${gas.address}  ${ether}${advice}`)
    }
    if (!context.output.isJson) context.output.say({}, lines.join('\n'))
    const entities = await client.call('entity.list', {})
    const states: object[] = []
    for (const { id } of entities) {
      const state = await client.call('entity.getState', { entity: id })
      states.push(state)
      if (!context.output.isJson) context.output.say({}, await textOf(state, context))
    }
    if (context.output.isJson) context.output.say({ ...info, gas, entities: states }, '')
    return 0
  },
}

/** What pays on chain; undefined for a token that may not see it, and when the chain does not answer. */
async function gasOf(client: ApiClient): Promise<Result<'depository.wallet'> | undefined> {
  try {
    return await client.call('depository.wallet', { token: etherTokenId })
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}

async function textOf(state: Result<'entity.getState'>, context: Context): Promise<string> {
  const settings = await context.settings()
  const { id, reserves, debts, waitingItems, batchesInFlight } = state
  const lines = [`entity   ${id}${state.restoring ? '  RESTORING' : ''}`]
  for (const { token, amount } of reserves) {
    lines.push(`  reserve  ${formatAmount(amount, assetOfToken(token, settings))}`)
  }
  for (const { token, remaining, debtor, creditor } of debts) {
    const amount = formatAmount(remaining, assetOfToken(token, settings))
    const other = debtor === id ? `owes ${short(creditor)}` : `is owed by ${short(debtor)}`
    lines.push(`  debt     ${other} ${amount}`)
  }
  if (waitingItems > 0 || batchesInFlight.length > 0) {
    const items = batchesInFlight.flatMap((batch) => batch.items)
    const out = items.length === 0 ? '' : `  in batches that are out: ${items.join(', ')}`
    lines.push(`  chain    ${waitingItems} waiting${out}`)
  }
  return lines.join('\n')
}

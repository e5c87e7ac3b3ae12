/** `xln reputation`: how somebody has kept his word, from the events of the chain. */
import { type Reputation, reputationsOf } from '@xln/shared/depository/reputation.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { eventTopic } from '../../shell/chain/decode.ts'
import { Endpoints } from '../../shell/chain/endpoints.ts'
import { type PastEvent, readHistory } from '../../shell/chain/history.ts'
import { type NodeConfig, nodeConfigOf } from '../../shell/config/config.ts'
import { assetOfToken, formatAmount, type Tokens } from '../assets.ts'
import type { Command } from '../command.ts'
import type { Output } from '../output.ts'

/** What is read: nothing else says anything of how an entity keeps its word. */
const topics = [
  eventTopic('Settled'),
  eventTopic('DisputeStarted'),
  eventTopic('TokenSplit'),
  eventTopic('DisputeFinalised'),
  eventTopic('DebtCreated'),
  eventTopic('DebtPaid'),
  eventTopic('DebtForgiven'),
]

export const reputation: Command = {
  name: 'reputation',
  summary: 'disputes, forfeits, debts and repayments of entities, as the chain tells them',
  parameters: [{ name: 'entity', isOptional: true, isList: true }],
  options: [],
  examples: ['reputation', 'reputation hub', 'reputation hub --json'],
  notes:
    'Asks the chain, no node: everybody comes to the same. Without an entity: all that have any.',
  seeAlso: ['channels', 'status'],
  async run(args, context) {
    const wanted: EntityId[] = []
    for (const name of args.words('entity')) wanted.push(await context.entityNamed(name))
    const neverAsked = () => Promise.reject(new Error('reputations need no password'))
    const settings = await context.settings()
    const all = reputationsOf(await readPast(nodeConfigOf(settings, neverAsked)))
    for (const entity of wanted.length === 0 ? all.keys() : wanted) {
      say(context.output, settings, entity, all.get(entity))
    }
    if (wanted.length === 0 && all.size === 0) context.output.note('nobody has any yet')
    return 0
  },
}

/** Everything up to the newest block that is final for this node. */
async function readPast({ rpcUrls, deployment, confirmations }: NodeConfig): Promise<PastEvent[]> {
  const { chainId, depository: address, block: fromBlock } = deployment
  const endpoints = new Endpoints({ urls: rpcUrls, chainId: BigInt(chainId) })
  try {
    return await endpoints.ask(async (endpoint) => {
      const head = await endpoint.provider.getBlockNumber()
      const toBlock = Math.max(fromBlock, head - confirmations)
      const filter = { address, topics: [topics], fromBlock, toBlock }
      return readHistory(endpoints, endpoint, deployment, filter)
    })
  } finally {
    endpoints.close()
  }
}

/** `tokens`: what the user calls them. */
function say(output: Output, tokens: Tokens, entity: EntityId, found?: Reputation): void {
  if (found === undefined) {
    output.say({ entity }, `${entity}\n  the chain says nothing of it`)
    return
  }
  const amount = (value: bigint, token: TokenId) => formatAmount(value, assetOfToken(token, tokens))
  const lines = [
    entity,
    `  settlements       ${found.settlements}`,
    `  disputes started  ${found.disputesStarted}, forfeited ${found.forfeits}`,
    `  disputes faced    ${found.disputesFaced}`,
  ]
  for (const [token, forfeit] of found.forfeited) {
    lines.push(`  forfeit           ${amount(forfeit, token)}`)
  }
  for (const [token, { created, paid, forgiven, open, oldestOpen }] of found.debts) {
    const since = oldestOpen === null ? '' : `, the oldest since block ${oldestOpen}`
    lines.push(
      `  owed              ${amount(created, token)}`,
      `  paid back         ${amount(paid, token)}`,
      `  was forgiven      ${amount(forgiven, token)}`,
      `  owes              ${amount(open, token)}${since}`,
    )
  }
  output.say({ entity, ...found }, lines.join('\n'))
}

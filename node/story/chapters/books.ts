/** Chapter 6: the books. Every unit is where it should be, or the story has failed. */
import { formatColumn } from '../amounts.ts'
import { endOf } from '../channels.ts'
import { expectEqual } from '../failure.ts'
import type { Holdings } from '../ledger.ts'
import { money } from '../money.ts'
import type { NodeProcess } from '../nodeProcess.ts'
import type { Outcome } from '../outcome.ts'
import { DECIMALS, SYMBOL } from '../plan.ts'
import type { Stage } from '../stage.ts'
import type { Teller } from '../teller.ts'
import type { Verdict } from './cheat.ts'

/** All that a party has of the token. */
interface Wealth {
  /** At its address, outside. */
  readonly wallet: bigint
  readonly reserve: bigint
  /** What its channels owe it. */
  readonly claims: bigint
  readonly total: bigint
}

/** What the three have, in the order sender, hub, receiver. */
export type Books = readonly Wealth[]

/** The books as they are now: outside and reserves as the contracts have them, claims as the nodes do. */
export async function openBooks(stage: Stage): Promise<Books> {
  const { sender, hub, receiver } = stage
  return [
    await wealthOf(stage, sender, [hub]),
    await wealthOf(stage, hub, [sender, receiver]),
    await wealthOf(stage, receiver, [hub]),
  ]
}

async function wealthOf(
  { ledger, token }: Stage,
  node: NodeProcess,
  peers: readonly NodeProcess[],
): Promise<Wealth> {
  const wallet = await ledger.balanceOf(token.id, node.wallet)
  const reserve = await ledger.reserveOf(node.entity, token.id)
  const { items } = await node.call('channel.list', { entity: node.entity })
  let claims = 0n
  for (const peer of peers) {
    const isOpen = items.some((channel) => channel.peer === peer.entity)
    if (isOpen) claims += (await endOf(node, peer, token)).claim
  }
  return { wallet, reserve, claims, total: wallet + reserve + claims }
}

export async function closeBooks(
  stage: Stage,
  before: Books,
  { paid, fees }: Outcome,
  { spent, forfeit }: Verdict,
  teller: Teller,
): Promise<void> {
  teller.chapter('The books')
  const now = await openBooks(stage)
  await expectHoldings(stage, now, teller)
  teller.say('sender', 'has paid, with fees', money(paid + fees))
  teller.say('', 'has sold to the hub, and won the forfeit', money(spent + forfeit))
  teller.say('hub', 'has earned fees', money(fees))
  teller.say('', 'has bought, and lost the forfeit', money(spent + forfeit))

  const changes = [spent + forfeit - paid - fees, fees - spent - forfeit, paid]
  const names = ['sender', 'hub', 'receiver']
  for (const [index, name] of names.entries()) {
    const expected = (before[index]?.total ?? 0n) + (changes[index] ?? 0n)
    expectEqual(`what ${name} has`, now[index]?.total ?? 0n, expected, [name])
  }
  expectEqual('what all have together', sumOf(now).total, sumOf(before).total)
  printTable(names, before, now, teller)
}

/** What the Depository holds is what it owes: by its events, by its views, and by the token itself. */
async function expectHoldings({ ledger, token }: Stage, now: Books, teller: Teller): Promise<void> {
  const holdings = await ledger.holdings()
  for (const { token: id, held, reserves, collateral } of holdings) {
    expectEqual(`what the Depository holds of ${id}`, held, reserves + collateral)
  }
  const ours = holdings.find(({ token: id }) => id === token.id) as Holdings
  expectEqual('all reserves', ours.reserves, sumOf(now).reserve)
  expectEqual('what stands outside of reserves', ours.collateral, sumOf(now).claims)
  teller.say('Depository', 'holds', money(ours.held))
  teller.say('', 'reserves, rebuilt from its events', money(ours.reserves))
  teller.say('', 'collateral, rebuilt from its events', money(ours.collateral))
}

function sumOf(books: Books): Wealth {
  const sum = (of: (wealth: Wealth) => bigint) => books.reduce((all, each) => all + of(each), 0n)
  return {
    wallet: sum(({ wallet }) => wallet),
    reserve: sum(({ reserve }) => reserve),
    claims: sum(({ claims }) => claims),
    total: sum(({ total }) => total),
  }
}

function printTable(names: readonly string[], before: Books, now: Books, teller: Teller): void {
  const rows = [...now, sumOf(now)]
  const earlier = [...before, sumOf(before)].map(({ total }) => total)
  const column = (values: readonly bigint[]) => formatColumn(values, DECIMALS)
  const columns = [
    [...names, 'together'],
    column(earlier),
    column(rows.map(({ wallet }) => wallet)),
    column(rows.map(({ reserve }) => reserve)),
    column(rows.map(({ claims }) => claims)),
    column(rows.map(({ total }) => total)),
    column(rows.map(({ total }, index) => total - (earlier[index] ?? 0n))),
  ]
  teller.table(
    [SYMBOL, 'before', 'outside', 'reserve', 'channels', 'now', 'change'],
    rows.map((_, index) => columns.map((each) => each[index] ?? '')),
  )
}

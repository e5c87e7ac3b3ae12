/** A stage of its own: rounds of kills, and at the end damage to disks. */
import type { Books } from '@xln/node/story/chapters/books.ts'
import { openBooks } from '@xln/node/story/chapters/books.ts'
import { openChannels } from '@xln/node/story/chapters/open.ts'
import { planOf } from '@xln/node/story/plan.ts'
import { type Stage, Theatre } from '@xln/node/story/stage.ts'
import { Teller } from '@xln/node/story/teller.ts'
import type { Random } from '../fuzz/random.ts'
import { type Damage, damageAndReturn, type Ending } from './damage.ts'
import { checkLog, type Moved } from './laws.ts'
import { nodesOf, playRound } from './round.ts'
import type { Death } from './victim.ts'

/** More than are ever paid in one season. */
const PAYMENTS = 30_000
/** The numbers of payments that a round or a damage has to itself. */
const NUMBERS = 100_000
const LOG_LINES = 30

export interface SeasonPlan {
  readonly rounds: number
  readonly killsPerRound: number
  /** One after another, each to another node. */
  readonly damages: readonly Damage[]
}

/** What has happened so far; grows as it happens. */
export interface Tally {
  readonly deaths: Record<Death, number>
  readonly endings: Record<Ending, number>
  /** Words in which nodes refused a disk. */
  readonly reasons: Set<string>
  orders: number
  settled: number
  blocksVerified: number
}

export function newTally(): Tally {
  return {
    deaths: { write: 0, moment: 0, start: 0 },
    endings: { whole: 0, restored: 0, refused: 0 },
    reasons: new Set(),
    orders: 0,
    settled: 0,
    blocksVerified: 0,
  }
}

export function killsIn({ deaths }: Tally): number {
  return deaths.write + deaths.moment + deaths.start
}

/** Plays a season, or throws at the first law that does not hold, with the nodes' last words printed. */
export async function playSeason(
  plan: SeasonPlan,
  random: Random,
  tally: Tally,
  say: (line: string) => void,
): Promise<void> {
  const theatre = new Theatre({ keep: false })
  try {
    const money = planOf(PAYMENTS)
    const stage = await theatre.open(money)
    await openChannels(stage, money, new Teller({ write: () => true }))
    await new Season(stage, random, tally, say, await openBooks(stage)).play(plan)
  } catch (error) {
    for (const [name, lines] of await theatre.logTails([], LOG_LINES)) {
      say(`${name}:\n${lines.join('\n')}`)
    }
    await theatre.close().catch(() => undefined)
    throw error
  }
  await theatre.close()
}

class Season {
  readonly #stage: Stage
  readonly #random: Random
  readonly #tally: Tally
  readonly #say: (line: string) => void
  readonly #before: Books
  #moved: Moved = { paid: 0n, fees: 0n }
  #next = 0

  constructor(
    stage: Stage,
    random: Random,
    tally: Tally,
    say: (line: string) => void,
    before: Books,
  ) {
    this.#stage = stage
    this.#random = random
    this.#tally = tally
    this.#say = say
    this.#before = before
  }

  async play({ rounds, killsPerRound, damages }: SeasonPlan): Promise<void> {
    for (let round = 0; round < rounds; round++) await this.#round(killsPerRound)
    for (const damage of damages) await this.#damage(damage)
    await this.#verify()
  }

  async #round(kills: number): Promise<void> {
    const [tally, first] = [this.#tally, this.#takeNumbers()]
    const played = await playRound(
      this.#stage,
      this.#random,
      kills,
      first,
      this.#before,
      this.#moved,
    )
    this.#moved = played.moved
    for (const death of ['write', 'moment', 'start'] as const) {
      tally.deaths[death] += played.kills[death]
    }
    tally.orders += played.orders
    tally.settled += played.settled
    const { write, moment, start } = played.kills
    this.#say(
      `killed ${write} at a write, ${moment} at a moment, ${start} while starting; ` +
        `${played.settled} of ${played.orders} payments settled; ${killsIn(tally)} kills in all`,
    )
  }

  async #damage(damage: Damage): Promise<void> {
    const node = this.#random.pick(nodesOf(this.#stage))
    const first = this.#takeNumbers()
    const { ending, reason, moved, settled, differences } = await damageAndReturn(
      this.#stage,
      node,
      damage,
      this.#random,
      first,
      this.#before,
      this.#moved,
    )
    this.#moved = moved
    this.#tally.endings[ending]++
    this.#tally.settled += settled
    if (reason !== '') this.#tally.reasons.add(/"code":"([a-z_]+)"/.exec(reason)?.[1] ?? reason)
    const { forgotten, unended, contradicted, invoices } = differences
    this.#say(
      `${damage} of ${node.name} damaged: ${ending} ${reason.slice(0, 200)}; of ${settled} payments ` +
        `${forgotten} forgotten, ${unended} without an end, ${contradicted} failed though paid; ` +
        `${invoices} invoices lost`,
    )
  }

  async #verify(): Promise<void> {
    const blocks = await Promise.all(nodesOf(this.#stage).map(checkLog))
    for (const count of blocks) this.#tally.blocksVerified += count
    this.#say('the log of each node gives its state')
  }

  #takeNumbers(): number {
    this.#next += NUMBERS
    return this.#next
  }
}

/** One round: payments all the time, kills in the middle of them, and then every law. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Books } from '@xln/node/story/chapters/books.ts'
import { StoryFailure } from '@xln/node/story/failure.ts'
import type { NodeProcess } from '@xln/node/story/nodeProcess.ts'
import { type Stage, untilConnected } from '@xln/node/story/stage.ts'
import type { Random } from '../fuzz/random.ts'
import { checkBooks, checkPayments, type Moved } from './laws.ts'
import { Traffic } from './traffic.ts'
import { type Death, Victim } from './victim.ts'

const CALM_MS = 500

export interface Round {
  readonly kills: Readonly<Record<Death, number>>
  readonly orders: number
  readonly settled: number
  readonly moved: Moved
}

export const nodesOf = ({ sender, hub, receiver }: Stage): readonly NodeProcess[] => [
  sender,
  hub,
  receiver,
]

/** At least `kills` kills of one to three nodes; `before` are the books at the beginning of everything. */
export async function playRound(
  stage: Stage,
  random: Random,
  kills: number,
  first: number,
  before: Books,
  moved: Moved,
): Promise<Round> {
  const victims = chosen(stage, random).map((node) => new Victim(node, random))
  const deaths: Record<Death, number> = { write: 0, moment: 0, start: 0 }
  const traffic = new Traffic(stage, first)
  let left = kills
  const haunt = async (victim: Victim) => {
    await victim.node.kill()
    deaths.moment++
    left--
    while (left > 0) {
      left--
      deaths[await victim.liveAndDie()]++
    }
    await victim.live()
  }
  await Promise.all(victims.map(haunt)).catch(async (error: unknown) => {
    // The traffic ends by itself when it has nobody to ask.
    void traffic.stop().catch(() => undefined)
    throw error
  })
  await untilConnected(stage.hub)
  // What is said now goes through: a restart must not have cost a channel its use.
  await pause(CALM_MS)
  const said = await traffic.stop()
  const outcome = await checkPayments(stage, said)
  const sum = { paid: moved.paid + outcome.paid, fees: moved.fees + outcome.fees }
  await checkBooks(stage, before, sum)
  return { kills: deaths, orders: said.orders.length, settled: outcome.settled, moved: sum }
}

/** Mostly one at a time: with all of them dead most of the time, little could go wrong. */
function chosen(stage: Stage, random: Random): NodeProcess[] {
  const nodes = [...nodesOf(stage)]
  const count = random.pick([1, 1, 1, 2, 2, 3])
  const some: NodeProcess[] = []
  while (some.length < count) some.push(...nodes.splice(random.below(nodes.length), 1))
  if (some.length === 0) throw new StoryFailure('there is nobody to kill')
  return some
}

/** What happens to disks: the newest writes are lost, altered or replaced by older ones. */
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { endOf } from '@xln/node/story/channels.ts'
import type { Books } from '@xln/node/story/chapters/books.ts'
import { StoryFailure, until } from '@xln/node/story/failure.ts'
import type { NodeProcess } from '@xln/node/story/nodeProcess.ts'
import { type Stage, untilConnected } from '@xln/node/story/stage.ts'
import {
  CLOCK_SKEW_SECONDS,
  SETTLEMENT_LIFE_SECONDS,
} from '../../node/machines/channel/transactions/settle.ts'
import type { Random } from '../fuzz/random.ts'
import { checkBooks, checkPayments, type Moved } from './laws.ts'
import { type Differences, differencesIn } from './records.ts'
import { Traffic } from './traffic.ts'

/** `backup`: the database of some time ago, the mark beside it not; `everything`: the whole folder. */
export const damages = ['tail', 'byte', 'log', 'mark', 'backup', 'everything'] as const
export type Damage = (typeof damages)[number]

/** `whole`: nothing that counts was lost; `restored`: the peers have shown it what it had lost. */
export type Ending = 'whole' | 'restored' | 'refused'

export interface Damaged {
  readonly ending: Ending
  /** In the words of the node, when it refused. */
  readonly reason: string
  readonly settled: number
  readonly differences: Differences
  readonly moved: Moved
}

const TRAFFIC_MS = 1_000
const DATABASE = 'db'

/**
 * Damages a node's disk after some payments, when nothing is under way, and starts it again. It must
 * come to what it had, to the unit, or say that it cannot; then it gets its undamaged disk back.
 */
export async function damageAndReturn(
  stage: Stage,
  node: NodeProcess,
  damage: Damage,
  random: Random,
  first: number,
  before: Books,
  moved: Moved,
): Promise<Damaged> {
  const { dataDir } = node.spec
  const [old, safe] = [`${dataDir}.old`, `${dataDir}.safe`]
  await node.kill()
  await cp(dataDir, old, { recursive: true })
  await node.start()
  await untilConnected(stage.hub)
  const traffic = new Traffic(stage, first)
  await pause(TRAFFIC_MS)
  const said = await traffic.stop()
  const outcome = await checkPayments(stage, said)
  const sum = { paid: moved.paid + outcome.paid, fees: moved.fees + outcome.fees }
  await checkBooks(stage, before, sum)

  await node.kill()
  await cp(dataDir, safe, { recursive: true })
  await applyDamage(dataDir, old, damage, random)
  const { ending, reason } = await startDamaged(stage, node)
  if (ending === 'refused') {
    await node.kill()
    await replace(dataDir, safe)
    await node.start()
  }
  await untilConnected(stage.hub)
  await checkBooks(stage, before, sum)
  const differences = await differencesIn(stage, said.orders)
  for (const copy of [old, safe]) await rm(copy, { recursive: true })
  return { ending, differences, reason, settled: outcome.settled, moved: sum }
}

async function startDamaged(
  stage: Stage,
  node: NodeProcess,
): Promise<Pick<Damaged, 'ending' | 'reason'>> {
  try {
    await node.start()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (/"code":"[a-z_]+"/.test(reason)) return { ending: 'refused', reason }
    throw new StoryFailure(`it does not say what is wrong: ${reason}`, [node.name], {
      cause: error,
    })
  }
  await untilConnected(stage.hub)
  if (!(await hasLost(stage, node))) return { ending: 'whole', reason: '' }
  await waitForPeers(stage, node)
  return { ending: 'restored', reason: '' }
}

/**
 * Whether it knows that it has lost state. What its own disk does not tell, its peers do, with the next
 * that they have to say: so they are made to say something, which changes nothing.
 */
async function hasLost(stage: Stage, node: NodeProcess): Promise<boolean> {
  const isRestoring = async () => (await node.call('server.getInfo', {})).restoring
  if (await isRestoring()) return true
  for (const [peer, other] of channelsOf(stage)) {
    if (other === node) await sayAgain(stage, peer, node)
    else if (peer === node) await sayAgain(stage, other, node)
  }
  return await until(`${node.name} and its peers agree, or one knows better`, async () => {
    if (await isRestoring()) return true
    for (const [one, other] of channelsOf(stage)) {
      const a = await endOf(one, other, stage.token)
      const b = await endOf(other, one, stage.token)
      if (a.height !== b.height || a.claim + b.claim !== a.collateral) return undefined
    }
    return false
  }, [node.name])
}

const channelsOf = ({ sender, hub, receiver }: Stage) =>
  [
    [sender, hub],
    [receiver, hub],
  ] as const

/** The credit that it extends is what it was; but it is said in a block. */
async function sayAgain(stage: Stage, from: NodeProcess, to: NodeProcess): Promise<void> {
  const between = { entity: from.entity, peer: to.entity }
  const { tokens, side } = await from.call('channel.get', between)
  const known = tokens.find(({ token }) => token === stage.token.id)
  const limit = side === 'left' ? known?.leftCreditLimit : known?.rightCreditLimit
  await from.call('channel.extendCredit', { ...between, token: stage.token.id, limit: limit ?? 0n })
}

/** Who has lost state signs nothing before all that it may have signed is dead. */
async function waitForPeers({ chain, hub }: Stage, node: NodeProcess): Promise<void> {
  await chain.advanceTime(SETTLEMENT_LIFE_SECONDS + 2 * CLOCK_SKEW_SECONDS)
  const isShown = async () => {
    const { restoring } = await node.call('server.getInfo', {})
    return restoring ? undefined : true
  }
  await until(`${node.name} has been shown what it lost`, isShown, [node.name, hub.name])
}

async function applyDamage(
  dataDir: string,
  old: string,
  damage: Damage,
  random: Random,
): Promise<void> {
  const log = await newestLog(join(dataDir, DATABASE))
  const { size } = await stat(log)
  switch (damage) {
    case 'tail':
      return truncate(log, Math.max(0, size - 1 - random.below(Math.min(size, 16_384))))
    case 'byte':
      return flip(log, random.below(size), random)
    case 'log':
      return rm(log)
    case 'mark':
      return rm(join(dataDir, 'high-water'))
    case 'backup':
      await rm(join(dataDir, DATABASE), { recursive: true })
      return cp(join(old, DATABASE), join(dataDir, DATABASE), { recursive: true })
    case 'everything':
      return replace(dataDir, old)
  }
}

async function replace(dataDir: string, copy: string): Promise<void> {
  await rm(dataDir, { recursive: true })
  await cp(copy, dataDir, { recursive: true })
}

async function flip(path: string, at: number, random: Random): Promise<void> {
  const bytes = await readFile(path)
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
  await writeFile(path, bytes)
}

/** LevelDB's newest file of writes that are in no table yet. */
async function newestLog(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^\d+\.log$/.test(name))
  const newest = names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).at(-1)
  if (newest === undefined) throw new StoryFailure(`${folder} has no log`)
  return join(folder, newest)
}

/**
 * `pnpm crash [--kills N] [--seed S] [--minutes M]`: real processes, disks and a real chain, killed and
 * damaged until as many kills, or the time, are over; every law after each round. The seed says who is
 * killed and how; when exactly a process gets how far is the machine's.
 */
import { parseArgs } from 'node:util'
import { Random } from '../fuzz/random.ts'
import { damages } from './damage.ts'
import { killsIn, newTally, playSeason, type Tally } from './season.ts'

const ROUNDS_PER_SEASON = 8
const KILLS_PER_ROUND = 12
const DAMAGES_PER_SEASON = 3

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    minutes: { type: 'string', default: '240' },
  },
})
const seed = Number(values.seed)
const killsMax = Number(values.kills)
const minutes = Number(values.minutes)
if (!Number.isSafeInteger(seed) || !(killsMax > 0) || !(minutes > 0)) {
  console.error('--kills, --seed and --minutes are numbers.')
  process.exitCode = 2
} else {
  process.exitCode = await search()
}

async function search(): Promise<number> {
  const random = new Random(seed)
  const tally = newTally()
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1_000
  const say = (line: string) => console.log(`${elapsed().toFixed(0).padStart(6)} s  ${line}`)
  say(`seed ${seed}`)
  try {
    for (let season = 0; killsIn(tally) < killsMax && elapsed() < 60 * minutes; season++) {
      const missing = Math.ceil((killsMax - killsIn(tally)) / KILLS_PER_ROUND)
      const plan = {
        rounds: Math.min(ROUNDS_PER_SEASON, missing),
        killsPerRound: Math.min(KILLS_PER_ROUND, killsMax),
        damages: Array.from({ length: DAMAGES_PER_SEASON }, (_, index) => {
          return damages[(DAMAGES_PER_SEASON * season + index) % damages.length] ?? 'tail'
        }),
      }
      await playSeason(plan, random, tally, say)
    }
  } catch (error) {
    say('BROKEN')
    console.log(error)
    print(tally, elapsed())
    return 1
  }
  print(tally, elapsed())
  return 0
}

function print(tally: Tally, seconds: number): void {
  const { deaths, endings, reasons, orders, settled, blocksVerified } = tally
  const kills = killsIn(tally)
  console.log(`
${kills} kills in ${seconds.toFixed(0)} s, ${((60 * kills) / seconds).toFixed(1)} a minute
  ${deaths.write} at a write, ${deaths.moment} at a moment, ${deaths.start} while starting
${orders} invoices acknowledged, ${settled} payments settled, ${blocksVerified} blocks verified
${endings.whole} damages without loss, ${endings.restored} restored, ${endings.refused} refused ${[...reasons].join(', ')}`)
}

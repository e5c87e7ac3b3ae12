/**
 * Puts each planted bug into the product, alone, and has the simulator look for it:
 * `pnpm plants [--only part-of-a-name] [--seeds 60] [--first 1] [--theme name] [--jobs 2]`. Each in worlds of
 * its own theme, unless another is given; the first seed that breaks a law ends its search. Says a line for
 * each, and ends with 1 when one is not found.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Plant } from './plant.ts'
import { plants } from './plants.ts'

interface Find {
  readonly seed: number
  readonly seeds: number
  readonly seconds: number
  readonly law: string
  readonly message: string
}

/** Many times what the worlds of one plant take: only one that never ends is stopped. */
const PLANT_MS = 900_000

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '60' },
    first: { type: 'string', default: '1' },
    theme: { type: 'string' },
    jobs: { type: 'string', default: `${availableParallelism()}` },
  },
})
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** What the simulator says of the product with `plant` in it: null when it is nothing, a text when it could not. */
async function look(plant: Plant): Promise<Find | string | null> {
  const theme = values.theme ?? plant.theme
  const args = [values.first, values.seeds, ...(theme === undefined ? [] : [theme])]
  const { code, said, failed } = await run(plant.name, args)
  const line = said.trim().split('\n').at(-1) ?? ''
  if (code === 0 && line !== '') return JSON.parse(line) as Find | null
  return code === null ? `when it was stopped` : `ended with ${code}: ${failed}`
}

/** Plays worlds in a process of its own; `code` is null when it was stopped. */
async function run(plant: string, args: readonly string[]) {
  const env = { ...process.env, XLN_PLANT: plant }
  const all = ['--import', file('hooks.ts'), file('search.ts'), ...args]
  const child = spawn(process.execPath, all, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), PLANT_MS)
  let said = ''
  let failed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    failed = `${failed}${chunk.toString()}`.slice(-2_000)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  return { code, said, failed }
}

/** Whether it was found, and how, in a line. */
function report({ name }: Plant, find: Find | string | null): boolean {
  const isFound = find !== null && typeof find !== 'string'
  const what = isFound
    ? `${`${find.seeds}`.padStart(3)} seeds ${find.seconds.toFixed(1).padStart(6)} s  ${find.law}`
    : `NOT FOUND ${find ?? `in ${values.seeds} seeds`}`
  console.log(`${name.padEnd(58)} ${what}`)
  return isFound
}

const chosen = plants.filter(({ name }) => name.includes(values.only))
const waiting = [...chosen]
let found = 0

async function work(): Promise<void> {
  for (let plant = waiting.shift(); plant !== undefined; plant = waiting.shift()) {
    if (report(plant, await look(plant))) found++
  }
}

await Promise.all(Array.from({ length: Number(values.jobs) }, work))
console.log(`${found} of ${chosen.length} found`)
process.exitCode = found === chosen.length ? 0 : 1

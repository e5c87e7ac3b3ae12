/**
 * Puts each planted bug into the product, alone, and has the simulator look for it:
 * `pnpm plants [--only part-of-a-name] [--seeds 60] [--first 1] [--theme name]`. Each in worlds of its own theme,
 * unless another is given. Ends with 1 when one is not found.
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

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '60' },
    first: { type: 'string', default: '1' },
    theme: { type: 'string' },
  },
})
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** What the simulator says of the product with `plant` in it; null: nothing. */
function look(plant: Plant): Promise<Find | null> {
  const env = { ...process.env, XLN_PLANT: plant.name }
  const args = ['--import', file('hooks.ts'), file('search.ts'), values.first, values.seeds]
  const theme = values.theme ?? plant.theme
  if (theme !== undefined) args.push(theme)
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let failed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    failed += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      const line = said.trim().split('\n').at(-1) ?? ''
      if (code === 0 && line !== '') resolve(JSON.parse(line) as Find | null)
      else reject(new Error(`'${plant.name}' ended with ${code}: ${failed.slice(-2_000)}`))
    })
  })
}

const chosen = plants.filter(({ name }) => name.includes(values.only))
const waiting = [...chosen]
let found = 0

async function work(): Promise<void> {
  for (let plant = waiting.shift(); plant !== undefined; plant = waiting.shift()) {
    const find = await look(plant)
    if (find !== null) found++
    const what =
      find === null
        ? `not found in ${values.seeds} seeds`
        : `seed ${find.seed}, the ${find.seeds}th, ${find.seconds.toFixed(1)} s: ${find.law}`
    console.log(`${plant.name.padEnd(58)} ${what}`)
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work))
console.log(`${found} of ${chosen.length} found`)
process.exitCode = found === chosen.length ? 0 : 1

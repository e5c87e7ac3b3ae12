/** Plays seeds until one fails, and says which: `node search.ts <first> <count> [theme]`. */
import { runSeed } from '@xln/node/sim/bottle.ts'

const [first = '1', count = '40', theme] = process.argv.slice(2)
const started = performance.now()
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const { failure, isKnown } = await runSeed({ seed, theme })
  if (failure === undefined || isKnown) continue
  const seeds = seed - Number(first) + 1
  const seconds = (performance.now() - started) / 1_000
  console.log(JSON.stringify({ seed, seeds, seconds, ...failure }))
  process.exit(0)
}
console.log('null')
process.exit(0)

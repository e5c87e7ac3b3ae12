/** `pnpm sim --seed N [--filter text]` replays one seed; `pnpm sim --minutes M` searches. */
import { parseArgs } from 'node:util'
import { installNativeCrypto } from '../shell/crypto.ts'
import { runSeed } from './bottle.ts'
import { faultClasses } from './faults/registry.ts'
import { limitNames } from './limits.ts'
import type { Outcome } from './outcome.ts'
import type { WorldOptions } from './shape.ts'
import { commandOf, shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    from: { type: 'string', default: '1' },
    filter: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    faults: { type: 'string' },
    chain: { type: 'string' },
    theme: { type: 'string' },
    leaves: { type: 'string' },
    trouble: { type: 'string' },
  },
})

/** `--chain yes`, `--chain no`; else as the seed has it. */
const chain = values.chain === undefined ? undefined : values.chain === 'yes'
const { theme } = values

/** What the command line says of the worlds to play. */
function given(): Omit<WorldOptions, 'seed'> {
  const faults = values.faults?.split(',').filter((name) => name !== '')
  const leaves = values.leaves === undefined ? undefined : Number(values.leaves)
  const troubleMs = values.trouble === undefined ? undefined : 1_000 * Number(values.trouble)
  return { chain, theme, leaves, troubleMs, ...(faults === undefined ? {} : { faults }) }
}

function report(outcome: Outcome): void {
  const { seed, hash, failure, faults, blocks, steps, virtualMs, counts } = outcome
  console.log(`seed ${seed}: ${failure === undefined ? 'kept every law' : `broke a law`}`)
  if (failure !== undefined) console.log(`  ${failure.law}: ${failure.message}`)
  console.log(`  ${blocks} blocks, ${steps} events, ${Math.round(virtualMs / 1_000)} s of its time`)
  console.log(`  faults: ${faults.join(', ') || 'none'}`)
  console.log(`  trace ${hash}`)
  if (values.quiet) return
  for (const [what, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (what.startsWith('fault')) console.log(`  ${what}: ${count}`)
  }
}

async function replaySeed(seed: number): Promise<boolean> {
  const { filter } = values
  const show = (line: string) => {
    if (filter !== undefined && line.includes(filter)) console.log(line)
  }
  const outcome = await runSeed({ seed, show, ...given() })
  report(outcome)
  return outcome.failure === undefined
}

/** The smallest world, as far as taking away one thing after another goes, that breaks the same law. */
async function shrinkSeed(seed: number): Promise<boolean> {
  const whole = await runSeed({ seed, ...given() })
  if (whole.failure === undefined) {
    report(whole)
    return true
  }
  const smallest = await shrink(whole, runSeed)
  report(await runSeed(smallest))
  console.log(`  ${commandOf(smallest)}`)
  return false
}

async function play(seed: number): Promise<boolean> {
  return values.shrink ? await shrinkSeed(seed) : await replaySeed(seed)
}

/** Plays seed after seed, and prints those that break a law. */
async function search(from: number, isOver: (played: number) => boolean): Promise<boolean> {
  const began = performance.now()
  const seen = new Map<string, number>()
  const reached = new Map<string, number>()
  const failed: number[] = []
  const known = new Map<string, number[]>()
  let played = 0
  let blocks = 0
  for (; !isOver(played); played++) {
    const outcome = await runSeed({ seed: from + played, ...given() })
    blocks += outcome.blocks
    for (const name of counted(outcome)) seen.set(name, (seen.get(name) ?? 0) + 1)
    for (const name of limitsOf(outcome)) reached.set(name, (reached.get(name) ?? 0) + 1)
    if (outcome.failure === undefined) continue
    if (outcome.isKnown) {
      known.set(outcome.failure.law, [...(known.get(outcome.failure.law) ?? []), outcome.seed])
      continue
    }
    failed.push(outcome.seed)
    console.log(
      `seed ${outcome.seed} ${outcome.failure.law}: ${firstLine(outcome.failure.message)}`,
    )
  }
  const seconds = (performance.now() - began) / 1_000
  console.log(
    `${played} seeds in ${seconds.toFixed(0)} s, ${(played / seconds).toFixed(1)} a second`,
  )
  console.log(`${Math.round(blocks / Math.max(1, played))} blocks a seed; ${failed.length} failed`)
  for (const [law, seeds] of known) console.log(`known: ${law}: seeds ${seeds.join(' ')}`)
  console.log(`classes of faults: ${seen.size} of ${faultClasses.length}`)
  for (const [name, count] of seen) console.log(`  ${name}: in ${count} seeds`)
  console.log(`limits: ${reached.size} of ${limitNames.length}`)
  for (const [name, count] of reached) console.log(`  ${name}: in ${count} seeds`)
  return failed.length === 0
}

function counted({ counts }: Outcome): string[] {
  return faultClasses.map(({ name }) => name).filter((name) => counts.has(`fault ${name}`))
}

function limitsOf({ counts }: Outcome): string[] {
  return limitNames.filter((name) => counts.has(`limit ${name}`))
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? ''
}

await installNativeCrypto()
const began = performance.now()
const minutes = Number(values.minutes ?? 1)
const limit = values.seeds === undefined ? Number.POSITIVE_INFINITY : Number(values.seeds)
const isOver = (played: number) =>
  values.seeds === undefined ? performance.now() - began > minutes * 60_000 : played >= limit
const isGood =
  values.seed === undefined
    ? await search(Number(values.from), isOver)
    : await play(Number(values.seed))
process.exitCode = isGood ? 0 : 1

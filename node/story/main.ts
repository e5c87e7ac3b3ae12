/**
 * The main job: a local chain, three nodes, and what XLN is for, played to the end and checked.
 *
 *     npm start                 plays the story, then keeps the network up until Ctrl-C
 *     npm start -- --once       ends by itself: 0 when everything was as it should be, else 1
 */
import { constants } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { formatCount, formatDuration } from './amounts.ts'
import { StoryFailure } from './failure.ts'
import { planOf } from './plan.ts'
import { invite, play } from './play.ts'
import { Theatre } from './stage.ts'
import { Teller } from './teller.ts'

const PAYMENTS = 1_000
/** Fewer would be over before the hub could die in the middle of them. */
const PAYMENTS_MIN = 20
const PAYMENTS_MAX = 100_000
const LOG_LINES = 25

const usage = `Plays the story of XLN on a local chain, with three nodes, and checks every figure in it.

Usage
  npm start -- [options]

Options
  --once             End when the story has ended: exit code 0 when all was well, else 1
  --payments <n>     How many payments the second chapter makes, at least ${PAYMENTS_MIN}  (default: ${PAYMENTS})
  --keep             Leave the nodes' data where it is, and say where
  --help
`

interface Options {
  readonly once: boolean
  readonly payments: number
  readonly keep: boolean
}

/** Undefined when the arguments are not understood. */
function readOptions(args: readonly string[]): Options | 'help' | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        payments: { type: 'string', default: String(PAYMENTS) },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) return 'help'
    const payments = Number(values.payments)
    const isCount =
      Number.isSafeInteger(payments) && payments >= PAYMENTS_MIN && payments <= PAYMENTS_MAX
    return isCount ? { once: values.once, keep: values.keep, payments } : undefined
  } catch {
    return undefined
  }
}

/** The first signal that asks this process to end. */
function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
}

async function perform(options: Options): Promise<number> {
  const teller = new Teller(process.stdout)
  const theatre = new Theatre(options)
  const code = await playAndClose(options, theatre, teller)
  if (options.keep) teller.plain(`The nodes' data is in ${theatre.directory}.`)
  return code
}

/** Plays, and ends everything that it began. Returns the exit code. */
async function playAndClose(options: Options, theatre: Theatre, teller: Teller): Promise<number> {
  const stopped = untilStopped()
  try {
    const played = show(options, theatre, teller)
    const signal = await Promise.race([played, theatre.death, stopped])
    if (signal !== undefined) {
      // Who interrupts a play does not ask how the actors leave.
      await theatre.close().catch(() => undefined)
      return 128 + constants.signals[signal]
    }
    if (!options.once) await Promise.race([theatre.death, stopped])
    await theatre.close()
    return 0
  } catch (error) {
    await report(error, theatre, teller)
    await theatre.close().catch(() => undefined)
    return 1
  }
}

async function show(options: Options, theatre: Theatre, teller: Teller): Promise<undefined> {
  const began = performance.now()
  const stage = await play(theatre, planOf(options.payments), teller)
  const lasted = formatDuration(performance.now() - began)
  teller.verdict(true, `Everything is as it should be, after ${lasted}.`)
  if (!options.once) await invite(stage, teller)
}

/** What went wrong, and the last words of the nodes that it concerns. */
async function report(error: unknown, theatre: Theatre, teller: Teller): Promise<void> {
  const isKnown = error instanceof StoryFailure
  teller.verdict(false, `It went wrong: ${isKnown ? error.message : describe(error)}`)
  const tails = await theatre.logTails(isKnown ? error.nodes : [], LOG_LINES)
  for (const [name, lines] of tails) {
    teller.plain()
    teller.plain(`The last ${formatCount(lines.length)} lines of the log of ${name}:`)
    for (const line of lines) teller.plain(`   ${line}`)
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

const options = readOptions(process.argv.slice(2))
if (options === undefined || options === 'help') {
  process.stdout.write(usage)
  process.exitCode = options === 'help' ? 0 : 2
} else {
  process.exit(await perform(options))
}

/** Runs targets, and counts what became of their inputs. */
import { heapInUse } from './heap.ts'
import { Broken, type Target } from './target.ts'

export interface Figures {
  readonly name: string
  readonly inputs: number
  readonly accepted: number
  readonly seconds: number
}

export interface Find {
  readonly target: string
  readonly seed: number
  /** How many inputs came before it. */
  readonly index: number
  readonly input: string
  readonly error: unknown
}

/**
 * How much more the heap may hold after the second half of a run than after the first: what is kept for
 * new outcomes, and the memos of shared/, which are bounded.
 */
export const HEAP_GROWTH_MAX = 16 * 1024 * 1024

/** Told of every so many inputs: whoever waits for a hang hears from it. */
export type Progress = (target: string, index: number) => void

const PROGRESS = 1_024

/** The inputs of one target under `seed`, up to the first that breaks a law. */
export async function fuzz(
  { name, start }: Target,
  inputs: number,
  seed: number,
  progress: Progress = () => {},
): Promise<Figures | Find> {
  const from = performance.now()
  const source = await start(seed)
  const half = inputs >> 1
  let accepted = 0
  let index = 0
  let heap = 0
  try {
    for (; index < inputs; index++) {
      if (index % PROGRESS === 0) progress(name, index)
      if (index === half) heap = heapInUse()
      const verdict = source.next()
      if ((verdict instanceof Promise ? await verdict : verdict).accepted) accepted++
    }
    const growth = heapInUse() - heap
    if (growth > HEAP_GROWTH_MAX) throw new Broken(`the heap has grown by ${growth} bytes`)
  } catch (error) {
    return { target: name, seed, index, input: source.shown(), error }
  } finally {
    await source.close()
  }
  return { name, inputs, accepted, seconds: (performance.now() - from) / 1_000 }
}

export function isFind(result: Figures | Find): result is Find {
  return 'error' in result
}

/** How many of `inputs` each target gets, by its share; every one gets some. */
export function portions(targets: readonly Target[], inputs: number): Map<Target, number> {
  const whole = targets.reduce((sum, { share }) => sum + share, 0)
  return new Map(targets.map((target) => [target, Math.ceil((inputs * target.share) / whole)]))
}

/** What to write down of a find. */
export function explain({ target, seed, index, input, error }: Find): string {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const shown = input.length > 4_000 ? `${input.slice(0, 4_000)}… (${input.length} letters)` : input
  return `${target}, seed ${seed}, input ${index}: ${reason}\n  ${shown}`
}

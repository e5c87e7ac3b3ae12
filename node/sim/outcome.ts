/** What one seed came to. */
import type { Shape } from './shape.ts'

/** A law that was broken, and what happened. */
export interface Failure {
  readonly law: string
  readonly message: string
}

export interface Outcome {
  readonly seed: number
  /** Of the whole trace. */
  readonly hash: string
  readonly failure: Failure | undefined
  /** The failure is one of those that nobody has mended yet. */
  readonly isKnown: boolean
  /** The last lines of the trace. */
  readonly lines: readonly string[]
  readonly faults: readonly string[]
  /** How its world was made: played again, it comes to the same. */
  readonly shape: Shape
  /** How often each thing happened. */
  readonly counts: ReadonlyMap<string, number>
  /** Server blocks, of all. */
  readonly blocks: number
  readonly steps: number
  readonly virtualMs: number
}

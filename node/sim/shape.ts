/** What a world is made from. */

export interface WorldOptions {
  readonly seed: number
  /** Given every line of the trace. */
  readonly show?: (line: string) => void
  /** Whether there is a chain; absent: as the seed has it. */
  readonly chain?: boolean | undefined
  /** The faults by name; absent: those that the seed picks. */
  readonly faults?: readonly string[]
  /** A theme by name; absent: as the seed has it. */
  readonly theme?: string | undefined
  /** Parties beside the hub; absent: as the seed or the theme has it. */
  readonly leaves?: number | undefined
  /** How long users act and faults happen, virtual milliseconds; absent: as the seed or the theme has it. */
  readonly troubleMs?: number | undefined
}

/** A world by all that can be taken away from it. */
export interface Shape extends WorldOptions {
  readonly faults: readonly string[]
  readonly leaves: number
  readonly troubleMs: number
}

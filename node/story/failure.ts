/** What the story checks, and how it says that something is not as it should be. */
import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'

const POLL_MS = 20
const PATIENCE_MS = 30_000

/** The story did not go as it should. `nodes` are those whose logs may say why. */
export class StoryFailure extends Error {
  readonly nodes: readonly string[]

  constructor(message: string, nodes: readonly string[] = [], options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoryFailure'
    this.nodes = nodes
  }
}

/** Throws unless both are the same number, text or truth. */
export function expectEqual<T extends bigint | number | string | boolean>(
  what: string,
  actual: T,
  expected: T,
  nodes: readonly string[] = [],
): void {
  if (actual !== expected) {
    throw new StoryFailure(`${what}: ${actual}, and not ${expected}`, nodes)
  }
}

/** Throws unless `holds`. */
export function expectThat(what: string, holds: boolean, nodes: readonly string[] = []): void {
  if (!holds) throw new StoryFailure(`not so: ${what}`, nodes)
}

/**
 * Asks again and again until the answer is not undefined. Throws when that takes too long, and says
 * what was `seen` last.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  nodes: readonly string[] = [],
  seen: () => unknown = () => '',
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) {
      const last = inspect(seen(), { breakLength: Number.POSITIVE_INFINITY })
      throw new StoryFailure(
        `waited ${PATIENCE_MS / 1_000} s in vain until ${what}. ${last}`,
        nodes,
      )
    }
    await pause(POLL_MS)
  }
}

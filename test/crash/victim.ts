/** A node that is killed again and again: at a write that is counted beforehand, or at some moment. */
import { setTimeout as pause } from 'node:timers/promises'
import { StoryFailure } from '@xln/node/story/failure.ts'
import type { NodeProcess } from '@xln/node/story/nodeProcess.ts'
import type { Random } from '../fuzz/random.ts'

const PHASES = ['before', 'during', 'after'] as const
const WRITES_MAX = 80
/** It lives so long at most, when it does not come to its last write. */
const LIFE_MAX_MS = 1_500
const POLL_MS = 10
/** How a node ends, or does not come up, when nobody has killed it. */
const OWN_END = /exit code|too long/

export type Death = 'write' | 'moment' | 'start'

export class Victim {
  readonly node: NodeProcess
  readonly #random: Random

  constructor(node: NodeProcess, random: Random) {
    this.node = node
    this.#random = random
  }

  /** Starts it with its death counted, and waits until it is dead. Throws when it dies of anything else. */
  async liveAndDie(): Promise<Death> {
    const random = this.#random
    // Most writes come in the first moments, and most of what can go wrong does too.
    const at = 1 + Math.floor(WRITES_MAX * (random.below(1_000) / 1_000) ** 2)
    const isAlive = await this.#startDeadly(at)
    if (!isAlive) return 'start'
    const died = await this.#waitForDeath(random.below(LIFE_MAX_MS))
    await this.node.kill()
    return died ? 'write' : 'moment'
  }

  /** Starts it to live. Throws when it does not. */
  live(): Promise<void> {
    return this.node.start()
  }

  /** False when it died before it was up. */
  async #startDeadly(at: number): Promise<boolean> {
    const killer = new URL('killer.ts', import.meta.url)
    killer.searchParams.set('at', String(at))
    killer.searchParams.set('phase', this.#random.pick(PHASES))
    killer.searchParams.set('spin', String(this.#random.below(600)))
    const before = process.env['NODE_OPTIONS']
    process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${killer.href}`
    // The process is made before this gives a promise, and takes the options with it.
    const started = this.node.start()
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
    try {
      await started
      return true
    } catch (error) {
      this.#expectKilled(error)
      await this.node.kill()
      return false
    }
  }

  async #waitForDeath(lifeMs: number): Promise<boolean> {
    const end = performance.now() + lifeMs
    while (performance.now() < end) {
      if (!isRunning(this.node.pid)) {
        await this.node
          .call('server.getInfo', {})
          .catch((error: unknown) => this.#expectKilled(error))
        return true
      }
      await pause(POLL_MS)
    }
    return false
  }

  /** The API's connection may end before the process is seen to; but no exit of its own is meant. */
  #expectKilled(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    if (OWN_END.test(message)) {
      throw new StoryFailure(`it was not killed: ${message}`, [this.node.name])
    }
  }
}

export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

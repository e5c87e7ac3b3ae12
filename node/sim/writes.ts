/** What a simulated database needs of the disk below it. */
import type { DatabaseOperation } from '../shell/store/database.ts'
import type { DiskMood } from './moods.ts'
import type { Rows } from './rows.ts'

/** Operations that are carried out together or not at all. */
export interface Write {
  readonly operations: readonly DatabaseOperation[]
  readonly sync: boolean
}

export interface WriteTarget {
  /** As a process sees them. */
  readonly rows: Rows
  readonly mood: DiskMood
  /** Carries a write out. */
  apply(write: Write): void
  /** How many of `count` writes under way are still done when their process is killed. */
  leftOver(count: number): number
  /** Nobody has it open any more. */
  release(): void
}

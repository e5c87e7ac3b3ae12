/** How disks and wires behave: what the weather decides, and they carry out. */

/** What becomes of one write. `killedBefore`, `killedAfter`: the process ends at it. */
export type Fate = 'done' | 'failed' | 'failedAfter' | 'killedBefore' | 'killedAfter'

/** How a disk behaves today. */
export interface DiskMood {
  /** What becomes of the next write. */
  fate(): Fate
  /** How long the next write takes, milliseconds. */
  latencyMs(): number
}

/** What somebody on the way does to a frame: what goes on in its place, in order. */
export type Tampering = (frame: Buffer) => readonly Buffer[]

/** How the network behaves today. */
export interface NetworkMood {
  /** How long a frame takes, milliseconds. */
  latencyMs(): number
  /** What is done to the next frame; undefined: nothing. */
  tampering(): Tampering | undefined
}

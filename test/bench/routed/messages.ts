/** What the processes of the benchmark of routed payments tell each other. */
import { type EntityId, parseId, type TokenId } from '@xln/shared/ids.ts'

export const token = parseId<TokenId>(`0x01${'00'.repeat(11)}${'aa'.repeat(20)}`)
/** Enough for every payment of a run in one direction. */
export const CREDIT = 10n ** 12n

export interface HubReport {
  readonly cpuMs: number
  readonly blocks: number
  readonly written: number
  readonly logBytes: number
}

export interface Ready {
  readonly type: 'ready'
  readonly port: number
  readonly entity: EntityId
}

/** One run of payments. */
export interface Load {
  readonly users: number
  readonly outstanding: number
  readonly payments: number
  /** Payments a second that are begun, whatever has come back; 0: as fast as they come back. */
  readonly offered: number
}

export interface Outcome {
  readonly payments: number
  readonly failed: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMs: number
}

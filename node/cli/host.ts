/** What only the composition root can do; main.ts hands it in. */
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { NodeConfig } from '../shell/config/config.ts'

export interface RunningNode {
  readonly server: Address
  readonly entities: readonly EntityId[]
  /** Where peers dial it; null when it only dials. */
  readonly peerUrl: string | null
  readonly apiUrl: string
  stop(): Promise<void>
  /** Resolves when it has ended; rejects with the fault that ended it. */
  readonly ended: Promise<void>
}

export interface Verification {
  readonly blocks: number
  readonly ok: boolean
  /** The first block whose state does not come out as it was written. */
  readonly firstBad?: number
}

export interface Host {
  startNode(config: NodeConfig): Promise<RunningNode>
  verifyLog(config: NodeConfig, onProgress: (block: number) => void): Promise<Verification>
  /** Calls `stop` when the process is asked to end; the returned function ends that. */
  onSignal(stop: () => void): () => void
}

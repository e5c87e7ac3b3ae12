/** What a node of the story is told: who it is, which chain it serves, whom it knows. */
import { join } from 'node:path'
import type { Deployment } from '@xln/deploy/contracts.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import type { StoryFailure } from './failure.ts'

export interface NodeSpec {
  /** Of the node, and of the key that its one entity has. */
  readonly name: string
  readonly dataDir: string
  readonly password: string
  readonly rpcUrl: string
  readonly deployment: Deployment
  readonly confirmations: number
  readonly pollMs: number
  /** Called when it ends and nobody has asked it to. */
  readonly onDeath: (failure: StoryFailure) => void
}

/** What a node is told once the others are known. */
export interface Acquaintances {
  /** Whether others dial this node, or the peers that it dials. */
  readonly peers: 'listens' | readonly string[]
  /** What its command line may call entities. */
  readonly names: Readonly<Record<string, EntityId>>
  readonly tokens: Readonly<Record<string, { address: Address; decimals: number }>>
}

/** Where the keys of a node are. */
export function keystorePath({ dataDir }: Pick<NodeSpec, 'dataDir'>): string {
  return join(dataDir, 'keystore.json')
}

/** The file of its settings. */
export function configurationOf(
  { rpcUrl, deployment, confirmations, pollMs }: NodeSpec,
  { peers, names, tokens }: Acquaintances,
): string {
  const { chainId, block, entityProvider, subcontractProvider, depository } = deployment
  const settings = {
    chain: {
      rpc: [rpcUrl],
      chainId,
      block,
      entityProvider,
      subcontractProvider,
      depository,
      confirmations,
      pollMs,
    },
    listen: peers === 'listens' ? '127.0.0.1:0' : 'none',
    // The story asks as fast as the node answers.
    api: { listen: '127.0.0.1:0', requestsPerSecond: 1_000_000 },
    peers: peers === 'listens' ? [] : peers.map((url) => ({ url })),
    log: { level: 'info', format: 'human' },
    tokens,
    names,
  }
  // JSON is YAML.
  return `${JSON.stringify(settings, null, 2)}\n`
}

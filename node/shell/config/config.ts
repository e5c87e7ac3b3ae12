/** What a node is told: where its data is, which chain it serves, where it listens, whom it knows. */
import type { Deployment } from '@xln/deploy/contracts.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import type { LogLevel } from '../log.ts'
import { ConfigError } from './faults.ts'

export interface ListenAt {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

export interface NodeConfig {
  /** A folder of this node alone. */
  readonly dataDir: string
  readonly keystore: {
    readonly path: string
    /** Asked once, at the start. Throws `password_missing`. */
    readonly password: () => Promise<string>
  }
  /** HTTP endpoints of the chain, the preferred first; at least one. */
  readonly rpcUrls: readonly string[]
  readonly deployment: Deployment
  /** Blocks on top of a final one; 0: the head itself is final. */
  readonly confirmations: number
  /** How often the chain is looked at. */
  readonly pollMs: number
  /** Where other servers dial; null: this one only dials. */
  readonly listen: ListenAt | null
  readonly api: ListenAt & {
    /** Whether programs of this machine may read without a token. */
    readonly loopbackReads: boolean
    /** For one token; an address may make twice as many. */
    readonly requestsPerSecond: number
  }
  /** Dialled from the start on. */
  readonly peers: readonly { readonly url: string; readonly server?: Address }[]
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'human' }
}

/** What a command line calls a token: amounts are then in whole ones. */
export interface TokenAlias {
  readonly token: TokenId
  readonly decimals: number
}

/** A chain that the contracts are deployed to, by a name that the user gives it. */
export interface NamedNetwork {
  readonly rpc: readonly string[]
  readonly chainId: number
}

/** All that the file, the environment and the flags say; not yet enough for a node. */
export interface Settings extends Omit<NodeConfig, 'deployment' | 'keystore'> {
  readonly keystorePath: string
  readonly passwordFile: string | null
  /** Null before `xln deploy`. */
  readonly deployment: Deployment | null
  /** For `xln deploy --network`. */
  readonly networks: ReadonlyMap<string, NamedNetwork>
  readonly tokens: ReadonlyMap<string, TokenAlias>
  /** Entities by the names that this node's user gives them. */
  readonly names: ReadonlyMap<string, EntityId>
}

/** Names of the keys in the keystore that are the node's own: no entity uses them. */
export const SERVER_KEY = 'server'
export const GAS_KEY = 'gas'

/** The file of the settings in a data directory, and what a running node writes about itself. */
export const CONFIG_FILE = 'xln.yaml'
export const RUNNING_FILE = 'running.json'

/** Throws `setting_missing`. */
export function nodeConfigOf(settings: Settings, password: () => Promise<string>): NodeConfig {
  const { deployment, keystorePath, ...more } = settings
  const { passwordFile: _, tokens: __, names: ___, networks: ____, ...rest } = more
  if (deployment === null) throw new ConfigError({ code: 'setting_missing', setting: 'chain' })
  if (rest.rpcUrls.length === 0) {
    throw new ConfigError({ code: 'setting_missing', setting: 'chain.rpc' })
  }
  return { ...rest, deployment, keystore: { path: keystorePath, password } }
}

/** Reads the settings: the file in the data directory, over it the environment, over that the flags. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Deployment } from '@xln/deploy/contracts.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { type Document, parseDocument } from 'yaml'
import type { ZodError } from 'zod'
import { CONFIG_FILE, type NamedNetwork, type Settings, type TokenAlias } from './config.ts'
import { ConfigError } from './faults.ts'
import { type ConfigFile, configSchema } from './schema.ts'

/** A setting that the environment and a flag may override. */
export interface Override {
  /** Where it stands in the file. */
  readonly path: readonly string[]
  readonly variable: string
  readonly flag: string
  readonly value: string
  readonly summary: string
  /** Several, divided by commas. */
  readonly isList?: boolean
  /** A path: in the file it is relative to the folder, elsewhere to where the user is. */
  readonly isPath?: boolean
}

export const overrides: readonly Override[] = [
  {
    path: ['chain', 'rpc'],
    variable: 'XLN_RPC',
    flag: 'rpc',
    value: '<url,…>',
    summary: 'HTTP endpoints of the chain, the preferred first',
    isList: true,
  },
  {
    path: ['chain', 'confirmations'],
    variable: 'XLN_CONFIRMATIONS',
    flag: 'confirmations',
    value: '<blocks>',
    summary: 'Blocks on top of a final one',
  },
  {
    path: ['chain', 'pollMs'],
    variable: 'XLN_POLL_MS',
    flag: 'poll-ms',
    value: '<ms>',
    summary: 'How often the chain is looked at',
  },
  {
    path: ['listen'],
    variable: 'XLN_LISTEN',
    flag: 'listen',
    value: '<host:port>',
    summary: 'Where other servers dial; "none": only dial',
  },
  {
    path: ['api', 'listen'],
    variable: 'XLN_API_LISTEN',
    flag: 'api-listen',
    value: '<host:port>',
    summary: 'Where programs and this command line connect',
  },
  {
    path: ['log', 'level'],
    variable: 'XLN_LOG_LEVEL',
    flag: 'log-level',
    value: '<level>',
    summary: 'debug, info, warn, error or silent',
  },
  {
    path: ['log', 'format'],
    variable: 'XLN_LOG_FORMAT',
    flag: 'log-format',
    value: '<format>',
    summary: 'human or json',
  },
  {
    path: ['passwordFile'],
    variable: 'XLN_PASSWORD_FILE',
    flag: 'password-file',
    value: '<path>',
    summary: "File that holds the keystore's password",
    isPath: true,
  },
]

export interface LoadOptions {
  readonly dataDir: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** By the names of {@link overrides}. */
  readonly flags: Readonly<Record<string, string | undefined>>
  /** Whether there may be no file; everything is then as it is when nothing is said. */
  readonly mayBeMissing?: boolean
}

/** Throws `config_missing` or `config_invalid`. */
export async function loadSettings(options: LoadOptions): Promise<Settings> {
  const dataDir = resolve(options.dataDir)
  const path = resolve(dataDir, CONFIG_FILE)
  const tree = parseYaml(path, await readText(path, options.mayBeMissing ?? false))
  const sources = [path]
  for (const override of overrides) {
    const flag = options.flags[override.flag]
    const text = flag ?? options.environment[override.variable]
    if (text === undefined || text === '') continue
    sources.push(flag === undefined ? override.variable : `--${override.flag}`)
    set(tree, override.path, readOverride(override, text))
  }
  const parsed = configSchema.safeParse(tree)
  if (!parsed.success) throw invalid(sources.join(', '), parsed.error)
  return settingsOf(dataDir, path, parsed.data)
}

function readOverride(
  { isList = false, isPath = false }: Override,
  text: string,
): string | string[] {
  if (isList) return text.split(',').map((part) => part.trim())
  return isPath ? resolve(text) : text
}

async function readText(path: string, mayBeMissing: boolean): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (isMissing && mayBeMissing) return ''
    if (isMissing) throw new ConfigError({ code: 'config_missing', path }, { cause })
    throw new ConfigError(
      { code: 'config_invalid', source: path, reason: 'it cannot be read' },
      { cause },
    )
  }
}

interface Tree {
  [name: string]: unknown
}

function parseYaml(path: string, text: string): Tree {
  const document = parseDocument(text, { schema: 'failsafe', strict: true })
  const [error] = document.errors
  if (error !== undefined) {
    const [reason = error.message] = error.message.split('\n')
    throw new ConfigError({ code: 'config_invalid', source: path, reason }, { cause: error })
  }
  const tree: unknown = treeOf(path, document) ?? {}
  const isTree = typeof tree === 'object' && tree !== null && !Array.isArray(tree)
  if (!isTree) {
    throw new ConfigError({ code: 'config_invalid', source: path, reason: 'it is not a mapping' })
  }
  return withoutEmpty(tree) as Tree
}

/** Aliases are only looked up here, and nesting only followed. */
function treeOf(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it cannot be read'
    throw new ConfigError({ code: 'config_invalid', source: path, reason }, { cause })
  }
}

/** A name without a value says nothing. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (typeof value !== 'object' || value === null) return value
  const filled = Object.entries(value).filter(([, inner]) => inner !== '' && inner !== null)
  return Object.fromEntries(filled.map(([name, inner]) => [name, withoutEmpty(inner)]))
}

function set(tree: Tree, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const inner = tree[name]
  const child: Tree = typeof inner === 'object' && inner !== null ? (inner as Tree) : {}
  tree[name] = child
  set(child, rest, value)
}

function invalid(source: string, error: ZodError): ConfigError {
  const [issue] = error.issues
  const where = issue?.path.join('.') ?? ''
  const reason = `${where === '' ? '' : `${where}: `}${issue?.message ?? 'invalid'}`
  return new ConfigError({ code: 'config_invalid', source, reason }, { cause: error })
}

function settingsOf(dataDir: string, path: string, file: ConfigFile): Settings {
  const { chain, api, listen } = file
  return {
    dataDir,
    keystorePath: resolve(dataDir, file.keystore),
    passwordFile: file.passwordFile === undefined ? null : resolve(dataDir, file.passwordFile),
    rpcUrls: chain.rpc,
    deployment: deploymentOf(path, chain),
    confirmations: chain.confirmations,
    pollMs: chain.pollMs,
    listen: listen === 'none' ? null : listen,
    api: {
      ...api.listen,
      loopbackReads: api.loopbackReads,
      requestsPerSecond: api.requestsPerSecond,
    },
    peers: file.peers.map(({ url, server }) => ({ url, ...(server && { server }) })),
    log: file.log,
    networks: new Map([...Object.entries(localNetworks), ...Object.entries(file.networks)]),
    tokens: new Map([['ether', etherAlias], ...Object.entries(file.tokens)]),
    names: new Map(Object.entries(file.names)),
  }
}

/** Known without being written down. */
const localNetworks: Readonly<Record<string, NamedNetwork>> = {
  local: { rpc: ['http://127.0.0.1:8545'], chainId: 31_337 },
}

const etherAlias: TokenAlias = { token: etherTokenId, decimals: 18 }

/** All of it or nothing of it: a part is a mistake. */
function deploymentOf(path: string, chain: ConfigFile['chain']): Deployment | null {
  const { chainId, block, entityProvider, subcontractProvider, depository } = chain
  const given = [chainId, block, entityProvider, subcontractProvider, depository]
  if (given.every((value) => value === undefined)) return null
  if (
    chainId === undefined ||
    block === undefined ||
    entityProvider === undefined ||
    subcontractProvider === undefined ||
    depository === undefined
  ) {
    const reason =
      'chain: chainId, block, entityProvider, subcontractProvider and depository belong together'
    throw new ConfigError({ code: 'config_invalid', source: path, reason })
  }
  return { chainId, block, entityProvider, subcontractProvider, depository }
}

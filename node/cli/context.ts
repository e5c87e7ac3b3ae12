/** What a command works with: the settings, the node, and who is meant. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { lazyEntityId, numberedEntity } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { type ApiClient, connectApi } from '../api/client.ts'
import { readConsoleToken } from '../api/tokens.ts'
import { GAS_KEY, RUNNING_FILE, SERVER_KEY, type Settings } from '../shell/config/config.ts'
import { loadSettings, overrides } from '../shell/config/load.ts'
import { listKeys } from '../shell/keys/keystore.ts'
import type { Arguments } from './arguments.ts'
import { type Asset, assetOf, parseAmount } from './assets.ts'
import { CliError } from './faults.ts'
import type { Host } from './host.ts'
import type { Output } from './output.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface ContextParts {
  readonly args: Arguments
  readonly output: Output
  readonly environment: Environment
  readonly host: Host
  /** The options of the command that override settings. */
  readonly flags: readonly string[]
}

/** What a running node has written about itself. */
interface Running {
  readonly apiUrl?: string
}

export class Context {
  readonly output: Output
  readonly environment: Environment
  readonly host: Host
  /** The token whose amounts are asked for: refusals are told in it. */
  asset: Asset | undefined
  readonly #args: Arguments
  readonly #flags: readonly string[]
  #settings: Promise<Settings> | undefined
  #client: Promise<ApiClient> | undefined

  constructor({ args, output, environment, host, flags }: ContextParts) {
    this.#args = args
    this.output = output
    this.environment = environment
    this.host = host
    this.#flags = flags
  }

  get dataDir(): string {
    const given = this.#args.text('data-dir') ?? this.environment['XLN_DATA_DIR']
    return given === undefined || given === '' ? join(homedir(), '.xln') : given
  }

  /** The file, the environment and the flags. What only talks to a node may do without a file. */
  settings(): Promise<Settings> {
    this.#settings ??= this.#load(this.#given('api', 'XLN_API') !== undefined)
    return this.#settings
  }

  /** As above, and the file may be missing: for what is about to write it. */
  settingsForNew(): Promise<Settings> {
    return this.#load(true)
  }

  #load(mayBeMissing: boolean): Promise<Settings> {
    const names = overrides.map(({ flag }) => flag).filter((flag) => this.#flags.includes(flag))
    const flags = Object.fromEntries(names.map((flag) => [flag, this.#args.text(flag)]))
    const { dataDir, environment } = this
    return loadSettings({ dataDir, environment, flags, mayBeMissing })
  }

  /** The node of the folder, or the one that was named. */
  client(): Promise<ApiClient> {
    this.#client ??= this.#connect()
    return this.#client
  }

  async #connect(): Promise<ApiClient> {
    const url = this.#given('api', 'XLN_API') ?? (await this.#ownUrl())
    const token =
      this.#given('api-token', 'XLN_API_TOKEN') ?? (await readConsoleToken(this.dataDir))
    return await connectApi({ url, ...(token !== undefined && { token }) })
  }

  async #ownUrl(): Promise<string> {
    const { api } = await this.settings()
    const text = await readFile(join(this.dataDir, RUNNING_FILE), 'utf8').catch(() => '{}')
    const { apiUrl } = JSON.parse(text) as Running
    const host = api.host.includes(':') ? `[${api.host}]` : api.host
    const url = apiUrl ?? `ws://${host}:${api.port}/api/v1/ws`
    // Who listens at every address is reached at the local one.
    return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
  }

  #given(option: string, variable: string): string | undefined {
    const text = this.#args.text(option) ?? this.environment[variable]
    return text === '' ? undefined : text
  }

  /** Whose command this is. */
  async entity(): Promise<EntityId> {
    const text = this.#given('entity', 'XLN_ENTITY')
    if (text !== undefined) return await this.entityNamed(text)
    const all = await (await this.client()).call('entity.list', {})
    const [only] = all
    if (only === undefined || all.length > 1) {
      throw new CliError({ code: 'entity_ambiguous', count: all.length })
    }
    return only.id
  }

  /** An id, a name of the configuration, a registered entity's number, or the name of a key in the keystore. */
  async entityNamed(text: string): Promise<EntityId> {
    if (/^0x[0-9a-f]{64}$/.test(text)) return text as EntityId
    if (/^[1-9][0-9]{0,17}$/.test(text)) return numberedEntity(BigInt(text))
    const { names, keystorePath } = await this.settings()
    const named = names.get(text)
    if (named !== undefined) return named
    const keys = await listKeys(keystorePath).catch(() => ({}) as Record<string, never>)
    const address = keys[text]
    if (address === undefined || text === SERVER_KEY || text === GAS_KEY) {
      throw new CliError({ code: 'entity_malformed', text })
    }
    return lazyEntityId(address)
  }

  /** The token of `--token`. */
  async assetAsked(): Promise<Asset> {
    this.asset = assetOf(this.#args.required('token'), await this.settings())
    return this.asset
  }

  /** A parameter or option as base units of `asset`. */
  amountOf(text: string, asset: Asset): bigint {
    return parseAmount(text, asset, this.#args.flag('base-units'))
  }

  /** `{ key }`, or nothing. */
  key(): { key?: string } {
    const key = this.#args.text('key')
    return key === undefined ? {} : { key }
  }

  async close(): Promise<void> {
    // A client that never came to be needs no closing.
    const client = await this.#client?.catch(() => undefined)
    await client?.close()
  }
}

/** A node of the story: a process of its own, started by the command line as anybody would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { MethodName, Params, Result } from '@xln/shared/api.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { type ApiClient, connectApi } from '../api/client.ts'
import { readConsoleToken, writeConsoleToken } from '../api/tokens.ts'
import { CONFIG_FILE, GAS_KEY, SERVER_KEY } from '../shell/config/config.ts'
import { createKeystore, type Keystore } from '../shell/keys/keystore.ts'
import { StoryFailure } from './failure.ts'
import { type Acquaintances, configurationOf, keystorePath, type NodeSpec } from './nodeSpec.ts'

interface Ready {
  readonly peerUrl: string | null
  readonly apiUrl: string
  readonly entities: readonly EntityId[]
}

const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 15_000
/** How the line begins by which a node says that it is up. */
const READY = '{"event":"ready"'
const DEATH_MS = 200
const LOG_FILE = 'node.log'
/** Nothing is at stake on a chain that is gone tomorrow; the default takes half a second each time. */
const SCRYPT_COST = 2 ** 10
const commandLine = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

export class NodeProcess {
  readonly spec: NodeSpec
  /** Pays for gas, and holds the tokens that are outside. */
  readonly wallet: Address
  readonly entity: EntityId
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #isMeantToEnd = false
  /** What it has said last, beside its log: that it is ready, or why it ends. */
  #said = ''
  #death: StoryFailure | undefined
  #ready: Ready | undefined
  #client: ApiClient | undefined

  private constructor(spec: NodeSpec, { signers }: Keystore) {
    this.spec = spec
    this.wallet = signers.addressOf(GAS_KEY)
    this.entity = signers.entityOf(spec.name)
  }

  /** Makes its data directory, with its keys and a token for its API. */
  static async prepare(spec: NodeSpec): Promise<NodeProcess> {
    const { dataDir, name, password } = spec
    await mkdir(dataDir, { recursive: true })
    const keystore = await createKeystore(keystorePath(spec), password, {
      scryptCost: SCRYPT_COST,
    })
    for (const key of [SERVER_KEY, GAS_KEY, name]) await keystore.generate(key)
    await writeConsoleToken(dataDir)
    return new NodeProcess(spec, keystore)
  }

  /** Writes its configuration. */
  async configure(others: Acquaintances): Promise<void> {
    const text = configurationOf(this.spec, others)
    await writeFile(join(this.spec.dataDir, CONFIG_FILE), text)
  }

  get name(): string {
    return this.spec.name
  }

  get apiUrl(): string {
    return this.#running.apiUrl
  }

  /** Throws for a node that does not listen. */
  get peerUrl(): string {
    const { peerUrl } = this.#running
    if (peerUrl === null) throw new StoryFailure(`${this.name} does not listen`, [this.name])
    return peerUrl
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts the process; a second time, where it was before. Returns once its API answers. */
  async start(): Promise<void> {
    const { dataDir, password, name } = this.spec
    const again = this.#ready === undefined ? [] : addressesOf(this.#ready)
    const log = openSync(join(dataDir, LOG_FILE), 'a')
    const child = spawn(
      process.execPath,
      [commandLine, 'node', '--data-dir', dataDir, '--json', ...again],
      {
        env: { ...process.env, XLN_PASSWORD: password },
        // The IPC channel closes when this process ends, however it does, and the node with it.
        stdio: ['ignore', 'pipe', log, 'ipc'],
        // A terminal's Ctrl-C is meant for the story, which ends its nodes in their turn.
        detached: true,
      },
    )
    closeSync(log)
    this.#child = child
    this.#isMeantToEnd = false
    this.#death = undefined
    this.#said = ''
    this.#exited = new Promise((resolve) => {
      child.once('error', () => resolve())
      child.once('close', () => {
        resolve()
        if (this.#isMeantToEnd) return
        const how = this.#lastWords(child)
        this.#death = new StoryFailure(`the node of ${name} ended by itself: ${how}`, [name])
        this.spec.onDeath(this.#death)
      })
    })
    this.#ready = await this.#waitForReady(child)
    const token = await readConsoleToken(dataDir)
    if (token === undefined) throw new StoryFailure(`${name} has no token`, [name])
    this.#client = await connectApi({ url: this.#ready.apiUrl, token })
  }

  /** The text of the token of level "server". */
  async token(): Promise<string> {
    return (await readConsoleToken(this.spec.dataDir)) ?? ''
  }

  /** Calls a method of its API. A refusal or a fault is a failure of the story. */
  async call<Name extends MethodName>(method: Name, params: Params<Name>): Promise<Result<Name>> {
    if (this.#client === undefined) throw new StoryFailure(`${this.name} is not up`, [this.name])
    try {
      return await this.#client.call(method, params)
    } catch (cause) {
      // A connection that has ended is often the first that is seen of a node that has.
      await Promise.race([this.#exited, pause(DEATH_MS)])
      if (this.#death !== undefined) throw this.#death
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new StoryFailure(`${this.name}, ${method}: ${reason}`, [this.name], { cause })
    }
  }

  /** Ends it as a power cut would, at once. */
  async kill(): Promise<void> {
    this.#isMeantToEnd = true
    this.#child?.kill('SIGKILL')
    await this.#exited
    await this.#closeClient()
  }

  /** Ends it in an orderly way. Throws unless it does so, with exit code 0. */
  async stop(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    await this.#closeClient()
    // Of one that has ended by itself, whoever started it knows.
    if (child === undefined || hasEnded(child)) return
    this.#isMeantToEnd = true
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#exited
    clearTimeout(timer)
    const how = child.signalCode ?? child.exitCode
    if (how !== 0) throw new StoryFailure(`the node of ${this.name} ended with ${how}`, [this.name])
  }

  /** The last lines of its log. */
  async logTail(lines: number): Promise<string[]> {
    const path = join(this.spec.dataDir, LOG_FILE)
    const text = await readFile(path, 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-lines)
  }

  get #running(): Ready {
    if (this.#ready === undefined) throw new StoryFailure(`${this.name} is not up`, [this.name])
    return this.#ready
  }

  /** The line by which a node says that it is up. */
  #waitForReady(child: ChildProcess): Promise<Ready> {
    const { name } = this
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail('it took too long'), START_TIMEOUT_MS)
      const fail = (why: string) => {
        clearTimeout(timer)
        reject(new StoryFailure(`${name} did not start: ${why}`, [name]))
      }
      child.once('error', (error) => fail(error.message))
      child.once('close', () => fail(this.#lastWords(child)))
      if (child.stdout === null) return
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#said = line
        if (!line.startsWith(READY)) return
        clearTimeout(timer)
        resolve(JSON.parse(line) as Ready)
      })
    })
  }

  /** How it has ended, and the reason that it gave, if it gave one. */
  #lastWords({ exitCode, signalCode }: ChildProcess): string {
    const how = signalCode ?? `exit code ${exitCode}`
    return this.#said.startsWith(READY) ? how : `${how} ${this.#said}`
  }

  async #closeClient(): Promise<void> {
    await this.#client?.close()
    this.#client = undefined
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Peers and programs know where the node was: it must be there again. */
function addressesOf({ peerUrl, apiUrl }: Ready): string[] {
  const api = ['--api-listen', new URL(apiUrl).host]
  return peerUrl === null ? api : ['--listen', new URL(peerUrl).host, ...api]
}

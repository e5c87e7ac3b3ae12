/**
 * The composition root: real disk, real sockets, real chain and real clock, put around the machines.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { ApiServer } from './api/server.ts'
import { NodeBackend } from './backend.ts'
import { createChainSide } from './chainSide.ts'
import { openEngine } from './engine.ts'
import { DEFAULT_POLICY } from './machines/entity/entity.ts'
import { type Genesis, putGenesis } from './machines/server/genesis.ts'
import { readBlockHeader, type Verification, verify } from './replay.ts'
import { cursorBefore } from './shell/chain/cursor.ts'
import { Endpoints } from './shell/chain/endpoints.ts'
import { readHeader } from './shell/chain/header.ts'
import { Wallet } from './shell/chain/wallet.ts'
import { systemClock } from './shell/clock.ts'
import { GAS_KEY, type NodeConfig, SERVER_KEY } from './shell/config/config.ts'
import { installNativeCrypto } from './shell/crypto.ts'
import { directoryFiles, keepGenesis } from './shell/identity.ts'
import { openKeystore } from './shell/keys/keystore.ts'
import { createLogger } from './shell/log.ts'
import type { PeerStats } from './shell/peers/stats.ts'
import type { ServerShell } from './shell/server.ts'
import { directoryDisk } from './shell/store/disk.ts'
import { openStore } from './shell/store/opening.ts'

export const VERSION = '0.1.0'

/** A node that runs. */
export interface RunningNode {
  readonly server: Address
  readonly entities: readonly EntityId[]
  /** Where peers dial it; null when it only dials. */
  readonly peerUrl: string | null
  readonly apiUrl: string
  /** Ends it: nothing new is taken in, what is durable stays. */
  stop(): Promise<void>
  /** Resolves when it has ended; rejects with the fault that ended it. */
  readonly ended: Promise<void>
}

function domainOf({ deployment }: NodeConfig): ChainDomain {
  const { chainId, depository, entityProvider, subcontractProvider } = deployment
  return { chainId: BigInt(chainId), depository, entityProvider, subcontractProvider }
}

/** Starts a node on its data directory. Throws a `NodeError` that says what to do. */
export async function startNode(config: NodeConfig): Promise<RunningNode> {
  const log = createLogger(config.log)
  const domain = domainOf(config)
  await installNativeCrypto()
  await mkdir(config.dataDir, { recursive: true })
  const keystore = await openKeystore(config.keystore.path, await config.keystore.password())
  const { signers } = keystore
  const server = signers.addressOf(SERVER_KEY)
  const sign = (signer: Address, digest: Uint8Array) => signers.sign(signer, digest)

  const endpoints = new Endpoints({ urls: config.rpcUrls, chainId: domain.chainId })
  let end: (error?: unknown) => void = () => undefined
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error))
  })
  const engine = await openEngine({
    domain,
    server,
    sign,
    disk: directoryDisk(config.dataDir),
    files: directoryFiles(config.dataDir),
    clock: systemClock,
    log,
    genesis: () => readGenesis(config, endpoints),
    listen: config.listen,
    peers: config.peers,
    onCommitted: (committed) => backend.onCommitted(committed),
    onFault: (error) => void fail(error),
  })
  const { shell, store, network } = engine
  const gasKey = signers.keyOf(GAS_KEY)
  const chain = createChainSide({
    shell,
    store,
    domain,
    endpoints,
    fromBlock: config.deployment.block,
    confirmations: config.confirmations,
    pollMs: config.pollMs,
    gasKey,
    sign,
    clock: systemClock,
    log,
  })
  const { watcher, submitter } = chain

  // ─── Users ────────────────────────────────────────────────────────────────────────────────────
  let peerUrl: string | null = null
  const wallet = new Wallet({ endpoints, contracts: domain, submitter, address: gasKey.address })
  const backend = new NodeBackend({
    shell,
    store,
    domain,
    version: VERSION,
    server,
    sign,
    random: (length) => new Uint8Array(randomBytes(length)),
    listening: () => peerUrl,
    chainHealth: () => {
      const { state, lag, fault } = watcher.health()
      const detail = fault === undefined ? `${state}, ${lag} behind` : fault.code
      return { healthy: state === 'following' || state === 'behind', detail }
    },
    counters: () => countersOf(network.stats(), shell),
    keyNamed: async (name) =>
      signers.names().includes(name) ? signers.addressOf(name) : keystore.generate(name),
    connect: async (url, peer) => network.connect({ url, ...(peer && { server: peer }) }),
    deposit: async (entity, token, amount) => wallet.deposit(entity, token, amount),
    walletBalance: async (token) => ({
      address: gasKey.address,
      amount: await wallet.balanceOf(token),
    }),
  })

  /** What takes work in is stopped before what does it. */
  const parts: { stop(): Promise<void> }[] = [network, watcher, submitter, shell]
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const part of parts) await part.stop()
      await store.close()
      endpoints.close()
      end()
    })()
    return stopping
  }
  const fail = async (error: unknown): Promise<void> => {
    log.error('the node must end', { error })
    end(error)
    await stop().catch((cause: unknown) => log.error('it did not end well', { error: cause }))
  }

  await engine.start(chain.port)
  for (const name of signers.names()) {
    if (name !== SERVER_KEY && name !== GAS_KEY) await backend.createEntity(name, DEFAULT_POLICY)
  }
  const port = await engine.connect()
  if (config.listen !== null) peerUrl = `ws://${config.listen.host}:${port}`
  watcher.run().catch(fail)
  submitter.run().catch(fail)
  const { dataDir } = config
  const api = new ApiServer({
    backend,
    dataDir,
    config: config.api,
    defaultPolicy: DEFAULT_POLICY,
    log: log.with({ part: 'api' }),
  })
  parts.unshift(api)
  const { url } = await api.start()
  return { server, entities: shell.entities(), peerUrl, apiUrl: url, stop, ended }
}

/** What happened so far, by name. */
function countersOf(
  stats: PeerStats,
  { admission, requests }: ServerShell,
): Record<string, number> {
  const counters: Record<string, number> = {
    peers: stats.peers,
    messagesSent: stats.sent.messages,
    messagesReceived: stats.received.messages,
    bytesSent: stats.sent.bytes,
    bytesReceived: stats.received.bytes,
    inputsWaiting: admission.depth('peer') + admission.depth('user') + admission.depth('stranger'),
    requestsWaiting: requests.length,
  }
  for (const [reason, count] of Object.entries(stats.refused)) counters[`refused.${reason}`] = count
  return counters
}

/** Where a server begins to look: the block before the contracts were deployed. */
async function readGenesis({ deployment }: NodeConfig, endpoints: Endpoints): Promise<Genesis> {
  const cursor = await cursorBefore(endpoints, deployment.block)
  const { block, hash } = cursor
  const header = await endpoints.ask((endpoint) => readHeader(endpoint, block))
  return { cursor, head: { block, hash, timestamp: header?.timestamp ?? 0 } }
}

/**
 * Executes the whole log of a data directory from genesis, and compares the state after every block
 * with the hash in it. Needs neither keys nor chain; the node must not run.
 */
export async function verifyLog(
  config: NodeConfig,
  onProgress: (number: number) => void = () => undefined,
): Promise<Verification> {
  await installNativeCrypto()
  const genesis = await keepGenesis(directoryFiles(config.dataDir), () => {
    throw new Error(`${config.dataDir} holds no node that has ever started`)
  })
  const { store } = await openStore({
    directory: config.dataDir,
    readHeader: readBlockHeader,
    genesis: (draft) => putGenesis(draft, genesis),
    rebuild: true,
  })
  try {
    return await verify(store, domainOf(config), onProgress)
  } finally {
    await store.close()
  }
}

/**
 * The composition root: real disk, real sockets, real chain and real clock, put around the machines.
 */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { ApiServer } from './api/server.ts'
import { NodeBackend } from './backend.ts'
import { type Channel, peerOf } from './machines/channel/channel.ts'
import { DEFAULT_POLICY } from './machines/entity/entity.ts'
import { ChannelTable } from './machines/entity/tables.ts'
import { type Genesis, putGenesis } from './machines/server/genesis.ts'
import { PeerTable } from './machines/server/tables.ts'
import { readBlockHeader, replay, timestampOf, type Verification, verify } from './replay.ts'
import type { Touched } from './shell/chain/correction.ts'
import { cursorBefore } from './shell/chain/cursor.ts'
import { Endpoints } from './shell/chain/endpoints.ts'
import { readHeader } from './shell/chain/header.ts'
import { ChainReader } from './shell/chain/reader.ts'
import type { SubmitResult } from './shell/chain/request.ts'
import { Submitter } from './shell/chain/submitter.ts'
import { Wallet } from './shell/chain/wallet.ts'
import { Watcher } from './shell/chain/watcher.ts'
import { GAS_KEY, type NodeConfig, SERVER_KEY } from './shell/config/config.ts'
import { installNativeCrypto } from './shell/crypto.ts'
import { ChainDesk } from './shell/desk.ts'
import { Hellos, keepGenesis, nextRun } from './shell/identity.ts'
import { openKeystore } from './shell/keys/keystore.ts'
import { createLogger } from './shell/log.ts'
import { nextIncarnation } from './shell/peers/config.ts'
import { PeerNetwork } from './shell/peers/network.ts'
import type { PeerStats } from './shell/peers/stats.ts'
import { ServerShell } from './shell/server.ts'
import { openStore } from './shell/store/opening.ts'
import type { Store } from './shell/store/store.ts'

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

/** How many channels are read at once to tell a server that lost state of its peers. */
const PAGE = 1_000

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
  const genesis = await keepGenesis(config.dataDir, () => readGenesis(config, endpoints))
  const { store, restoring } = await openStore({
    directory: config.dataDir,
    readHeader: readBlockHeader,
    genesis: (draft) => putGenesis(draft, genesis),
  })
  if (restoring !== undefined) log.error('state was lost; peers must show it again', { restoring })
  await replay(store, domain)

  let end: (error?: unknown) => void = () => undefined
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error))
  })
  const shell = new ServerShell({
    store,
    domain,
    address: server,
    sign,
    nowMs: Date.now,
    newestTimestampMs: await newestTimestamp(store),
    // A run makes fewer than 2^16 requests a millisecond.
    firstRequest: BigInt(Date.now()) << 16n,
    log: log.with({ part: 'server' }),
    onCommitted: (committed) => backend.onCommitted(committed),
    onFault: (error) => void fail(error),
  })

  // ─── Chain ────────────────────────────────────────────────────────────────────────────────────
  const contracts = domain
  const fromBlock = config.deployment.block
  const { confirmations, pollMs } = config
  const reader = new ChainReader({ endpoints, contracts, fromBlock })
  const gasKey = signers.keyOf(GAS_KEY)
  const submitter = new Submitter({
    endpoints,
    contracts,
    fromBlock,
    gasKey,
    confirmations,
    pollMs,
    log: log.with({ part: 'submitter' }),
    report: (result) => onSubmitted(result),
    sighted: () => watcher.poke(),
  })
  const desk = new ChainDesk({
    domain,
    sign,
    signerOf: (entity) => shell.signerOf(entity),
    submit: (request) => submitter.submit(request),
  })
  const onSubmitted = (result: SubmitResult) => {
    log.info('submitted', { ...result })
    if (result.status === 'reverted') shell.onBatchFailed(result.id, true)
    else if (result.status === 'refused') shell.onBatchFailed(result.id, false)
    else desk.ended(result.id)
  }
  const state = shell.state()
  const watcher = new Watcher({
    endpoints,
    contracts,
    cursor: state.cursor,
    confirmations,
    pollMs,
    interest: {
      hosts: (entity) => shell.hosts(entity),
      watches: (entity) => shell.watches(entity),
    },
    corrector: { reader, touchedSince: (block) => touchedSince(block, shell, store) },
    sink: {
      final: (batch, cursor) => shell.onFinal(batch, cursor),
      async corrected({ fromBlock: from, channels, entities }, cursor) {
        const { timestamp } = channels[0]?.at ?? entities[0]?.at ?? shell.state().head
        const head = { block: from - 1, hash: cursor.hash, timestamp }
        const accounts = entities.map(({ entity, batchNonce, reserves, debts }) => ({
          entity,
          account: {
            batchNonce: Number(batchNonce),
            reserves: reserves.map(({ token, reserve }) => ({ token, amount: reserve })),
            debts,
          },
        }))
        await shell.onCorrected(head, cursor, channels, accounts)
      },
      firstSight: (event) => shell.onFirstSight(event),
    },
    log: log.with({ part: 'watcher' }),
  })

  // ─── Peers ────────────────────────────────────────────────────────────────────────────────────
  const incarnation = await nextRun(config.dataDir, (previous) =>
    nextIncarnation(previous, Date.now()),
  )
  const hellos = await Hellos.open(config.dataDir)
  const network = new PeerNetwork({
    domain,
    server,
    incarnation,
    ...(config.listen === null ? {} : { listen: config.listen }),
    sign: (digest) => sign(server, digest),
    endorse: (entity, digest) => sign(shell.signerOf(entity), digest),
    newestBlock: () => store.tail.number,
    position: (peer) => store.draft.at(new Uint8Array(0)).get(PeerTable, hexToBytes(peer)),
    keptHello: (peer) => hellos.get(peer),
    events: {
      messages: (peer, batch) => shell.onMessages(peer.server, peer.incarnation, batch),
      up(peer, entities, hello) {
        hellos.keep(peer.server, hello.bytes).catch((error: unknown) => void fail(error))
        shell.onPeerEntities(peer.server, entities)
      },
      entities: (peer, entities) => shell.onPeerEntities(peer.server, entities),
      down: (peer) => shell.onPeerDown(peer.server),
      shown: (peer, { hello }) => onShown(peer.server, hello),
    },
    log: log.with({ part: 'peers' }),
  })
  const onShown = (peer: Address, hello: { incarnation: number; blockNumber: number }) => {
    if (hello.incarnation > incarnation) {
      void fail(new Error(`another process runs with this server key: ${peer} has met it`))
      return
    }
    log.error('a peer has shown that state of this server was lost', { peer, hello })
    lostChannels(shell, store).then((channels) => shell.lose(incarnation, channels), fail)
  }

  // ─── Users ────────────────────────────────────────────────────────────────────────────────────
  let peerUrl: string | null = null
  const wallet = new Wallet({ endpoints, contracts, submitter, address: gasKey.address })
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

  shell.attach(network, {
    desk,
    readChannel: (left, right, block) => reader.readChannel(left, right, block),
  })
  const lost = restoring === undefined ? [] : await lostChannels(shell, store)
  if (restoring !== undefined) await store.acceptLoss()
  shell.start(incarnation, lost)
  for (const name of signers.names()) {
    if (name !== SERVER_KEY && name !== GAS_KEY) await backend.createEntity(name, DEFAULT_POLICY)
  }
  const { port } = await network.start()
  if (config.listen !== null) peerUrl = `ws://${config.listen.host}:${port}`
  for (const peer of config.peers) network.connect(peer)
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

async function newestTimestamp(store: Store): Promise<number> {
  if (store.tail.number === 0) return 0
  const bytes = await store.block(store.tail.hash)
  return bytes === undefined ? 0 : timestampOf(bytes)
}

/** Every channel of every entity here: all must be shown again by their peers. */
async function lostChannels(
  shell: ServerShell,
  store: Store,
): Promise<{ entity: EntityId; peers: EntityId[] }[]> {
  const lost: { entity: EntityId; peers: EntityId[] }[] = []
  for (const entity of shell.entities()) {
    const peers: EntityId[] = []
    for await (const channel of channelsOf(shell, store, entity)) peers.push(peerOf(channel))
    lost.push({ entity, peers })
  }
  return lost
}

async function* channelsOf(
  shell: ServerShell,
  store: Store,
  entity: EntityId,
): AsyncGenerator<Channel> {
  const path = shell.pathOf(entity)
  if (path === undefined) return
  let from = new Uint8Array(32)
  for (;;) {
    const rows = await store.page(path, ChannelTable, from, PAGE)
    for (const { value } of rows) yield value
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    // The first key behind the last one seen.
    from = Uint8Array.from([...last.key, 0])
  }
}

/** What final events of `block` and later were applied to: asked after a deep reorganisation. */
async function touchedSince(block: number, shell: ServerShell, store: Store): Promise<Touched> {
  const channels: { left: EntityId; right: EntityId }[] = []
  for (const entity of shell.entities()) {
    for await (const { mutual, view } of channelsOf(shell, store, entity)) {
      if (view.position.block >= block) channels.push({ left: mutual.left, right: mutual.right })
    }
  }
  return { channels, entities: shell.entities() }
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
  const genesis = await keepGenesis(config.dataDir, () => {
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

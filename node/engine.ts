/**
 * A server put together around its ports: store, shell, peers and chain. `startNode` gives it the real
 * disk, sockets, chain and clock; the simulator gives it others.
 */
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { lostChannels } from './channels.ts'
import { type Genesis, putGenesis } from './machines/server/genesis.ts'
import { PeerTable } from './machines/server/tables.ts'
import { readBlockHeader, replay, timestampOf } from './replay.ts'
import type { Clock } from './shell/clock.ts'
import { type Files, Hellos, keepGenesis, nextRun } from './shell/identity.ts'
import type { Logger } from './shell/log.ts'
import type { Committed } from './shell/loop.ts'
import { nextIncarnation } from './shell/peers/config.ts'
import type { PeerLimits } from './shell/peers/limits.ts'
import type { ListenAddress } from './shell/peers/listener.ts'
import { PeerNetwork } from './shell/peers/network.ts'
import type { PeerTransport } from './shell/peers/socket.ts'
import { type ChainPort, ServerShell } from './shell/server.ts'
import type { Disk } from './shell/store/disk.ts'
import type { RestoringReason } from './shell/store/faults.ts'
import { openStore, type StoreSettings } from './shell/store/opening.ts'
import type { Store } from './shell/store/store.ts'

export interface EngineOptions {
  readonly domain: ChainDomain
  /** The address of the server's own key. */
  readonly server: Address
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  readonly disk: Disk
  readonly files: Files
  readonly clock: Clock
  readonly log: Logger
  /** Where the server begins to look at the chain; asked at its first start. */
  readonly genesis: () => Promise<Genesis>
  /** Absent: nobody can dial it. */
  readonly listen: ListenAddress | null
  readonly peers: readonly { readonly url: string; readonly server?: Address | undefined }[]
  readonly transport?: PeerTransport
  readonly limits?: Partial<PeerLimits>
  /** Of the store: bounds that a test may want to be small; and `rebuild`, after a damage. */
  readonly store?: Pick<
    StoreSettings,
    'checkpointBlocks' | 'checkpointRecords' | 'cacheBytes' | 'rebuild'
  >
  readonly gapMs?: number
  readonly onCommitted: (committed: Committed) => void
  /** Something that no retry mends: the process must end. */
  readonly onFault: (error: unknown) => void
}

export interface Engine {
  readonly shell: ServerShell
  readonly store: Store
  readonly network: PeerNetwork
  readonly incarnation: number
  readonly restoring: RestoringReason | undefined
  /** Takes up what the last run left, and makes the first block of this one. */
  start(chain: ChainPort): Promise<void>
  /** Listens and dials: the port, when it listens. */
  connect(): Promise<number | undefined>
}

/** Opens the store, executes what a crash left over, and puts the rest around it. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { domain, server, sign, files, clock, log } = options
  const genesis = await keepGenesis(files, options.genesis)
  const { store, restoring } = await openStore({
    disk: options.disk,
    readHeader: readBlockHeader,
    genesis: (draft) => putGenesis(draft, genesis),
    ...options.store,
  })
  if (restoring !== undefined) log.error('state was lost; peers must show it again', { restoring })
  await replay(store, domain)
  const shell = new ServerShell({
    store,
    domain,
    address: server,
    sign,
    clock,
    newestTimestampMs: await newestTimestamp(store),
    // A run makes fewer than 2^16 requests a millisecond.
    firstRequest: BigInt(clock.nowMs()) << 16n,
    log: log.with({ part: 'server' }),
    onCommitted: options.onCommitted,
    onFault: options.onFault,
    ...(options.gapMs === undefined ? {} : { gapMs: options.gapMs }),
  })
  const incarnation = await nextRun(files, (previous) => nextIncarnation(previous, clock.nowMs()))
  const hellos = await Hellos.open(files)
  const network = createNetwork(options, { shell, store, hellos, incarnation })
  return {
    shell,
    store,
    network,
    incarnation,
    restoring,
    async start(chain) {
      shell.attach(network, chain)
      const lost = restoring === undefined ? null : await lostChannels(shell, store)
      if (restoring !== undefined) await store.acceptLoss()
      shell.start(incarnation, lost)
    },
    async connect() {
      const { port } = await network.start()
      for (const peer of options.peers) network.connect(peer)
      return port
    },
  }
}

interface Parts {
  readonly shell: ServerShell
  readonly store: Store
  readonly hellos: Hellos
  readonly incarnation: number
}

function createNetwork(options: EngineOptions, parts: Parts): PeerNetwork {
  const { domain, server, sign, listen, transport, limits, clock, log, onFault } = options
  const { shell, store, hellos, incarnation } = parts
  return new PeerNetwork({
    domain,
    server,
    incarnation,
    clock,
    limits,
    ...(listen === null ? {} : { listen }),
    ...(transport === undefined ? {} : { transport }),
    sign: (digest) => sign(server, digest),
    endorse: (entity, digest) => sign(shell.signerOf(entity), digest),
    newestBlock: () => store.synced,
    position: (peer) => store.draft.at(new Uint8Array(0)).get(PeerTable, hexToBytes(peer)),
    keptHello: (peer) => hellos.get(peer),
    events: {
      messages: (peer, batch) => shell.onMessages(peer.server, peer.incarnation, batch),
      up(peer, entities, hello) {
        hellos.keep(peer.server, hello.bytes).catch(onFault)
        shell.onPeerEntities(peer.server, entities)
      },
      entities: (peer, entities: readonly EntityId[]) =>
        shell.onPeerEntities(peer.server, entities),
      renewed: (peer, { bytes }) => hellos.renew(peer.server, bytes),
      down(peer) {
        hellos.save(peer.server).catch(onFault)
        shell.onPeerDown(peer.server)
      },
      shown: (peer, { hello }) => onShown(options, parts, peer.server, hello),
    },
    log: log.with({ part: 'peers' }),
  })
}

function onShown(
  { log, onFault }: EngineOptions,
  { shell, store, incarnation }: Parts,
  peer: Address,
  hello: { readonly incarnation: number; readonly blockNumber: number },
): void {
  if (hello.incarnation > incarnation) {
    onFault(new Error(`another process runs with this server key: ${peer} has met it`))
    return
  }
  log.error('a peer has shown that state of this server was lost', { peer, hello })
  // No block between: what is connected now would be proposed to.
  shell.suspendFor(
    lostChannels(shell, store).then((channels) => shell.lose(incarnation, channels), onFault),
  )
}

async function newestTimestamp(store: Store): Promise<number> {
  if (store.tail.number === 0) return 0
  const bytes = await store.block(store.tail.hash)
  return bytes === undefined ? 0 : timestampOf(bytes)
}

/**
 * A server without a chain: the real shell, machines, disk and sockets. Channels live on credit alone,
 * so the chain has nothing to say of them.
 */

import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import { putGenesis } from '@xln/node/machines/server/genesis.ts'
import { PeerTable } from '@xln/node/machines/server/tables.ts'
import { readBlockHeader, replay } from '@xln/node/replay.ts'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { ChainDesk } from '@xln/node/shell/desk.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import type { Committed } from '@xln/node/shell/loop.ts'
import { PeerNetwork } from '@xln/node/shell/peers/network.ts'
import { ServerShell } from '@xln/node/shell/server.ts'
import { openStore } from '@xln/node/shell/store/opening.ts'
import type { Store } from '@xln/node/shell/store/store.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { type Address, type EntityId, parseAddress, ZERO_HASH } from '@xln/shared/ids.ts'

export const domain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'51'.repeat(20)}`),
}

export interface BenchNode {
  readonly shell: ServerShell
  readonly store: Store
  readonly network: PeerNetwork
  readonly port: number | undefined
  stop(): Promise<void>
}

export interface BenchNodeOptions {
  readonly directory: string
  readonly serverKey: Uint8Array
  /** One entity for each. */
  readonly keys: readonly Uint8Array[]
  readonly listens: boolean
  readonly gapMs: number
  readonly onCommitted: (committed: Committed) => void
  readonly onPeer: (entities: readonly EntityId[]) => void
}

const START = { block: 1, hash: ZERO_HASH, timestamp: Math.floor(Date.now() / 1_000) }

function fail(error: unknown): never {
  console.error(error)
  process.exit(1)
}

/** Starts a node and makes its entities. */
export async function startBenchNode(options: BenchNodeOptions): Promise<BenchNode> {
  await installNativeCrypto()
  const log = createLogger({ level: 'warn' })
  const { store } = await openStore({
    directory: options.directory,
    readHeader: readBlockHeader,
    genesis: (draft) => putGenesis(draft, { head: START, cursor: { ...START, trail: [] } }),
  })
  await replay(store, domain)
  const server = addressOf(options.serverKey)
  const signing = new Map<Address, Uint8Array>([[server, options.serverKey]])
  for (const key of options.keys) signing.set(addressOf(key), key)
  const sign = (signer: Address, digest: Uint8Array) =>
    signDigest(digest, signing.get(signer) as Uint8Array)

  const shell = new ServerShell({
    store,
    domain,
    address: server,
    sign,
    newestTimestampMs: 0,
    firstRequest: 1n,
    log,
    gapMs: options.gapMs,
    onCommitted: options.onCommitted,
    onFault: fail,
  })
  const network = new PeerNetwork({
    domain,
    server,
    incarnation: Date.now(),
    listen: options.listens ? { host: '127.0.0.1', port: 0 } : undefined,
    sign: (digest) => sign(server, digest),
    endorse: (entity, digest) => sign(shell.signerOf(entity), digest),
    newestBlock: () => store.synced,
    position: (peer) => store.draft.at(new Uint8Array(0)).get(PeerTable, hexToBytes(peer)),
    keptHello: () => undefined,
    events: {
      messages: (peer, batch) => shell.onMessages(peer.server, peer.incarnation, batch),
      up(peer, entities) {
        shell.onPeerEntities(peer.server, entities)
        options.onPeer(entities)
      },
      entities(peer, entities) {
        shell.onPeerEntities(peer.server, entities)
        options.onPeer(entities)
      },
      renewed: () => undefined,
      down: (peer) => shell.onPeerDown(peer.server),
      shown: () => undefined,
    },
    log,
    limits: { entitiesPerPeerMax: 1_000, checksMax: 4_000 },
  })
  const desk = new ChainDesk({ domain, sign, signerOf: (id) => shell.signerOf(id), submit() {} })
  shell.attach(network, {
    desk,
    readChannel: async (left, right) => ({
      left,
      right,
      cooperativeNonce: 0n,
      tokens: [],
      position: { block: 0, logIndex: 0 },
      dispute: null,
      arguments: [],
      named: [],
    }),
  })
  shell.start(1, null)
  for (const key of options.keys) shell.createEntity(addressOf(key), DEFAULT_POLICY)
  while (shell.entities().length < options.keys.length) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { port } = await network.start()
  return {
    shell,
    store,
    network,
    port,
    async stop() {
      await network.stop()
      await shell.stop()
      await store.close()
    },
  }
}

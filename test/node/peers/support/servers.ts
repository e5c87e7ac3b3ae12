/** Servers on this machine for tests: real sockets, keys made of names, and everything that happened. */

import { createHash } from 'node:crypto'
import { Signers } from '@xln/node/shell/keys/signers.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import type { Peer, PeerConfig } from '@xln/node/shell/peers/config.ts'
import { PeerNetwork } from '@xln/node/shell/peers/network.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { type Address, type EntityId, parseAddress } from '@xln/shared/ids.ts'
import type { Envelope } from '@xln/shared/wire/envelope.ts'
import type { SignedHello } from '@xln/shared/wire/hello.ts'

export const domain: ChainDomain = {
  chainId: 31337n,
  depository: parseAddress(`0x${'d0'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e0'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'50'.repeat(20)}`),
}

export interface Identity {
  readonly name: string
  readonly signers: Signers
  readonly server: Address
  /** Lazy entities, each of one key. */
  readonly entities: readonly EntityId[]
}

/** The same name gives the same keys. */
export function identity(name: string, entityCount = 1): Identity {
  const signers = new Signers()
  const keyOf = (use: string) => createHash('sha256').update(`${name} ${use}`).digest()
  const server = signers.add('server', keyOf('server'))
  const entities: EntityId[] = []
  for (let i = 0; i < entityCount; i++) {
    signers.add(`entity${i}`, keyOf(`entity ${i}`))
    entities.push(signers.entityOf(`entity${i}`))
  }
  return { name, signers, server, entities }
}

export function signAs({ signers }: Identity, entity: EntityId, digest: Uint8Array): Uint8Array {
  const name = signers.names().find((key) => signers.entityOf(key) === entity)
  return signers.sign(signers.addressOf(name ?? ''), digest)
}

export type Happening =
  | { readonly type: 'up'; readonly peer: Peer; readonly entities: readonly EntityId[] }
  | { readonly type: 'down'; readonly peer: Peer }
  | { readonly type: 'entities'; readonly peer: Peer; readonly entities: readonly EntityId[] }
  | { readonly type: 'shown' | 'renewed'; readonly peer: Peer; readonly hello: SignedHello }

export interface TestServer {
  readonly network: PeerNetwork
  readonly identity: Identity
  readonly server: Address
  readonly entity: EntityId
  readonly url: string
  readonly happened: Happening[]
  readonly received: { readonly peer: Peer; readonly envelope: Envelope }[]
  /** The newest of each peer. */
  readonly hellos: Map<Address, SignedHello>
  isUp(other: { readonly server: Address }): boolean
  count(type: Happening['type']): number
}

const running: PeerNetwork[] = []

/** Starts a server that hosts all entities of `who`. */
export async function startServer(
  who: Identity,
  overrides: Partial<PeerConfig> = {},
): Promise<TestServer> {
  const happened: Happening[] = []
  const received: TestServer['received'] = []
  const hellos = new Map<Address, SignedHello>()
  const up = new Set<Address>()
  const network = new PeerNetwork({
    domain,
    server: who.server,
    incarnation: 1,
    listen: { host: '127.0.0.1', port: 0 },
    sign: (digest) => who.signers.sign(who.server, digest),
    endorse: (entity, digest) => signAs(who, entity, digest),
    newestBlock: () => 0,
    position: () => undefined,
    keptHello: () => undefined,
    log: createLogger({ level: 'silent' }),
    events: {
      messages: (peer, batch) => {
        for (const envelope of batch) received.push({ peer, envelope })
      },
      up: (peer, entities, hello) => {
        up.add(peer.server)
        hellos.set(peer.server, hello)
        happened.push({ type: 'up', peer, entities })
      },
      down: (peer) => {
        up.delete(peer.server)
        happened.push({ type: 'down', peer })
      },
      entities: (peer, entities) => happened.push({ type: 'entities', peer, entities }),
      shown: (peer, hello) => happened.push({ type: 'shown', peer, hello }),
      renewed: (peer, hello) => {
        hellos.set(peer.server, hello)
        happened.push({ type: 'renewed', peer, hello })
      },
    },
    ...overrides,
    limits: { redialMinMs: 5, redialMaxMs: 50, closeMs: 200, ...overrides.limits },
  })
  running.push(network)
  for (const entity of who.entities) await network.host(entity)
  const { port } = await network.start()
  return {
    network,
    identity: who,
    server: who.server,
    entity: who.entities[0] as EntityId,
    url: `ws://127.0.0.1:${port}`,
    happened,
    received,
    hellos,
    isUp: (other) => up.has(other.server),
    count: (type) => happened.filter((happening) => happening.type === type).length,
  }
}

/** Ends whatever a test has started. */
export async function stopServers(): Promise<void> {
  await Promise.all(running.splice(0).map((network) => network.stop()))
}

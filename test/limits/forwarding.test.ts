/** What a hub forwards: at its limits, and one beyond. */
import { DEFAULT_POLICY, EXPIRY_MAX_SECONDS } from '@xln/node/machines/entity/entity.ts'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { type EntityId, type Hashlock, parseId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT, HOPS_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { TestServer, token, World } from '../node/support/world.ts'

const usd = token(1)
const hashlock = parseId<Hashlock>(`0x${'5e'.repeat(32)}`)
/** What the last of a route has, and what each before it has more: ten of them make seven days. */
const LAST_SECONDS = 3_600
const MARGIN_SECONDS = (EXPIRY_MAX_SECONDS - LAST_SECONDS) / 10

/** Sender — hub — receiver, with credit on the way. */
function network() {
  const sender = new TestServer('sender', 1, {
    ...DEFAULT_POLICY,
    hopMarginSeconds: MARGIN_SECONDS,
  })
  const hub = new TestServer('hub', 2)
  const receiver = new TestServer('receiver', 3)
  const world = new World(sender, hub, receiver)
  for (const [server, peer] of [
    [sender, hub],
    [receiver, hub],
  ] as const) {
    const disputeWindow = DISPUTE_WINDOW_DEFAULT
    server.propose({ type: 'openChannel', peer: peer.entity, disputeWindow })
  }
  world.settle()
  const lend = (from: TestServer, to: TestServer) =>
    from.propose({ type: 'extendCredit', peer: to.entity, token: usd, limit: 100n })
  // Whoever is to lend to who opened the channel learns of it by the first block.
  lend(sender, hub)
  lend(receiver, hub)
  world.settle()
  lend(hub, sender)
  world.settle()
  return { world, sender, hub, receiver }
}

function routeOf(...entities: readonly EntityId[]) {
  return entities.map((entity) => ({ entity, fee: 1n }))
}

describe('a route', () => {
  before(installNativeCrypto)

  it('has 20 hops, and is declined with 21', () => {
    const { sender, hub, receiver, world } = network()
    const ask = (hops: number) => {
      const route = routeOf(hub.entity, ...Array<EntityId>(hops - 1).fill(receiver.entity))
      const lock = parseId<Hashlock>(`0x${hops.toString().repeat(32)}`)
      return sender.propose({ type: 'pay', route, token: usd, amount: 1n, hashlock: lock })
    }
    const asked = [HOPS_MAX, HOPS_MAX + 1].map(ask)
    world.tick()
    const codes = asked.map((id) => sender.receipts.get(id)?.code)
    expect(codes).to.deep.equal([undefined, 'action_malformed'])
  })
})

describe('a hub', () => {
  before(installNativeCrypto)

  it('forwards a lock that ends in seven days, and gives one back that ends a second later', () => {
    for (const early of [0, 1]) {
      const { world, sender, hub, receiver } = network()
      // The hub, ten more that are never reached, and the last one: ten margins.
      const further = Array<EntityId>(10).fill(receiver.entity)
      const route = routeOf(hub.entity, ...further)
      sender.propose({ type: 'pay', route, token: usd, amount: 1n, hashlock })
      const atMs = 1_000 * Math.ceil(world.nowMs / 1_000) + 5_000
      for (const letter of sender.tick(atMs)) hub.receive(letter)
      const letters = hub.tick(atMs - 1_000 * early)
      const channel = hub.records.channel(channelKeyOf(sender.entity, hub.entity))
      expect(channel?.mutual.locks[0]?.revealBy).to.equal(atMs / 1_000 + EXPIRY_MAX_SECONDS)
      const isForwarded = letters.some(({ recipient }) => recipient === receiver.entity)
      expect(isForwarded, `${early} s early`).to.equal(early === 0)
    }
  })
})

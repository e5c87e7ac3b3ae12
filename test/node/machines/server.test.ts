import { capacityOf } from '@xln/node/machines/channel/capacity.ts'
import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import { CancelReason } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { encodeAction } from '@xln/shared/entity/actionCodec.ts'
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import { type EntityId, parseId, type Secret } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { TestServer, token, World } from '../support/world.ts'

const usd = token(1)
const secret = parseId<Secret>(`0x${'5e'.repeat(32)}`)
const hashlock = hashlockOf(secret)

/** Sender — hub — receiver; the sender's channel holds 1,000 of its own, the receiver extends 500. */
function network(hubPolicy = DEFAULT_POLICY) {
  const sender = new TestServer('sender', 1)
  const hub = new TestServer('hub', 2, hubPolicy)
  const receiver = new TestServer('receiver', 3)
  const world = new World(sender, hub, receiver)
  const { left, right } = orderSides(sender.entity, hub.entity)
  world.views.set(left + right, {
    left,
    right,
    cooperativeNonce: 0n,
    tokens: [{ token: usd, collateral: 1_000n, ondelta: left === sender.entity ? 1_000n : 0n }],
    position: { block: 1, logIndex: 0 },
    dispute: null,
    arguments: [],
    named: [],
  })
  open(sender, hub.entity)
  open(receiver, hub.entity)
  world.settle()
  receiver.propose({ type: 'extendCredit', peer: hub.entity, token: usd, limit: 500n })
  world.settle()
  return { world, sender, hub, receiver }
}

function open(server: TestServer, peer: EntityId): void {
  server.propose({ type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_DEFAULT })
}

function invoice(receiver: TestServer, amount: bigint): void {
  const expiresAt = 1_800_000_000
  const memo = new Uint8Array(0)
  receiver.propose({ type: 'createInvoice', secret, token: usd, amount, expiresAt, memo })
}

function canSend(server: TestServer, peer: EntityId): bigint {
  const channel = server.records.channel(channelKeyOf(server.entity, peer))
  return channel === undefined ? 0n : capacityOf(channel, usd, channel.side)
}

function pay(sender: TestServer, amount: bigint, ...route: { entity: EntityId; fee: bigint }[]) {
  return sender.propose({ type: 'pay', route, token: usd, amount, hashlock })
}

describe('a network of servers', () => {
  it('moves a payment over a hub to a receiver that had nothing, and only its fee stays there', () => {
    const { world, sender, hub, receiver } = network({ ...DEFAULT_POLICY, feeBase: 3n })
    invoice(receiver, 100n)
    pay(sender, 100n, { entity: hub.entity, fee: 3n }, { entity: receiver.entity, fee: 0n })
    world.settle()
    expect(sender.records.payment(hashlock)?.status).to.equal('settled')
    expect(sender.records.payment(hashlock)?.secret).to.equal(secret)
    expect(receiver.records.invoice(hashlock)?.status).to.equal('paid')
    expect(canSend(sender, hub.entity)).to.equal(897n)
    expect(canSend(hub, sender.entity)).to.equal(103n)
    expect(canSend(hub, receiver.entity)).to.equal(400n)
    expect(canSend(receiver, hub.entity)).to.equal(100n)
  })

  it('gives everything back when the receiver knows no such invoice', () => {
    const { world, sender, hub, receiver } = network()
    pay(sender, 100n, { entity: hub.entity, fee: 0n }, { entity: receiver.entity, fee: 0n })
    world.settle()
    expect(sender.records.payment(hashlock)).to.include({
      status: 'failed',
      reason: CancelReason.downstreamCancelled,
    })
    expect(canSend(sender, hub.entity)).to.equal(1_000n)
    expect(canSend(hub, receiver.entity)).to.equal(500n)
  })

  it('commits a lock that pays too little for its forwarding, and cancels it', () => {
    const { world, sender, hub, receiver } = network({ ...DEFAULT_POLICY, feeBase: 3n })
    invoice(receiver, 100n)
    pay(sender, 100n, { entity: hub.entity, fee: 2n }, { entity: receiver.entity, fee: 0n })
    world.settle()
    expect(sender.records.payment(hashlock)).to.include({
      status: 'failed',
      reason: CancelReason.feeTooLow,
    })
    expect(canSend(sender, hub.entity)).to.equal(1_000n)
  })

  it('cancels what the next channel cannot carry', () => {
    const { world, sender, hub, receiver } = network()
    invoice(receiver, 501n)
    pay(sender, 501n, { entity: hub.entity, fee: 0n }, { entity: receiver.entity, fee: 0n })
    world.settle()
    expect(sender.records.payment(hashlock)?.reason).to.equal(CancelReason.noCapacity)
    expect(canSend(sender, hub.entity)).to.equal(1_000n)
  })

  it('forwards no lock whose secret the chain has shown, however long ago', () => {
    const { world, sender, hub, receiver } = network()
    const revealedAt = Math.floor(world.nowMs / 1_000)
    world.mine({ type: 'secretRevealed', hashlock, secret, revealedAt })
    world.settle()
    world.nowMs += 40 * 86_400_000
    invoice(receiver, 100n)
    pay(sender, 100n, { entity: hub.entity, fee: 0n }, { entity: receiver.entity, fee: 0n })
    world.settle()
    expect(sender.records.payment(hashlock)).to.include({
      status: 'failed',
      reason: CancelReason.secretPublic,
    })
    expect(canSend(sender, hub.entity)).to.equal(1_000n)
    expect(canSend(hub, receiver.entity)).to.equal(500n)
  })

  it('refuses a proposal whose nonce was used, and one that leaves a gap', () => {
    const { world, sender, hub } = network()
    const again = sender.propose({ type: 'closeChannel', peer: hub.entity }, 0)
    const gap = sender.propose({ type: 'closeChannel', peer: hub.entity }, 9)
    world.tick()
    expect(sender.receipts.get(again)?.code).to.equal('nonce_wrong')
    expect(sender.receipts.get(gap)?.code).to.equal('nonce_wrong')
  })

  it('refuses to pay one hashlock twice', () => {
    const { world, sender, hub, receiver } = network()
    invoice(receiver, 10n)
    const route = [
      { entity: hub.entity, fee: 0n },
      { entity: receiver.entity, fee: 0n },
    ]
    const first = pay(sender, 10n, ...route)
    const second = pay(sender, 10n, ...route)
    world.settle()
    expect(sender.receipts.get(first)).to.equal(null)
    expect(sender.receipts.get(second)?.code).to.equal('payment_exists')
    expect(canSend(sender, hub.entity)).to.equal(990n)
  })

  it('ends a payment on both sides or on neither when letters are lost and peers come back', () => {
    const { world, sender, hub, receiver } = network()
    invoice(receiver, 10n)
    pay(sender, 10n, { entity: hub.entity, fee: 0n }, { entity: receiver.entity, fee: 0n })
    for (let round = 0; round < 30; round++) {
      world.tick()
      if (round % 3 === 1) {
        world.wire = []
        world.connect(false)
        world.tick()
        world.wire = []
        world.connect(true)
        world.tick()
      }
      world.deliver()
    }
    world.settle()
    expect(sender.records.payment(hashlock)?.status).to.equal('settled')
    expect(canSend(sender, hub.entity)).to.equal(990n)
    expect(canSend(receiver, hub.entity)).to.equal(10n)
  })
})

describe('an entity on chain', () => {
  function funded() {
    const { world, sender, hub } = network()
    const reserve = {
      type: 'reserveUpdated' as const,
      entity: sender.entity,
      token: usd,
      reserve: 50n,
    }
    world.mine(reserve)
    world.settle()
    return { world, sender, hub }
  }

  it('spends its reserve as far as it is known to reach, what already waits included', () => {
    const { world, sender } = funded()
    const to = sender.address
    const first = sender.propose({ type: 'withdraw', to, token: usd, amount: 30n })
    const second = sender.propose({ type: 'withdraw', to, token: usd, amount: 21n })
    const third = sender.propose({ type: 'withdraw', to, token: usd, amount: 20n })
    world.tick()
    expect(sender.receipts.get(first)).to.equal(null)
    expect(sender.receipts.get(second)).to.deep.include({ code: 'reserve_exceeded', reserve: 20n })
    expect(sender.receipts.get(third)).to.equal(null)
    expect(sender.records.depository().inFlight[0]?.items).to.have.length(2)
  })

  it('sees collateral that the chain adds to a channel, and can send more', () => {
    const { world, sender, hub } = funded()
    const { left, right } = orderSides(sender.entity, hub.entity)
    const before = canSend(sender, hub.entity)
    const ondelta = left === sender.entity ? 1_500n : 0n
    world.mine({ type: 'channelUpdated', left, right, token: usd, collateral: 1_500n, ondelta })
    world.settle()
    expect(canSend(sender, hub.entity)).to.equal(before + 500n)
  })

  it('keeps nothing of channels that strangers make on chain', () => {
    const { world, sender } = funded()
    const stranger = parseId<EntityId>(`0x${'77'.repeat(32)}`)
    const sides = orderSides(sender.entity, stranger)
    const gift = {
      type: 'channelUpdated' as const,
      ...sides,
      token: usd,
      collateral: 9n,
      ondelta: 0n,
    }
    world.mine(gift)
    world.settle()
    expect(sender.records.channel(channelKeyOf(sender.entity, stranger))).to.equal(undefined)
  })

  it('hears nobody but its own signer', () => {
    const { world, sender, hub } = funded()
    const action = encodeAction({ type: 'closeChannel', peer: hub.entity })
    sender.own({ type: 'propose', from: hub.address, nonce: 2, requestId: 99n, action })
    world.tick()
    expect(sender.receipts.get(99n)?.code).to.equal('signer_unknown')
  })

  it('declines an action that does not decode', () => {
    const { world, sender } = funded()
    const action = Uint8Array.of(0xc1, 0x63)
    sender.own({ type: 'propose', from: sender.address, nonce: 2, requestId: 98n, action })
    world.tick()
    expect(sender.receipts.get(98n)?.code).to.equal('action_malformed')
  })
})

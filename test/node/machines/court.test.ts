import { CLAIM_GRACE_SECONDS } from '@xln/node/machines/channel/time.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import { parseId, type Secret } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { TestServer, token, World } from '../support/world.ts'

const usd = token(1)
const secret = parseId<Secret>(`0x${'5e'.repeat(32)}`)
const hashlock = hashlockOf(secret)

/** A payer and a payee who has lent it 500, and asks for `asked`. */
function pair(asked: bigint): { world: World; payer: TestServer; payee: TestServer } {
  const payer = new TestServer('payer', 1)
  const payee = new TestServer('payee', 2)
  const world = new World(payer, payee)
  const { entity: peer } = payer
  payee.propose({ type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_DEFAULT })
  world.settle()
  payee.propose({ type: 'extendCredit', peer, token: usd, limit: 500n })
  const memo = new Uint8Array(0)
  const expiresAt = 1_800_000_000
  payee.propose({ type: 'createInvoice', secret, token: usd, amount: asked, expiresAt, memo })
  world.settle()
  return { world, payer, payee }
}

/** The chain shows the secret to everybody. */
function reveal(world: World): void {
  const revealedAt = Math.floor(world.nowMs / 1_000)
  world.mine({ type: 'secretRevealed', hashlock, secret, revealedAt })
  world.settle()
}

/** The payer locks `amount`; its payee has the lock, and what it says to it never arrives. */
function lockAndFallSilent(
  world: World,
  payer: TestServer,
  payee: TestServer,
  amount: bigint,
): void {
  const route = [{ entity: payee.entity, fee: 0n }]
  payer.propose({ type: 'pay', route, token: usd, amount, hashlock })
  world.tick()
  world.deliver()
  world.tick()
  world.wire = []
  expect(channelOf(payee, payer)?.mutual.locks.length).to.equal(1)
}

function channelOf(server: TestServer, peer: TestServer) {
  return server.records.channel(channelKeyOf(server.entity, peer.entity))
}

/** The court has decided; every secret that was shown in time pays. */
function judge(world: World, payer: TestServer, payee: TestServer): void {
  const sides = orderSides(payer.entity, payee.entity)
  const ended = { type: 'disputeFinalised', ...sides, disputeNonce: 0n, fraud: false } as const
  world.mine({ ...ended, cooperativeNonce: 1n << 32n })
  world.tick()
}

function told(server: TestServer, type: string): number {
  return server.outputs.filter(
    ({ output }) => output.type === 'channelFact' && output.fact.type === type,
  ).length
}

describe('a payee whose secret stands on chain before the lock counts', () => {
  it('is told that it was paid, when the court has paid it', () => {
    const { world, payer, payee } = pair(100n)
    reveal(world)
    lockAndFallSilent(world, payer, payee, 100n)
    judge(world, payer, payee)
    expect([told(payee, 'lockResolved'), told(payee, 'lockEnded')]).to.deep.equal([1, 0])
    expect(payee.records.invoice(hashlock)?.status).to.equal('paid')
  })

  it('is told so also of a lock that it wanted to give back, and takes no less for what it asked', () => {
    const { world, payer, payee } = pair(100n)
    reveal(world)
    lockAndFallSilent(world, payer, payee, 99n)
    judge(world, payer, payee)
    expect([told(payee, 'lockResolved'), told(payee, 'lockEnded')]).to.deep.equal([1, 0])
    expect(payee.records.invoice(hashlock)?.status).to.equal('open')
  })

  it('goes to court when its payer does not answer, though the chain says the secret only once', () => {
    const { world, payer, payee } = pair(100n)
    reveal(world)
    lockAndFallSilent(world, payer, payee, 100n)
    const { revealBy } = channelOf(payee, payer)?.mutual.locks[0] ?? { revealBy: 0 }
    world.nowMs = (revealBy + CLAIM_GRACE_SECONDS + 2) * 1_000
    payee.own({ type: 'due' })
    world.tick()
    expect(channelOf(payee, payer)?.dispute?.startedByUs).to.equal(true)
  })
})

describe('a payee whose secret stands on chain too late', () => {
  it('is told that the lock has ended, as the court has paid nothing', () => {
    const { world, payer, payee } = pair(100n)
    lockAndFallSilent(world, payer, payee, 100n)
    const { revealBy } = channelOf(payee, payer)?.mutual.locks[0] ?? { revealBy: 0 }
    world.nowMs = (revealBy + 1) * 1_000
    world.mine({ type: 'secretRevealed', hashlock, secret, revealedAt: revealBy + 1 })
    judge(world, payer, payee)
    expect([told(payee, 'lockResolved'), told(payee, 'lockEnded')]).to.deep.equal([0, 1])
    expect(payee.records.invoice(hashlock)?.status).to.equal('open')
  })
})

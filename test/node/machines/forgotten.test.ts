import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { TestServer, token, World } from '../support/world.ts'

/** Longer than anything lives that a side has signed, milliseconds. */
const LONGEST_LIFE_MS = 1_000_000

function openAndLend(world: World, server: TestServer, peer: TestServer): void {
  server.propose({
    type: 'openChannel',
    peer: peer.entity,
    disputeWindow: DISPUTE_WINDOW_DEFAULT,
  })
  world.settle()
  server.propose({ type: 'extendCredit', peer: peer.entity, token: token(1), limit: 10n })
  world.settle()
}

function channelOf(server: TestServer, peer: TestServer) {
  const channel = server.records.channel(channelKeyOf(server.entity, peer.entity))
  if (channel === undefined) throw new Error('there is no channel')
  return channel
}

/** Time in which everything that was signed has ended, on the chain too. */
function wait(world: World): void {
  world.nowMs += LONGEST_LIFE_MS
  world.mine()
  world.settle()
}

function heights(...sides: readonly [TestServer, TestServer][]): number[] {
  return sides.map(([server, peer]) => channelOf(server, peer).mutual.height)
}

describe('a server that has lost its log back to before a channel was opened', () => {
  for (const who of ['its owner', 'its peer'] as const) {
    it(`is shown the channel when ${who} opens it again, and signs nothing before`, () => {
      const alice = new TestServer('alice', 1)
      const bob = new TestServer('bob', 2)
      const before = new World(alice, bob)
      openAndLend(before, alice, bob)
      expect(heights([alice, bob], [bob, alice])).to.deep.equal([1, 1])

      const forgetful = new TestServer('alice', 1, DEFAULT_POLICY, true)
      const world = new World(forgetful, bob)
      if (who === 'its owner') openAndLend(world, forgetful, bob)
      else {
        bob.propose({ type: 'extendCredit', peer: forgetful.entity, token: token(1), limit: 5n })
        world.settle()
      }
      const signed = forgetful.outputs.filter(({ output }) => output.type === 'sendUpdate')
      expect(signed).to.be.empty

      wait(world)
      expect(heights([forgetful, bob])).to.deep.equal(heights([bob, forgetful]))
      expect(channelOf(forgetful, bob).restoring).to.equal(null)
      const [entry] = channelOf(forgetful, bob).mutual.tokens
      expect(entry?.token).to.equal(token(1))
    })
  }

  it('opens new channels as everybody does, once its peer has said that it knows of none', () => {
    const forgetful = new TestServer('alice', 1, DEFAULT_POLICY, true)
    const carol = new TestServer('carol', 3)
    const world = new World(forgetful, carol)
    world.settle()
    wait(world)
    openAndLend(world, forgetful, carol)
    forgetful.propose({ type: 'extendCredit', peer: carol.entity, token: token(1), limit: 7n })
    world.settle()
    const { mutual, restoring } = channelOf(carol, forgetful)
    expect(mutual).to.deep.equal(channelOf(forgetful, carol).mutual)
    expect(mutual.tokens).to.have.length(1)
    expect(restoring).to.equal(null)
  })
})

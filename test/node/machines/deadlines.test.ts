/** The index of deadlines: each channel has its turn when it wants it, whatever stood there before. */
import { RETRY_SECONDS } from '@xln/node/machines/channel/acknowledge.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { TestServer, token, World } from '../support/world.ts'

const usd = token(1)
/** By how much the clock of one is ahead: more than the other forgives. */
const AHEAD_MS = 45_000

/** Two with a channel that both know: a block counts in it. */
function pair() {
  const fast = new TestServer('fast', 1)
  const right = new TestServer('right', 2)
  const world = new World(fast, right)
  fast.propose({ type: 'openChannel', peer: right.entity, disputeWindow: DISPUTE_WINDOW_DEFAULT })
  world.settle()
  lend(fast, right, 1n)
  world.settle()
  return { world, fast, right, key: channelKeyOf(fast.entity, right.entity) }
}

function lend(from: TestServer, to: TestServer, limit: bigint): void {
  from.propose({ type: 'extendCredit', peer: to.entity, token: usd, limit })
}

describe('deadlines', () => {
  it('try a refused block again at the channel’s own second, also after an older one has fired', () => {
    const { world, fast, right, key } = pair()
    const exchange = (letters: ReturnType<TestServer['tick']>, to: TestServer) => {
      for (const letter of letters) to.receive(letter)
    }
    // Refused for its timestamp: it is to be tried again a minute later, by a clock that is ahead.
    const refused = (atMs: number) => {
      exchange(fast.tick(atMs + AHEAD_MS), right)
      exchange(right.tick(atMs), fast)
      exchange(fast.tick(atMs + AHEAD_MS + 1), right)
      right.tick(atMs + 1)
    }
    const startMs = world.nowMs + 1_000
    lend(fast, right, 5n)
    refused(startMs)
    const first = fast.records.nextDeadline()
    expect(first).to.equal(Math.floor((startMs + AHEAD_MS) / 1_000) + RETRY_SECONDS)

    // What the other side proposes meanwhile counts, and the next own block is refused again, later.
    lend(right, fast, 7n)
    exchange(right.tick(startMs + 10_000), fast)
    exchange(fast.tick(startMs + 10_000 + AHEAD_MS), right)
    exchange(right.tick(startMs + 10_001), fast)
    exchange(fast.tick(startMs + 10_001 + AHEAD_MS), right)
    const channel = fast.records.channel(key)
    expect(channel?.mutual.height).to.equal(2)
    expect(channel?.scheduledAt).to.be.greaterThan(first as number)

    const firstMs = (first as number) * 1_000
    fast.own({ type: 'due' })
    fast.tick(firstMs)
    const second = fast.records.nextDeadline()
    expect(second).to.equal(channel?.scheduledAt)

    fast.own({ type: 'due' })
    const letters = fast.tick((second as number) * 1_000)
    expect(letters).to.have.length(1)
  })
})

import type { OutgoingUpdate } from '@xln/node/machines/channel/messages.ts'
import type { ServerOutput } from '@xln/node/machines/server/messages.ts'
import type { Clock } from '@xln/node/shell/clock.ts'
import { Outbox, type Parcel } from '@xln/node/shell/outbox.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { type EntityId, type Hash, parseId } from '@xln/shared/ids.ts'
import { expect } from 'chai'

const ours = parseId<EntityId>(`0x${'01'.repeat(32)}`)
const peer = parseId<EntityId>(`0x${'02'.repeat(32)}`)
const hash = (number: number) => `0x${number.toString(16).padStart(64, '0')}` as Hash

const nothing: OutgoingUpdate = { ack: null, proposal: null, newProof: null, settlement: null }

function ack(number: number): OutgoingUpdate {
  return { ...nothing, ack: { blockHash: hash(number), digest: hash(100 + number) } }
}

function proposal(on: number): OutgoingUpdate {
  const block = { prevBlockHash: hash(on) } as ChannelBlock
  return { ...nothing, proposal: { block, digest: hash(200 + on) } }
}

function says(update: OutgoingUpdate, entity = ours): ServerOutput {
  return { entity, output: { type: 'sendUpdate', peer, update } }
}

const submits: ServerOutput = {
  entity: ours,
  output: { type: 'depository', output: { type: 'watch', entity: peer } },
}

/** An outbox, and a clock that stands until it is told to move. */
class Bench {
  readonly sent: Parcel[][] = []
  isBusy = true
  readonly outbox: Outbox
  #due: (() => void)[] = []

  constructor() {
    const clock: Clock = {
      nowMs: () => 0,
      monotonicMs: () => 0,
      random: () => 0,
      setTimer: (run) => {
        this.#due.push(run)
        return { clear: () => this.#due.splice(this.#due.indexOf(run), 1) }
      },
    }
    this.outbox = new Outbox({
      clock,
      isBusy: () => this.isBusy,
      deliver: (parcels) => this.sent.push([...parcels]),
    })
  }

  waits(): void {
    for (const run of this.#due.splice(0)) run()
  }

  get updates(): OutgoingUpdate[] {
    return this.sent
      .flat()
      .map(({ output }) => (output.type === 'sendUpdate' ? output.update : nothing))
  }
}

describe('outbox', () => {
  it('sends an acknowledgement with the proposal that stands on it, from the next block', () => {
    const { outbox, sent } = new Bench()
    outbox.post([says(ack(1))])
    expect(sent).to.be.empty
    outbox.post([says(proposal(1))])
    expect(sent.flat()).to.deep.equal([
      {
        entity: ours,
        output: { type: 'sendUpdate', peer, update: { ...proposal(1), ...ackOf(1) } },
      },
    ])
  })

  it('sends it alone, and first, when the next message does not stand on it', () => {
    const bench = new Bench()
    bench.outbox.post([says(ack(1))])
    bench.outbox.post([says(proposal(7))])
    expect(bench.updates).to.deep.equal([ack(1), proposal(7)])
  })

  it('keeps an older acknowledgement in front of a newer one', () => {
    const bench = new Bench()
    bench.outbox.post([says(ack(1))])
    bench.outbox.post([says(ack(2))])
    bench.outbox.post([])
    expect(bench.updates).to.deep.equal([ack(1), ack(2)])
  })

  it('holds it for one more block, and with no block on its way for some milliseconds', () => {
    const busy = new Bench()
    busy.outbox.post([says(ack(1))])
    busy.waits()
    expect(busy.updates).to.be.empty
    busy.outbox.post([])
    expect(busy.updates).to.deep.equal([ack(1)])

    const idle = new Bench()
    idle.outbox.post([says(ack(1))])
    idle.isBusy = false
    idle.waits()
    expect(idle.updates).to.deep.equal([ack(1)])
  })

  it('holds nothing of an entity that has something for the chain in the same block', () => {
    const bench = new Bench()
    bench.outbox.post([says(ack(1)), submits])
    expect(bench.updates).to.deep.equal([ack(1)])
  })

  it('lets what is held go before its entity has something for the chain', () => {
    const bench = new Bench()
    bench.outbox.post([says(ack(1))])
    bench.outbox.post([submits])
    expect(bench.updates).to.deep.equal([ack(1)])
    bench.waits()
    expect(bench.updates).to.have.length(1)
  })

  it('forgets what it holds when the process ends', () => {
    const bench = new Bench()
    bench.outbox.post([says(ack(1))])
    bench.outbox.stop()
    bench.isBusy = false
    bench.waits()
    expect(bench.updates).to.be.empty
  })
})

function ackOf(number: number): Pick<OutgoingUpdate, 'ack'> {
  return { ack: ack(number).ack }
}

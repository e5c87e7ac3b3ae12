import { Admission, type Arrival } from '@xln/node/shell/admission.ts'
import { PeersHere } from '@xln/node/shell/peersHere.ts'
import { type Address, type EntityId, parseAddress, parseId } from '@xln/shared/ids.ts'
import { expect } from 'chai'

const server = (number: number): Address =>
  parseAddress(`0x${number.toString(16).padStart(40, '0')}`)
const entity = (digit: string): EntityId => parseId<EntityId>(`0x${digit.repeat(64)}`)

const message = (from: Address, nonce: number): Arrival => ({
  type: 'message',
  path: '0x00',
  peer: entity('a'),
  bytes: new Uint8Array(1),
  server: from,
  incarnation: 1,
  nonce,
})

class Bench {
  readonly admission = new Admission()
  readonly peers = new PeersHere(this.admission)
  readonly said: string[] = []
  readonly valve = {
    pause: (from: Address) => this.said.push(`pause ${Number(from)}`),
    resume: (from: Address) => this.said.push(`resume ${Number(from)}`),
    overflow: (from: Address) => this.said.push(`overflow ${Number(from)}`),
  }

  fill(from: Address, count: number): void {
    for (let nonce = 0; nonce < count; nonce++) {
      expect(this.admission.admit('peer', from, message(from, nonce))).to.equal(true)
    }
    this.peers.throttle(from, this.valve)
  }
}

describe('peers that are here', () => {
  it('says what changes when a server speaks for others than before, and all when it is gone', () => {
    const { peers } = new Bench()
    const [a, b, c] = [entity('a'), entity('b'), entity('c')]
    expect(peers.speaksFor(server(1), [a, b])).to.deep.equal({ up: [a, b], down: [] })
    expect(peers.speaksFor(server(1), [b, c])).to.deep.equal({ up: [c], down: [a] })
    expect(peers.entities()).to.deep.equal([b, c])
    expect(peers.gone(server(1))).to.deep.equal([b, c])
    expect(peers.list()).to.be.empty
  })

  it('reads no further from a server of which more than 16,384 messages wait, until few do', () => {
    const bench = new Bench()
    bench.fill(server(1), 16_384)
    expect(bench.said).to.be.empty
    bench.fill(server(1), 1)
    bench.fill(server(1), 1)
    expect(bench.said).to.deep.equal(['pause 1'])
    bench.peers.release(bench.valve)
    expect(bench.said).to.have.length(1)
    bench.admission.take()
    bench.peers.release(bench.valve)
    expect(bench.said).to.deep.equal(['pause 1', 'resume 1'])
  })

  it('reads no further from anybody when more than 65,536 messages wait in all', () => {
    const bench = new Bench()
    for (let number = 1; number <= 8; number++) bench.fill(server(number), 8_192)
    expect(bench.said).to.be.empty
    bench.fill(server(9), 1)
    expect(bench.said).to.deep.equal(['pause 9'])
    bench.admission.take()
    bench.peers.release(bench.valve)
    expect(bench.said).to.have.length(1)
    while (!bench.admission.isEmpty) bench.admission.take()
    bench.peers.release(bench.valve)
    expect(bench.said).to.deep.equal(['pause 9', 'resume 9'])
  })
})

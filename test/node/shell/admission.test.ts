import { Admission, type Arrival } from '@xln/node/shell/admission.ts'
import { expect } from 'chai'

const path = `0x${'01'.repeat(16)}` as const
function input(number: number): Arrival {
  return { type: 'own', path, bytes: Uint8Array.of(number & 0xff), requestId: BigInt(number) }
}
const numbers = (arrivals: readonly Arrival[]) =>
  arrivals.map((arrival) => (arrival.type === 'own' ? Number(arrival.requestId) : -1))

describe('admission', () => {
  it('lets sources take turns, and keeps the order of each', () => {
    const admission = new Admission()
    for (const number of [1, 2, 3]) admission.admit('user', 'loud', input(number))
    admission.admit('user', 'quiet', input(10))
    expect(numbers(admission.take())).to.deep.equal([1, 10, 2, 3])
    expect(admission.isEmpty).to.equal(true)
  })

  it('fills a block by class: own inputs before peers, users and strangers', () => {
    const admission = new Admission()
    admission.admit('stranger', 's', input(4))
    admission.admit('user', 'u', input(3))
    admission.admit('peer', 'p', input(2))
    admission.admit('own', 'o', input(1))
    expect(numbers(admission.take())).to.deep.equal([1, 2, 3, 4])
  })

  it('refuses one more than a class holds, and takes it again once there is room', () => {
    const admission = new Admission()
    let held = 0
    while (admission.admit('stranger', String(held % 7), input(held))) held++
    expect(held).to.equal(4_096)
    expect(admission.admit('stranger', 'more', input(0))).to.equal(false)
    expect(admission.admit('peer', 'other class', input(0))).to.equal(true)
    admission.take()
    expect(admission.admit('stranger', 'more', input(0))).to.equal(true)
  })

  it('gives strangers a share of a block and no more, however many wait', () => {
    const admission = new Admission()
    for (let number = 0; number < 1_000; number++) admission.admit('stranger', 's', input(number))
    expect(admission.take()).to.have.length(256)
    expect(admission.depth('stranger')).to.equal(744)
  })

  it('drops nothing that it accepted', () => {
    const admission = new Admission()
    const sources = ['a', 'b', 'c']
    for (let number = 0; number < 20_000; number++) {
      admission.admit('user', sources[number % 3] as string, input(number))
    }
    const taken: number[] = []
    while (!admission.isEmpty) taken.push(...numbers(admission.take()))
    expect([...taken].sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 20_000 }, (_, i) => i),
    )
    for (const remainder of [0, 1, 2]) {
      const own = taken.filter((number) => number % 3 === remainder)
      expect(own).to.deep.equal([...own].sort((a, b) => a - b))
    }
  })
})

import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { RlpReader, RlpWriter } from '@xln/shared/codec/rlp.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { explain, fuzz, HEAP_GROWTH_MAX, isFind, portions } from './fuzz.ts'
import { codecTarget, type Target } from './target.ts'
import { targets } from './targets.ts'

const INPUTS = 300_000
/** As in test/seed.ts: the same at every commit, unless new ones are asked for. */
const SEED = fc.readConfigureGlobal()?.seed ?? Date.now()

async function expectSound(target: Target, inputs: number): Promise<void> {
  const result = await fuzz(target, inputs, SEED)
  if (isFind(result)) throw new Error(explain(result))
  expect(result.accepted, 'accepted').to.be.greaterThan(0)
  expect(result.accepted, 'accepted').to.be.lessThan(inputs)
}

describe('of inputs from outside, valid ones and those near them,', function () {
  this.timeout(120_000)
  before(installNativeCrypto)

  for (const [target, inputs] of portions(targets, INPUTS)) {
    it(`the target "${target.name}" keeps every law`, () => expectSound(target, inputs))
  }
})

/** A number alone. */
function numbers(decode: (bytes: Uint8Array) => number | undefined): Target {
  const writer = new RlpWriter()
  const encode = (value: number) => {
    writer.number(value)
    return writer.take()
  }
  return codecTarget({ name: 'planted', samples: () => [0, 1, 300, 70_000], encode, decode })
}

function honest(bytes: Uint8Array): number | undefined {
  const reader = new RlpReader(bytes)
  const value = reader.number()
  return reader.isDone() ? value : undefined
}

describe('the fuzzer', () => {
  const kept: number[][] = []
  afterEach(() => kept.splice(0))
  let calls = 0
  const planted: Record<string, [decode: (bytes: Uint8Array) => number | undefined, law: RegExp]> =
    {
      'a decoder that throws': [
        (bytes) => {
          if (bytes.length > 9) throw new RangeError('too long')
          return honest(bytes)
        },
        /too long/,
      ],
      'a decoder that takes two encodings of one value': [
        (bytes) => (bytes[0] === 0xff ? 0 : honest(bytes)),
        /it takes these for 0x80/,
      ],
      'a decoder that does not read to the end': [
        (bytes) => new RlpReader(bytes).number(),
        /it takes these for/,
      ],
      'a decoder that changes what it reads': [
        (bytes) => {
          const value = honest(bytes)
          bytes.fill(0)
          return value
        },
        /it changes what it reads/,
      ],
      'a decoder that remembers': [
        (bytes) => (bytes.length === 1 && calls++ % 2 === 0 ? undefined : honest(bytes)),
        /it refuses now and accepts then/,
      ],
      'a decoder that reads on after a failure': [
        (bytes) => {
          const reader = new RlpReader(bytes)
          for (let i = 0; i < 1_000; i++) reader.number()
          return honest(bytes)
        },
        /it reads on after a failure/,
      ],
      'a decoder that keeps what it was given': [
        (bytes) => {
          kept.push(Array.from({ length: HEAP_GROWTH_MAX / 8_000 }, (_, index) => index + 0.5))
          return honest(bytes)
        },
        /the heap has grown/,
      ],
    }
  for (const [what, [decode, law]] of Object.entries(planted)) {
    it(`finds ${what}`, async () => {
      const result = await fuzz(numbers(decode), 3_000, SEED)
      expect(isFind(result) && explain(result)).to.match(law)
    })
  }

  it('finds nothing in a decoder that is right', async () => {
    expect(isFind(await fuzz(numbers(honest), 3_000, SEED))).to.equal(false)
  })

  it('gives the same inputs for the same seed, and others for another', async () => {
    const seen = async (seed: number) => {
      const inputs: string[] = []
      await fuzz(
        numbers((bytes) => void inputs.push(bytes.join())),
        100,
        seed,
      )
      return inputs.join('\n')
    }
    expect(await seen(1)).to.equal(await seen(1))
    expect(await seen(1)).to.not.equal(await seen(2))
  })
})

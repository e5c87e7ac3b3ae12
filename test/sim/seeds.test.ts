/** The simulator on a fixed set of seeds; the search for others is `pnpm sim --minutes M`. */
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { runSeed } from '@xln/node/sim/bottle.ts'
import { faultClasses } from '@xln/node/sim/faults/registry.ts'
import type { Outcome } from '@xln/node/sim/outcome.ts'
import { expect } from 'chai'

/** 20 has real keys; 23 and 25 have many faults. */
const SEEDS = [...Array.from({ length: 20 }, (_, index) => index + 1), 23, 25]

/** Each broke a law once: the chain goes back deeper than its confirmations while a court is open. */
const DEEP_COURTS = [95042, 300022, 300047, 300092]

const outcomes: Outcome[] = []

/**
 * Calls of what tells the real time, or draws a real lot, while `play` runs: our own ones. ethers sets a
 * timer in each new provider, to say that its network is known; nobody listens.
 */
async function realCalls(play: () => Promise<unknown>): Promise<string[]> {
  const { now } = Date
  const { random } = Math
  const { setTimeout } = globalThis
  const seen: string[] = []
  Date.now = () => {
    seen.push(`${new Error('Date.now').stack}`)
    return now()
  }
  Math.random = () => {
    seen.push(`${new Error('Math.random').stack}`)
    return random()
  }
  globalThis.setTimeout = ((...values: Parameters<typeof setTimeout>) => {
    seen.push(`${new Error('setTimeout').stack}`)
    return setTimeout(...values)
  }) as typeof setTimeout
  try {
    await play()
  } finally {
    Date.now = now
    Math.random = random
    globalThis.setTimeout = setTimeout
  }
  return seen.filter((stack) => !/^.*\n.*\n.*node_modules\/.*ethers/.test(stack))
}

describe('the network in a bottle', () => {
  before(async () => {
    await installNativeCrypto()
  })

  for (const seed of SEEDS) {
    it(`keeps every law under seed ${seed}, but for what is known`, async () => {
      const outcome = await runSeed({ seed })
      outcomes.push(outcome)
      if (outcome.isKnown) return
      expect(outcome.failure, outcome.lines.join('\n')).to.equal(undefined)
    })
  }

  for (const seed of DEEP_COURTS) {
    it(`comes to rest under seed ${seed}, though the chain takes a court's decision back`, async () => {
      const faults = ['deep reorganisation', 'users go to court']
      const outcome = await runSeed({ seed, faults })
      expect(outcome.failure, outcome.lines.join('\n')).to.equal(undefined)
    })
  }

  it('comes to rest under seed 160017, in which the chain does so with no court at will', async () => {
    const outcome = await runSeed({ seed: 160_017 })
    expect(outcome.failure, outcome.lines.join('\n')).to.equal(undefined)
  })

  it('keeps most of them to the end', () => {
    expect(outcomes.filter(({ failure }) => failure === undefined)).to.have.length.above(14)
  })

  it('has had most classes of faults in these seeds, though half of them have a theme', () => {
    const missing = faultClasses.filter(
      ({ name }) => !outcomes.some(({ counts }) => counts.has(`fault ${name}`)),
    )
    expect(missing.map(({ name }) => name)).to.have.length.below(faultClasses.length / 4)
  })

  it('plays a seed twice to the same trace, with and without a chain', async () => {
    for (const chain of [true, false]) {
      const once = await runSeed({ seed: 2, chain })
      expect((await runSeed({ seed: 2, chain })).hash).to.equal(once.hash)
    }
  })

  for (const chain of [true, false]) {
    it(`looks at no real clock, with a chain: ${chain}`, async () => {
      expect(await realCalls(() => runSeed({ seed: 5, chain }))).to.deep.equal([])
    })
  }
})

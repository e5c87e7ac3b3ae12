/** Taking away from a world what its failure does not need. */
import { runSeed } from '@xln/node/sim/bottle.ts'
import type { Shape } from '@xln/node/sim/shape.ts'
import { commandOf, type Played, shrink } from '@xln/node/sim/shrink.ts'
import { expect } from 'chai'

const whole: Shape = {
  seed: 7,
  chain: true,
  theme: 'court',
  faults: ['killed', 'stopped', 'paused'],
  leaves: 4,
  troubleMs: 80_000,
}

/** A world that breaks its law only with all of this. */
const needed = { fault: 'stopped', leaves: 2, troubleMs: 20_000 }

async function play(shape: Shape): Promise<Played> {
  const isBroken =
    shape.faults.includes(needed.fault) &&
    shape.leaves >= needed.leaves &&
    shape.troubleMs >= needed.troubleMs
  const failure = { law: isBroken ? 'the law' : 'another' }
  return { failure, virtualMs: 90_000, shape }
}

describe('shrinking a world', () => {
  it('leaves what the failure needs, of time, parties and faults, and nothing else', async () => {
    const smallest = await shrink(await play(whole), play)
    expect(smallest.faults).to.deep.equal(['stopped'])
    expect(smallest.leaves).to.equal(2)
    expect(smallest.troubleMs).to.be.within(20_000, 20_500)
  })

  it('says the command that plays it again', () => {
    expect(commandOf(whole)).to.equal(
      "pnpm sim --seed 7 --theme 'court' --chain yes --faults 'killed,stopped,paused' --leaves 4 --trouble 80",
    )
  })

  it('finds the shape of a world, and the shape makes the same world', async () => {
    for (const seed of [1, 3]) {
      const once = await runSeed({ seed, chain: false })
      expect((await runSeed(once.shape)).hash).to.equal(once.hash)
    }
  })
})

import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { expect } from 'chai'
import { ACCOUNTS } from './support/cast.ts'
import type { RealChain } from './support/chain.ts'
import { Player } from './support/player.ts'
import { openStages, type Stage, setStage } from './support/stage.ts'
import type { Theme } from './support/weights.ts'

const isDeep = process.env['XLN_DEEP'] === '1'
/** Runs, each a world and a weather of its own, and calls in each. */
const RUNS = Number(process.env['RUNS'] ?? (isDeep ? 200 : 20))
const CALLS: Readonly<Record<Theme, number>> = { money: 150, boards: 150, gate: 200, shares: 250 }
/** What the runs are about, in turn; `THEME` plays one kind alone. */
const TURNS = (process.env['THEME']?.split(',') ?? [
  'money',
  'boards',
  'gate',
  'money',
  'shares',
]) as Theme[]
/** The same at every commit; the deep runs look for what is still unknown. */
const SEED = process.env['SEED'] ?? (isDeep ? String(Date.now()) : '20261120')
/** The first run: a seed that failed is played again alone with its `SEED`, its `FIRST` and `RUNS=1`. */
const FIRST = Number(process.env['FIRST'] ?? 0)

describe('the model of the contracts', function () {
  this.timeout(120_000)

  let newChain: () => Promise<RealChain>
  before(async () => {
    await installNativeCrypto()
    newChain = await openStages()
  })

  const seen = new Map<string, number>()
  for (let run = FIRST; run < FIRST + RUNS; run++) {
    it(`does what the contracts do, call by call: SEED=${SEED} FIRST=${run}`, async () => {
      const theme = TURNS[run % TURNS.length] as Theme
      const { both } = await play(`${SEED}/${run}`, await newChain(), theme)
      for (const [what, count] of both.seen) seen.set(what, (seen.get(what) ?? 0) + count)
    })
  }

  it('was held against them in every event, and in most refusals', function () {
    if (process.env['REPORT'] === '1') print(seen)
    if (RUNS < 20 || TURNS.length === 1) this.skip()
    const events = [...seen.keys()].filter((what) => what.startsWith('event '))
    expect(events).to.have.length(35)
    const refusals = new Set([...seen.keys()].filter((what) => /^(skip|revert) /.test(what)))
    expect(refusals.size).to.be.above(75)
    for (const what of ['fraud', 'forfeit', 'skip ClausePending', 'revert NotInDefault']) {
      expect(seen.get(what), what).to.be.above(0)
    }
  })
})

async function play(seed: string, chain: RealChain, theme: Theme): Promise<Stage> {
  const stage = await setStage(seed, chain, {
    boards: theme === 'boards',
    assets: theme === 'gate',
  })
  const { both, known } = stage
  const player = new Player(known, theme)
  for (let call = 0; call < CALLS[theme]; call++) {
    player.passTime()
    const { logs } = await both.execute(player.draw(), known.now)
    known.hear(logs)
    if (call % 30 === 29) await both.viewAll(known.tokens, ACCOUNTS)
  }
  return stage
}

function print(seen: ReadonlyMap<string, number>): void {
  const lines = [...seen].sort().map(([what, count]) => `${count}\t${what}`)
  console.log(lines.join('\n'))
}

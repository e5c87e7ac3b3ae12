import { readFileSync } from 'node:fs'
import {
  DISPUTE_WINDOW_DEFAULT,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
} from '@xln/shared/limits.ts'
import { expect } from 'chai'
import {
  ALL_ETHER,
  baseFeeAfterFull,
  costOfWindow,
  windowBoughtBy,
} from './support/blockStuffing.ts'

const GWEI = 1_000_000_000n
const ETHER = 10n ** 18n
const FEES = [GWEI / 20n, GWEI / 2n, 5n * GWEI, 50n * GWEI]
const WINDOWS: readonly (readonly [string, number])[] = [
  ['600 s (the shortest)', DISPUTE_WINDOW_MIN],
  ['20 min', 1_200],
  ['30 min', 1_800],
  ['1 h', 3_600],
  ['1 day (what nodes agree on)', DISPUTE_WINDOW_DEFAULT],
  ['7 days (the longest)', DISPUTE_WINDOW_MAX],
]
const BUDGETS = [100n * ETHER, 10_000n * ETHER, 1_000_000n * ETHER, ALL_ETHER]
const STARTS: readonly (readonly [string, bigint])[] = [
  ['1 wei', 1n],
  ['0.05 gwei', GWEI / 20n],
  ['5 gwei', 5n * GWEI],
]

const said = readFileSync(new URL('../../contracts/SECURITY.md', import.meta.url), 'utf8')

/** Ether with one digit behind the point, rounded down. */
function inEther(wei: bigint | undefined): string {
  if (wei === undefined) return 'more than all'
  const tenths = wei / (ETHER / 10n)
  return `${tenths / 10n}.${tenths % 10n}`
}

describe('Filling every block of a dispute window', () => {
  it('makes the base fee an eighth higher each time, as EIP-1559 says', () => {
    expect(baseFeeAfterFull(8n * GWEI)).to.equal(9n * GWEI)
    expect(baseFeeAfterFull(7n)).to.equal(8n)
  })

  it('costs what SECURITY.md says, by window and base fee', () => {
    for (const [name, seconds] of WINDOWS) {
      const row = FEES.map((fee) => inEther(costOfWindow(seconds, fee)))
      expect(said).to.contain(`| ${name} | ${row.join(' | ')} |`)
    }
  })

  it('lasts as long as SECURITY.md says, by base fee and budget', () => {
    for (const [name, fee] of STARTS) {
      const row = BUDGETS.map((budget) => `${windowBoughtBy(budget, fee)} s`)
      expect(said).to.contain(`| ${name} | ${row.join(' | ')} |`)
    }
  })

  it('for 67 minutes cannot be paid with all ether that there is, from any base fee', () => {
    expect(windowBoughtBy(ALL_ETHER, 1n)).to.be.below(67 * 60)
    expect(costOfWindow(67 * 60, 1n)).to.equal(undefined)
    expect(DISPUTE_WINDOW_DEFAULT).to.be.above(67 * 60)
  })
})

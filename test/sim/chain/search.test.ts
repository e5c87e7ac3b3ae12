import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { CONFIRMATIONS } from './support/follow.ts'
import { happenings, one, reserveOf, two, World } from './support/play.ts'

/** `RUNS=10000 XLN_DEEP=1 mocha` on this file searches among new seeds. */
const numRuns = Number(process.env['RUNS'] ?? 60)

describe("the node's watcher and submitter, whatever happens on the chain in the bottle", function () {
  this.timeout(600_000)

  it('deliver each event of the chain that stays once, and do each thing that is asked once', async () => {
    // Invented blocks and lost ones together are no more than the confirmations.
    const bounds = { depthMax: CONFIRMATIONS - 1, aheadMax: 1, failing: 2, submits: true }
    const endpoints = fc.integer({ min: 1, max: 2 })
    await fc.assert(
      fc.asyncProperty(endpoints, happenings(bounds), async (count, what) => {
        const { chain, follower, office, deposited, batches } = await World.after(what, count)
        expect(follower.corrections).to.deep.equal([])
        expect(follower.events.map(({ position }) => placeOf(position))).to.deep.equal(
          logsOf(chain, follower.cursor.block),
        )
        expect(follower.reservesOf(two).at(-1) ?? 0n).to.equal(deposited)
        expect(office.results.size).to.equal(Number(batches))
        for (const result of office.results.values()) {
          if (result.status !== 'included') {
            expect(result).to.include({ status: 'nonceUsed', same: true })
          }
        }
      }),
      { numRuns },
    )
  })

  it('end with what the chain holds, also after blocks were lost that had been final', async () => {
    const depthMax = 3 * CONFIRMATIONS
    const bounds = { depthMax, aheadMax: depthMax, failing: 1, submits: false }
    await fc.assert(
      fc.asyncProperty(happenings(bounds), async (what) => {
        const { chain, follower, wrongViews } = await World.after(what, 2)
        const held = reserveOf(chain, one, follower.cursor.block)
        expect(follower.reservesOf(one).at(-1) ?? 0n).to.equal(held)
        expect(wrongViews).to.deep.equal([])
      }),
      { numRuns },
    )
  })
})

function placeOf({ hash, logIndex }: { hash: string; logIndex: number }): string {
  return `${hash}/${logIndex}`
}

/** The places of all logs up to block `last`. */
function logsOf(chain: SimChain, last: number): string[] {
  return Array.from({ length: last }, (_, index) => index + 1).flatMap((number) => {
    const { hash, receipts } = chain.blockAt(number) ?? chain.head
    const logs = receipts.flatMap((receipt) => receipt.logs)
    return logs.map((_, logIndex) => placeOf({ hash, logIndex }))
  })
}

import { expect } from 'chai'
import { killsIn, newTally, playSeason } from '../crash/season.ts'
import { Random } from '../fuzz/random.ts'

const KILLS = 10

describe('three nodes as processes, killed at their writes to the disk, before, in and after them', function () {
  this.timeout(150_000)
  const seed = Number(process.env['XLN_SEED'] ?? Date.now() % 2 ** 31)

  it(`lose nothing that was said, and what a damaged disk lost is shown again (XLN_SEED=${seed})`, async () => {
    const tally = newTally()
    const lines: string[] = []
    const plan = { rounds: 1, killsPerRound: KILLS, damages: ['backup'] as const }
    await playSeason(plan, new Random(seed), tally, (line) => lines.push(line)).catch((error) => {
      process.stderr.write(`${lines.join('\n')}\n`)
      throw error
    })
    expect(killsIn(tally)).to.be.at.least(KILLS)
    expect(tally.settled).to.be.greaterThan(0)
    expect(tally.endings.restored).to.equal(1)
  })
})

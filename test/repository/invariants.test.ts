import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { missingFrom, testFolder, testSources, testsIn } from './tables.ts'

describe('INVARIANTS.md', () => {
  const names = testsIn(readFileSync(join(testFolder, 'INVARIANTS.md'), 'utf8'))

  it('names a test for each law, and every test that it names exists', () => {
    expect(names.length).to.be.above(100)
    expect(missingFrom(testSources(), names)).to.deep.equal([])
  })

  it('would say so if one did not', () => {
    expect(
      missingFrom(testSources(), ['test_nobody_wrote_this', 'no sentence of ours']),
    ).to.have.length(2)
  })
})

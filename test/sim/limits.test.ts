/** In worlds of seconds, stated limits are really reached: those at which LIMITS.md names a theme. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { runSeed } from '@xln/node/sim/bottle.ts'
import { expect } from 'chai'
import { quotedIn, rowsIn, testFolder } from '../repository/tables.ts'

/** So many worlds of a theme are played at most until all is reached. */
const SEEDS_MAX = 8
/** Its worlds before this one are larger than most. */
const FIRST_SEED = 2

/** The limits of each theme. */
function themesOf(text: string): Map<string, string[]> {
  const themes = new Map<string, string[]>()
  for (const [limit = '', , theme = ''] of rowsIn(text)) {
    if (theme === '' || theme.includes('`')) continue
    themes.set(theme, [...(themes.get(theme) ?? []), ...quotedIn(limit)])
  }
  return themes
}

describe('worlds of a theme', () => {
  const [table = ''] = readFileSync(join(testFolder, 'LIMITS.md'), 'utf8').split('Named so')
  const themes = themesOf(table)

  before(installNativeCrypto)

  it('are named for ten limits at least', () => {
    expect([...themes.values()].flat().length).to.be.at.least(10)
  })

  for (const [theme, limits] of themes) {
    it(`reach every limit that is theirs: ${theme}`, async () => {
      let left: readonly string[] = limits
      for (let seed = FIRST_SEED; left.length > 0 && seed < FIRST_SEED + SEEDS_MAX; seed++) {
        const { counts, failure, isKnown } = await runSeed({ seed, theme })
        if (!isKnown) expect(failure, `seed ${seed}`).to.equal(undefined)
        left = left.filter((name) => !counts.has(`limit ${name}`))
      }
      expect(left).to.deep.equal([])
    })
  }
})

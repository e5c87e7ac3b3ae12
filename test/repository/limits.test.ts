/** LIMITS.md has a row for every stated limit of the code, and each row a test that is there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { readSources } from './sources.ts'
import { missingFrom, quotedIn, rowsIn, testFolder, testSources, testsIn } from './tables.ts'

/** The range of a type is no limit, and what tests the product states its own. */
const RANGE = /^U?INT\d+_(MAX|MIN)$/
const NOT_THE_PRODUCT = /^(node\/(sim|story)|shared\/abi)\//

/** The limits that `text` of the file at `path` states, as `name path`. */
function limitsOf(path: string, text: string): string[] {
  const constants = text.matchAll(
    /^(?:export )?const ([A-Z][A-Z\d_]*_(?:MAX|MIN)(?:_[A-Z\d]+)?)\b/gm,
  )
  const fields = path.endsWith('/limits.ts') ? text.matchAll(/^ {2}readonly (\w+Max): /gm) : []
  return [...constants, ...fields]
    .map(([, name]) => name ?? '')
    .filter((name) => !RANGE.test(name))
    .map((name) => `${name} ${path}`)
}

describe('LIMITS.md', () => {
  const text = readFileSync(join(testFolder, 'LIMITS.md'), 'utf8')
  const [table = '', rest = ''] = text.split('Named so, and no limit')
  const named = [...rowsIn(table), ...rowsIn(rest)].map(([name = '', path = '']) => {
    return [...quotedIn(name), ...quotedIn(path)].join(' ')
  })
  const sources = readSources(['node', 'shared'])
  const constants = [...sources]
    .filter(([path]) => !NOT_THE_PRODUCT.test(path))
    .flatMap(([path, source]) => limitsOf(path, source))

  it('has a row for every limit that the code states', () => {
    expect(constants.length).to.be.above(90)
    expect(constants.filter((each) => !named.includes(each))).to.deep.equal([])
  })

  it('has no row of a limit that is not there', () => {
    const gone = named.filter((each) => {
      const [name = '', path = ''] = each.split(' ')
      return sources.get(path)?.includes(` ${name}`) !== true
    })
    expect(gone).to.deep.equal([])
  })

  it('names at least one test for each, and every test that it names exists', () => {
    for (const cells of rowsIn(table))
      expect(quotedIn(cells.at(-1) ?? ''), cells[0]).not.to.be.empty
    expect(missingFrom(testSources(), testsIn(table))).to.deep.equal([])
  })

  it('would miss a new limit, whatever it is called', () => {
    const code = 'export const WISHES_MAX = 3\nconst WAIT_MIN_SECONDS = 4n\nconst INT128_MAX = 5n\n'
    expect(limitsOf('node/new.ts', code)).to.deep.equal([
      'WISHES_MAX node/new.ts',
      'WAIT_MIN_SECONDS node/new.ts',
    ])
    const fields = 'export interface More {\n  readonly bytesMax: number\n}\n'
    expect(limitsOf('node/more/limits.ts', fields)).to.deep.equal(['bytesMax node/more/limits.ts'])
  })
})

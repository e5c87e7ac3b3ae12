import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const root = fileURLToPath(new URL('..', import.meta.url))

function sourcesIn(directory: string): string {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|sol)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
}

/** The tests that a table names: what stands in backticks in the last column of its rows. */
function namesIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .flatMap((line) => {
      const column = line.slice(line.lastIndexOf('|', line.length - 2) + 1)
      return [...column.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
    })
}

/** Those of `names` that are not the name of a test in `sources`. */
function missingFrom(sources: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    if (/^(test|testFuzz|invariant)_/.test(name)) return !sources.includes(`function ${name}(`)
    const isThere = ["'", '"', '`'].some((quote) => sources.includes(`it(${quote}${name}${quote}`))
    // A test that is made for each of a list is named by a template, whose fixed end is looked for.
    const end = name.split(' ').slice(2).join(' ')
    return !isThere && !(end.length > 20 && sources.includes(`} ${end}\``))
  })
}

describe('INVARIANTS.md', () => {
  const names = namesIn(readFileSync(join(root, 'INVARIANTS.md'), 'utf8'))

  it('names a test for each law, and every test that it names exists', () => {
    expect(names.length).to.be.above(100)
    expect(missingFrom(sourcesIn(root), names)).to.deep.equal([])
  })

  it('would say so if one did not', () => {
    expect(
      missingFrom(sourcesIn(root), ['test_nobody_wrote_this', 'no sentence of ours']),
    ).to.have.length(2)
  })
})

/** Tables of documents that name tests, and whether the tests are there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of all tests. */
export const testFolder: string = fileURLToPath(new URL('..', import.meta.url))

/** What all tests say, in one text. */
export function testSources(): string {
  return readdirSync(testFolder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|sol)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n')
}

/** The cells of each row of the tables in `text`, but for their heads. */
export function rowsIn(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(' |')
        .map((cell) => cell.trim()),
    )
}

/** What stands in backticks. */
export function quotedIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
}

/** The tests that a table names: what stands in backticks in the last column of its rows. */
export function testsIn(text: string): string[] {
  return rowsIn(text).flatMap((cells) => quotedIn(cells.at(-1) ?? ''))
}

/** Those of `names` that are not the name of a test in `sources`. */
export function missingFrom(sources: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    if (/^(test|testFuzz|invariant)_/.test(name)) return !sources.includes(`function ${name}(`)
    const isThere = ["'", '"', '`'].some((quote) => sources.includes(`it(${quote}${name}${quote}`))
    // A test that is made for each of a list is named by a template, whose fixed end is looked for.
    const end = name.split(' ').slice(2).join(' ')
    return !isThere && !(end.length > 20 && sources.includes(`} ${end}\``))
  })
}

/** Which Solidity tests can see a change of a contract, those first that most likely do. */
import { basename, dirname, join } from 'node:path/posix'

/** The text of every Solidity file by its path from the root. */
export type Sources = ReadonlyMap<string, string>

/** The test files whose imports reach `file`, those first that speak of it most. */
export function testsOf(file: string, sources: Sources): readonly string[] {
  const tests = [...sources.keys()].filter((path) => path.endsWith('.t.sol'))
  const words = wordsOf(file, sources.get(file) ?? '')
  const weight = (path: string) => mentions(sources.get(path) ?? '', words) + named(path, file)
  return tests
    .filter((path) => reaches(path, file, sources))
    .sort((a, b) => weight(b) - weight(a) || (a < b ? -1 : 1))
}

/** A test of the very name of `file` comes first. */
const named = (path: string, file: string): number =>
  basename(path).toLowerCase().includes(stemOf(file)) ? 1_000 : 0

const stemOf = (file: string): string => basename(file, '.sol').toLowerCase().replace(/s$/, '')

/** The name of a file, its functions, and the errors and events that it gives. */
function wordsOf(file: string, source: string): ReadonlySet<string> {
  const found = source.matchAll(/\bfunction ([a-z]\w*)|\bI[A-Z]\w+\.([A-Z]\w*)/g)
  return new Set([stemOf(file), ...[...found].map(([, a = '', b = '']) => (a + b).toLowerCase())])
}

/** How often `text` says `words`; one that it says all the time counts a few times only. */
function mentions(text: string, words: ReadonlySet<string>): number {
  const plain = text.toLowerCase()
  const each = [...words].map((word) => Math.min(5, plain.split(word).length - 1))
  return each.reduce((sum, times) => sum + times, 0)
}

function reaches(from: string, file: string, sources: Sources): boolean {
  const seen = new Set([from])
  for (const path of seen) for (const next of importsOf(path, sources)) seen.add(next)
  return seen.has(file)
}

function importsOf(path: string, sources: Sources): string[] {
  const found = (sources.get(path) ?? '').matchAll(/\bimport\b[^;"]*"(\.[^"]+)"/g)
  return [...found].map(([, to = '']) => join(dirname(path), to))
}

/** Writes the vectors of today beside this file: `node test/vectors/generate.ts`. */
import { writeFileSync } from 'node:fs'
import { makeVectors } from './vectors.ts'

for (const [name, contents] of Object.entries(makeVectors())) {
  const path = new URL(`./${name}.json`, import.meta.url)
  writeFileSync(path, `${JSON.stringify(contents, null, 2)}\n`)
}

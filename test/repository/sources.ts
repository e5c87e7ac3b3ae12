import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Paths relative to the repository, with `/`, and what the files say. */
export type Sources = ReadonlyMap<string, string>

/** Every TypeScript file that people wrote. */
export function readSources(folders: readonly string[]): Sources {
  const sources = new Map<string, string>()
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      const path = `${folder}/${name}`
      const isWritten = !/(^|\/)node_modules\/|^shared\/abi\/|\.d\.ts$/.test(path)
      if (isWritten && path.endsWith('.ts')) {
        sources.set(path, readFileSync(join(root, path), 'utf8'))
      }
    }
  }
  return sources
}

export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
}

/** What a file imports or re-exports, types and `import()` included. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName)
}

import { dirname, join } from 'node:path/posix'
import ts from 'typescript'
import { importsOf, parse, type Sources } from './sources.ts'

/**
 * What the files of a layer may import besides those of their own:
 *
 *     contracts → shared/abi → shared → node/machines → {shell, api, cli, story} → node.ts → sim
 *
 * The simulator stands where node.ts stands: it puts the machines and the shell into another world.
 * An entry point, `main.ts`, stands where node.ts stands, because something has to start it.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'shared/abi': [],
  shared: ['shared/abi'],
  deploy: ['shared', 'shared/abi'],
  'node/machines': ['shared', 'shared/abi'],
  'node/shell': ['node/machines', 'shared', 'shared/abi', 'deploy'],
  'node/api': ['node/shell', 'node/machines', 'shared', 'shared/abi', 'deploy'],
  'node/cli': ['node/api', 'node/shell', 'node/machines', 'shared', 'shared/abi', 'deploy'],
  'node/sim': ['node', 'node/shell', 'node/machines', 'shared', 'shared/abi', 'deploy'],
  'node/story': [
    'node/cli',
    'node/api',
    'node/shell',
    'node/machines',
    'shared',
    'shared/abi',
    'deploy',
  ],
  'node/dashboard': ['shared'],
}
const top = [...Object.keys(mayImport), 'node']

const isTop = (path: string) => /^node\/([^/]+|[^/]+\/main)\.ts$/.test(path)

/** The longest layer whose folder holds `path`; what is in none may not be imported. */
function layerOf(path: string): string {
  if (isTop(path)) return 'node'
  const layers = Object.keys(mayImport).filter((layer) => path.startsWith(`${layer}/`))
  return layers.sort((a, b) => b.length - a.length)[0] ?? path.replace(/\/[^/]*$/, '')
}

/** The repository path that an import names, or undefined when it names a package. */
function targetOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier)
  return specifier.startsWith('@xln/') ? specifier.slice('@xln/'.length) : undefined
}

export function findWrongDirections(sources: Sources): string[] {
  const found: string[] = []
  for (const [path, text] of sources) {
    const layer = layerOf(path)
    const layers = new Set<string>()
    for (const specifier of importsOf(text)) {
      const target = targetOf(path, specifier)
      if (target === undefined) {
        if (layer === 'node/machines') found.push(`${path} imports ${specifier}, not shared/`)
        continue
      }
      const other = layerOf(target)
      layers.add(other)
      const allowed = layer === 'node' ? top : mayImport[layer]
      if (other !== layer && !allowed?.includes(other)) found.push(`${path} imports ${target}`)
      const crosses = path.split('/')[0] !== target.split('/')[0]
      if (crosses && specifier.startsWith('.')) {
        found.push(`${path} imports ${target} as ${specifier}, not as @xln/${target}`)
      }
    }
    const joins = layers.has('node/machines') && layers.has('node/shell')
    if (joins && !['node', 'node/shell', 'node/sim'].includes(layer)) {
      found.push(`${path} imports both node/machines and node/shell, as only node.ts may`)
    }
  }
  return found
}

/** One line per cycle, such as `a.ts → b.ts → a.ts`. Imports of types count. */
export function findCycles(sources: Sources): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const specifier of importsOf(sources.get(path) ?? '')) {
      const target = targetOf(path, specifier)
      if (target !== undefined && sources.has(target)) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
  return found
}

/** Files that hand on the exports of others, so that a name would have two homes. */
export function findBarrels(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const again = parse(path, text).statements.some(
      (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
    )
    return again ? [`${path} re-exports`] : []
  })
}

/** Where a tool asks for a default export. */
const withDefault = new Set(['deploy/compile/hooks.ts'])

export function findDefaultExports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const isDefault = (statement: ts.Statement) =>
      ts.isExportAssignment(statement) ||
      (ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)) ||
      (ts.isExportDeclaration(statement) &&
        statement.exportClause !== undefined &&
        ts.isNamedExports(statement.exportClause) &&
        statement.exportClause.elements.some((element) => element.name.text === 'default'))
    const found = parse(path, text).statements.some(isDefault)
    return found && !withDefault.has(path) ? [`${path} has a default export`] : []
  })
}

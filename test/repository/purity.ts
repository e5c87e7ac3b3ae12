import { builtinModules } from 'node:module'
import ts from 'typescript'
import { importsOf, parse, type Sources } from './sources.ts'

/**
 * What would make two runs of pure code differ, or tie it to a place where it runs. Whatever is
 * sampled arrives in an input; whatever is done leaves as an output.
 */
const forbidden = new Map<string, string>()
const forbid = (kind: string, names: string) => {
  for (const name of names.split(' ')) forbidden.set(name, kind)
}
forbid('time', 'Date Temporal performance setTimeout setInterval setImmediate queueMicrotask')
forbid('randomness', 'crypto')
forbid('async', 'Promise')
forbid('console', 'console')
forbid('process', 'process global globalThis window self navigator require eval Worker Atomics')
forbid('process', 'SharedArrayBuffer WeakRef FinalizationRegistry Buffer __dirname __filename')
forbid('disk', 'localStorage sessionStorage indexedDB')
forbid('network', 'fetch WebSocket XMLHttpRequest EventSource BroadcastChannel')

const randomCall = /^(random|getRandom|generate(Private|Secret)Key)/

export function findImpurities(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const file = parse(path, text)
    const found = importsOf(text).flatMap((name) =>
      name.startsWith('node:') || builtinModules.includes(name) ? [`${path} imports ${name}`] : [],
    )
    const local = declaredNames(file)
    const visit = (node: ts.Node): void => {
      const kind = impurityOf(node, local)
      if (kind !== undefined) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file))
        found.push(`${path}:${line + 1} mentions ${kind}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
    return found
  })
}

function impurityOf(node: ts.Node, local: ReadonlySet<string>): string | undefined {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async'
  if (ts.isAwaitExpression(node) || node.kind === ts.SyntaxKind.AwaitKeyword) return 'await'
  if (ts.isMetaProperty(node)) return 'import.meta'
  if (ts.isCallExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import()'
    const name = ts.isPropertyAccessExpression(node.expression)
      ? node.expression.name.text
      : node.expression.getText()
    return randomCall.test(name) ? `randomness (${name})` : undefined
  }
  if (!ts.isIdentifier(node) || isMemberName(node) || local.has(node.text)) return undefined
  const kind = forbidden.get(node.text)
  return kind === undefined ? undefined : `${kind} (${node.text})`
}

/** In `a.process` and `{ process: 1 }` the word is a name of ours, not the global. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  const isMember =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent)
  return isMember && parent.name === node
}

function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node)
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}

import { expect } from 'chai'
import { findImpurities } from './purity.ts'
import { readSources } from './sources.ts'

const pure = (path: string) => path.startsWith('shared/') || path.startsWith('node/machines/')

const findIn = (text: string) => findImpurities(new Map([['shared/planted.ts', text]]))

describe('shared/ and node/machines/', () => {
  it('touch no time, randomness, async, console, process, disk or network', () => {
    const sources = [...readSources(['shared', 'node'])].filter(([path]) => pure(path))
    expect(findImpurities(new Map(sources))).to.deep.equal([])
  })
})

describe('the check of purity', () => {
  const impure = [
    'const now = Date.now()',
    'const at = (when: Date) => when',
    'const now = performance.now()',
    'setTimeout(() => {}, 1)',
    'const a = Math.random()',
    'const a = crypto.getRandomValues(new Uint8Array(1))',
    'const key = secp256k1.utils.randomSecretKey()',
    'const read = async () => 1',
    'class A { async read() {} }',
    'const a = await b',
    'for await (const a of b) {}',
    'const a: Promise<number> = b',
    `console.log('a')`,
    'const path = process.env.PATH',
    'const a = globalThis.a',
    'const a = Buffer.alloc(1)',
    `import { readFileSync } from 'node:fs'`,
    `import type { Socket } from 'net'`,
    `const a = import('./a.ts')`,
    'const here = import.meta.url',
    `const a = fetch('http://localhost')`,
    `const a = new WebSocket('ws://localhost')`,
    `localStorage.setItem('a', 'b')`,
  ]
  for (const text of impure) {
    it(`finds ${text}`, () => {
      expect(findIn(text)).to.not.be.empty
    })
  }

  const clean = [
    '// At this Date the process may await a random fetch.',
    `const message = 'Date process console await'`,
    'const a = input.process + input.console',
    'interface A { readonly process: number; readonly Date: bigint }',
    'const step = (process: number) => process + 1',
    'const randomness = input.randomness',
    'const a = Math.max(1, 2)',
    'const bytes = new TextEncoder().encode(text)',
  ]
  for (const text of clean) {
    it(`accepts ${text}`, () => {
      expect(findIn(text)).to.deep.equal([])
    })
  }
})

import { expect } from 'chai'
import { findBarrels, findCycles, findDefaultExports, findWrongDirections } from './imports.ts'
import { readSources } from './sources.ts'

const product = readSources(['shared', 'node', 'deploy'])
const everything = new Map([...product, ...readSources(['test'])])

const planted = (files: Record<string, string>) => new Map(Object.entries(files))

describe('imports', () => {
  it('point one way', () => {
    expect(findWrongDirections(product)).to.deep.equal([])
  })

  it('form no cycles', () => {
    expect(findCycles(everything)).to.deep.equal([])
  })

  it('go to the file that defines a name, as there are no barrels', () => {
    expect(findBarrels(everything)).to.deep.equal([])
  })

  it('are by name, as there are no default exports', () => {
    expect(findDefaultExports(everything)).to.deep.equal([])
  })

  it('bring in BLS in C only when somebody asks for it', () => {
    const importing = (pattern: RegExp) => {
      return [...product].filter(([, text]) => pattern.test(text)).map(([path]) => path)
    }
    expect(importing(/'@chainsafe\//)).to.deep.equal(['node/shell/bls.ts'])
    expect(
      importing(/from '[^']*\/bls\.ts'/).filter((path) => path.startsWith('node/')),
    ).to.deep.equal(
      importing(/from '@xln\/shared\/crypto\/bls\.ts'/).filter((path) => path.startsWith('node/')),
    )
    expect(importing(/await import\('[^']*shell\/bls\.ts'\)/)).to.have.length.above(0)
  })
})

describe('the check of imports', () => {
  const wrong: Record<string, [path: string, text: string]> = {
    'shared/ importing the node': ['shared/ids.ts', `import '@xln/node/machines/entity.ts'`],
    'a machine importing the shell': ['node/machines/a.ts', `import { b } from '../shell/b.ts'`],
    'a machine importing a type of the shell': [
      'node/machines/a/b.ts',
      `import type { b } from '../../shell/b.ts'`,
    ],
    'a machine importing a package': ['node/machines/a.ts', `import { keccak256 } from 'viem'`],
    'a machine importing the composition root': ['node/machines/a.ts', `import '../node.ts'`],
    'the shell importing the API': ['node/shell/a.ts', `import '../api/b.ts'`],
    'the shell importing the composition root': ['node/shell/a.ts', `import '../node.ts'`],
    'the shell importing the simulator': [
      'node/shell/a.ts',
      `export const a = import('../sim/b.ts')`,
    ],
    'the API joining machines and shell': [
      'node/api/a.ts',
      `import '../machines/a.ts'\nimport '../shell/b.ts'`,
    ],
    'deploy/ importing the node': ['deploy/a.ts', `import '@xln/node/shell/a.ts'`],
    'the product importing tests': ['node/shell/a.ts', `import '../../test/a.ts'`],
    'a relative path across packages': ['node/shell/a.ts', `import '../../shared/ids.ts'`],
  }
  for (const [what, [path, text]] of Object.entries(wrong)) {
    it(`finds ${what}`, () => {
      expect(findWrongDirections(planted({ [path]: text }))).to.not.be.empty
    })
  }

  it('accepts every step of the permitted direction', () => {
    const files = planted({
      'shared/ids.ts': `import { depositoryAbi } from './abi/Depository.ts'`,
      'node/machines/a.ts': `import '@xln/shared/ids.ts'\nimport './b.ts'`,
      'node/shell/a.ts': `import type { Port } from '../machines/ports.ts'\nimport 'ws'`,
      'node/node.ts': `import './machines/a.ts'\nimport './shell/a.ts'`,
      'node/cli/main.ts': `import '../node.ts'\nimport './help.ts'`,
      'deploy/deploy.ts': `import '@xln/shared/abi/bytecode/Depository.ts'`,
    })
    expect(findWrongDirections(files)).to.deep.equal([])
  })

  it('finds a cycle, also one of types and across packages', () => {
    const files = planted({
      'shared/a.ts': `import type { b } from './b.ts'`,
      'shared/b.ts': `import { c } from '@xln/shared/c.ts'`,
      'shared/c.ts': `import { a } from './a.ts'`,
    })
    expect(findCycles(files)).to.deep.equal([
      'shared/a.ts → shared/b.ts → shared/c.ts → shared/a.ts',
    ])
  })

  it('does not take two ways to one file for a cycle', () => {
    const files = planted({
      'shared/a.ts': `import './b.ts'\nimport './c.ts'`,
      'shared/b.ts': `import './c.ts'`,
      'shared/c.ts': '',
    })
    expect(findCycles(files)).to.deep.equal([])
  })

  it('finds a barrel', () => {
    expect(findBarrels(planted({ 'shared/index.ts': `export * from './ids.ts'` }))).to.have.length(
      1,
    )
    expect(findBarrels(planted({ 'shared/a.ts': `export { a } from './b.ts'` }))).to.have.length(1)
    expect(findBarrels(planted({ 'shared/a.ts': 'export const a = 1\nexport { a as b }' }))).to.be
      .empty
  })

  it('finds a default export in each of its forms', () => {
    const forms = [
      'export default 1',
      'export default function f() {}',
      'const a = 1; export { a as default }',
    ]
    for (const text of forms) {
      expect(findDefaultExports(planted({ 'shared/a.ts': text })), text).to.have.length(1)
    }
  })
})

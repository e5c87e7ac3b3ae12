import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { makeVectors } from '../vectors/vectors.ts'

const today = makeVectors()
const committed = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'))

describe('vectors', () => {
  for (const name of Object.keys(today)) {
    it(`of ${name} are what shared/ computes today`, () => {
      expect(today[name]).to.deep.equal(committed(name))
    })
  }

  it('have signatures that count and such that do not, of every form', () => {
    const signatures = committed('signature') as { name: string; valid: boolean }[]
    const valid = signatures.filter((each) => each.valid).map((each) => each.name)
    expect(valid).to.deep.equal([
      'sole',
      'sole, as a board',
      'board, quorum',
      'board, all',
      'root, by a sole member',
      'root, unanimous, by a sole member',
      'root, of one digest',
      'root, by a quorum',
      'root, unanimous, by all',
      'nested, all sign',
      'nested, a quorum of the inner board signs',
      'nested, a tower of four',
      'nested, a board of one with 65 bytes under a root',
      'nested, unanimous, by all',
      'nested, a root within, by a quorum',
      'mixed, a contract that is absent',
    ])
  })
})

import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { applyEdit, editsOf } from './plant.ts'
import { plants } from './plants.ts'

describe('planted bugs', () => {
  it('have names of their own, and are at least forty', () => {
    expect(new Set(plants.map(({ name }) => name)).size).to.equal(plants.length)
    expect(plants.length).to.be.at.least(40)
  })

  for (const plant of plants) {
    it(`has a place: ${plant.name}`, () => {
      for (const edit of editsOf(plant)) {
        const source = readFileSync(edit.file, 'utf8')
        expect(applyEdit(plant.name, edit, source)).not.to.equal(source)
      }
    })
  }
})

import { Table } from '@xln/node/sim/contracts/table.ts'
import { expect } from 'chai'
import fc from 'fast-check'

/** A write into one of the copies, or a further copy of it. */
const step = fc.oneof(
  fc.record({ copy: fc.nat(), key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.nat(9) }),
  fc.record({ copy: fc.nat() }),
)

describe('a table', () => {
  it('and all its copies hold what was written into each, and nothing of the others', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tables = [new Table<number>()]
        const maps = [new Map<string, number>()]
        for (const each of steps) {
          const at = each.copy % tables.length
          if ('key' in each) {
            tables[at]?.set(each.key, each.value)
            maps[at]?.set(each.key, each.value)
          } else {
            tables.push((tables[at] as Table<number>).fork())
            maps.push(new Map(maps[at]))
          }
        }
        for (const [at, map] of maps.entries()) {
          for (const key of 'abcdef') expect(tables[at]?.get(key)).to.equal(map.get(key))
        }
      }),
    )
  })

  it('that is copied after every write stays quick to read', () => {
    let table = new Table<number>()
    for (let i = 0; i < 20_000; i++) {
      table.set(`key ${i}`, i)
      table = table.fork()
    }
    const started = performance.now()
    for (let i = 0; i < 20_000; i++) expect(table.get(`key ${i}`) === i).to.equal(true)
    expect(performance.now() - started, 'milliseconds for 20,000 reads').to.be.below(1_000)
  })
})

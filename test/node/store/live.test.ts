import { isolate, type Table } from '@xln/node/machines/ports.ts'
import { createMemoryDraft, LiveState } from '@xln/node/shell/store/live.ts'
import { type RecordSource, rowKeyOf, treeKeyOf } from '@xln/node/shell/store/machineRecords.ts'
import { bytesToHex, compareBytes, numberToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { type Entry, merkleRoot } from '@xln/shared/merkle/reference.ts'
import { childKey, recordKey } from '@xln/shared/merkle/stateKeys.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Account,
  Accounts,
  accountCodec,
  ENTITY,
  Notes,
  name,
  Ranks,
  SERVER,
  SIGNER,
} from './world.ts'

/** A disk that is a map. */
class MapDisk implements RecordSource {
  readonly rows = new Map<string, Uint8Array>()
  readonly read = (row: Uint8Array) => this.rows.get(bytesToHex(row))
  readonly readMany = async (rows: readonly Uint8Array[]) => rows.map(this.read)

  save(live: LiveState): void {
    live.at(SERVER).root()
    const changes = live.takeChanges()
    for (const { entry, bytes, valueHash } of changes) {
      const row = bytesToHex(rowKeyOf(entry))
      if (bytes === undefined) this.rows.delete(row)
      else this.rows.set(row, bytes)
      if (entry.shelf.table.local !== true) {
        expect(valueHash).to.deep.equal(bytes && keccak256(bytes))
        expect(treeKeyOf(entry)).to.deep.equal(recordKey(entry.shelf.table.id, entry.key))
      }
    }
    live.saved(changes)
  }
}

interface Change {
  readonly do: 'put' | 'delete'
  readonly path: Uint8Array
  readonly table: Table<Account> | Table<Uint8Array>
  readonly key: number
  readonly value: number
}

type Step = Change | { readonly do: 'mark' | 'rollback' | 'root' | 'seal' | 'save' }

const OTHER = new Uint8Array([...SIGNER, ...numberToBytes(8, 8)])
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
      path: fc.constantFrom(ENTITY, ENTITY, OTHER, SIGNER),
      table: fc.constantFrom(Accounts, Ranks, Notes),
      key: fc.nat(3),
      value: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'mark' as const,
        'rollback' as const,
        'root' as const,
        'seal' as const,
        'save' as const,
      ),
    }),
  },
)

/** `path/table/key` → value. */
type Model = ReadonlyMap<string, number>

const nameOf = (path: Uint8Array, table: { id: number }, key: number) =>
  `${bytesToHex(path)}/${table.id}/${key}`

/** The root of a machine by the reference, from what the model holds. */
function rootOf(model: Model, path: Uint8Array, children: readonly Uint8Array[]): Entry[] {
  const entries: Entry[] = []
  for (const [place, value] of model) {
    const [of, table, key] = place.split('/')
    if (of !== bytesToHex(path) || Number(table) === Notes.id) continue
    const bytes = accountCodec.encode({ balance: value })
    entries.push([recordKey(Number(table), name(Number(key))), keccak256(bytes)])
  }
  for (const child of children) {
    const below = rootOf(model, child, path.length === 0 ? [ENTITY, OTHER] : [])
    if (below.length > 0) entries.push([childKey(child.subarray(-8)), merkleRoot(below)])
  }
  return entries
}

function check(live: LiveState, model: Model): void {
  for (const path of [ENTITY, OTHER, SIGNER]) {
    const records = live.at(path)
    for (let key = 0; key <= 3; key++) {
      expect(records.get(Accounts, name(key))?.balance).to.equal(
        model.get(nameOf(path, Accounts, key)),
      )
      expect(records.get(Ranks, name(key))?.balance).to.equal(model.get(nameOf(path, Ranks, key)))
      expect(records.get(Notes, name(key))?.[0]).to.equal(model.get(nameOf(path, Notes, key)))
    }
    const ranks = [0, 1, 2, 3].flatMap((key) => {
      const balance = model.get(nameOf(path, Ranks, key))
      return balance === undefined ? [] : [{ key: name(key), value: { balance } }]
    })
    expect(records.scan(Ranks, new Uint8Array(0), 9)).to.deep.equal(ranks)
    const later = ranks.filter(({ key }) => compareBytes(key, name(2)) >= 0)
    expect(records.scan(Ranks, name(2), 1)).to.deep.equal(later.slice(0, 1))
  }
}

function apply(live: LiveState, model: Map<string, number>, change: Change): void {
  const { path, table, value } = change
  const records = live.at(path)
  const key = name(change.key)
  const place = nameOf(path, table, change.key)
  if (change.do === 'delete') {
    records.delete(table as Table<unknown>, key)
    model.delete(place)
    return
  }
  if (table === Notes) records.put(Notes, key, Uint8Array.of(value))
  else records.put(table as Table<Account>, key, { balance: value })
  model.set(place, value)
}

describe('live state', () => {
  it('reads what was put, takes back to any mark, and has the root of what it holds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const disk = new MapDisk()
        // Room for about four records: what is saved soon has to be read again.
        const live = new LiveState(disk, 3_000)
        let model = new Map<string, number>()
        const marks: { mark: number; model: Map<string, number> }[] = []
        for (const step of steps) {
          if ('key' in step) apply(live, model, step)
          else if (step.do === 'mark') marks.push({ mark: live.mark(), model: new Map(model) })
          else if (step.do === 'rollback') {
            const last = marks.pop()
            if (last === undefined) continue
            live.rollback(last.mark)
            model = last.model
          } else if (step.do === 'root') {
            const expected = merkleRoot(rootOf(model, SERVER, [SIGNER]))
            expect(live.at(SERVER).root()).to.deep.equal(expected)
          } else {
            marks.length = 0
            live.seal()
            if (step.do === 'save') disk.save(live)
          }
        }
        check(live, model)
        expect(live.at(SERVER).root()).to.deep.equal(merkleRoot(rootOf(model, SERVER, [SIGNER])))
      }),
    )
  })

  it('gives a machine the object that it put, and after a reading the same one again', () => {
    const disk = new MapDisk()
    const live = new LiveState(disk, 1e6)
    const account = { balance: 1 }
    live.at(ENTITY).put(Accounts, name(1), account)
    disk.save(live)
    live.seal()
    expect(live.at(ENTITY).get(Accounts, name(1))).to.equal(account)
  })

  it('encodes a record once, however often it changed since it was last asked for', () => {
    let encoded = 0
    const codec = {
      ...accountCodec,
      encode: (value: { balance: number }) => {
        encoded++
        return accountCodec.encode(value)
      },
    }
    const table = { ...Accounts, id: 9, codec }
    const live = createMemoryDraft()
    for (let i = 0; i < 10; i++) live.at(ENTITY).put(table, name(1), { balance: i })
    live.at(SERVER).root()
    live.at(SERVER).root()
    live.takeChanges()
    expect(encoded).to.equal(1)
  })

  it('keeps local tables out of the root', () => {
    const live = createMemoryDraft()
    const empty = live.at(SERVER).root()
    live.at(ENTITY).put(Notes, name(1), name(1))
    expect(live.at(SERVER).root()).to.deep.equal(empty)
  })

  it('keeps the key that it was given, whatever its owner does with the array', () => {
    const live = createMemoryDraft()
    const key = name(5)
    live.at(ENTITY).put(Accounts, key, { balance: 1 })
    key[1] = 6
    expect(live.at(ENTITY).get(Accounts, name(5))).to.deep.equal({ balance: 1 })
  })

  it('lets nothing of an input stay that throws', () => {
    const live = createMemoryDraft()
    live.at(ENTITY).put(Accounts, name(1), { balance: 1 })
    const failing = () =>
      isolate(live, () => {
        live.at(ENTITY).put(Accounts, name(1), { balance: 2 })
        live.at(ENTITY).put(Accounts, name(2), { balance: 2 })
        throw new Error('a bug')
      })
    expect(failing).to.throw('a bug')
    expect(isolate(live, () => live.at(ENTITY).get(Accounts, name(1)))).to.deep.equal({
      balance: 1,
    })
    expect(live.at(ENTITY).get(Accounts, name(2))).to.equal(undefined)
  })

  it('has no marks but its own, no paths but those of its levels, no two tables with one id', () => {
    const live = createMemoryDraft()
    live.at(ENTITY).put(Accounts, name(1), { balance: 1 })
    const mark = live.mark()
    live.rollback(0)
    for (const wrong of [mark, -1, 0.5]) expect(() => live.rollback(wrong)).to.throw(RangeError)
    for (const length of [1, 7, 24]) {
      expect(() => live.at(new Uint8Array(length))).to.throw(RangeError)
    }
    expect(() => live.at(ENTITY).get({ ...Accounts }, name(1))).to.throw(TypeError)
    expect(() => live.at(ENTITY).get({ ...Accounts, id: 256 }, name(1))).to.throw(RangeError)
    expect(() => live.at(ENTITY).get({ ...Accounts, id: 0 }, name(1))).to.throw(RangeError)
    expect(() => live.at(ENTITY).scan(Accounts, name(1), 1)).to.throw(TypeError)
    expect(() => live.at(ENTITY).put(Ranks, name(1).subarray(1), { balance: 1 })).to.throw(
      TypeError,
    )
    live.at(ENTITY).put(Accounts, new Uint8Array(255), { balance: 1 })
    expect(() => live.at(ENTITY).get(Accounts, new Uint8Array(256))).to.throw(RangeError)
  })

  it('lets go of what was not used of late, and of nothing that the disk does not have', () => {
    const disk = new MapDisk()
    const live = new LiveState(disk, 20_000)
    for (let i = 0; i < 200; i++) live.at(ENTITY).put(Accounts, name(i), { balance: i })
    live.at(SERVER).root()
    live.seal()
    expect(live.cachedCount).to.equal(200)
    disk.save(live)
    live.seal()
    live.seal()
    expect(live.cachedCount).to.be.within(1, 50)
    for (let i = 0; i < 200; i++) {
      expect(live.at(ENTITY).get(Accounts, name(i))).to.deep.equal({ balance: i })
    }
  })
})

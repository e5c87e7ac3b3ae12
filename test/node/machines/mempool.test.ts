import {
  decodeMempool,
  encodeMempool,
  type Mempool,
  MempoolBuilder,
} from '@xln/node/machines/server/mempool.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { expect } from 'chai'
import fc from 'fast-check'

const key = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => bytesToHex(bytes))
const inputs = fc.array(
  fc.record({
    path: fc.tuple(key(8), key(8), key(32)),
    depth: fc.integer({ min: 0, max: 3 }),
    value: fc.uint8Array({ maxLength: 80 }),
  }),
  { maxLength: 20 },
)

function build(
  all: readonly { path: readonly `0x${string}`[]; depth: number; value: Uint8Array }[],
) {
  const root = new MempoolBuilder()
  for (const { path, depth, value } of all) {
    let node = root
    for (const part of path.slice(0, depth)) node = node.child(part)
    node.add(value)
  }
  return root.build()
}

describe('the mempool', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(inputs, (all) => {
        const mempool = build(all)
        expect(decodeMempool(encodeMempool(mempool))).to.deep.equal(mempool)
      }),
    )
  })

  it('keeps the order of one machine, and puts children in the order of their keys', () => {
    const mempool = build([
      { path: ['0x0000000000000002', '0x', '0x'], depth: 1, value: Uint8Array.of(1) },
      { path: ['0x0000000000000001', '0x', '0x'], depth: 1, value: Uint8Array.of(2) },
      { path: ['0x0000000000000002', '0x', '0x'], depth: 1, value: Uint8Array.of(3) },
    ])
    expect(mempool.children.map(({ key }) => key)).to.deep.equal([
      '0x0000000000000001',
      '0x0000000000000002',
    ])
    expect(mempool.children[1]?.mempool.values).to.deep.equal([Uint8Array.of(1), Uint8Array.of(3)])
  })

  it('refuses keys that are not ascending, repeat, or differ in length', () => {
    const leaf: Mempool = { children: [], values: [] }
    const pair = (first: `0x${string}`, second: `0x${string}`): Mempool => ({
      children: [
        { key: first, mempool: leaf },
        { key: second, mempool: leaf },
      ],
      values: [],
    })
    expect(decodeMempool(encodeMempool(pair('0x01', '0x02')))).not.to.equal(undefined)
    expect(decodeMempool(encodeMempool(pair('0x02', '0x01')))).to.equal(undefined)
    expect(decodeMempool(encodeMempool(pair('0x01', '0x01')))).to.equal(undefined)
    expect(decodeMempool(encodeMempool(pair('0x01', '0x0202')))).to.equal(undefined)
  })

  it('refuses a tree deeper than the machines are', () => {
    let mempool: Mempool = { children: [], values: [] }
    for (let depth = 0; depth < 4; depth++) {
      mempool = { children: [{ key: '0x01', mempool }], values: [] }
    }
    expect(decodeMempool(encodeMempool(mempool))).to.equal(undefined)
  })

  it('never throws on foreign bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const mempool = decodeMempool(bytes)
        if (mempool !== undefined) expect(encodeMempool(mempool)).to.deep.equal(bytes)
      }),
    )
  })
})

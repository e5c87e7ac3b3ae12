import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { openStore } from '@xln/node/shell/store/opening.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { verifyProof } from '@xln/shared/merkle/proof.ts'
import { recordKey } from '@xln/shared/merkle/stateKeys.ts'
import { expect } from 'chai'
import {
  Accounts,
  accountCodec,
  commitNext,
  contentOf,
  Deadlines,
  ENTITY,
  execute,
  faultOf,
  Notes,
  name,
  newDirectory,
  nextBlock,
  readHeader,
  removeDirectories,
  SERVER,
  start,
} from './world.ts'

const payload = (i: number) => Uint8Array.of(i, i * 7, i * 31)

describe('store', () => {
  afterEach(removeDirectories)

  it('has after a restart what it had before, whether the records had followed the log or not', async () => {
    for (const checkpointBlocks of [1, 3, 100]) {
      const directory = newDirectory()
      const { store } = await start(directory, { checkpointBlocks })
      for (let i = 0; i < 10; i++) await commitNext(store, payload(i))
      const before = contentOf(store.draft)
      await store.close()

      const again = await start(directory)
      expect(again.restoring).to.equal(undefined)
      expect(again.store.tail).to.deep.equal(store.tail)
      expect(again.store.recordsAt).to.equal(10)
      expect(contentOf(again.store.draft)).to.deep.equal(before)
      await commitNext(again.store, payload(11))
      await again.store.close()
    }
  })

  it('gives the blocks, their hashes, receipts and what was kept out of them', async () => {
    const { store } = await start(newDirectory())
    const block = nextBlock(store, payload(1))
    const receipts = [[name(1), name(2)]] as const
    await store.commit({ ...block, receipts, quarantined: [name(3), name(4)] })
    await commitNext(store, payload(2))

    expect(await store.block(block.hash)).to.deep.equal(block.bytes)
    expect(await store.blockHash(1)).to.deep.equal(block.hash)
    expect(await store.blockHash(3)).to.equal(undefined)
    expect(await store.receipt(name(1))).to.deep.equal(name(2))
    expect(await store.receipt(name(2))).to.equal(undefined)
    const numbers: number[] = []
    for await (const { header } of store.blocksAfter(0)) numbers.push(header.number)
    expect(numbers).to.deep.equal([1, 2])
    const kept: unknown[] = []
    for await (const input of store.quarantined()) kept.push(input)
    expect(kept).to.deep.equal([
      { number: 1, input: name(3) },
      { number: 1, input: name(4) },
    ])
    await store.close()
  })

  it('takes what it needs when commit is called: the next block can be worked on meanwhile', async () => {
    const directory = newDirectory()
    const { store } = await start(directory, { checkpointBlocks: 1 })
    const pending: Promise<void>[] = []
    for (let i = 0; i < 20; i++) pending.push(store.commit(nextBlock(store, payload(i))))
    await Promise.all(pending)
    const before = contentOf(store.draft)
    await store.close()
    const again = await start(directory)
    expect(contentOf(again.store.draft)).to.deep.equal(before)
    await again.store.close()
  })

  it('closes once, however often it is asked to: a second checkpoint would name what the first may fail to write', async () => {
    const { store } = await start(newDirectory())
    await commitNext(store, Uint8Array.of(1))
    const closing = store.close()
    expect(store.close()).to.equal(closing)
    await closing
  })

  it('forgets a block at work that is discarded, and what was at work when it closes', async () => {
    const directory = newDirectory()
    const { store } = await start(directory)
    await commitNext(store, payload(1))
    const before = contentOf(store.draft)
    execute(store.draft, payload(9))
    store.discard()
    expect(contentOf(store.draft)).to.deep.equal(before)
    execute(store.draft, payload(10))
    store.draft.at(SERVER).root()
    await store.close()
    const again = await start(directory)
    expect(contentOf(again.store.draft)).to.deep.equal(before)
    await again.store.close()
  })

  it('begins with the genesis, which no discard takes back, and replays from it', async () => {
    const directory = newDirectory()
    const genesis = {
      genesis: (draft: Parameters<typeof execute>[0]) => execute(draft, payload(5)),
    }
    const { store } = await start(directory, genesis)
    const first = contentOf(store.draft)
    store.discard()
    expect(contentOf(store.draft)).to.deep.equal(first)
    await store.close()

    const second = await start(directory, genesis)
    expect(contentOf(second.store.draft)).to.deep.equal(first)
    await commitNext(second.store, payload(1))
    const before = contentOf(second.store.draft)
    await second.store.close()

    const third = await start(directory, { ...genesis, rebuild: true })
    expect(third.restoring).to.equal(undefined)
    expect(contentOf(third.store.draft)).to.deep.equal(before)
    await third.store.close()
  })

  it('refuses blocks that do not follow, before anything of them is written', async () => {
    const { store } = await start(newDirectory())
    await commitNext(store, payload(1))
    const block = nextBlock(store, payload(2))
    const bytes = block.bytes.slice()
    for (const wrong of [
      { ...block, number: 3 },
      { ...block, bytes: bytes.with(0, (bytes[0] as number) ^ 1) },
      { ...block, bytes: bytes.with(40, (bytes[40] as number) ^ 1) },
      { ...block, bytes: new Uint8Array(3) },
    ]) {
      let failed = false
      await store.commit(wrong).catch(() => {
        failed = true
      })
      expect(failed).to.equal(true)
    }
    await store.commit(block)
    expect(store.tail.number).to.equal(2)
    await store.close()
  })

  it('proves what a machine has and has not, up to a root', async () => {
    const { store } = await start(newDirectory())
    await commitNext(store, payload(1))
    const account = accountCodec.encode({ balance: 1 })
    const there = store.prove(ENTITY, Accounts, name(1))
    expect(there.root).to.deep.equal(store.draft.at(ENTITY).root())
    const key = recordKey(Accounts.id, name(1))
    expect(verifyProof(there.root, key, keccak256(account), there.proof)).to.equal(true)
    const absent = store.prove(ENTITY, Accounts, name(2))
    const other = recordKey(Accounts.id, name(2))
    expect(verifyProof(absent.root, other, undefined, absent.proof)).to.equal(true)
    expect(() => store.prove(ENTITY, Notes, name(1))).to.throw(TypeError)
    await store.close()
  })

  it('lists any table as it is now: on disk, on its way there, and at work', async () => {
    const directory = newDirectory()
    const first = await start(directory)
    for (let i = 0; i < 12; i++) await commitNext(first.store, payload(i))
    await first.store.close()

    const { store } = await start(directory)
    const entity = store.draft.at(ENTITY)
    entity.delete(Accounts, name(7))
    entity.put(Accounts, name(8), { balance: 88 })
    entity.put(Accounts, name(300), { balance: 300 })
    const expected = Array.from({ length: 301 }, (_, i) => name(i)).flatMap((key) => {
      const value = entity.get(Accounts, key)
      return value === undefined ? [] : [{ key, value }]
    })
    expect(expected.length).to.be.greaterThan(5)
    for (const limit of [1, 3, 1_000]) {
      const rows = await store.page(ENTITY, Accounts, name(0), limit)
      expect(rows).to.deep.equal(expected.slice(0, limit))
    }
    const later = expected.filter(({ key }) => (key[1] as number) >= 8 || key[0] === 1)
    expect(await store.page(ENTITY, Accounts, name(8), 1_000)).to.deep.equal(later)
    const deadlines = await store.page(ENTITY, Deadlines, new Uint8Array(0), 1_000)
    expect(deadlines).to.deep.equal(entity.scan(Deadlines, new Uint8Array(0), 1_000))
    await store.close()
  })

  it('finds records that were prefetched, also those that changed meanwhile', async () => {
    const directory = newDirectory()
    const first = await start(directory)
    for (let i = 0; i < 12; i++) await commitNext(first.store, payload(i))
    const before = contentOf(first.store.draft)
    await first.store.close()

    const { store } = await start(directory)
    const names = [Accounts, Notes, Deadlines].flatMap((table) =>
      Array.from({ length: 16 }, (_, i) => ({ path: ENTITY, table, key: name(i) })),
    )
    await store.prefetch(names)
    expect(contentOf(store.draft)).to.deep.equal(before)
    await store.close()

    const third = await start(directory)
    const pending = third.store.prefetch(names)
    await commitNext(third.store, payload(99))
    await pending
    const after = contentOf(third.store.draft)
    await third.store.close()
    const fourth = await start(directory)
    expect(contentOf(fourth.store.draft)).to.deep.equal(after)
    await fourth.store.close()
  })

  it('keeps to its cache, and reads again what it let go', async () => {
    const directory = newDirectory()
    const options = { cacheBytes: 4_000, checkpointBlocks: 1 }
    const [small, large] = [await start(directory, options), await start(newDirectory())]
    for (let i = 0; i < 60; i++) {
      await commitNext(small.store, payload(i))
      await commitNext(large.store, payload(i))
    }
    expect(contentOf(small.store.draft)).to.deep.equal(contentOf(large.store.draft))
    await small.store.close()
    await large.store.close()
  })

  it('says so when another has it open, in this process or in another', async () => {
    const directory = newDirectory()
    const { store } = await start(directory)
    const path = join(directory, 'db')
    expect(await faultOf(openStore({ directory, readHeader }))).to.deep.equal({
      code: 'store_locked',
      path,
    })
    const script = `
      import { openStore } from '@xln/node/shell/store/opening.ts'
      await openStore({ directory: process.argv[1], readHeader: () => undefined })
        .catch((error) => console.log(JSON.stringify(error.fault)))
    `
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, directory])
    expect(JSON.parse(stdout.toString())).to.deep.equal({ code: 'store_locked', path })
    await commitNext(store, payload(1))
    await store.close()
  })

  it('does not open with another shape of tree', async () => {
    const directory = newDirectory()
    await (await start(directory)).store.close()
    const shape = { bitWidth: 8, leafThreshold: 16 }
    expect(await faultOf(openStore({ directory, readHeader, shape }))).to.deep.equal({
      code: 'format_differs',
      expected: '0x02080010',
      actual: '0x02040010',
    })
  })
})

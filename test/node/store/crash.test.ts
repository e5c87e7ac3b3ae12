import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closeDatabase, type LevelDatabase, openDatabase } from '@xln/node/shell/store/database.ts'
import { StoreError } from '@xln/node/shell/store/faults.ts'
import {
  behind,
  blockKey,
  machineKey,
  numberKey,
  numberOf,
  Prefix,
} from '@xln/node/shell/store/keys.ts'
import type { Opened } from '@xln/node/shell/store/opening.ts'
import { concatBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  Accounts,
  commitNext,
  contentOf,
  copyOf,
  ENTITY,
  execute,
  faultOf,
  name,
  newDirectory,
  nextBlock,
  readHeader,
  removeDirectories,
  start,
} from './world.ts'

const payload = (i: number) => Uint8Array.of(i, i * 7, i * 31)

/** What was held after each block, by its number; and the directory after `blocks` of them, closed or not. */
async function run(blocks: number, checkpointBlocks: number): Promise<Run> {
  const directory = newDirectory()
  const { store } = await start(directory, { checkpointBlocks })
  const contents = [contentOf(store.draft)]
  const copies = [copyOf(directory)]
  for (let i = 1; i <= blocks; i++) {
    await commitNext(store, payload(i))
    contents.push(contentOf(store.draft))
    copies.push(copyOf(directory))
  }
  await store.close()
  return { directory, contents, copies }
}

interface Run {
  readonly directory: string
  readonly contents: readonly unknown[]
  /** What a crash after each block leaves: the store was open when they were taken. */
  readonly copies: readonly string[]
}

async function outcome(directory: string): Promise<Opened | StoreError> {
  try {
    return await start(directory)
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
}

/** Changes the database behind the store's back. */
async function tamper(directory: string, change: (database: LevelDatabase) => Promise<void>) {
  const database = await openDatabase(join(directory, 'db'))
  await change(database)
  await closeDatabase(database)
}

/** The files in which LevelDB keeps what it has not sorted yet, the newest last. */
function logsOf(directory: string): string[] {
  const database = join(directory, 'db')
  return readdirSync(database)
    .filter((file) => file.endsWith('.log'))
    .sort()
    .map((file) => join(database, file))
}

const newestLog = (directory: string) => logsOf(directory).at(-1) as string

describe('store after a crash', () => {
  afterEach(removeDirectories)

  it('is where its last durable block was, whichever block that is', async () => {
    for (const checkpointBlocks of [1, 2, 4]) {
      const { copies, contents } = await run(9, checkpointBlocks)
      for (const [number, copy] of copies.entries()) {
        const { store, restoring } = await start(copy)
        expect(restoring).to.equal(undefined)
        expect(store.tail.number).to.equal(number)
        expect(contentOf(store.draft)).to.deep.equal(contents[number])
        await store.close()
      }
    }
  })

  it('is at one block or the one before, when the crash came at any byte of the write', async () => {
    const directory = newDirectory()
    // Checkpoints would write to the file after the block has.
    const { store } = await start(directory, { checkpointBlocks: 1_000 })
    for (let i = 1; i <= 3; i++) await commitNext(store, payload(i))
    const before = contentOf(store.draft)
    const log = newestLog(directory)
    const length = statSync(log).size
    const mark = readFileSync(join(directory, 'high-water'))
    await commitNext(store, payload(4))
    const after = contentOf(store.draft)
    const written = statSync(log).size
    expect(written).to.be.greaterThan(length)
    for (let end = length; end <= written; end += 5) {
      const copy = copyOf(directory)
      truncateSync(newestLog(copy), end)
      // The mark is written after the block, so a crash during the write leaves the old one.
      writeFileSync(join(copy, 'high-water'), mark)
      const again = await start(copy)
      expect(again.restoring).to.equal(undefined)
      const { number } = again.store.tail
      expect(number).to.be.within(3, 4)
      expect(contentOf(again.store.draft)).to.deep.equal(number === 3 ? before : after)
      await again.store.close()
    }
    await store.close()
  })

  it('is restoring when its log lost a block that was durable', async () => {
    const { copies } = await run(6, 1_000)
    const copy = copies[6] as string
    truncateSync(newestLog(copy), statSync(newestLog(copy)).size - 1)
    const { store, restoring } = await start(copy)
    expect(restoring).to.deep.equal({ code: 'below_high_water', number: 5, highWater: 6 })

    let refusal: unknown
    const block = nextBlock(store, payload(9))
    await store.commit(block).catch((error) => {
      refusal = error
    })
    expect(refusal).to.be.instanceOf(Error)
    await store.acceptLoss()
    await store.commit(block)
    await store.close()
    const again = await start(copy)
    expect(again.restoring).to.equal(undefined)
    expect(again.store.tail.number).to.equal(6)
    await again.store.close()
  })

  it('is still restoring the next time, when nobody accepted the loss', async () => {
    const { copies } = await run(6, 1_000)
    const copy = copies[6] as string
    truncateSync(newestLog(copy), statSync(newestLog(copy)).size - 1)
    await (await start(copy)).store.close()
    const { store, restoring } = await start(copy)
    expect(restoring).to.deep.equal({ code: 'below_high_water', number: 5, highWater: 6 })
    await store.close()
  })

  it('is still restoring the next time, when it ended before a block has said so', async () => {
    const { copies } = await run(6, 1_000)
    const [cut, gapped] = [copyOf(copies[6] as string), copyOf(copies[6] as string)]
    truncateSync(newestLog(cut), statSync(newestLog(cut)).size - 1)
    await tamper(gapped, (database) => database.del(numberKey(Prefix.blockHash, 5)))
    // What a power cut may take of the mark: it names a block before the gap.
    const old = readFileSync(join(copies[3] as string, 'high-water'))
    writeFileSync(join(gapped, 'high-water'), old)
    for (const [directory, end] of [
      [cut, 5],
      [gapped, 4],
    ] as const) {
      for (let time = 1; time <= 2; time++) {
        const { store, restoring } = await start(directory)
        expect(restoring).not.to.equal(undefined)
        await store.acceptLoss()
        await store.close()
      }
      const { store, restoring } = await start(directory)
      const highWater = end + 1
      expect(restoring).to.deep.equal({ code: 'below_high_water', number: end, highWater })
      await store.acceptLoss()
      const before = readFileSync(join(directory, 'high-water'))
      await commitNext(store, payload(9))
      await store.close()
      // The mark of the new block is not synced: without it, the one before says enough.
      writeFileSync(join(directory, 'high-water'), before)
      const again = await start(directory)
      expect(again.restoring).to.equal(undefined)
      await again.store.close()
    }
  })

  it('is restoring when a whole older database stands there', async () => {
    const { copies } = await run(6, 2)
    const copy = copies[3] as string
    const mark = readFileSync(join(copies[6] as string, 'high-water'))
    writeFileSync(join(copy, 'high-water'), mark)
    const { store, restoring } = await start(copy)
    expect(restoring).to.deep.equal({ code: 'below_high_water', number: 3, highWater: 6 })
    await store.close()
  })

  it('is restoring when the database is gone', async () => {
    const { directory } = await run(3, 2)
    rmSync(join(directory, 'db'), { recursive: true })
    const { store, restoring } = await start(directory)
    expect(restoring).to.deep.equal({ code: 'below_high_water', number: 0, highWater: 3 })
    await store.close()
  })

  it('is restoring when the mark is gone', async () => {
    const { copies } = await run(3, 1_000)
    const copy = copies[3] as string
    rmSync(join(copy, 'high-water'))
    const { store, restoring } = await start(copy)
    expect(restoring).to.deep.equal({ code: 'high_water_missing', number: 3 })
    await store.acceptLoss()
    await commitNext(store, payload(9))
    await store.close()
    const again = await start(copy)
    expect(again.restoring).to.equal(undefined)
    await again.store.close()
  })

  it('is restoring when the mark is of another history', async () => {
    const [one, other] = [newDirectory(), newDirectory()]
    for (const [directory, what] of [
      [one, 1],
      [other, 2],
    ] as const) {
      const { store } = await start(directory)
      await commitNext(store, payload(what))
      await store.close()
    }
    writeFileSync(join(one, 'high-water'), readFileSync(join(other, 'high-water')))
    const { store, restoring } = await start(one)
    expect(restoring).to.deep.equal({ code: 'other_history', number: 1 })
    await store.close()
  })

  it('has one whole mark, whatever half of a write did to the other', async () => {
    const { copies } = await run(5, 1_000)
    for (const newest of [4, 5]) {
      const copy = copies[newest] as string
      const mark = readFileSync(join(copy, 'high-water'))
      // The mark of block n was the write n + 1: slots take turns.
      const slot = ((newest + 1) % 2) * 64
      mark.fill(0, slot + 30, slot + 64)
      writeFileSync(join(copy, 'high-water'), mark)
      const { store, restoring } = await start(copy)
      expect(restoring).to.equal(undefined)
      expect(store.tail.number).to.equal(newest)
      await store.close()
    }
  })

  it('is restoring up to the gap when a block in the middle is missing', async () => {
    const { copies, contents } = await run(8, 1_000)
    for (const prefix of [Prefix.block, Prefix.blockHash]) {
      const copy = copyOf(copies[8] as string)
      await tamper(copy, async (database) => {
        const hash = (await database.get(numberKey(Prefix.blockHash, 5))) as Uint8Array
        await database.del(prefix === Prefix.block ? blockKey(hash) : numberKey(prefix, 5))
      })
      const { store, restoring } = await start(copy)
      expect(restoring).to.deep.equal({ code: 'block_missing', number: 5 })
      expect(store.tail.number).to.equal(4)
      expect(contentOf(store.draft)).to.deep.equal(contents[4])
      await store.acceptLoss()
      await commitNext(store, payload(77))
      const after = contentOf(store.draft)
      await store.close()
      // Blocks 6 to 8 are forgotten: they do not turn up behind the new block 5.
      const again = await start(copy)
      expect(again.restoring).to.equal(undefined)
      expect(again.store.tail.number).to.equal(5)
      expect(contentOf(again.store.draft)).to.deep.equal(after)
      await again.store.close()
    }
  })

  it('is restoring when a block is not the one that was written', async () => {
    const { copies } = await run(8, 1_000)
    const altered = copyOf(copies[8] as string)
    await tamper(altered, async (database) => {
      const hash = (await database.get(numberKey(Prefix.blockHash, 5))) as Uint8Array
      const block = (await database.get(blockKey(hash))) as Uint8Array
      await database.put(blockKey(hash), concatBytes(block, Uint8Array.of(1)))
    })
    const first = await start(altered)
    expect(first.restoring).to.deep.equal({ code: 'block_altered', number: 5 })
    await first.store.close()

    const broken = copyOf(copies[8] as string)
    await tamper(broken, async (database) => {
      const hash = (await database.get(numberKey(Prefix.blockHash, 5))) as Uint8Array
      const block = new Uint8Array((await database.get(blockKey(hash))) as Uint8Array)
      block[0] = (block[0] as number) ^ 1
      await database.put(blockKey(keccak256(block)), block)
      await database.put(numberKey(Prefix.blockHash, 5), keccak256(block))
    })
    const second = await start(broken)
    expect(second.restoring).to.deep.equal({ code: 'chain_broken', number: 5 })
    await second.store.close()
  })

  it('is restoring when the block that its records reach is missing', async () => {
    const { directory } = await run(4, 2)
    await tamper(directory, async (database) => {
      await database.del(numberKey(Prefix.blockHash, 4))
      const [last] = await database.iterator({ gte: Uint8Array.of(1), lt: Uint8Array.of(2) }).all()
      expect(last).to.not.equal(undefined)
      for await (const key of database.keys({ gte: Uint8Array.of(1), lt: Uint8Array.of(2) })) {
        const block = (await database.get(key)) as Uint8Array
        if (readHeader(block)?.number === 4) await database.del(key)
      }
    })
    const { store, restoring } = await start(directory)
    expect(restoring).to.deep.equal({ code: 'block_missing', number: 4 })
    await store.close()
  })

  it('does not open on records that are not those of their block, and rebuilds them', async () => {
    const { directory, contents } = await run(6, 2)
    await tamper(directory, async (database) => {
      const [row] = await database.keys({ gte: machineKey(Prefix.tree, ENTITY, name(0)) }).all()
      await database.put(row as Uint8Array, keccak256(name(1)))
    })
    const failed = await outcome(directory)
    expect(failed).to.be.instanceOf(StoreError)
    expect((failed as StoreError).fault.code).to.equal('root_differs')

    const { store, restoring } = await start(directory, { rebuild: true })
    expect(restoring).to.equal(undefined)
    expect(contentOf(store.draft)).to.deep.equal(contents[6])
    await store.close()
    const again = await start(directory)
    expect(again.store.recordsAt).to.equal(6)
    await again.store.close()
  })

  it('takes records for nothing when a rebuild was killed before it had cleared them all', async () => {
    const { directory, contents } = await run(6, 2)
    await tamper(directory, async (database) => {
      await database.clear({ gte: Uint8Array.of(Prefix.checkpoint), lt: behind(Prefix.checkpoint) })
    })
    const { store, restoring } = await start(directory)
    expect(restoring).to.equal(undefined)
    expect(store.tail.number).to.equal(6)
    expect(contentOf(store.draft)).to.deep.equal(contents[6])
    await store.close()
  })

  it('does not open on records of which one step is missing', async () => {
    const { directory } = await run(12, 2)
    let number = 0
    await tamper(directory, async (database) => {
      const range = { gte: Uint8Array.of(Prefix.checkpoint), lt: behind(Prefix.checkpoint) }
      const [missing] = (await database.keys(range).all()).slice(-2)
      number = numberOf(missing as Uint8Array)
      await database.del(missing as Uint8Array)
    })
    const failed = await outcome(directory)
    expect((failed as StoreError).fault).to.deep.equal({ code: 'records_incomplete', number })
  })

  it('stops at a record that is not what was written', async () => {
    const { directory } = await run(6, 2)
    await tamper(directory, async (database) => {
      const row = machineKey(Prefix.record, ENTITY, concatBytes(Uint8Array.of(3), name(1)))
      await database.put(row, new Uint8Array(46))
    })
    const { store } = await start(directory)
    let fault: unknown
    try {
      execute(store.draft, Uint8Array.of(1))
    } catch (error) {
      fault = (error as StoreError).fault
    }
    expect(fault).to.include({ code: 'record_corrupt', table: Accounts.name, key: '0x0001' })
    // Whoever took it for a machine's error learns of it here, and at the next block.
    expect(() => store.discard()).to.throw(StoreError)
    expect(await faultOf(commitNext(store, payload(2)))).to.equal(fault)
    await store.close()
  })

  it('never starts silently on anything but its newest state, wherever its log is damaged', async () => {
    const { copies, contents } = await run(12, 5)
    const whole = copies[12] as string
    const length = statSync(newestLog(whole)).size
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const copy = copyOf(whole)
        const log = readFileSync(newestLog(copy))
        log[at] = (log[at] as number) ^ flip
        writeFileSync(newestLog(copy), log)
        const opened = await outcome(copy)
        if (opened instanceof StoreError) return
        const { store, restoring } = opened
        if (restoring === undefined) {
          expect(store.tail.number).to.equal(12)
          expect(contentOf(store.draft)).to.deep.equal(contents[12])
        } else {
          expect(contentOf(store.draft)).to.deep.equal(contents[store.tail.number])
        }
        await store.close()
        rmSync(copy, { recursive: true })
      }),
      { numRuns: 30 },
    )
  })

  it('fails for good when the disk refuses a write, and has every block before that', async () => {
    const directory = newDirectory()
    const writer = fileURLToPath(new URL('./writer.ts', import.meta.url))
    // In units of 1,024 bytes: no file grows beyond it.
    const limited = 'ulimit -f 20; exec "$0" "$@"'
    const { stdout } = spawnSync('bash', ['-c', limited, process.execPath, writer, directory])
    const { committed, faults, checkpointed } = JSON.parse(stdout.toString())
    const [first] = faults
    expect(first.code).to.equal('write_failed')
    // What failed was the block after those, or the records of one of them.
    expect(first.number).to.be.within(1, committed + 1)
    expect(faults).to.deep.equal([first, first, first])
    expect(committed).to.be.greaterThan(3)
    expect(checkpointed).to.be.at.most(committed)

    const { store, restoring } = await start(directory)
    expect(restoring).to.equal(undefined)
    // The block that failed may have reached the disk whole; nothing was said of it to anybody.
    expect(store.tail.number).to.be.within(committed, committed + 1)
    await store.close()
  })
})

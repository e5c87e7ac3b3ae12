/** The simulated disk is held to LevelDB: the same calls, the same answers, also after it was opened again. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  closeDatabase,
  type Database,
  type DatabaseOperation,
  openDatabase,
} from '@xln/node/shell/store/database.ts'
import { SimDisk } from '@xln/node/sim/disk.ts'
import { Process } from '@xln/node/sim/process.ts'
import { Random } from '@xln/node/sim/random.ts'
import { Scheduler } from '@xln/node/sim/scheduler.ts'
import { Weather } from '@xln/node/sim/weather.ts'
import { expect } from 'chai'

const STEPS = 400

/** A world with one disk and nothing else. */
class Bench {
  readonly scheduler = new Scheduler()
  readonly random: Random
  readonly weather: Weather
  readonly disk: SimDisk

  constructor(seed: string) {
    this.random = new Random(seed)
    this.weather = new Weather(this.random.fork('weather'))
    this.disk = new SimDisk(this.random.fork('disk'), this.weather.diskMood('server'))
  }

  async open(): Promise<{ database: Database; process: Process }> {
    const process = new Process(this.scheduler)
    const database = await this.disk.attach(process).disk.openDatabase()
    return { database, process }
  }

  /** Lets virtual time pass until `promise` has come. */
  async passing<T>(promise: Promise<T>): Promise<T> {
    let isOver = false
    const over = () => {
      isOver = true
    }
    promise.then(over, over)
    while (!isOver && (await this.scheduler.step()));
    return await promise
  }
}

/** Short keys of few bytes, so that they meet. */
function key(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.between(1, 3) }, () => random.pick([0, 1, 127, 128, 255]))
}

function operation(random: Random): DatabaseOperation {
  if (random.chance(0.3)) return { type: 'del', key: key(random) }
  return { type: 'put', key: key(random), value: random.bytes(random.between(0, 5)) }
}

/** Does the same to a database, whichever it is, and says what it answered. */
async function act(database: Database, what: string, random: Random): Promise<unknown> {
  switch (what) {
    case 'put':
      return database.put(key(random), random.bytes(3), { sync: random.chance(0.5) })
    case 'batch': {
      const operations = Array.from({ length: random.between(0, 8) }, () => operation(random))
      return database.batch(operations, { sync: random.chance(0.5) })
    }
    case 'chained': {
      const batch = database.batch()
      for (let i = random.between(0, 8); i > 0; i--) {
        const next = operation(random)
        if (next.type === 'put') batch.put(next.key, next.value)
        else batch.del(next.key)
      }
      return batch.write({ sync: false })
    }
    case 'clear':
      return database.clear({ gte: key(random), lt: key(random) })
    case 'get':
      return plain(await database.get(key(random)))
    case 'getSync':
      return plain(database.getSync(key(random)))
    case 'getMany':
      return (await database.getMany([key(random), key(random)])).map(plain)
    default: {
      const range = { gte: key(random), lt: key(random), reverse: random.chance(0.5) }
      const limit = random.chance(0.5) ? { limit: random.between(1, 5) } : {}
      const iterator = database.iterator({ ...range, ...limit })
      const rows = random.chance(0.5) ? await iterator.all() : await iterator.nextv(3)
      await iterator.close()
      return rows.map(([row, value]) => [plain(row), plain(value)])
    }
  }
}

function plain(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')
}

const ACTIONS = ['put', 'batch', 'chained', 'clear', 'get', 'getSync', 'getMany', 'iterator']

describe('the simulated disk', () => {
  for (const seed of ['a', 'b', 'c']) {
    it(`answers as LevelDB does, call for call (${seed})`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'xln-sim-disk-'))
      const bench = new Bench(seed)
      let real = await openDatabase(join(directory, 'db'))
      let { database } = await bench.open()
      for (let step = 0; step < STEPS; step++) {
        const what = bench.random.pick(ACTIONS)
        const name = `${seed} ${step}`
        const expected = await act(real, what, new Random(name))
        const actual = await bench.passing(act(database, what, new Random(name)))
        expect(actual, `${what} at ${step}`).to.deep.equal(expected)
        if (!bench.random.chance(0.02)) continue
        await closeDatabase(real)
        await database.close()
        real = await openDatabase(join(directory, 'db'))
        database = (await bench.open()).database
      }
      await closeDatabase(real)
      rmSync(directory, { recursive: true })
    })
  }

  it('keeps, when its process is killed, a beginning of the writes under way', async () => {
    const bench = new Bench('killed')
    for (let run = 0; run < 50; run++) {
      const { database, process } = await bench.open()
      const first = Uint8Array.of(1, run)
      const second = Uint8Array.of(2, run)
      void database.put(first, first, { sync: false })
      void database.put(second, second, { sync: true })
      process.kill()
      bench.disk.release()
      const after = (await bench.open()).database
      if ((await after.get(second)) !== undefined) {
        expect(await after.get(first), `run ${run}`).to.deep.equal(first)
      }
      await after.close()
    }
  })

  it('loses in a power cut nothing that was synced, and now and then what was not', async () => {
    const bench = new Bench('power')
    let lost = 0
    for (let run = 0; run < 50; run++) {
      const { database, process } = await bench.open()
      const synced = Uint8Array.of(1, run)
      const unsynced = Uint8Array.of(2, run)
      await bench.passing(database.put(synced, synced, { sync: true }))
      await bench.passing(database.put(unsynced, unsynced, { sync: false }))
      process.kill()
      bench.disk.cutPower()
      bench.disk.release()
      const after = (await bench.open()).database
      expect(await after.get(synced), `run ${run}`).to.deep.equal(synced)
      if ((await after.get(unsynced)) === undefined) lost++
      await after.close()
    }
    expect(lost).to.be.within(5, 45)
  })

  it('answers a killed process nothing any more', async () => {
    const bench = new Bench('nothing')
    const { database, process } = await bench.open()
    let isAnswered = false
    void database.put(Uint8Array.of(1), Uint8Array.of(1), { sync: true }).then(() => {
      isAnswered = true
    })
    process.kill()
    await bench.scheduler.run(10_000)
    expect(isAnswered).to.equal(false)
  })

  it('refuses a second process while one has it open', async () => {
    const bench = new Bench('twice')
    await bench.open()
    const second = await bench.open().catch((error: unknown) => error)
    expect((second as { fault: { code: string } }).fault.code).to.equal('store_locked')
  })
})

/**
 * Loaded into a node before anything else (`node --import`): kills its process, as a power cut of the
 * process would, at the n-th of all writes to its disk. `killer.ts?at=57&phase=during&spin=120`
 *
 * A write is a batch of LevelDB, a mark beside it, or the renaming of a file into its place.
 * `before` it, `during` it (half of a mark; a batch after so many microseconds), or `after` it, when
 * nobody has heard of it yet.
 */
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { dirname, join } from 'node:path'

const { searchParams } = new URL(import.meta.url)
const at = Number(searchParams.get('at'))
const phase = searchParams.get('phase') ?? 'before'
const spinMicroseconds = Number(searchParams.get('spin'))
let writes = 0

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing more may happen until it is here.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

function spin(): void {
  const until = performance.now() + spinMicroseconds / 1_000
  while (performance.now() < until);
}

/** Whether this write is the one; dies when that comes before it. */
function isTheOne(): boolean {
  if (++writes !== at) return false
  if (phase === 'before') die()
  return true
}

type Asynchronous = (...args: unknown[]) => Promise<unknown>

/** The same, but for the write that is the last. */
function deadly(write: Asynchronous): Asynchronous {
  return async (...args) => {
    if (!isTheOne()) return await write(...args)
    const done = write(...args)
    if (phase === 'during') spin()
    else await done
    return die()
  }
}

// pnpm gives it to the node's package, not to the tests; the node gets the same module.
const require = createRequire(new URL('../../node/package.json', import.meta.url))
const folder = dirname(require.resolve('classic-level'))
const binding = require(join(folder, 'binding.js')) as Record<string, Asynchronous>
for (const name of ['batch_write', 'batch_do', 'db_put'] as const) {
  binding[name] = deadly(binding[name] as Asynchronous)
}

const { writeSync } = fs
fs.writeSync = ((
  file: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => {
  // What has a place is a mark; the rest is what is said on the terminal.
  if (typeof position !== 'number' || !isTheOne())
    return writeSync(file, bytes, offset, length, position)
  writeSync(file, bytes, offset, phase === 'during' ? length >> 1 : length, position)
  return die()
}) as typeof fs.writeSync
fs.promises.rename = deadly(fs.promises.rename as Asynchronous) as typeof fs.promises.rename
syncBuiltinESMExports()

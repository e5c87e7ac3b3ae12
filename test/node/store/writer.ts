/** Writes blocks until the disk refuses one, then tries twice more, and says how it went. */
import { StoreError } from '@xln/node/shell/store/faults.ts'
import { commitNext, start } from './world.ts'

// Without a listener the system ends a process that makes a file too large.
process.on('SIGXFSZ', () => undefined)

const { store } = await start(process.argv[2] as string, { checkpointBlocks: 3 })
const faults: unknown[] = []
const fails = (error: unknown) => {
  if (!(error instanceof StoreError)) throw error
  faults.push(error.fault)
}
const payload = new Uint8Array(1_000).fill(3)

let committed = 0
while (faults.length === 0) {
  await commitNext(store, payload).then(() => committed++, fails)
}
await commitNext(store, payload).catch(fails)
await store.acceptLoss().catch(fails)
const checkpointed = store.recordsAt
await store.close()
console.log(JSON.stringify({ committed, faults, checkpointed }))

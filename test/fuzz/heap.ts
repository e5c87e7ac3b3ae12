/** What the heap of this thread holds when everything that can go is gone. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes in use after a full collection. */
export function heapInUse(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** How far an RlpReader came, seen from outside: cheap guidance, and a measure of its work. */
import { RlpReader } from '@xln/shared/codec/rlp.ts'

export interface ReaderWatch {
  /**
   * Reads since the first failure, which is in no byte any more: with one for each byte before it, all
   * the work that a decoder does.
   */
  readonly readsAfterFailure: number
  /** Where the first failure was; 0 when there was none. */
  readonly failedAt: number
}

let reads = 0
let position = 0
let isInstalled = false

/** Watches every reader from now on, in place of what was watched before. */
export function watchReader(): ReaderWatch {
  if (!isInstalled) install()
  reads = 0
  position = 0
  return {
    get readsAfterFailure() {
      return reads
    },
    get failedAt() {
      return position
    },
  }
}

function install(): void {
  isInstalled = true
  const { fail } = RlpReader.prototype
  RlpReader.prototype.fail = function (this: RlpReader) {
    if (reads++ === 0) position = this.position
    fail.call(this)
  }
}

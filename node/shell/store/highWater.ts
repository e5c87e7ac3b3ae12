import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { equalBytes, readNumber, writeNumber } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'

const SLOT_BYTES = 64
const NUMBER_AT = 8
const HASH_AT = 16
const CHECK_AT = 48
const CHECK_BYTES = SLOT_BYTES - CHECK_AT

/** A block that was on disk: the highest one, as far as this file knows. */
export interface Tail {
  readonly number: number
  readonly hash: Uint8Array
}

/** Names no block: after a loss was accepted, there must be one of that number, whichever it is. */
export const ANY_HASH = new Uint8Array(32)

/** A small file that is read and written in place; see {@link openMarkFile}. */
export interface MarkFile {
  /** Up to `length` bytes from `position`. */
  read(position: number, length: number): Uint8Array
  /** Hands them to the system. Throws when it refuses. */
  write(bytes: Uint8Array, position: number): void
  /** Waits until the bytes, and the file itself, are on disk. */
  syncNow(): void
  /** Resolves when the bytes are on disk. */
  sync(): Promise<void>
  close(): void
}

/** Opens the file at `path`, and makes it when there is none. */
export function openMarkFile(path: string): MarkFile {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT)
  return {
    read(position, length) {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, readSync(file, bytes, 0, length, position))
    },
    write: (bytes, position) => void writeSync(file, bytes, 0, bytes.length, position),
    syncNow() {
      fdatasyncSync(file)
      const directory = openSync(dirname(path), constants.O_RDONLY)
      fsyncSync(directory)
      closeSync(directory)
    },
    sync: () => promisify(fdatasync)(file),
    close: () => closeSync(file),
  }
}

/**
 * The newest block that was known to be on disk, in a file beside the database, so that a database
 * which lost its end is found out.
 *
 * It is written after the block is durable and before anything leaves because of it. So it never names
 * a block that was not durable, and a block that had consequences is named, but for the moments that a
 * power cut takes from the file system: it is not synced at every block.
 *
 * Two slots of 64 bytes are written in turn, so that one is whole whatever happens while the other is
 * written: sequence (8 bytes), number (8), hash (32), and the first bytes of the hash of all that.
 */
export class HighWater {
  readonly #file: MarkFile
  readonly #slot = new Uint8Array(SLOT_BYTES)
  #sequence = 0
  /** What the file named when it was opened; undefined when it was new, or had no whole slot. */
  readonly found: Tail | undefined

  constructor(file: MarkFile) {
    this.#file = file
    this.found = this.#read()
  }

  /** Names a block, and waits until that is on disk, and the file itself too. */
  start(tail: Tail): void {
    this.write(tail)
    this.#file.syncNow()
  }

  /** Names a block. Does not wait for the disk. Throws when the file system refuses. */
  write({ number, hash }: Tail): void {
    this.#sequence++
    const slot = this.#slot
    writeNumber(slot, 0, 8, this.#sequence)
    writeNumber(slot, NUMBER_AT, 8, number)
    slot.set(hash, HASH_AT)
    slot.set(checkOf(slot), CHECK_AT)
    this.#file.write(slot, (this.#sequence % 2) * SLOT_BYTES)
  }

  /** Resolves when what was named is on disk. */
  async flush(): Promise<void> {
    await this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }

  #read(): Tail | undefined {
    let tail: Tail | undefined
    for (const position of [0, SLOT_BYTES]) {
      const slot = this.#file.read(position, SLOT_BYTES)
      if (slot.length < SLOT_BYTES || !equalBytes(slot.subarray(CHECK_AT), checkOf(slot))) continue
      const sequence = readNumber(slot, 0, 8)
      if (sequence <= this.#sequence) continue
      this.#sequence = sequence
      tail = { number: readNumber(slot, NUMBER_AT, HASH_AT), hash: slot.slice(HASH_AT, CHECK_AT) }
    }
    return tail
  }
}

function checkOf(slot: Uint8Array): Uint8Array {
  return keccak256(slot.subarray(0, CHECK_AT)).subarray(0, CHECK_BYTES)
}

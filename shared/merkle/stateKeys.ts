/** Where things stand in the state tree of a machine. */
import { concatBytes } from '../bytes.ts'
import { keccak256 } from '../crypto/keccak.ts'

/** Not the number of any table. */
const CHILDREN = 0

/** The key of a record: of table `table`, 1 up to 255, under `key`. Its value hash is keccak256 of its bytes. */
export function recordKey(table: number, key: Uint8Array): Uint8Array {
  return keccak256(concatBytes(Uint8Array.of(table), key))
}

/** The key of a machine one level below, by its 8-byte local id. Its value hash is the root of its tree. */
export function childKey(localId: Uint8Array): Uint8Array {
  return keccak256(concatBytes(Uint8Array.of(CHILDREN), localId))
}

import { compareBytes, concatBytes } from '@xln/shared/bytes.ts'
import type { MachinePath, Row, Table } from '../../machines/ports.ts'
import { type Database, readRows } from './database.ts'
import { KEY_BYTES_MAX, recordRowKey } from './keys.ts'
import type { LiveState } from './live.ts'

/**
 * At most `limit` records of a table, keys ascending, from the first key that is not below `from`: what
 * the disk has, and over it what changed in memory, both as they are at the call.
 */
export async function listRecords<T>(
  database: Database,
  live: LiveState,
  path: MachinePath,
  table: Table<T>,
  from: Uint8Array,
  limit: number,
): Promise<Row<T>[]> {
  const isOrdered = table.orderedKeyBytes !== undefined
  const rowKey = (key: Uint8Array) => recordRowKey(isOrdered, path, table.id, key)
  const head = rowKey(new Uint8Array(0))
  const end = concatBytes(head, new Uint8Array(KEY_BYTES_MAX + 1).fill(0xff))
  const changed = live
    .changedFrom({ path, table, key: from })
    .map(({ key, bytes, value }) => ({ key, bytes, value: value as T | undefined }))
  const found: Row<T>[] = []
  let next = 0
  const takeChanged = (before: Uint8Array | undefined) => {
    for (let row = changed[next]; row !== undefined; row = changed[++next]) {
      if (before !== undefined && compareBytes(row.key, before) >= 0) return
      const value = row.value ?? (row.bytes && table.codec.decode(row.bytes))
      if (value !== undefined) found.push({ key: row.key, value })
    }
  }
  for await (const rows of readRows(database, rowKey(from), end, limit)) {
    for (const [row, bytes] of rows) {
      const key = row.subarray(head.length)
      takeChanged(key)
      const same = changed[next]
      if (same === undefined || compareBytes(same.key, key) !== 0) {
        found.push({ key, value: table.codec.decode(bytes) })
      }
    }
    if (found.length >= limit) return found.slice(0, limit)
  }
  takeChanged(undefined)
  return found.slice(0, limit)
}

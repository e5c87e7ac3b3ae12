/** Record codecs over strict RLP: what `decode` cannot read back, the disk has lost. */
import { codecOf, type Field, number, struct } from '@xln/shared/codec/schema.ts'
import type { RecordCodec } from './ports.ts'

/** Version of the rules by which records and blocks are made; the first field of every record. */
export const RULES_VERSION = 1

/** A codec of `[rulesVersion, value]`. Throws on bytes that are not of these rules. */
export function recordCodec<T>(field: Field<T>): RecordCodec<T> {
  const versioned = codecOf(struct({ version: number(), value: field }))
  return {
    encode: (value) => versioned.encode({ version: RULES_VERSION, value }),
    decode(bytes) {
      const record = versioned.decode(bytes)
      if (record?.version !== RULES_VERSION) {
        throw new TypeError(`a record of ${bytes.length} bytes is not of rules ${RULES_VERSION}`)
      }
      return record.value
    },
  }
}

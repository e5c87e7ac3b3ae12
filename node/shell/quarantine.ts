/** What a machine threw at, as it is kept for the operator: beside the state, which holds no text of an error. */
import { bytes, codecOf, optional, struct } from '@xln/shared/codec/schema.ts'
import { entityId } from '@xln/shared/depository/fields.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { MESSAGE_BYTES_MAX } from '@xln/shared/limits.ts'

/** An input that was kept out of a block, or none when it was one that cannot be; and what was thrown. */
export interface KeptInput {
  /** The channel at whose machine it threw; null for an own input of an entity. */
  readonly channel: { readonly entity: EntityId; readonly peer: EntityId } | null
  readonly input: Uint8Array
  readonly cause: string
}

/** Of a cause, with its stack. */
const CAUSE_BYTES_MAX = 4_096

interface Row extends Omit<KeptInput, 'cause'> {
  readonly cause: Uint8Array
}

const codec = codecOf(
  struct<Row>({
    channel: optional(struct({ entity: entityId, peer: entityId })),
    input: bytes(MESSAGE_BYTES_MAX),
    cause: bytes(CAUSE_BYTES_MAX),
  }),
)

export function encodeKept({ cause, ...kept }: KeptInput): Uint8Array {
  return codec.encode({
    ...kept,
    cause: new TextEncoder().encode(cause).subarray(0, CAUSE_BYTES_MAX),
  })
}

/** Undefined for what {@link encodeKept} never wrote. */
export function decodeKept(row: Uint8Array): KeptInput | undefined {
  const kept = codec.decode(row)
  return kept && { ...kept, cause: new TextDecoder().decode(kept.cause) }
}

/** What an error says of itself and of what caused it. */
export function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error
  return inner instanceof Error ? (inner.stack ?? inner.message) : String(inner)
}

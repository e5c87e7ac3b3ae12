/** A signer: one key, and the parent of the entities it acts for. Routes, and keeps its list. */

import { numberToBytes } from '@xln/shared/bytes.ts'
import { number, struct } from '@xln/shared/codec/schema.ts'
import { address } from '@xln/shared/depository/fields.ts'
import type { Address } from '@xln/shared/ids.ts'
import { recordCodec } from '../codec.ts'
import type { MachinePath, Table } from '../ports.ts'

export interface Signer {
  readonly address: Address
  /** The local id that its next entity gets. */
  readonly nextEntity: number
}

const signerCodec = recordCodec(struct<Signer>({ address, nextEntity: number() }))

export const SignerTable: Table<Signer> = { id: 16, name: 'signer', codec: signerCodec }

/** Every table that a signer has. */
export const signerTables: readonly Table<never>[] = [
  SignerTable,
] as unknown as readonly Table<never>[]

/** The one record of a signer stands under this key. */
export const ONLY = new Uint8Array(32)

/** A local id as its 8 bytes of a machine path. */
export function localId(number: number): Uint8Array {
  return numberToBytes(number, 8)
}

/** The path of entity `entity` of signer `signer`. */
export function entityPath(signer: number, entity: number): MachinePath {
  const path = new Uint8Array(16)
  path.set(localId(signer), 0)
  path.set(localId(entity), 8)
  return path
}

/**
 * Invoices: what a payee hands to a payer, as one line of text. It says who is to be paid what, under
 * which hashlock and on which network; a checksum finds what was mistyped. It is not signed: whoever
 * can replace it on its way can replace all of it.
 */
import { decodeBech32m, encodeBech32m } from './codec/bech32m.ts'
import { bytes, codecOf, id, list, number, struct, time, uint64, uint128 } from './codec/schema.ts'
import { address, entityId, token } from './depository/fields.ts'
import type { Address, EntityId, Hashlock, TokenId } from './ids.ts'
import { MEMO_BYTES_MAX } from './limits.ts'

export interface Invoice {
  readonly chainId: bigint
  readonly depository: Address
  /** Who is paid. */
  readonly entity: EntityId
  readonly token: TokenId
  /** Base units; more than nothing. */
  readonly amount: bigint
  readonly hashlock: Hashlock
  /** Unix seconds. */
  readonly expiresAt: number
  readonly memo: Uint8Array
  /** Entities that have a channel with the payee: where a route may come from. */
  readonly hints: readonly EntityId[]
}

/** Why a text is no invoice. */
export type InvoiceFault =
  | { readonly code: 'invoice_malformed' }
  | { readonly code: 'invoice_checksum_wrong' }
  | { readonly code: 'invoice_version_unknown'; readonly version: number; readonly known: number }

const PREFIX = 'xln'
const VERSION = 1
export const INVOICE_HINTS_MAX = 3

/** The longest invoice has fewer letters; up to so many its checksum finds every few wrong ones. */
export const INVOICE_LENGTH_MAX = 1_023

interface Versioned extends Invoice {
  readonly version: number
}

const { encode, decode } = codecOf(
  struct<Versioned>({
    version: number(VERSION),
    chainId: uint64,
    depository: address,
    entity: entityId,
    token,
    amount: uint128,
    hashlock: id<Hashlock>(),
    expiresAt: time,
    memo: bytes(MEMO_BYTES_MAX),
    hints: list(entityId, INVOICE_HINTS_MAX),
  }),
)

/** One line of text that begins with `xln1`. */
export function encodeInvoice(invoice: Invoice): string {
  return encodeBech32m(PREFIX, encode({ version: VERSION, ...invoice }))
}

/** Reads an invoice from foreign text; never throws. Whether it has expired is the caller's question. */
export function decodeInvoice(text: string): Invoice | InvoiceFault {
  if (text.length > INVOICE_LENGTH_MAX) return { code: 'invoice_malformed' }
  const data = decodeBech32m(PREFIX, text)
  if (data === 'checksum') return { code: 'invoice_checksum_wrong' }
  if (typeof data === 'string') return { code: 'invoice_malformed' }
  const version = versionOf(data)
  if (version > VERSION) return { code: 'invoice_version_unknown', version, known: VERSION }
  const decoded = decode(data)
  if (decoded === undefined || version !== VERSION || decoded.amount === 0n) {
    return { code: 'invoice_malformed' }
  }
  const { version: _, ...invoice } = decoded
  return invoice
}

/** Whether `decodeInvoice` found an invoice. */
export function isInvoice(decoded: Invoice | InvoiceFault): decoded is Invoice {
  return !('code' in decoded)
}

/** The first item of the list, which every version has there; 0 when it is not a small number. */
function versionOf(data: Uint8Array): number {
  const header = data[0] ?? 0
  const first = data[header > 0xf7 ? header - 0xf7 + 1 : 1] ?? 0
  return header >= 0xc0 && first < 0x80 ? first : 0
}

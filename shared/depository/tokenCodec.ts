/**
 * Tokens inside our own encodings: ether is empty, an ERC-20 its 20 bytes, any other kind all 32.
 * A channel names the same few tokens again and again, so their ids are made once and found again.
 */
import { bytesToHex } from '../bytes.ts'
import type { RlpReader, RlpWriter } from '../codec/rlp.ts'
import type { Address, TokenId } from '../ids.ts'
import { erc20TokenId, etherTokenId, tokenAddress } from './tokenIds.ts'

const NOTHING = new Uint8Array(0)
const ADDRESS = 20
const WHOLE = 32

export function writeToken(writer: RlpWriter, token: TokenId): void {
  if (token === etherTokenId) writer.bytes(NOTHING)
  else writer.hex(token, tokenAddress(token) === undefined ? 0 : WHOLE - ADDRESS)
}

/** Reads a token; fails the reader for a form that `writeToken` does not write. */
export function readToken(reader: RlpReader): TokenId {
  const length = reader.string()
  if (length === 0) return etherTokenId
  if (length === ADDRESS) return erc20At(reader)
  if (length !== WHOLE) reader.fail()
  if (reader.failed) return etherTokenId
  const token = reader.lastHex() as TokenId
  if (token === etherTokenId || tokenAddress(token) !== undefined) reader.fail()
  return token
}

// The ERC-20 seen last for each last byte of an address.
const seen = new Array<TokenId | undefined>(256)
const seenBytes = new Uint8Array(256 * ADDRESS)

function erc20At(reader: RlpReader): TokenId {
  const { source, lastStart: start } = reader
  const slot = source[start + ADDRESS - 1] as number
  const known = seen[slot]
  if (known !== undefined && isAt(source, start, slot * ADDRESS)) return known

  const contract = bytesToHex(source, start, start + ADDRESS) as Address
  const token = erc20TokenId(contract)
  if (tokenAddress(token) === undefined) {
    reader.fail()
    return etherTokenId
  }
  seen[slot] = token
  seenBytes.set(source.subarray(start, start + ADDRESS), slot * ADDRESS)
  return token
}

function isAt(source: Uint8Array, start: number, at: number): boolean {
  for (let i = 0; i < ADDRESS; i++) if (source[start + i] !== seenBytes[at + i]) return false
  return true
}

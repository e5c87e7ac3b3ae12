/** Bytes as text that people copy: BIP 350, with five bits a letter and a checksum of six letters. */

const LETTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const
const CHECKSUM_LENGTH = 6
const BECH32M = 0x2bc830a3

/** Why a text is not in this form: another prefix or letter, a wrong checksum, bits left over. */
export type Bech32Fault = 'prefix' | 'letter' | 'checksum' | 'padding'

/** `prefix`, `1`, and the letters of `bytes` with their checksum. `prefix` is lower-case ASCII. */
export function encodeBech32m(prefix: string, bytes: Uint8Array): string {
  const groups = toGroups(bytes)
  const sum = polymod([...expand(prefix), ...groups, 0, 0, 0, 0, 0, 0]) ^ BECH32M
  for (let i = 0; i < CHECKSUM_LENGTH; i++) groups.push((sum >> (5 * (5 - i))) & 31)
  return `${prefix}1${groups.map((group) => LETTERS[group]).join('')}`
}

/** The bytes, or what is wrong. All letters may be capitals, as in QR codes; the caller bounds the length. */
export function decodeBech32m(prefix: string, text: string): Uint8Array | Bech32Fault {
  const lower = text.toLowerCase()
  if (!lower.startsWith(`${prefix}1`)) return 'prefix'
  if (text !== lower && text !== text.toUpperCase()) return 'letter'
  const groups: number[] = []
  for (const letter of lower.slice(prefix.length + 1)) {
    const group = LETTERS.indexOf(letter)
    if (group < 0) return 'letter'
    groups.push(group)
  }
  if (groups.length < CHECKSUM_LENGTH || polymod([...expand(prefix), ...groups]) !== BECH32M) {
    return 'checksum'
  }
  return toBytes(groups.slice(0, -CHECKSUM_LENGTH)) ?? 'padding'
}

function expand(prefix: string): number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0))
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)]
}

function polymod(groups: readonly number[]): number {
  let sum = 1
  for (const group of groups) {
    const top = sum >>> 25
    sum = ((sum & 0x1ffffff) << 5) ^ group
    for (let i = 0; i < GENERATOR.length; i++) {
      if ((top >> i) & 1) sum ^= GENERATOR[i] as number
    }
  }
  return sum >>> 0
}

function toGroups(bytes: Uint8Array): number[] {
  const groups: number[] = []
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      groups.push((held >> bits) & 31)
    }
  }
  if (bits > 0) groups.push((held << (5 - bits)) & 31)
  return groups
}

/** Undefined when more than the filling of the last byte is left over, or that is not zero. */
function toBytes(groups: readonly number[]): Uint8Array | undefined {
  const bytes = new Uint8Array((groups.length * 5) >> 3)
  let length = 0
  let bits = 0
  let held = 0
  for (const group of groups) {
    held = ((held << 5) | group) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = (held >> bits) & 0xff
  }
  const isPadding = bits < 5 && (held & ((1 << bits) - 1)) === 0
  return isPadding ? bytes : undefined
}

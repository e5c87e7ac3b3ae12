/**
 * The form of a keystore file: JSON, version 1.
 *
 * All private keys are one text under AES-256-GCM, its key made of the password by scrypt with a
 * fresh salt at every write. Names and addresses stand beside it in the clear, so that they can be
 * listed without the password; they are authenticated, with everything else in the file.
 *
 * The checksum tells a damaged file from a wrong password. It needs no secret and proves nothing.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import type { Address } from '@xln/shared/ids.ts'
import { z } from 'zod'

/** 2^17 blocks of 8·128 bytes: 128 MiB and about half a second. */
export const SCRYPT_COST = 2 ** 17
const SCRYPT_BLOCK_SIZE = 8
/** What a file may ask of this machine: 1 GiB. */
const SCRYPT_COST_MAX = 2 ** 20

/** scrypt takes no other cost. */
function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value))
}

const bytes = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * length}}$`))
const schema = z.strictObject({
  version: z.literal(1),
  addresses: z.record(z.string(), z.string().regex(/^0x[0-9a-f]{40}$/)),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    cost: z.int().min(2).max(SCRYPT_COST_MAX).refine(isPowerOfTwo),
    blockSize: z.literal(SCRYPT_BLOCK_SIZE),
    parallelization: z.literal(1),
    salt: bytes(32),
  }),
  cipher: z.strictObject({ name: z.literal('aes-256-gcm'), nonce: bytes(12), tag: bytes(16) }),
  ciphertext: z.string().regex(/^([0-9a-f]{2})*$/),
  checksum: bytes(32),
})
export type Vault = z.infer<typeof schema>

/** A vault with `keys` under `password`. */
export async function seal(
  keys: ReadonlyMap<string, Uint8Array>,
  addresses: Readonly<Record<string, Address>>,
  password: string,
  cost: number,
): Promise<Vault> {
  const salt = randomBytes(32)
  const nonce = randomBytes(12)
  const kdf = {
    name: 'scrypt' as const,
    cost,
    blockSize: SCRYPT_BLOCK_SIZE,
    parallelization: 1 as const,
    salt: salt.toString('hex'),
  } as const
  const open = { version: 1 as const, addresses, kdf }
  const text = JSON.stringify([...keys].map(([name, key]) => [name, toHex(key)]))

  const cipher = createCipheriv('aes-256-gcm', await stretch(password, salt, cost), nonce)
  cipher.setAAD(canonical(open))
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('hex')
  const sealed = {
    ...open,
    cipher: {
      name: 'aes-256-gcm' as const,
      nonce: nonce.toString('hex'),
      tag: cipher.getAuthTag().toString('hex'),
    },
    ciphertext,
  }
  return { ...sealed, checksum: checksumOf(sealed) }
}

/** The vault that `text` holds, or why it holds none. */
export function parseVault(text: string): Vault | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'it is not JSON'
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) return `it is no keystore of version 1 (${parsed.error.issues[0]?.path})`
  const { checksum, ...rest } = parsed.data
  return checksum === checksumOf(rest) ? parsed.data : 'its checksum does not match'
}

const keyList = z.array(z.tuple([z.string(), bytes(32)]))

/** The keys in `vault`; undefined when `password` is not the one that it was sealed with. */
export async function unseal(
  vault: Vault,
  password: string,
): Promise<Map<string, Uint8Array> | undefined> {
  const { version, addresses, kdf } = vault
  const key = await stretch(password, Buffer.from(kdf.salt, 'hex'), kdf.cost)
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(vault.cipher.nonce, 'hex'))
  decipher.setAAD(canonical({ version, addresses, kdf }))
  decipher.setAuthTag(Buffer.from(vault.cipher.tag, 'hex'))
  const text = decipher.update(vault.ciphertext, 'hex', 'utf8')
  try {
    decipher.final()
  } catch {
    // The checksum was right, so nothing but the password can be wrong.
    return undefined
  }
  const list = keyList.parse(JSON.parse(text))
  return new Map(list.map(([name, hex]) => [name, Buffer.from(hex, 'hex')]))
}

function stretch(password: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  // Twice the blocks, and what scrypt needs beside them however few they are.
  const maxmem = 256 * (cost + 16) * SCRYPT_BLOCK_SIZE
  const options = { cost, blockSize: SCRYPT_BLOCK_SIZE, parallelization: 1, maxmem }
  // One password may be typed in two ways; NFKC makes one of them.
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

function checksumOf(sealed: Omit<Vault, 'checksum'>): string {
  return createHash('sha256').update(canonical(sealed)).digest('hex')
}

/** One text for one value, whatever the order of the members in the file. */
function canonical(value: unknown): Buffer {
  const sorted = (_: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner
  return Buffer.from(JSON.stringify(value, sorted))
}

function toHex(key: Uint8Array): string {
  return Buffer.from(key).toString('hex')
}

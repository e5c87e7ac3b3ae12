/** JSON files that people pass around: read with every field checked, written whole or not at all. */
import { randomBytes } from 'node:crypto'
import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { plain } from '../../api/json.ts'
import { CliError } from '../faults.ts'

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`))

/** Fields as files have them: ids and bytes in lower-case hex, amounts and weights in decimal digits. */
export const field = {
  address: hexOf(20),
  id: hexOf(32),
  blsKey: hexOf(96),
  blsSignature: hexOf(192),
  bytes: z.string().regex(/^0x([0-9a-f]{2})*$/),
  natural: z
    .string()
    .regex(/^[0-9]{1,78}$/)
    .transform((digits) => BigInt(digits)),
  integer: z
    .string()
    .regex(/^-?[0-9]{1,78}$/)
    .transform((digits) => BigInt(digits)),
}

/** Throws `file_unreadable` or `file_malformed`, which names the field that is wrong. */
export async function readJsonFile<Schema extends z.ZodType>(
  path: string,
  what: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError({ code: 'file_unreadable', path }, { cause })
  })
  const malformed = (reason: string) => new CliError({ code: 'file_malformed', path, what, reason })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw malformed('it is not JSON')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  throw malformed(`${where === '' ? '' : `${where}: `}${issue?.message ?? 'invalid'}`)
}

/** Throws `file_unwritable`, or `file_exists` when it is to be `new`; then the path holds what it held. */
export async function writeJsonFile(
  path: string,
  data: object,
  as: 'new' | 'replacing',
): Promise<void> {
  await writeTextFile(path, `${JSON.stringify(plain(data), null, 2)}\n`, as, 0o644)
}

/** The same for any text; `mode` says who may read it. */
export async function writeTextFile(
  path: string,
  text: string,
  as: 'new' | 'replacing',
  mode: number,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.new`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike a rename, a link does not replace what is there.
    if (as === 'new') await link(temporary, path)
    else await rename(temporary, path)
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    throw new CliError({ code: isThere ? 'file_exists' : 'file_unwritable', path }, { cause })
  } finally {
    await rm(temporary, { force: true })
  }
}

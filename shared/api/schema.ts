/** Schemas as the API uses them: one form in JSON, one in the code, and the way from each to the other. */
import * as z from 'zod'

/** `Value` in the code, `Json` on the wire. */
export type Schema<Value, Json = unknown> = z.ZodType<Value, Json>

/** The first thing that is wrong: where it stands, such as `route.0.fee`, and what is wrong with it. */
export interface Invalid {
  readonly where: string
  readonly reason: string
}

export type Converted<T> =
  | { readonly value: T; readonly invalid?: undefined }
  | { readonly value?: undefined; readonly invalid: Invalid }

/** Reads foreign JSON; never throws. */
export function fromJson<Value>(schema: Schema<Value>, json: unknown): Converted<Value> {
  const decoded = z.safeDecode(schema, json)
  return decoded.success ? { value: decoded.data } : { invalid: firstOf(decoded.error) }
}

/** Writes a value; invalid is what the schema does not hold. */
export function toJson<Value>(schema: Schema<Value>, value: Value): Converted<unknown> {
  const encoded = z.safeEncode(schema, value)
  return encoded.success ? { value: encoded.data } : { invalid: firstOf(encoded.error) }
}

/** The schema of the JSON itself, in the words of json-schema.org, for references and other languages. */
export function describeJson(schema: Schema<unknown>): object {
  return z.toJSONSchema(schema, { io: 'input' })
}

function firstOf(error: z.ZodError): Invalid {
  const [issue] = error.issues
  const where = issue?.path.map(String).join('.') ?? ''
  return { where: where.slice(0, 100), reason: (issue?.message ?? 'invalid').slice(0, 200) }
}

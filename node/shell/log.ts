/** The log: one line an event, `name field=value…` for people or one JSON object for machines. */
import { NodeError } from './errors.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** The same log with `fields` on every line. */
  with(fields: LogFields): Logger
}

export interface LogOptions {
  /** The lowest level that is written. Default: info. */
  readonly level?: LogLevel
  /** Default: human. */
  readonly format?: 'json' | 'human'
  /** Takes one line without its end. Default: standard error, so that answers on standard output stay clean. */
  readonly write?: (line: string) => void
}

const rank: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** Longer texts and bytes are cut: foreign bytes may end up in a field. */
const FIELD_LENGTH_MAX = 2_000

export function createLogger(options: LogOptions = {}): Logger {
  const least = rank[options.level ?? 'info']
  const format = options.format === 'json' ? asJson : asText
  const write = options.write ?? ((line) => void process.stderr.write(`${line}\n`))

  const logger = (common: LogFields): Logger => {
    const at = (level: LogLevel) => (event: string, fields?: LogFields) => {
      if (rank[level] < least) return
      write(format(new Date().toISOString(), level, event, { ...common, ...fields }))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => logger({ ...common, ...fields }),
    }
  }
  return logger({})
}

function asJson(time: string, level: LogLevel, event: string, fields: LogFields): string {
  return JSON.stringify({ time, level, event, ...fields }, (_, value) => plain(value))
}

function asText(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${word(value)}`)
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${event}${pairs.join('')}`
}

/** Quoted unless it is one simple word, so that no value can look like a field or a line of its own. */
function word(value: unknown): string {
  const simple = plain(value)
  if (typeof simple === 'string' && /^[\w.:/@+-]+$/.test(simple)) return simple
  return JSON.stringify(simple, (_, inner) => plain(inner)) ?? 'undefined'
}

/** What JSON cannot say, said in what it can. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return value.slice(0, FIELD_LENGTH_MAX)
  if (value instanceof Uint8Array) {
    return `0x${Buffer.from(value.subarray(0, FIELD_LENGTH_MAX / 2)).toString('hex')}`
  }
  if (value instanceof NodeError) return { ...value.fault, message: value.message }
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack }
  return value
}

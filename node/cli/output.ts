/** What a command says: text for people, or one JSON object a line for programs. */
import { plain } from '../api/json.ts'

export interface Streams {
  out(text: string): void
  error(text: string): void
}

export class Output {
  readonly isJson: boolean
  readonly #streams: Streams

  constructor(streams: Streams, isJson: boolean) {
    this.#streams = streams
    this.isJson = isJson
  }

  /** An answer, in both forms. */
  say(data: object, text: string): void {
    this.#streams.out(this.isJson ? JSON.stringify(plain(data)) : text)
  }

  /** Progress and advice: for people only, and never among the answers. */
  note(text: string): void {
    if (!this.isJson) this.#streams.error(text)
  }

  fail(data: object, text: string): void {
    if (this.isJson) this.#streams.out(JSON.stringify({ error: plain(data) }))
    else this.#streams.error(text)
  }
}

/** Columns of the same width, two spaces between them. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)))
  return lines.map((cells) => cells.join('  ').trimEnd()).join('\n')
}

/** The start and the end of an id: enough for a table. */
export function short(id: string): string {
  return id.length <= 14 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`
}

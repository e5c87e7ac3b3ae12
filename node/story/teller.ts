/** Tells the story: one line a fact, in three columns (who, what, figures); colours on a terminal only. */
import { stripVTControlCharacters, styleText } from 'node:util'
import { formatCount } from './amounts.ts'

const INDENT = '   '
const WHO_WIDTH = 12
const WHAT_WIDTH = 45
/** How often a progress line is drawn anew. */
const REDRAW_MS = 50

type Style = Parameters<typeof styleText>[0]

export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
}

export class Teller {
  readonly #out: Output
  #chapters = 0
  #drawnAt = 0
  #hasProgress = false

  constructor(out: Output) {
    this.#out = out
  }

  title(text: string): void {
    this.#line(this.#styled('bold', text))
  }

  chapter(title: string): void {
    this.#chapters++
    this.#line('')
    this.#line(this.#styled('bold', `${this.#chapters}  ${title}`))
  }

  /** One fact. */
  say(who: string, what: string, figures = ''): void {
    const name = this.#styled('cyan', who.padEnd(WHO_WIDTH))
    const text = figures === '' ? what : `${what.padEnd(WHAT_WIDTH)}  ${figures}`
    this.#line(INDENT + name + text)
  }

  /** How far a long step is. Shown on a terminal, until the next line takes its place. */
  progress(who: string, what: string, done: number, all: number): void {
    if (this.#out.isTTY !== true) return
    const now = performance.now()
    if (now - this.#drawnAt < REDRAW_MS && done < all) return
    this.#drawnAt = now
    this.#hasProgress = true
    const figures = `${formatCount(done)} of ${formatCount(all)}`
    const line = INDENT + who.padEnd(WHO_WIDTH) + what.padEnd(WHAT_WIDTH)
    this.#out.write(`\r\x1b[2K${this.#styled('dim', `${line}  ${figures}`)}`)
  }

  /** The first column to the left, the others to the right. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const all = [head, ...rows]
    const widths = head.map((_, column) => Math.max(...all.map((row) => lengthOf(row[column]))))
    const line = (row: readonly string[]) =>
      INDENT +
      row
        .map((text, column) => {
          const padding = ' '.repeat((widths[column] ?? 0) - lengthOf(text))
          return column === 0 ? text + padding : padding + text
        })
        .join('   ')
        .trimEnd()
    this.#line('')
    this.#line(this.#styled('bold', line(head)))
    this.#line(this.#styled('dim', INDENT + '─'.repeat(lengthOf(line(head)) - INDENT.length)))
    for (const row of rows) this.#line(line(row))
  }

  /** The end of it. */
  verdict(good: boolean, text: string): void {
    this.#line('')
    this.#line(this.#styled(good ? 'green' : 'red', text))
  }

  plain(text = ''): void {
    this.#line(text)
  }

  #line(text: string): void {
    const clear = this.#hasProgress ? '\r\x1b[2K' : ''
    this.#hasProgress = false
    this.#out.write(`${clear}${text}\n`)
  }

  #styled(style: Style, text: string): string {
    if (this.#out.isTTY !== true || process.env['NO_COLOR']) return text
    return styleText(style, text, { validateStream: false })
  }
}

function lengthOf(text = ''): number {
  return stripVTControlCharacters(text).length
}

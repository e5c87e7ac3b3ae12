/** What things cost, committed beside the tests and held against what they cost now. */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { expect } from 'chai'

/** By name: gas of a flow, or bytes of a contract. */
export type Figures = Readonly<Record<string, number>>

export interface Snapshot {
  /** Gas of whole transactions; where the name says so, of what is added to one. */
  readonly flows: Figures
  /** Gas that ending the largest dispute needs. */
  readonly largestFinalise: Figures
  /** Bytes of deployed code. */
  readonly code: Figures
}

const snapshotPath = new URL('../gas.snapshot.json', import.meta.url)
const pagePath = new URL('../../../contracts/README.md', import.meta.url)

/** A figure is worse when it is greater by more than this part of it. */
const TOLERANCE = 0.01

const isWriting = process.env['XLN_GAS'] === 'write'

export function readSnapshot(): Snapshot {
  return JSON.parse(readFileSync(snapshotPath, 'utf8')) as Snapshot
}

/**
 * Fails when a figure is more than a hundredth worse than the committed one, or when one of them is new
 * or gone. `XLN_GAS=write` commits what is measured, here and in the table of contracts/README.md: a
 * worse number then needs a sentence in the commit, and in that table what it pays for.
 */
export function holdFigures(part: keyof Snapshot, measured: Figures): void {
  if (isWriting) writeFigures(part, measured)
  const committed = readSnapshot()[part]
  expect(Object.keys(measured), 'named in gas.snapshot.json').to.have.members(
    Object.keys(committed),
  )
  expect(worseThan(committed, measured)).to.deep.equal([])
}

/** The figures that are worse than the committed ones, with both. */
export function worseThan(committed: Figures, measured: Figures): string[] {
  return Object.entries(measured).flatMap(([name, figure]) => {
    const before = committed[name] ?? 0
    return figure > before * (1 + TOLERANCE) ? [`${name}: ${figure}, was ${before}`] : []
  })
}

/** A figure as the page shows it: in thousand. */
export function inThousand(figure: number): string {
  return (figure / 1_000).toFixed(1)
}

/** The page's table of flows: the name in its first column, the gas in its second. */
export function readPage(): ReadonlyMap<string, string> {
  const rows = readFileSync(pagePath, 'utf8').matchAll(/^\| ([^|]+) \| ([0-9.]+) \|/gm)
  return new Map([...rows].map(([, name = '', figure = '']) => [name, figure]))
}

function writeFigures(part: keyof Snapshot, measured: Figures): void {
  writeFileSync(
    snapshotPath,
    `${JSON.stringify({ ...readSnapshot(), [part]: measured }, null, 2)}\n`,
  )
  if (part !== 'flows') return
  const page = readFileSync(pagePath, 'utf8')
  const written = page.replace(/^\| ([^|]+) \| ([0-9.]+) \|/gm, (row: string, name: string) => {
    const figure = measured[name]
    return figure === undefined ? row : `| ${name} | ${inThousand(figure)} |`
  })
  writeFileSync(pagePath, written)
}

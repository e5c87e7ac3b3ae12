/** What things cost, committed beside the tests and held against what they cost now. */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { expect } from 'chai'

/** By name: gas of a flow, or bytes of a contract. */
export type Figures = Readonly<Record<string, number>>

export interface Snapshot {
  /** Gas of whole transactions; where the name says so, of what is added to one. */
  readonly flows: Figures
  /** The same of what the boards of entities add. */
  readonly boards: Figures
  /** The same of shares. */
  readonly shares: Figures
  /** The same of flows through the Gate, and of what a relayer's fee adds. */
  readonly gate: Figures
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

/** What contracts/README.md says: the first two columns of its tables of figures. */
export function readPage(): ReadonlyMap<string, string> {
  const rows = readFileSync(pagePath, 'utf8').matchAll(row)
  return new Map([...rows].map(([, name = '', figure = '']) => [name, figure]))
}

/** What it should say: gas in thousand by the name of the flow, bytes by the name of the contract. */
export function pageOf({
  flows,
  boards,
  shares,
  gate,
  code,
}: Pick<Snapshot, 'flows' | 'boards' | 'shares' | 'gate' | 'code'>): Map<string, string> {
  const gas = Object.entries({ ...flows, ...boards, ...shares, ...gate }).map(
    ([name, used]) => [name, (used / 1_000).toFixed(1)] as const,
  )
  const bytes = Object.entries(code).map(([name, size]) => [`\`${name}\``, `${size}`] as const)
  return new Map([...gas, ...bytes])
}

const row = /^\| ([^|]+) \| ([0-9.]+) \|/gm

function writeFigures(part: keyof Snapshot, measured: Figures): void {
  const snapshot = { ...readSnapshot(), [part]: measured }
  writeFileSync(snapshotPath, `${JSON.stringify(snapshot, null, 2)}\n`)
  const expected = pageOf(snapshot)
  const page = readFileSync(pagePath, 'utf8')
  const written = page.replace(row, (found: string, name: string) => {
    const figure = expected.get(name)
    return figure === undefined ? found : `| ${name} | ${figure} |`
  })
  writeFileSync(pagePath, written)
}

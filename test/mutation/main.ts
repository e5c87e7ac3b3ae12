/**
 * `pnpm mutate [--file contracts/libraries/Debts.sol …] [--count N] [--seed S] [--near N]`: makes one
 * mistake at a time in the contracts, and looks whether their Solidity tests see it. With `--near` only so
 * many test files are asked, those that say most of the contract. Ends with 1 when a mutant survives.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from '../fuzz/random.ts'
import { type Edit, editsOf, mutated } from './operators.ts'
import { type Sources, testsOf } from './ranking.ts'
import { type Verdict, Workplace } from './workplace.ts'

interface Mutant {
  readonly file: string
  readonly source: string
  readonly edit: Edit
}

const { values } = parseArgs({
  options: {
    file: { type: 'string', multiple: true, default: [] },
    count: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now()) },
    near: { type: 'string', default: '1000' },
  },
})
const count = Number(values.count)
const random = new Random(Number(values.seed))
const workplace = new Workplace(fileURLToPath(new URL('../..', import.meta.url)))
process.once('exit', () => workplace.remove())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** All mutants in an order by chance. */
function shuffled(sources: Sources): Mutant[] {
  const mutants = filesOf(sources).flatMap((file) => {
    const source = sources.get(file) ?? ''
    return editsOf(source).map((edit): Mutant => ({ file, source, edit }))
  })
  for (let i = mutants.length - 1; i > 0; i--) {
    const at = random.below(i + 1)
    const taken = mutants[at] as Mutant
    mutants[at] = mutants[i] as Mutant
    mutants[i] = taken
  }
  return mutants
}

function filesOf(sources: Sources): readonly string[] {
  const unknown = values.file.find((file) => !sources.has(file))
  if (unknown !== undefined) throw new Error(`${unknown} is not a contract of this repository.`)
  if (values.file.length > 0) return values.file
  return [...sources.keys()].filter((file) => /^contracts\/(libraries\/)?\w+\.sol$/.test(file))
}

function nearTo(file: string, sources: Sources): readonly string[] {
  return testsOf(file, sources).slice(0, Number(values.near))
}

/** The test that says most of the file, then the next two, then all others. */
async function judge({ file, source, edit }: Mutant, sources: Sources): Promise<Verdict> {
  const tests = nearTo(file, sources)
  workplace.write(file, mutated(source, edit))
  try {
    for (const files of [tests.slice(0, 1), tests.slice(1, 3), tests.slice(3)]) {
      const verdict = files.length > 0 ? await workplace.run(files) : undefined
      if (verdict !== undefined && verdict.type !== 'survived') return verdict
    }
    return { type: 'survived' }
  } finally {
    workplace.write(file, source)
  }
}

/** The lines of the edit before and after it, each as one. */
function lineOf({ file, source, edit }: Mutant): string {
  const from = source.lastIndexOf('\n', edit.start - 1) + 1
  const end = source.indexOf('\n', edit.end)
  const after = mutated(source, edit).slice(from, end + edit.text.length - (edit.end - edit.start))
  const line = source.slice(0, edit.start).split('\n').length
  const flat = (text: string) => text.replace(/\s+/g, ' ').trim()
  return `${file}:${line} ${edit.operator}: ${flat(source.slice(from, end))} ⇒ ${flat(after)}`
}

async function play(sources: Sources): Promise<Map<string, Verdict[]>> {
  const verdicts = new Map<string, Verdict[]>()
  const survivors: string[] = []
  let counted = 0
  for (const mutant of shuffled(sources)) {
    if (counted === count) break
    const verdict = await judge(mutant, sources)
    if (verdict.type !== 'uncompiled') counted++
    if (verdict.type === 'survived') survivors.push(lineOf(mutant))
    verdicts.set(mutant.file, [...(verdicts.get(mutant.file) ?? []), verdict])
    const why = verdict.type === 'killed' ? ` by ${verdict.by}` : ''
    console.log(`${verdict.type}${why}: ${lineOf(mutant)}`)
  }
  console.log(`\nSurvivors: ${survivors.length}\n${survivors.join('\n')}\n`)
  return verdicts
}

function table(verdicts: ReadonlyMap<string, readonly Verdict[]>): string {
  const rows = [...verdicts].sort(([a], [b]) => (a < b ? -1 : 1))
  const all: [string, readonly Verdict[]] = ['all', rows.flatMap(([, of]) => of)]
  const head = ['| file | mutants | killed | survived | do not compile |', '|---|---|---|---|---|']
  return [...head, ...[...rows, all].map(([file, of]) => row(file, of))].join('\n')
}

function row(file: string, verdicts: readonly Verdict[]): string {
  const of = (type: Verdict['type']) => verdicts.filter((verdict) => verdict.type === type).length
  const mutants = verdicts.length - of('uncompiled')
  return `| ${file} | ${mutants} | ${of('killed')} | ${of('survived')} | ${of('uncompiled')} |`
}

const sources = workplace.sources()
console.log(`Seed ${values.seed}, ${count} mutants.`)
// Tests that fail of themselves would kill everything.
const sound = await workplace.run([
  ...new Set(filesOf(sources).flatMap((file) => nearTo(file, sources))),
])
if (sound.type !== 'survived') throw new Error(`Without a mutant: ${JSON.stringify(sound)}`)
const verdicts = await play(sources)
console.log(table(verdicts))
process.exitCode = [...verdicts.values()].flat().some(({ type }) => type === 'survived') ? 1 : 0

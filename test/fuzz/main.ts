/**
 * `pnpm fuzz [--inputs N] [--seed S] [--target name]`: searches for an input that breaks a law. The
 * inputs run in a thread of their own, so that one that hangs is found out.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { explain, type Figures, fuzz, isFind, portions } from './fuzz.ts'
import { targets } from './targets.ts'

interface Task {
  readonly inputs: number
  readonly seed: number
  readonly target: string | undefined
}

type News =
  | { readonly type: 'progress'; readonly target: string; readonly index: number }
  | { readonly type: 'figures'; readonly figures: Figures }
  | { readonly type: 'find'; readonly text: string }

/** Some thousand inputs take less, whatever else the machine does. */
const HANG_MS = 120_000

if (isMainThread) process.exitCode = await command(process.argv.slice(2))
else await work(workerData as Task, (news) => parentPort?.postMessage(news))

async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      inputs: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: String(Date.now()) },
      target: { type: 'string' },
    },
  })
  const task: Task = {
    inputs: Number(values.inputs),
    seed: Number(values.seed),
    target: values.target,
  }
  if (!(task.inputs > 0) || !Number.isSafeInteger(task.seed)) {
    console.error('--inputs and --seed are whole numbers.')
    return 2
  }
  console.log(`Seed ${task.seed}, ${task.inputs} inputs.\n`)
  return await watch(task)
}

/** Runs the task in a thread; it fails when something is found, or nothing is heard for long. */
function watch(task: Task): Promise<number> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task })
  const all: Figures[] = []
  let finds = 0
  let last = 'nothing yet'
  return new Promise((resolve) => {
    const end = (code: number) => {
      clearTimeout(timer)
      void worker.terminate().then(() => resolve(code))
    }
    const timer = setTimeout(() => {
      console.log(`HANGS: nothing was heard for ${HANG_MS} ms after ${last}, seed ${task.seed}`)
      end(1)
    }, HANG_MS)
    worker.on('message', (news: News) => {
      timer.refresh()
      if (news.type === 'progress') last = `input ${news.index} of "${news.target}"`
      if (news.type === 'figures') {
        all.push(news.figures)
        console.log(lineOf(news.figures))
      }
      if (news.type === 'find') {
        finds++
        console.log(`BROKEN: ${news.text}`)
      }
    })
    worker.on('error', (error) => {
      console.log(`STOPPED after ${last}:`, error)
      end(1)
    })
    worker.on('exit', () => {
      if (all.length > 0) console.log(lineOf(sumOf(all)))
      console.log(`${finds} found`)
      end(finds > 0 || all.length === 0 ? 1 : 0)
    })
  })
}

async function work(task: Task, tell: (news: News) => void): Promise<void> {
  await installNativeCrypto()
  const wanted = targets.filter(({ name }) => task.target === undefined || name === task.target)
  for (const [target, inputs] of portions(wanted, task.inputs)) {
    const result = await fuzz(target, inputs, task.seed, (name, index) => {
      tell({ type: 'progress', target: name, index })
    })
    if (isFind(result)) tell({ type: 'find', text: explain(result) })
    else tell({ type: 'figures', figures: result })
  }
}

function sumOf(all: readonly Figures[]): Figures {
  const sum = (of: (figures: Figures) => number) => all.reduce((total, each) => total + of(each), 0)
  return {
    name: 'all',
    inputs: sum(({ inputs }) => inputs),
    accepted: sum(({ accepted }) => accepted),
    seconds: sum(({ seconds }) => seconds),
  }
}

function lineOf({ name, inputs, accepted, seconds }: Figures): string {
  const columns = [inputs, accepted, inputs - accepted, Math.round(inputs / seconds)]
  const numbers = columns.map((value) => value.toLocaleString('en').padStart(12)).join('')
  return `${name.padEnd(20)}${numbers}/s`
}

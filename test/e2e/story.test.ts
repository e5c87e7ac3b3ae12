import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const story = fileURLToPath(new URL('../../node/story/main.ts', import.meta.url))

interface Told {
  readonly code: number | null
  readonly text: string
}

function begin(args: readonly string[]) {
  return spawn(process.execPath, [story, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function tell(args: readonly string[]): Promise<Told> {
  const child = begin(args)
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

/** Processes whose command line names a folder of this story. */
async function processesOf(folder: string): Promise<number> {
  const child = spawn('ps', ['-eo', 'args='], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
  })
  await once(child, 'close')
  return text.split('\n').filter((line) => line.includes(folder)).length
}

describe('the story that npm start plays', function () {
  this.timeout(90_000)

  it('ends with exit code 0, with every figure as it should be', async () => {
    const { code, text } = await tell(['--once', '--payments', '60'])
    expect(code, text).to.equal(0)
    for (const line of [
      /^1 {2}Deposits/m,
      /receiver +opens a channel with the hub, without money +0 USDT/,
      /^2 {2}60 payments/m,
      /time of one payment.* p50 .* p99 /,
      /receiver +is paid, on the credit it gave +77\.7 USDT/,
      /^3 {2}24 more, and the hub dies/m,
      /hub +is killed \(SIGKILL\) after \d+ +\d+ under way/,
      /on one side only +0$/m,
      /receiver +withdraws to its address +118\.86 USDT/,
      /sender +counters by itself with the newest +height \d+/,
      /sender +ends the dispute by itself +fraud proven/,
      /hub +forfeits half of what it had +11\.897886 USDT/,
      /Depository +holds +681\.14 USDT/,
      /reserves, rebuilt from its events +681\.14 USDT/,
      /together +1,200 .* 1,200\.000000 +0\.000000$/m,
      /Everything is as it should be/,
    ]) {
      expect(text).to.match(line)
    }
    expect(text).not.to.include('\x1b')
  })

  it('leaves no process behind when it is killed in the middle', async () => {
    const before = new Set(await readdir(tmpdir()))
    const child = begin(['--once', '--payments', '60'])
    const begun = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        if (part.includes('forwards payments')) resolve()
      })
    })
    await begun
    const isNew = (name: string) => name.startsWith('xln-story-') && !before.has(name)
    const folder = (await readdir(tmpdir())).find(isNew) ?? ''
    expect(await processesOf(folder)).to.equal(3)
    child.kill('SIGKILL')
    const deadline = Date.now() + 15_000
    let left = 3
    while (left > 0 && Date.now() < deadline) left = await processesOf(folder)
    expect(left).to.equal(0)
    // Its data is all that a killed story leaves.
    if (folder !== '') await rm(join(tmpdir(), folder), { recursive: true })
  })

  it('says how it is called when it is called wrongly, with exit code 2', async () => {
    const { code, text } = await tell(['--payments', 'many'])
    expect(code).to.equal(2)
    expect(text).to.include('--once')
  })
})

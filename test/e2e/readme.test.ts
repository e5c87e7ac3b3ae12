import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Desk } from './support/desk.ts'

interface Step {
  readonly words: string
  readonly said: readonly string[]
}

const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The commands of the console in one section, each with what it says. */
function stepsOf(section: string): Step[] {
  const [, rest = ''] = text.split(`\n## ${section}\n`)
  const [, console = ''] = rest.split('```')
  return console
    .split('\n$ xln ')
    .slice(1)
    .map((step) => {
      const [words = '', ...said] = step.trimEnd().split('\n')
      return { words, said }
    })
}

/** A line `…` stands for any lines, and `…` in a line for anything. */
function patternOf(said: readonly string[]): RegExp {
  const lines = said.map((line) => {
    if (line === '…') return '(?:.*\n)*?'
    const parts = line.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return `${parts.join('.*?')}\n`
  })
  return new RegExp(`^${lines.join('')}$`)
}

describe('the README', function () {
  this.timeout(120_000)

  it('shows a session of a board without a node that goes as it says', async () => {
    const steps = stepsOf('A board without a node')
    expect(steps).to.have.length.above(15)
    const desk = await Desk.open()
    try {
      for (const { words, said } of steps) {
        const { code, out, error } = await desk.run(words)
        expect(code, `xln ${words}\n${error}`).to.equal(0)
        expect(out, `xln ${words}`).to.match(patternOf(said))
      }
    } finally {
      await desk.close()
    }
  })
})

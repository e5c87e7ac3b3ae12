/**
 * Golden conversations: each page beside this file is played, and has to say what it says. After a change
 * that is meant, `XLN_GOLDEN=write mocha test/scenarios/scenarios.test.ts` writes the pages anew, and the
 * difference is reviewed like code.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { expect } from 'chai'
import { commandPatterns } from './support/commands.ts'
import { play } from './support/conversation.ts'

const run = promisify(execFile)
const folder = new URL('./', import.meta.url)
const player = fileURLToPath(new URL('support/main.ts', folder))
const isWriting = process.env['XLN_GOLDEN'] === 'write'
const names = readdirSync(folder).filter((name) => name.endsWith('.md'))
const pages = names.filter((name) => name !== 'README.md').sort()

const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const failureOf = (page: string) =>
  play(page).then(
    () => 'none',
    (error: Error) => error.message,
  )

describe('golden conversations', () => {
  before(async () => {
    await installNativeCrypto()
  })

  for (const name of pages) {
    it(`go as ${name} says`, async () => {
      const played = await play(read(name))
      if (isWriting) writeFileSync(new URL(name, folder), played)
      expect(played).to.equal(read(name))
    })
  }

  it('go the same way in another country, at another time', async () => {
    const env = {
      ...process.env,
      TZ: 'Pacific/Chatham',
      LC_ALL: 'tr_TR.UTF-8',
      LANG: 'tr_TR.UTF-8',
    }
    const paths = pages.map((name) => fileURLToPath(new URL(name, folder)))
    const { stdout } = await run(process.execPath, [player, ...paths], { env, maxBuffer: 1 << 26 })
    expect(stdout).to.equal(pages.map(read).join(''))
  })

  it('are all in the table of README.md', () => {
    const listed = [...read('README.md').matchAll(/^\| \[(.*?)\]/gm)].map(([, name]) => name)
    expect(listed).to.have.members(pages)
  })
})

describe('a page of a conversation', () => {
  const start = '```\n> start alice and bob\n> alice opens a channel with bob\n'

  it('gets what the nodes say, whatever it said before, and keeps its text', async () => {
    const before = `# Title\n\n${start}\n  nonsense\n\`\`\`\n\nThe end.\n`
    const played = await play(before)
    expect(played).to.match(/^# Title\n\n```\n> start alice and bob\n/)
    expect(played).to.match(/\nalice–bob: height 1; alice ready, bob ready\n```\n\nThe end.\n$/)
    expect(played).not.to.include('nonsense')
    expect(await play(played)).to.equal(played)
  })

  it('is refused when a line is no command, names a stranger, or nothing begins it', async () => {
    expect(await failureOf(`${start}> alice sings\n\`\`\`\n`)).to.include('no such command')
    expect(await failureOf(`${start}> carol pays bob 1 USD\n\`\`\`\n`)).to.include('carol')
    expect(await failureOf('```\n> mine 3 blocks\n```\n')).to.include('begins with')
    expect(await failureOf('# A page without a block of code\n')).to.include('no block')
    expect(await failureOf(start)).to.include('not closed')
  })

  it('may use every command that README.md lists, and no other', () => {
    const [, listed = ''] = /## Commands[\s\S]*?\n```\n([\s\S]*?)```/.exec(read('README.md')) ?? []
    expect(listed.trim().split('\n')).to.deep.equal(commandPatterns)
  })
})

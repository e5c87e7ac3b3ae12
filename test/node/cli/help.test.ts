import { findCommand, parseArguments } from '@xln/node/cli/arguments.ts'
import { commands } from '@xln/node/cli/commands.ts'
import { helpOf, overview } from '@xln/node/cli/help.ts'
import { commonOptions } from '@xln/node/cli/syntax.ts'
import { expect } from 'chai'
import { run } from './support/cli.ts'

/** Words as a shell makes them, with double quotes. */
const words = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

describe('the help', () => {
  for (const command of commands) {
    describe(`of xln ${command.name}`, () => {
      it('has examples that parse as this command', () => {
        expect(command.examples).to.not.be.empty
        for (const example of command.examples) {
          const found = findCommand(commands, words(example))
          expect(found?.command.name, example).to.equal(command.name)
          expect(() => parseArguments(command, found?.rest ?? []), example).to.not.throw()
        }
      })

      it('shows them, every option, and how it ends', async () => {
        const { code, out } = await run([...command.name.split(' '), '--help'])
        expect(code).to.equal(0)
        expect(out).to.equal(`${helpOf(command)}\n`)
        for (const example of command.examples) expect(out).to.include(`  xln ${example}\n`)
        for (const { name } of [...(command.options ?? []), ...commonOptions]) {
          expect(out).to.include(`  --${name}`)
        }
        expect(out).to.include('Ends with 0 when done, 1 on a fault, 2 when it was refused')
      })

      it('points to commands that are there', () => {
        for (const other of command.seeAlso ?? []) {
          expect(
            commands.some(({ name }) => name === other),
            other,
          ).to.equal(true)
        }
      })

      it('has no option twice', () => {
        const names = [...(command.options ?? []), ...commonOptions].map(({ name }) => name)
        expect(new Set(names).size).to.equal(names.length)
      })
    })
  }

  it('of all shows every command, and examples that parse', async () => {
    const text = overview(commands)
    for (const { name, summary } of commands)
      expect(text).to.match(new RegExp(`${name} +${summary.slice(0, 20)}`))
    for (const [, line = ''] of text.matchAll(/^ {2}xln ((?!<).+)$/gm)) {
      const found = findCommand(commands, words(line))
      expect(() => parseArguments(found?.command as never, found?.rest ?? []), line).to.not.throw()
    }
    for (const asked of [[], ['--help'], ['help']]) {
      expect(await run(asked)).to.deep.equal({ code: 0, out: `${text}\n`, error: '' })
    }
  })

  it('is there by "xln help" too', async () => {
    const { out } = await run(['help', 'token', 'create'])
    expect(out).to.match(/^xln token create: /)
    expect((await run(['help', 'nonsense'])).code).to.equal(1)
  })
})

describe('a command line', () => {
  const wrong: Record<string, [line: string, message: RegExp]> = {
    'an unknown command': ['pai', /no command "pai"/],
    'an unknown option': ['status --colour', /Unknown option '--colour'/],
    'a word too many': ['status now', /"now" is one word too many/],
    'a word too few': ['withdraw 5', /<address> is missing/],
    'an option without its value': ['deposit 5 --token', /--token/],
    'a flag with a value': ['status --json=yes', /--json/],
    'a required option that is missing': ['deposit 5', /--token is missing/],
    'a number that is none': ['open 0x1 --window 1h', /entity|window/],
    'no level': ['token create --level god', /--level is not one of read, entity, signer, server/],
    'no topic': ['watch gossip', /"gossip" is no topic/],
  }
  for (const [what, [line, message]] of Object.entries(wrong)) {
    it(`ends with 1 and says what is wrong: ${what}`, async () => {
      const environment = { XLN_API: 'ws://127.0.0.1:9', XLN_DATA_DIR: '/nonexistent' }
      const text = await run(line.split(' '), environment)
      expect(text.code).to.equal(1)
      expect(text.out).to.equal('')
      expect(text.error).to.match(message)
      const json = await run([...line.split(' '), '--json'], environment)
      expect(json.code).to.equal(1)
      expect(JSON.parse(json.out)).to.have.nested.property('error.message').that.matches(message)
      expect(json.error).to.equal('')
    })
  }
})

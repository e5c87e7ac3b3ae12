/** The help: of one command, and of all. */
import { commonOptions, type Option, type Parameter, type Syntax } from './syntax.ts'

/** As in the house style: usage, options, examples, and how it ends. */
export function helpOf(command: Syntax): string {
  const { name, summary, parameters = [], options = [], examples, notes, seeAlso = [] } = command
  const usage = ['xln', name, ...parameters.map(usageOf), '[options]'].join(' ')
  const parts = [
    `xln ${name}: ${summary}`,
    section('Usage', [usage]),
    options.length === 0 ? '' : section('Options', options.map(lineOf)),
    section('Common options', commonOptions.map(lineOf)),
    section(
      'Examples',
      examples.map((example) => `xln ${example}`),
    ),
    notes ?? '',
    'Ends with 0 when done, 1 on a fault, 2 when it was refused, with the reason and its numbers.',
    seeAlso.length === 0 ? '' : `See also: ${seeAlso.map((other) => `xln ${other}`).join(', ')}`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** What there is, in the order of the table. */
export function overview(commands: readonly Syntax[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `${name.padEnd(width)}  ${summary}`)
  const parts = [
    'xln: payment channels with credit, from the command line',
    section('Usage', ['xln <command> [options]', 'xln <command> --help']),
    section('Commands', lines),
    section('Common options', commonOptions.map(lineOf)),
    section('A first session', [
      'xln init --rpc http://127.0.0.1:8545',
      'xln deploy --key-file deployer.key',
      'xln node',
      'xln deposit 5 --token ether',
    ]),
  ]
  return parts.join('\n\n')
}

function usageOf({ name, isOptional = false, isList = false }: Parameter): string {
  const word = isList ? `<${name}>…` : `<${name}>`
  return isOptional ? `[${word}]` : word
}

function lineOf({ name, value = '', summary, default: otherwise, isList = false }: Option): string {
  const flag = `--${name}${value === '' ? '' : ` ${value}`}`
  const more = [
    otherwise === undefined ? '' : `  (default: ${otherwise})`,
    isList ? '  (may be repeated)' : '',
  ]
  return `${flag.padEnd(26)}  ${summary}${more.join('')}`
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n')
}

/** One command line from its words to its exit code. */
import { RequestError } from '../api/faults.ts'
import { NodeError } from '../shell/errors.ts'
import { findCommand, parseArguments } from './arguments.ts'
import type { Command, ExitCode } from './command.ts'
import { Context, type Environment } from './context.ts'
import { explain } from './explain.ts'
import { CliError } from './faults.ts'
import { helpOf, overview } from './help.ts'
import type { Host } from './host.ts'
import { Output, type Streams } from './output.ts'

export interface CommandLine {
  readonly words: readonly string[]
  readonly commands: readonly Command[]
  readonly environment: Environment
  readonly streams: Streams
  readonly host: Host
  readonly version: () => Promise<string>
}

/** Never rejects. */
export async function runCommandLine(line: CommandLine): Promise<ExitCode> {
  const { words, commands, streams } = line
  const output = new Output(streams, words.includes('--json'))
  const [first = '--help'] = words
  if (first === '--version') {
    streams.out(await line.version())
    return 0
  }
  if (first === '--help' || first === 'help') return help(words.slice(1), commands, output, streams)
  const found = findCommand(commands, words)
  if (found === undefined) {
    return fail(unknown(words), output, undefined)
  }
  const { command, rest } = found
  let context: Context | undefined
  try {
    const args = parseArguments(command, rest)
    if (args.flag('help')) {
      streams.out(helpOf(command))
      return 0
    }
    const flags = (command.options ?? []).map(({ name }) => name)
    const { environment, host } = line
    context = new Context({ args, output, environment, host, flags })
    return await command.run(args, context)
  } catch (error) {
    return fail(error, output, context)
  } finally {
    await context?.close()
  }
}

function help(
  words: readonly string[],
  commands: readonly Command[],
  output: Output,
  streams: Streams,
): ExitCode {
  const found = findCommand(commands, words)
  if (found === undefined && words.length > 0 && !words[0]?.startsWith('-')) {
    return fail(unknown(words), output, undefined)
  }
  streams.out(found === undefined ? overview(commands) : helpOf(found.command))
  return 0
}

function unknown(words: readonly string[]): CliError {
  const options = words.findIndex((word) => word.startsWith('-'))
  const name = words.slice(0, options < 0 ? 2 : Math.min(options, 2)).join(' ')
  const reason = `There is no command "${name}"`
  return new CliError({ code: 'usage', reason, command: '' })
}

/** A refusal has a reason and ends with 2; whatever else went wrong ends with 1. */
function fail(error: unknown, output: Output, context: Context | undefined): ExitCode {
  if (error instanceof RequestError) {
    const { fault, message, isRefusal } = error
    const text = isRefusal ? explain(fault, context?.asset) : message
    output.fail({ ...fault, message }, isRefusal ? `refused  ${text}` : text)
    return isRefusal ? 2 : 1
  }
  if (error instanceof NodeError) {
    output.fail({ ...error.fault, message: error.message }, error.message)
    return 1
  }
  const message = error instanceof Error ? error.message : String(error)
  const stack = error instanceof Error ? error.stack : undefined
  output.fail({ code: 'internal', message }, stack ?? message)
  return 1
}

/** From the words of a command line to a command and its arguments. */
import { parseArgs } from 'node:util'
import { CliError } from './faults.ts'
import { commonOptions, type Option, type Syntax } from './syntax.ts'

type Value = string | boolean | (string | boolean)[] | undefined

/** The arguments of one command, checked against what it declares. */
export class Arguments {
  readonly #syntax: Syntax
  readonly #values: Readonly<Record<string, Value>>
  readonly #words: readonly string[]

  constructor(syntax: Syntax, values: Readonly<Record<string, Value>>, words: readonly string[]) {
    this.#syntax = syntax
    this.#values = values
    this.#words = words
  }

  /** A parameter that has to be there. */
  word(name: string): string {
    const word = this.optionalWord(name)
    if (word === undefined) throw this.usage(`<${name}> is missing`)
    return word
  }

  optionalWord(name: string): string | undefined {
    return this.#words[this.#indexOf(name)]
  }

  /** All words from this parameter on. */
  words(name: string): readonly string[] {
    return this.#words.slice(this.#indexOf(name))
  }

  /** An option's value. */
  text(name: string): string | undefined {
    const value = this.#values[this.#option(name)]
    return typeof value === 'string' ? value : undefined
  }

  /** The value of an option that has to be given. */
  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw this.usage(`--${name} is missing`)
    return value
  }

  /** All values of an option that may be given several times. */
  list(name: string): readonly string[] {
    const value = this.#values[this.#option(name)]
    return Array.isArray(value) ? value.map(String) : []
  }

  flag(name: string): boolean {
    return this.#values[this.#option(name)] === true
  }

  /** A whole number of at most `max`. */
  number(name: string, otherwise: number, max = 2 ** 31): number {
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (!(value <= max)) throw this.usage(`--${name} "${text}" is no number from 0 to ${max}`)
    return value
  }

  /** One of some words; the first when it is not given. */
  oneOf<Word extends string>(name: string, words: readonly Word[]): Word {
    const text = this.text(name)
    const found = text === undefined ? words[0] : words.find((word) => word === text)
    if (found === undefined) throw this.usage(`--${name} is not one of ${words.join(', ')}`)
    return found
  }

  /** What is wrong with the command line. */
  usage(reason: string): CliError {
    return new CliError({ code: 'usage', reason, command: this.#syntax.name })
  }

  #indexOf(name: string): number {
    const index = (this.#syntax.parameters ?? []).findIndex((each) => each.name === name)
    if (index < 0) throw new TypeError(`${this.#syntax.name} has no parameter ${name}`)
    return index
  }

  #option(name: string): string {
    if (optionsOf(this.#syntax).some((option) => option.name === name)) return name
    throw new TypeError(`${this.#syntax.name} has no option ${name}`)
  }
}

/** The command that the first words name, and the words after its name. */
export function findCommand<Command extends Syntax>(
  commands: readonly Command[],
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    const command = commands.find((each) => each.name === name)
    if (command !== undefined) return { command, rest: words.slice(length) }
  }
  return undefined
}

/** Throws `usage` for what the command does not take. */
export function parseArguments(command: Syntax, words: readonly string[]): Arguments {
  const usage = (reason: string) => new CliError({ code: 'usage', reason, command: command.name })
  const options = Object.fromEntries(
    optionsOf(command).map(({ name, value, isList = false }) => {
      const type: 'boolean' | 'string' = value === undefined ? 'boolean' : 'string'
      return [name, { type, multiple: isList }]
    }),
  )
  const { values, positionals } = (() => {
    try {
      return parseArgs({ args: [...words], options, allowPositionals: true })
    } catch (error) {
      const [reason = ''] = (error instanceof Error ? error.message : '').split(/\.(?:\s|$)/)
      throw usage(reason)
    }
  })()
  const parameters = command.parameters ?? []
  const needed = parameters.filter(({ isOptional = false }) => !isOptional).length
  const takesAll = parameters.some(({ isList = false }) => isList)
  const missing = parameters[positionals.length]
  if (values['help'] !== true) {
    if (positionals.length < needed) throw usage(`<${missing?.name}> is missing`)
    if (positionals.length > parameters.length && !takesAll) {
      throw usage(`"${positionals[parameters.length]}" is one word too many`)
    }
  }
  return new Arguments(command, values, positionals)
}

export function optionsOf(command: Syntax): readonly Option[] {
  return [...(command.options ?? []), ...commonOptions]
}

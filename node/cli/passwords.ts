/** Where the password of the keystore comes from: the environment, a file, or the terminal. */
import { readFile } from 'node:fs/promises'
import { stderr, stdin } from 'node:process'
import { ConfigError } from '../shell/config/faults.ts'
import { CliError } from './faults.ts'

export interface PasswordSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly passwordFile: string | null
}

/** Throws `password_missing` or `file_unreadable`. */
export async function readPassword(source: PasswordSource): Promise<string> {
  return (await passwordGiven(source)) ?? (await ask('Password of the keystore: '))
}

/** The password of a new keystore: typed twice where it is typed. */
export async function choosePassword(source: PasswordSource): Promise<string> {
  const given = await passwordGiven(source)
  if (given !== undefined) return given
  const first = await ask('A password for the keystore: ')
  if ((await ask('Once more: ')) !== first) throw new CliError({ code: 'passwords_differ' })
  return first
}

async function passwordGiven({
  environment,
  passwordFile,
}: PasswordSource): Promise<string | undefined> {
  const given = environment['XLN_PASSWORD']
  if (given !== undefined && given !== '') return given
  if (passwordFile === null) return undefined
  return await readLine(passwordFile)
}

/** A file's one line. Throws `file_unreadable`. */
export async function readLine(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new CliError({ code: 'file_unreadable', path }, { cause })
  }
}

/** Reads a line from the terminal without showing it. */
function ask(question: string): Promise<string> {
  if (!stdin.isTTY) throw new ConfigError({ code: 'password_missing' })
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve, reject) => {
    let line = ''
    const end = (settle: () => void) => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      stderr.write('\n')
      settle()
    }
    const onData = (chunk: string) => {
      for (const letter of chunk) {
        if (letter === '\r' || letter === '\n') return end(() => resolve(line))
        // Ctrl-C and Ctrl-D.
        if (letter === '\u0003' || letter === '\u0004') {
          return end(() => reject(new ConfigError({ code: 'password_missing' })))
        }
        line = letter === '\u007f' ? line.slice(0, -1) : line + letter
      }
    }
    stdin.on('data', onData)
  })
}

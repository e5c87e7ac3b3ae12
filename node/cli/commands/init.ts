/** `xln init`: everything that a new node needs, in a folder of its own. */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { writeConsoleToken } from '../../api/tokens.ts'
import { CONFIG_FILE, GAS_KEY, SERVER_KEY, type Settings } from '../../shell/config/config.ts'
import { ConfigError } from '../../shell/config/faults.ts'
import { configTemplate } from '../../shell/config/template.ts'
import { createKeystore, type Keystore } from '../../shell/keys/keystore.ts'
import type { Command } from '../command.ts'
import { CliError } from '../faults.ts'
import { choosePassword, readLine } from '../passwords.ts'
import { settingOptions } from '../settingOptions.ts'
import type { Option } from '../syntax.ts'

const options: readonly Option[] = [
  {
    name: 'entity',
    value: '<name>',
    summary: 'Make a key of this name, whose entity the node then has',
    default: 'main',
    isList: true,
  },
  {
    name: 'gas-key-file',
    value: '<path>',
    summary: 'Take this private key to pay for transactions, instead of a new one',
  },
  ...settingOptions,
]

export const init: Command = {
  name: 'init',
  summary: 'make the folder of a new node: its configuration, its keys, its token',
  options,
  examples: [
    'init',
    'init --data-dir ./alice --rpc http://127.0.0.1:8545 --entity alice',
    'init --data-dir ./hub --listen 0.0.0.0:7800 --gas-key-file gas.key --password-file password',
  ],
  notes:
    'The password of the keystore comes from XLN_PASSWORD, a password file, or the terminal.\nKeep a copy of it and of keystore.json: nobody can make them again.',
  seeAlso: ['deploy', 'node', 'keys'],
  async run(args, context) {
    const settings = await context.settingsForNew()
    const { dataDir } = settings
    const path = join(dataDir, CONFIG_FILE)
    if (await exists(path)) throw new ConfigError({ code: 'config_exists', path })
    const gasKey = await readGasKey(args.text('gas-key-file'))
    const { passwordFile } = settings
    const password = await choosePassword({ environment: context.environment, passwordFile })

    await mkdir(dataDir, { recursive: true })
    await chmod(dataDir, 0o700)
    const keystore = await createKeystore(settings.keystorePath, password)
    const server = await keystore.generate(SERVER_KEY)
    const gas = gasKey === undefined ? await keystore.generate(GAS_KEY) : await gasKey(keystore)
    const given = args.list('entity')
    const names = given.length === 0 ? ['main'] : given
    for (const name of names) await keystore.generate(name)
    await writeConsoleToken(dataDir)
    // Last: a folder that has it is whole.
    await writeFile(path, configTemplate(settings))

    const entities = names.map((name) => ({ name, id: keystore.signers.entityOf(name) }))
    context.output.say({ dataDir, server, gas, entities }, textOf(settings, server, gas, entities))
    return 0
  },
}

function textOf(
  { dataDir }: Settings,
  server: Address,
  gas: Address,
  entities: readonly { name: string; id: string }[],
): string {
  const lines = [
    `folder   ${dataDir}`,
    `server   ${server}`,
    `gas      ${gas}   give it ether: it pays for transactions and deposits`,
    ...entities.map(({ name, id }) => `entity   ${id}   ${name}`),
    `next     xln deploy, then xln node; or write the addresses into ${CONFIG_FILE}`,
  ]
  return lines.join('\n')
}

/** Read before anything is written, so that a wrong path leaves nothing behind. */
async function readGasKey(
  path: string | undefined,
): Promise<((keystore: Keystore) => Promise<Address>) | undefined> {
  if (path === undefined) return undefined
  const bytes = hexToBytes(await readPrivateKey(path))
  return (keystore) => keystore.add(GAS_KEY, bytes)
}

/** Throws `file_unreadable` or `key_malformed`. */
export async function readPrivateKey(path: string): Promise<Hex> {
  const text = await readLine(path)
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) throw new CliError({ code: 'key_malformed', path })
  return `0x${text.replace(/^0x/, '').toLowerCase()}`
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The keystore. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address } from '@xln/shared/ids.ts'
import { GAS_KEY, SERVER_KEY } from '../../shell/config/config.ts'
import { listKeys, openKeystore } from '../../shell/keys/keystore.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { table } from '../output.ts'
import { choosePassword, readPassword } from '../passwords.ts'
import { readPrivateKey } from './init.ts'

export const keys: Command = {
  name: 'keys',
  summary: 'show the keys of a node by name, and whose entities they are',
  options: [],
  examples: ['keys', 'keys --json'],
  notes: `"${SERVER_KEY}" is the node among its peers, "${GAS_KEY}" pays on chain; every other key has an entity.`,
  seeAlso: ['keys create', 'keys import', 'keys password'],
  async run(_, context) {
    const all = Object.entries(await listKeys((await context.settings()).keystorePath))
    const described = all.map(([name, address]) => describe(name, address))
    if (context.output.isJson) for (const key of described) context.output.say(key, '')
    else {
      const rows = described.map(({ name, address, entity }) => [name, address, entity ?? ''])
      context.output.say({}, table(rows))
    }
    return 0
  },
}

export const keysCreate: Command = {
  name: 'keys create',
  summary: 'make a key; its entity is there when the node starts next',
  parameters: [{ name: 'name' }],
  options: [],
  examples: ['keys create alice'],
  notes: 'While the node runs, "xln entity create" makes the key and the entity at once.',
  seeAlso: ['keys', 'entity create'],
  async run(args, context) {
    const name = args.word('name')
    const keystore = await opened(context)
    say(name, await keystore.generate(name), context)
    return 0
  },
}

export const keysImport: Command = {
  name: 'keys import',
  summary: 'take a private key over from a file',
  parameters: [{ name: 'name' }],
  options: [{ name: 'key-file', value: '<path>', summary: 'Holds the key: 0x and 64 hex digits' }],
  examples: ['keys import alice --key-file alice.key'],
  seeAlso: ['keys'],
  async run(args, context) {
    const name = args.word('name')
    const bytes = hexToBytes(await readPrivateKey(args.required('key-file')))
    const keystore = await opened(context)
    say(name, await keystore.add(name, bytes), context)
    return 0
  },
}

export const keysPassword: Command = {
  name: 'keys password',
  summary: 'change the password of the keystore',
  options: [
    { name: 'new-password-file', value: '<path>', summary: 'Holds it, if nobody is to type it' },
  ],
  examples: ['keys password', 'keys password --new-password-file new-password'],
  seeAlso: ['keys'],
  async run(args, context) {
    const keystore = await opened(context)
    const passwordFile = args.text('new-password-file') ?? null
    const password = await choosePassword({ environment: {}, passwordFile })
    if (password === '') {
      throw new CliError({
        code: 'usage',
        reason: 'The password is empty',
        command: 'keys password',
      })
    }
    await keystore.changePassword(password)
    context.output.say({ changed: true }, 'changed')
    return 0
  },
}

async function opened(context: Context) {
  const { keystorePath, passwordFile } = await context.settings()
  const { environment } = context
  return await openKeystore(keystorePath, await readPassword({ environment, passwordFile }))
}

function describe(name: string, address: Address) {
  const isOwn = name === SERVER_KEY || name === GAS_KEY
  return { name, address, entity: isOwn ? null : lazyEntityId(address) }
}

function say(name: string, address: Address, { output }: Context): void {
  const key = describe(name, address)
  output.say(key, table([[key.name, key.address, key.entity ?? '']]))
}

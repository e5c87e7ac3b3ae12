/** BLS keys of members: made where they stay, registered on chain by whoever pays. */

import { join } from 'node:path'
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { blsKeyId } from '@xln/shared/crypto/bls.ts'
import type { Hex } from '@xln/shared/ids.ts'
import type { ChainCall } from '../../shell/chain/calls.ts'
import { CARDS_FILE, type KeyCard, makeKeys, readCards } from '../boards/keyFiles.ts'
import { VAULT_FILE } from '../boards/secretVault.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import { passwordOf } from '../boards/signers.ts'
import type { Command, ExitCode } from '../command.ts'
import { settingOptions } from '../settingOptions.ts'

const provider = IEntityProvider__factory.createInterface()
export const chainOptions = settingOptions.filter(({ name }) => {
  return name === 'rpc' || name === 'poll-ms' || name === 'password-file'
})
const KEYS_MAX = 1_000

export const blsCreate: Command = {
  name: 'bls create',
  summary: 'make BLS keys for members of boards',
  parameters: [{ name: 'folder' }],
  options: [
    { name: 'count', value: '<number>', summary: 'How many', default: '1' },
    { name: 'sealed', summary: `Keep the secrets in ${VAULT_FILE}, under a password` },
    ...chainOptions.filter(({ name }) => name === 'password-file'),
  ],
  examples: ['bls create ./secrets --sealed', 'bls create ./secrets --count 25'],
  notes: `Without --sealed, each secret is in a ".key" file that only its owner can read. Secrets stay in the folder;\n${CARDS_FILE} in it has all public keys with their proofs of possession: give it to whoever makes the board.`,
  seeAlso: ['bls register', 'board create'],
  async run(args, context) {
    const folder = args.word('folder')
    const count = args.number('count', 1, KEYS_MAX)
    const cards = await makeKeys(folder, count, passwordOf(context), args.flag('sealed'))
    const path = join(folder, CARDS_FILE)
    const keys = cards.map(({ key }) => ({ id: blsKeyId(key), key: bytesToHex(key) }))
    context.output.say({ cards: path, keys }, `keys: ${keys.length}, to be shown with ${path}`)
    return 0
  },
}

export const blsRegister: Command = {
  name: 'bls register',
  summary: 'register BLS keys on chain, with their proofs of possession',
  parameters: [{ name: 'file', isList: true }],
  options: [payerOption, ...chainOptions],
  examples: [
    'bls register members.json --key-file payer.key',
    'bls register alice/members.json bob/members.json',
  ],
  notes:
    'Takes files of "bls create" and board files. One transaction a key; what is registered already is left\nout, so after an interruption run it once more.',
  seeAlso: ['bls create', 'board check'],
  async run(args, context) {
    const cards = (await Promise.all(args.words('file').map(readCards))).flat()
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const missing = await unregisteredOf(session, cards)
      await session.perform(args, context, registrationsOf(session, missing))
      const counts = { registered: missing.length, before: cards.length - missing.length }
      const text = `keys registered: ${missing.length}, before: ${counts.before}`
      context.output.say(counts, text)
      return 0
    })
  },
}

/** Those of the cards whose keys are not on chain, each once. */
export async function unregisteredOf(
  session: ChainSession,
  cards: readonly KeyCard[],
): Promise<KeyCard[]> {
  const distinct = [...new Map(cards.map((card) => [blsKeyId(card.key), card]))]
  const known = await session.ask((endpoint) => {
    const contract = session.provider(endpoint)
    return Promise.all(distinct.map(([id]) => contract.isKeyRegistered(id)))
  })
  return distinct.flatMap(([, card], at) => (known[at] === true ? [] : [card]))
}

export function registrationsOf(session: ChainSession, cards: readonly KeyCard[]): ChainCall[] {
  return cards.map(({ key, possession }) => {
    const parameters = [bytesToHex(key), bytesToHex(possession)] as const
    return callOf(session, provider.encodeFunctionData('registerKey', [...parameters]))
  })
}

/** A call of the EntityProvider. */
export function callOf(session: ChainSession, data: string): ChainCall {
  const { entityProvider: to } = session.domain
  return { type: 'transaction', to, data: data as Hex, value: 0n }
}

/** Tokens of the API: made here, by who can write into the node's folder. */
import { levels } from '@xln/shared/api/method.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { createToken, listTokens, revokeToken, type Token } from '../../api/tokens.ts'
import type { Command } from '../command.ts'
import { timeOf } from '../explain.ts'
import { CliError } from '../faults.ts'
import { short, table } from '../output.ts'

export const tokenCreate: Command = {
  name: 'token create',
  summary: 'make a token for a program; it is shown once',
  options: [
    {
      name: 'level',
      value: '<level>',
      summary: 'read, entity, signer or server; each may do all that those before it may',
      default: 'read',
    },
    {
      name: 'for',
      value: '<entity>',
      summary: 'Only for this entity',
      default: 'all',
      isList: true,
    },
    { name: 'label', value: '<text>', summary: 'What it is for' },
  ],
  examples: [
    'token create',
    'token create --level entity --for alice --label shop',
    'token create --level server --label automation --json',
  ],
  notes: 'The node keeps only its hash. A running node takes it at once.',
  seeAlso: ['token list', 'token revoke'],
  async run(args, context) {
    const level = args.oneOf('level', levels)
    const entities: EntityId[] = []
    for (const name of args.list('for')) entities.push(await context.entityNamed(name))
    const label = (args.text('label') ?? '').slice(0, 100)
    const request = { level, entities: entities.length === 0 ? null : entities, label }
    const { dataDir } = await context.settings()
    const { text, token } = await createToken(dataDir, request)
    context.output.note(`${level}, id ${token.id}:`)
    context.output.say({ ...token, token: text }, text)
    return 0
  },
}

export const tokenList: Command = {
  name: 'token list',
  summary: 'show the tokens of a node, by their ids',
  options: [],
  examples: ['token list', 'token list --json'],
  seeAlso: ['token create', 'token revoke'],
  async run(_, context) {
    const all = await listTokens((await context.settings()).dataDir)
    if (context.output.isJson) for (const token of all) context.output.say(token, '')
    else if (all.length > 0) context.output.say({}, table(all.map(rowOf)))
    return 0
  },
}

export const tokenRevoke: Command = {
  name: 'token revoke',
  summary: 'end a token; a running node ends its connections',
  parameters: [{ name: 'id' }],
  options: [],
  examples: ['token revoke 3f29c1a7b2d4e5f6'],
  seeAlso: ['token list'],
  async run(args, context) {
    const id = args.word('id')
    if (!(await revokeToken((await context.settings()).dataDir, id))) {
      throw new CliError({
        code: 'usage',
        reason: `There is no token "${id}"`,
        command: 'token list',
      })
    }
    context.output.say({ revoked: id }, `revoked ${id}`)
    return 0
  },
}

function rowOf({ id, level, entities, label, createdAt }: Token): string[] {
  const scope = entities === null ? 'all entities' : entities.map(short).join(' ')
  return [id, level, timeOf(createdAt), scope, label]
}

/** Names of numbered entities. */
import { encodeName } from '@xln/shared/entity/name.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import { type NameDeed, writeDeed } from '../boards/deed.ts'
import { ChainSession } from '../boards/session.ts'
import type { Command, ExitCode } from '../command.ts'
import { CliError } from '../faults.ts'
import { chainOptions } from './blsKeys.ts'
import { nonceOfTenure } from './rotation.ts'

const notes =
  'The board of the entity signs it ("xln deed sign"), and "xln deed send" brings it to the chain.'

export const nameClaim: Command = {
  name: 'name claim',
  summary: 'make the deed by which a numbered entity takes a name that nobody has',
  parameters: [{ name: 'deed' }, { name: 'name' }, { name: 'entity' }],
  options: chainOptions,
  examples: ['name claim deed.json the-guild 1'],
  notes: `${notes}\nFirst come, first served: whoever sees a claim coming can be faster.`,
  seeAlso: ['name transfer', 'name show', 'deed sign'],
  async run(args, context) {
    const name = parseName(args.word('name'))
    const entity = await context.entityNamed(args.word('entity'))
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const deed = await deedOf(session, entity, name, null)
      await writeDeed(args.word('deed'), deed, 'new')
      context.output.say({ entity, name, nonce: deed.nonce }, `to be signed by ${entity}`)
      return 0
    })
  },
}

export const nameTransfer: Command = {
  name: 'name transfer',
  summary: 'make the deed by which a numbered entity gives its name to another',
  parameters: [{ name: 'deed' }, { name: 'name' }, { name: 'to' }],
  options: chainOptions,
  examples: ['name transfer deed.json the-guild 2'],
  notes,
  seeAlso: ['name claim', 'name show', 'deed sign'],
  async run(args, context) {
    const name = parseName(args.word('name'))
    const to = await context.entityNamed(args.word('to'))
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const entity = await ownerOf(session, name)
      if (entity === null) throw args.usage(`Nobody has the name "${args.word('name')}"`)
      await nonceOfTenure(session, to)
      const deed = await deedOf(session, entity, name, to)
      await writeDeed(args.word('deed'), deed, 'new')
      context.output.say({ entity, name, to, nonce: deed.nonce }, `to be signed by ${entity}`)
      return 0
    })
  },
}

export const nameShow: Command = {
  name: 'name show',
  summary: 'say which numbered entity has a name',
  parameters: [{ name: 'name' }],
  options: chainOptions,
  examples: ['name show the-guild'],
  seeAlso: ['name claim'],
  async run(args, context) {
    const name = parseName(args.word('name'))
    return await ChainSession.use<ExitCode>(context, async (session) => {
      const entity = await ownerOf(session, name)
      context.output.say({ name, entity }, entity ?? 'nobody has it')
      return 0
    })
  },
}

/** Throws `name_malformed`. */
function parseName(name: string): Hash {
  const encoded = encodeName(name)
  if (encoded === undefined) throw new CliError({ code: 'name_malformed', name })
  return encoded
}

export async function ownerOf(session: ChainSession, name: Hash): Promise<EntityId | null> {
  const owner = await session.ask((endpoint) => session.provider(endpoint).ownerOf(name))
  return BigInt(owner) === 0n ? null : (owner as EntityId)
}

async function deedOf(
  session: ChainSession,
  entity: EntityId,
  name: Hash,
  to: EntityId | null,
): Promise<NameDeed> {
  const nonce = await nonceOfTenure(session, entity)
  const { domain } = session
  return { type: 'name', domain, entity, name, to, nonce, signatures: new Map() }
}

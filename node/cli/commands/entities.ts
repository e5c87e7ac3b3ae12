/** Entities and what they do by themselves. */
import type { Params } from '@xln/shared/api.ts'
import type { Command } from '../command.ts'
import { CliError } from '../faults.ts'
import { table } from '../output.ts'
import { entityOption, keyOption } from '../syntax.ts'

export const entityCreate: Command = {
  name: 'entity create',
  summary: 'make an entity of one signer, with a key of this name',
  parameters: [{ name: 'name' }],
  options: [keyOption],
  examples: ['entity create alice'],
  seeAlso: ['keys', 'policy', 'status'],
  async run(args, context) {
    const name = args.word('name')
    const client = await context.client()
    const { entity } = await client.call('entity.create', { name, ...context.key() })
    context.output.say({ name, entity }, entity)
    return 0
  },
}

type Changes = Params<'entity.setPolicy'>['policy']
type Read = (text: string) => bigint | number | boolean | undefined

const natural: Read = (text) => (/^[0-9]{1,39}$/.test(text) ? BigInt(text) : undefined)
const seconds: Read = (text) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : undefined)
const yesNo: Read = (text) => (text === 'yes' ? true : text === 'no' ? false : undefined)

/** The options of `xln policy`, the parts of the policy that they change, and how they are read. */
const parts: readonly (readonly [option: string, name: keyof Changes, read: Read, text: string])[] =
  [
    ['fee-base', 'feeBase', natural, 'Kept for forwarding any payment, in base units'],
    ['fee-ppm', 'feePpm', natural, 'Kept besides, in millionths of the amount'],
    ['forwards', 'forwards', yesNo, 'Whether payments of others are forwarded at all: yes or no'],
    ['accepts', 'acceptsChannels', yesNo, 'Whether strangers may open channels: yes or no'],
    ['hop-margin', 'hopMarginSeconds', seconds, 'Seconds that a forwarded lock ends earlier'],
    ['reveal-margin', 'revealMarginSeconds', seconds, 'Seconds before its end to go on chain'],
    ['enforce-min', 'enforceMin', natural, 'Smaller locks are not enforced on chain, base units'],
  ]

export const policy: Command = {
  name: 'policy',
  summary: 'show or change what an entity does by itself',
  options: [
    ...parts.map(([name, , , summary]) => ({ name, value: '<value>', summary })),
    entityOption,
    keyOption,
  ],
  examples: ['policy', 'policy --forwards yes --fee-ppm 100 --entity hub'],
  notes: 'What is not named stays as it is.',
  seeAlso: ['entity create', 'status'],
  async run(args, context) {
    const changes: Record<string, bigint | number | boolean> = {}
    for (const [option, name, read] of parts) {
      const text = args.text(option)
      if (text === undefined) continue
      const value = read(text)
      if (value === undefined) {
        const reason = `--${option} cannot be "${text}"`
        throw new CliError({ code: 'usage', reason, command: 'policy' })
      }
      changes[name] = value
    }
    const client = await context.client()
    const entity = await context.entity()
    if (Object.keys(changes).length > 0) {
      const asked = { entity, policy: changes as Changes, ...context.key() }
      await client.call('entity.setPolicy', asked)
    }
    const state = await client.call('entity.getState', { entity })
    const rows = Object.entries(state.policy).map(([name, value]) => [name, String(value)])
    context.output.say(state.policy, table(rows))
    return 0
  },
}

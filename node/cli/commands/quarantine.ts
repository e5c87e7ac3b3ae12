/** Channels at whose machine something threw: what it was, and going on after an upgrade. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Command } from '../command.ts'
import { entityOption, keyOption } from '../syntax.ts'

export const quarantine: Command = {
  name: 'quarantine',
  summary: 'show what machines threw at, and the channels that wait because of it',
  options: [],
  examples: ['quarantine', 'quarantine --json'],
  notes:
    'Each is a bug of this program: report it with what is shown here. A channel under quarantine signs\nnothing and takes nothing; everything else goes on.',
  seeAlso: ['release', 'channels'],
  async run(_, context) {
    const all = await (await context.client()).call('channel.quarantined', {})
    for (const kept of all) {
      const { entity, peer, block, input, cause } = kept
      const where = entity === null ? 'an input of this node' : `${entity} with ${peer}`
      const bytes = input.length === 0 ? 'no input that can be left out' : bytesToHex(input)
      const lines = [`${where}  block ${block}`, cause.replace(/^/gm, '  '), `  ${bytes}`]
      context.output.say(kept, lines.join('\n'))
    }
    if (all.length === 0) context.output.note('Nothing is under quarantine.')
    return 0
  },
}

export const release: Command = {
  name: 'release',
  summary: 'have a channel under quarantine go on, once the program has been mended',
  parameters: [{ name: 'peer' }],
  options: [entityOption, keyOption],
  examples: ['release hub', 'release hub --entity alice --json'],
  notes:
    'What the machine threw at is taken again. If it throws again, the channel stays under quarantine.\nElse it goes on as after a loss of state: some 16 minutes later its peer resumes it.',
  seeAlso: ['quarantine', 'channels'],
  async run(args, context) {
    const peer = await context.entityNamed(args.word('peer'))
    const client = await context.client()
    const entity = await context.entity()
    await client.call('channel.release', { entity, peer, ...context.key() })
    context.output.say({ released: peer, entity }, `the channel with ${peer} goes on`)
    return 0
  },
}

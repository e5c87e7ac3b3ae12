/** What shows that all is well: the log replayed, the events as they come. */
import { type Topic, topics } from '@xln/shared/api.ts'
import { nodeConfigOf } from '../../shell/config/config.ts'
import type { Command } from '../command.ts'
import { CliError } from '../faults.ts'
import { short } from '../output.ts'

const PROGRESS_MS = 1_000

export const verify: Command = {
  name: 'verify',
  summary: 'replay the log of a stopped node from its beginning and compare every state hash',
  options: [],
  examples: ['verify', 'verify --data-dir ./hub --json'],
  notes: 'Ends with 1 when a block does not come out as it was written.',
  seeAlso: ['node', 'status'],
  async run(_, context) {
    const neverAsked = () => Promise.reject(new Error('verify needs no password'))
    const config = nodeConfigOf(await context.settings(), neverAsked)
    let shownAt = performance.now()
    const result = await context.host.verifyLog(config, (block) => {
      if (performance.now() - shownAt < PROGRESS_MS) return
      shownAt = performance.now()
      context.output.note(`block ${block} …`)
    })
    const { blocks, ok, firstBad } = result
    const text = ok
      ? `${blocks} blocks, every state hash is right`
      : `block ${firstBad} does not come out as it was written; ${blocks} blocks before it do`
    context.output.say(result, text)
    return ok ? 0 : 1
  },
}

export const watch: Command = {
  name: 'watch',
  summary: 'print events as they happen, until interrupted',
  parameters: [{ name: 'topic', isOptional: true, isList: true }],
  options: [
    { name: 'only', value: '<entity>', summary: 'Only those of this entity' },
    { name: 'count', value: '<count>', summary: 'End after so many' },
  ],
  examples: ['watch', 'watch payments disputes --json', 'watch payments --only alice --count 1'],
  notes: `Topics: ${topics.join(', ')}.`,
  seeAlso: ['status', 'payments'],
  async run(args, context) {
    const named = args.words('topic')
    const unknown = named.find((name) => !topics.some((topic) => topic === name))
    if (unknown !== undefined) {
      const reason = `"${unknown}" is no topic`
      throw new CliError({ code: 'usage', reason, command: 'watch' })
    }
    const only = args.text('only')
    const entity = only === undefined ? {} : { entity: await context.entityNamed(only) }
    const wanted = { topics: named.length === 0 ? topics : (named as readonly Topic[]), ...entity }
    const client = await context.client()
    let left = args.number('count', Number.POSITIVE_INFINITY)
    let end: () => void = () => undefined
    const enough = new Promise<void>((resolve) => {
      end = resolve
    })
    const endSignals = context.host.onSignal(end)
    await client.subscribe(wanted, (event) => {
      if (left-- <= 0) return
      const { topic, type, entity: of, data } = event
      const whose = of === null ? '' : `  ${short(of)}`
      context.output.say(event, `${topic}  ${type}${whose}  ${JSON.stringify(data)}`)
      if (left <= 0) end()
    })
    const isLost = await Promise.race([enough.then(() => false), client.closed.then(() => true)])
    endSignals()
    return isLost ? 1 : 0
  },
}

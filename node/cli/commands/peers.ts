/** Other servers. */
import { parseAddress } from '@xln/shared/ids.ts'
import type { Command } from '../command.ts'
import { CliError } from '../faults.ts'

export const connect: Command = {
  name: 'connect',
  summary: 'dial another server from now on, also after restarts',
  parameters: [{ name: 'url' }],
  options: [
    { name: 'server', value: '<address>', summary: 'Talk to no other server than this one there' },
  ],
  examples: [
    'connect ws://127.0.0.1:7800',
    'connect wss://hub.example:7800 --server 0x90F79bf6EB2c4f870365E785982E1f101E93b906',
  ],
  seeAlso: ['peers', 'open'],
  async run(args, context) {
    const url = args.word('url')
    const address = args.text('server')
    if (address !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(address)) {
      const reason = `"${address}" is no address`
      throw new CliError({ code: 'usage', reason, command: 'connect' })
    }
    const client = await context.client()
    const server = address === undefined ? {} : { server: parseAddress(address) }
    await client.call('peer.connect', { url, ...server })
    context.output.say({ dialling: url, ...server }, `dialling ${url}`)
    return 0
  },
}

export const peers: Command = {
  name: 'peers',
  summary: 'show the servers that are connected, and the entities they speak for',
  options: [],
  examples: ['peers', 'peers --json'],
  seeAlso: ['connect'],
  async run(_, context) {
    const all = await (await context.client()).call('peer.list', {})
    for (const peer of all) {
      const lines = [peer.server, ...peer.entities.map((entity) => `  ${entity}`)]
      context.output.say(peer, lines.join('\n'))
    }
    if (all.length === 0)
      context.output.note('No server is connected. "xln connect <url>" dials one.')
    return 0
  },
}

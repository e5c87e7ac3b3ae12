/** `xln node`: runs a node until it is asked to end. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeConfigOf, RUNNING_FILE } from '../../shell/config/config.ts'
import type { Command } from '../command.ts'
import { readPassword } from '../passwords.ts'
import { settingOptions } from '../settingOptions.ts'

export const node: Command = {
  name: 'node',
  summary: 'run the node of a folder until it is asked to end',
  options: settingOptions,
  examples: [
    'node',
    'node --data-dir ./hub --listen 0.0.0.0:7800 --log-format json',
    'node --rpc http://127.0.0.1:8545,https://rpc.example --confirmations 12',
  ],
  notes:
    'Says one line on standard output when it is ready; its log goes to standard error.\nAn interrupt (Ctrl-C) or SIGTERM ends it cleanly; it can also be killed at any time, and goes on\nwhere it was.',
  seeAlso: ['init', 'deploy', 'status'],
  async run(_, context) {
    const settings = await context.settings()
    const { environment, output } = context
    const { passwordFile, dataDir } = settings
    const password = () => readPassword({ environment, passwordFile })
    const running = await context.host.startNode(nodeConfigOf(settings, password))
    const file = join(dataDir, RUNNING_FILE)
    const endSignals = context.host.onSignal(() => void running.stop())
    try {
      const { server, peerUrl, apiUrl, entities } = running
      await writeFile(file, `${JSON.stringify({ pid: process.pid, apiUrl, peerUrl })}\n`)
      output.say(
        { event: 'ready', server, peerUrl, apiUrl, entities },
        `ready  server ${server}  peers ${peerUrl ?? 'none dial it'}  api ${apiUrl}`,
      )
      await running.ended
    } finally {
      endSignals()
      await rm(file, { force: true })
    }
    output.say({ event: 'ended' }, 'ended')
    return 0
  },
}

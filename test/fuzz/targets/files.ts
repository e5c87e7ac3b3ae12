/** What people write: configuration, keystore, command lines, amounts. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCommand, optionsOf, parseArguments } from '@xln/node/cli/arguments.ts'
import { assetOf, parseAmount, wholeAmount } from '@xln/node/cli/assets.ts'
import { commands } from '@xln/node/cli/commands.ts'
import { CliError } from '@xln/node/cli/faults.ts'
import { CONFIG_FILE } from '@xln/node/shell/config/config.ts'
import { ConfigError } from '@xln/node/shell/config/faults.ts'
import { loadSettings } from '@xln/node/shell/config/load.ts'
import { configTemplate } from '@xln/node/shell/config/template.ts'
import { KeystoreError } from '@xln/node/shell/keys/faults.ts'
import { openKeystore } from '@xln/node/shell/keys/keystore.ts'
import { parseVault, seal } from '@xln/node/shell/keys/vault.ts'
import { mutateText } from '../mutate/text.ts'
import {
  accepted,
  Broken,
  jsonTarget,
  refused,
  showText,
  type Target,
  target,
  type Verdict,
} from '../target.ts'

/** Beyond what was written in the first place, which an error may repeat. */
const MESSAGE_MAX = 2_000

/** Runs `read` of `text`; whatever it throws but errors of `kind` breaks the law. */
async function judged(
  text: string,
  kind: new (...args: never[]) => Error & { readonly fault: { readonly code: string } },
  read: () => string | Promise<string>,
): Promise<Verdict> {
  try {
    return accepted(await read())
  } catch (error) {
    if (!(error instanceof kind)) throw error
    const { length } = error.message
    if (length > text.length + MESSAGE_MAX) throw new Broken(`an error of ${length} letters`)
    return refused(error.fault.code)
  }
}

const ADDRESS = `0x${'a0'.repeat(20)}`
const FULL = `
keystore: keys.json
passwordFile: /run/secret
chain:
  rpc: [http://127.0.0.1:8545, "https://name:password@example.org/key"]
  chainId: 31337
  block: 3
  entityProvider: ${ADDRESS}
  subcontractProvider: "${ADDRESS}"
  depository: '${ADDRESS}'
  confirmations: 0
listen: none
api: { listen: "[::1]:7801", loopbackReads: true }
peers:
  - url: wss://hub.example:7800
    server: ${ADDRESS}
log: { level: debug, format: json }
tokens:
  USDC: { address: "${ADDRESS}", decimals: 6 }
  more: &same { address: ether, decimals: 18 }
  again: *same
names:
  hub: "0x${'4b'.repeat(32)}"
`

/** A folder for as long as the target runs. */
function folder(): { path: () => string; close: () => void } {
  let path: string | undefined
  return {
    path: () => (path ??= mkdtempSync(join(tmpdir(), 'xln-fuzz-'))),
    close: () => {
      if (path !== undefined) rmSync(path, { recursive: true })
      path = undefined
    },
  }
}

const configFolder = folder()
const load = () => loadSettings({ dataDir: configFolder.path(), environment: {}, flags: {} })
const write = (text: string) => writeFileSync(join(configFolder.path(), CONFIG_FILE), text)

const config = target({
  name: 'configuration',
  share: 2,
  samples: async () => {
    write('')
    return ['', FULL, configTemplate(await load())]
  },
  mutate: mutateText,
  show: showText,
  close: configFolder.close,
  judge(text) {
    write(text)
    return judged(text, ConfigError, async () => {
      const { tokens, names, peers, deployment } = await load()
      return `${tokens.size}/${names.size}/${peers.length}/${deployment === null}`
    })
  },
})

const PASSWORD = 'correct horse'
const keyFolder = folder()

async function vaults(): Promise<readonly unknown[]> {
  const keys = new Map([['server', new Uint8Array(32).fill(5)]])
  const address = `0x${'11'.repeat(20)}` as never
  return [
    await seal(keys, { server: address }, PASSWORD, 2),
    await seal(new Map(), {}, PASSWORD, 4),
  ]
}

const keystores = jsonTarget({
  name: 'keystore',
  share: 3,
  samples: vaults,
  close: keyFolder.close,
  judge(text) {
    const path = join(keyFolder.path(), 'keystore.json')
    // With the checksum made right: nothing else keeps a file of somebody else's from being read.
    writeFileSync(path, withChecksum(text), { mode: 0o600 })
    return judged(text, KeystoreError, async () => {
      const { signers } = await openKeystore(path, PASSWORD)
      return String(signers.names().length)
    })
  },
})

function withChecksum(text: string): string {
  try {
    const vault = JSON.parse(text) as object
    // Costs are bounded by the format; here they are kept so low that many files can be read.
    const cost = (vault as { kdf?: { cost?: unknown } }).kdf?.cost
    if (typeof cost === 'number' && cost > 64) return text
    const { checksum: _, ...rest } = vault as { checksum?: unknown }
    const sorted = (__: string, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner
    const checksum = createHash('sha256').update(JSON.stringify(rest, sorted)).digest('hex')
    return JSON.stringify({ ...rest, checksum })
  } catch {
    return text
  }
}

const vault = jsonTarget({
  name: 'keystore form',
  share: 10,
  samples: vaults,
  judge(text) {
    const read = parseVault(text)
    if (typeof read !== 'string') return accepted('')
    if (read.length > 2_000) throw new Broken(`a reason of ${read.length} letters`)
    return refused(read)
  },
})

const lines = () =>
  commands.flatMap(({ examples }) =>
    examples.map((example) => example.split(/\s+/).filter((word) => word !== '')),
  )

const commandLines = jsonTarget({
  name: 'command line',
  share: 10,
  samples: lines,
  judge(text) {
    const words = wordsOf(text)
    return judged(text, CliError, () => {
      const found = findCommand(commands, words)
      if (found === undefined) return 'unknown'
      const { command, rest } = found
      const given = parseArguments(command, rest)
      for (const { name } of command.parameters ?? [])
        void [given.optionalWord(name), given.words(name)]
      for (const { name } of optionsOf(command)) {
        void [given.text(name), given.flag(name), given.list(name), given.oneOf('json', [''])]
      }
      return command.name
    })
  },
})

function wordsOf(text: string): string[] {
  try {
    const words: unknown = JSON.parse(text)
    return Array.isArray(words) ? words.map(String) : [text]
  } catch {
    return text.split(' ')
  }
}

const USDC = { token: `0x01${'00'.repeat(11)}${'a0'.repeat(20)}` as never, decimals: 6 }

/** An amount and a token, divided by a blank. What is read as an amount is written as the same one. */
const amounts = target({
  name: 'amount',
  share: 30,
  samples: () => ['1 USDC', '0.5 ether', `12.345678 ${ADDRESS}`, `7 0x${'00'.repeat(32)}`],
  mutate: mutateText,
  show: showText,
  judge(text) {
    const [amount = '', token = ''] = text.split(' ')
    return judged(text, CliError, () => {
      const asset = assetOf(token, { tokens: new Map([['USDC', USDC]]) })
      const value = parseAmount(amount, asset)
      if (parseAmount(wholeAmount(value, asset), asset) !== value)
        throw new Broken('it is written as another')
      return String(asset.decimals)
    })
  },
})

export const fileTargets: readonly Target[] = [config, keystores, vault, commandLines, amounts]

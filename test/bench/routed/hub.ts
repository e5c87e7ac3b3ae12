/** The hub's process: lends to everybody who opens a channel, forwards, and counts what it spends. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { CREDIT, type HubReport, token } from './messages.ts'
import { startBenchNode } from './node.ts'

const gapMs = Number(process.argv[2] ?? 5)
const key = keccak256(Uint8Array.of(1))
const entity = lazyEntityId(addressOf(key))
const directory = mkdtempSync(join(tmpdir(), 'xln-bench-hub-'))

let blocks = 0
const node = await startBenchNode({
  directory,
  serverKey: keccak256(Uint8Array.of(2)),
  keys: [key],
  listens: true,
  gapMs,
  onPeer: () => undefined,
  onCommitted({ outputs }) {
    blocks++
    for (const { output } of outputs) {
      if (output.type !== 'channelOpened') continue
      const action = { type: 'extendCredit' as const, peer: output.peer, token, limit: CREDIT }
      void node.shell.propose(entity, action, 'bench').then((refusal) => {
        if (refusal !== null) throw new Error(`the hub does not lend: ${refusal.code}`)
      })
    }
  },
})

function bytesOnDisk(path: string): number {
  let bytes = 0
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    bytes += entry.isDirectory() ? bytesOnDisk(inner) : statSync(inner).size
  }
  return bytes
}

/** What this process has used so far. */
function report(): HubReport {
  const { user, system } = process.cpuUsage()
  const written = node.store.tail.number
  return { cpuMs: (user + system) / 1_000, blocks, written, logBytes: logBytes() }
}

function logBytes(): number {
  return (node.store as unknown as { logBytes?: number }).logBytes ?? bytesOnDisk(directory)
}

process.on('message', (message: unknown) => {
  if (message === 'report') process.send?.({ type: 'report', report: report() })
  if (message === 'stop') {
    void node.stop().then(() => {
      rmSync(directory, { recursive: true })
      process.disconnect()
    })
  }
})
process.send?.({ type: 'ready', port: node.port, entity })

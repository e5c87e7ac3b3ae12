/** Nothing is signed or done before the block that caused it is on disk. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Hash } from '@xln/shared/ids.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'

const LAW = 'persist before sending'

/** Everything that the outputs of one block have signed. */
function digestsOf(outputs: readonly ServerOutput[]): Hash[] {
  const digests: Hash[] = []
  for (const { output } of outputs) {
    if (output.type === 'sendUpdate') {
      const { ack, proposal, newProof, settlement } = output.update
      for (const part of [ack, proposal, newProof, settlement]) if (part) digests.push(part.digest)
    } else if (output.type === 'sendShow' && output.show.counted !== null) {
      digests.push(output.show.counted.digest)
    }
  }
  return digests
}

/** What one server has said in durable blocks, and what it signed since the last of them. */
class Said {
  readonly digests = new Set<string>()
  /** How far the log was on disk when it was signed. */
  readonly sinceLast = new Map<string, number>()
}

export function persistFirst(): Oracle {
  const servers = new Map<SimServer, Said>()
  const saidBy = (server: SimServer): Said => {
    const said = servers.get(server) ?? new Said()
    servers.set(server, said)
    return said
  }
  return {
    name: LAW,
    signed(server, _signer, digest) {
      const said = saidBy(server)
      const hex = bytesToHex(digest)
      if (!said.digests.has(hex)) said.sinceLast.set(hex, server.disk.syncedBlock)
    },
    committed(server, { number, outputs }) {
      const { syncedBlock } = server.disk
      if (syncedBlock < number) {
        throw new LawBroken(LAW, `${server.name} acted on block ${number}, synced ${syncedBlock}`)
      }
      const said = saidBy(server)
      for (const digest of digestsOf(outputs)) {
        const synced = said.sinceLast.get(digest) ?? number
        if (synced < number) {
          throw new LawBroken(LAW, `${server.name} signed for block ${number}, synced ${synced}`)
        }
        said.digests.add(digest)
      }
      said.sinceLast.clear()
    },
  }
}

/** Every message of a peer is taken once, and how far it was taken is known before what it did is done. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { PeerTable } from '../../machines/server/tables.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { World } from '../world.ts'
import { hasQuarantine } from './quarantine.ts'

const LAW = 'a message is taken once'
const SERVER_PATH = new Uint8Array(0)

export function positions(world: World): Oracle {
  /** The nonces that each server has taken, by its peer and that one's run. */
  const taken = new Map<string, Set<number>>()
  return {
    name: LAW,
    committed(server, { arrivals }) {
      // Who has lost what it took is to take it again.
      if (world.damaged.has(server.name) || world.doubled.has(server.name)) return
      for (const arrival of arrivals) {
        if (arrival.type !== 'message' || arrival.server === server.address) continue
        const { server: peer, incarnation, nonce } = arrival
        const place = `${server.name} ${peer} ${incarnation}`
        const nonces = taken.get(place) ?? new Set()
        if (nonces.has(nonce)) throw new LawBroken(LAW, `${place}: ${nonce} again`)
        taken.set(place, nonces.add(nonce))
        const kept = server.engine?.store.draft.at(SERVER_PATH).get(PeerTable, hexToBytes(peer))
        const isKept =
          kept !== undefined &&
          (kept.incarnation > incarnation ||
            (kept.incarnation === incarnation && kept.nonce >= nonce))
        // What a machine threw at was left out: it may come again, and its channel hears nothing more.
        if (isKept || !server.isUp || hasQuarantine(world, server)) continue
        throw new LawBroken(LAW, `${place}: ${nonce} is not noted`)
      }
    },
  }
}

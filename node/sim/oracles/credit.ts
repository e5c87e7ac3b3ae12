/**
 * Nobody draws more credit than he was given: a block does not let a side owe more, open locks
 * included, than any limit that stood in its course. Only where there is credit alone: collateral is
 * seen by the two sides at different moments.
 */
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { holdsOf } from '../../machines/channel/capacity.ts'
import type { Channel } from '../../machines/channel/channel.ts'
import type { Committed } from '../../shell/loop.ts'
import { TOKENS } from '../ethereum.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'nobody draws more credit than he was given'

/** Of one side: what it owes with its open locks, and what it may. */
interface Debt {
  readonly owes: bigint
  readonly limit: bigint
}

export function credit(world: World): Oracle {
  const before = new Map<string, Debt>()
  const check = (server: SimServer, entity: EntityId, peer: EntityId, most: bigint) => {
    const channel = server.engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
    if (channel === undefined) return
    for (const token of TOKENS) {
      for (const ofLeft of [true, false]) {
        const place = `${server.name} ${channel.key} ${token} ${ofLeft}`
        const last = before.get(place)
        const now = debtOf(channel, token, ofLeft)
        before.set(place, now)
        if (last === undefined) continue
        const allowed = [last.limit, now.limit, most].reduce((a, b) => (a > b ? a : b))
        if (now.owes <= last.owes || now.owes <= allowed) continue
        throw new LawBroken(LAW, `${server.name}: ${now.owes} at a limit of ${allowed}`)
      }
    }
  }
  return {
    name: LAW,
    // What a process did in its last moments, nobody has seen.
    ended(server) {
      for (const place of before.keys()) if (place.startsWith(server.name)) before.delete(place)
    },
    committed(server, committed) {
      if (world.ethereum !== undefined || world.damaged.has(server.name)) return
      for (const entity of server.entities) {
        for (const peer of world.servers.flatMap(({ entities }) => entities)) {
          check(server, entity, peer, limitsIn(committed, entity, peer))
        }
      }
    },
  }
}

/** The highest limit that was set in the course of this block. */
function limitsIn({ outputs }: Committed, entity: EntityId, peer: EntityId): bigint {
  let most = 0n
  for (const { entity: own, output } of outputs) {
    if (output.type !== 'channelFact' || own !== entity || output.peer !== peer) continue
    const { fact } = output
    if (fact.type === 'creditExtended' && fact.limit > most) most = fact.limit
  }
  return most
}

function debtOf({ mutual }: Channel, token: TokenId, ofLeft: boolean): Debt {
  const entry = mutual.tokens.find((each) => each.token === token)
  const holds = holdsOf(mutual, token)
  const delta = entry?.offdelta ?? 0n
  if (ofLeft) return { owes: holds.left - delta, limit: entry?.rightCreditLimit ?? 0n }
  return { owes: delta + holds.right, limit: entry?.leftCreditLimit ?? 0n }
}

/** Users who want just as much as may be, one more, and much at once. */
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import { type EntityId, type Hashlock, parseAddress } from '@xln/shared/ids.ts'
import {
  AMOUNT_MAX,
  BLOCK_OTHER_TRANSACTIONS_MAX,
  BLOCK_TRANSACTIONS_MAX,
  CHANNEL_TOKENS_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  HOPS_MAX,
  MEMO_BYTES_MAX,
  NOTE_BYTES_MAX,
} from '@xln/shared/limits.ts'
import { BATCH_ITEMS_MAX } from '../../machines/depository/depository.ts'
import { TOKENS } from '../ethereum.ts'
import type { Random } from '../random.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
const NOTHING = new Uint8Array(0)

type Burst = (peer: EntityId, random: Random) => Action[]

function times(count: number, make: (at: number) => Action): Action[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

/** At a limit of bytes, hops, amounts and windows, and one beyond. */
const edges: Burst = (peer, random) => {
  const token = random.pick(TOKENS)
  const hashlock = `0x${Buffer.from(random.bytes(32)).toString('hex')}` as Hashlock
  const route = (hops: number) => Array.from({ length: hops }, () => ({ entity: peer, fee: 0n }))
  const both = [0, 1].flatMap((more): Action[] => [
    { type: 'note', peer, data: new Uint8Array(NOTE_BYTES_MAX + more) },
    { type: 'payPeer', peer, token, amount: 1n, memo: new Uint8Array(MEMO_BYTES_MAX + more) },
    { type: 'payPeer', peer, token, amount: AMOUNT_MAX + BigInt(more), memo: NOTHING },
    { type: 'pay', route: route(HOPS_MAX + more), token, amount: 1n, hashlock },
    { type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_MIN - more },
    { type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_MAX + more },
  ])
  return both
}

/** More than fits into one block. */
const notes: Burst = (peer) =>
  times(BLOCK_OTHER_TRANSACTIONS_MAX + 1, () => ({ type: 'note', peer, data: NOTHING }))

const payments: Burst = (peer, random) => {
  const token = random.pick(TOKENS)
  const pay = { type: 'payPeer', peer, token, amount: 1n, memo: NOTHING } as const
  return times(BLOCK_TRANSACTIONS_MAX + 1, () => pay)
}

/** More tokens than a channel has. */
const tokens: Burst = (peer) =>
  times(CHANNEL_TOKENS_MAX + 1, (at) => {
    const token = erc20TokenId(parseAddress(`0x${(at + 100).toString(16).padStart(40, '0')}`))
    return { type: 'extendCredit', peer, token, limit: 1n }
  })

/** More than fits into one batch, and into all that may be under way. */
const transfers: Burst = (to, random) => {
  const token = random.pick(TOKENS)
  return times(5 * BATCH_ITEMS_MAX, () => ({ type: 'transfer', token, to, amount: 1n }))
}

const bursts: readonly (readonly [number, Burst])[] = [
  [10, edges],
  [4, notes],
  [4, tokens],
  [4, transfers],
  [1, payments],
]

/** Somebody asks for more than may be, all of it before anything is answered. */
export const greedy: FaultClass = {
  name: 'users want too much',
  rarity: 0.2,
  begin(world, random) {
    const [hub] = world.servers[0]?.entities ?? []
    const choice = bursts.flatMap(([weight, burst]) => Array.from({ length: weight }, () => burst))
    world.disturb(random, random.between(10, 40) * SECOND, () => {
      const server = random.pick(world.servers)
      const [self] = server.entities
      const peers = world.servers.flatMap(({ entities }) => entities).filter((id) => id !== self)
      const peer = self === hub ? random.pick(peers) : hub
      const { engine } = server
      if (self === undefined || peer === undefined || engine === undefined) return
      world.trace.note(server.name, 'fault users want too much')
      const lend = { type: 'extendCredit', peer: self, token: random.pick(TOKENS) } as const
      const lender = world.serverOf(peer)?.engine
      const rich = lender?.shell.propose(peer, { ...lend, limit: AMOUNT_MAX >> 1n }, 'user')
      const wishes = random
        .pick(choice)(peer, random)
        .map((action) => engine.shell.propose(self, action, 'user'))
      Promise.all([rich, ...wishes]).catch((error: unknown) =>
        world.fail('requests are answered', String(error)),
      )
    })
  },
}

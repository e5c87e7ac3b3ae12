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
import type { LimitName } from '../limits.ts'
import type { Random } from '../random.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
/** What a server puts into its reserve each time, so that it has something to move. */
const DEPOSIT = 300n
const NOTHING = new Uint8Array(0)

type Burst = (peer: EntityId, random: Random) => Action[]

function times(count: number, make: (at: number) => Action): Action[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

/** Just at a limit of bytes, hops, amounts and windows, and one beyond, which must be refused. */
function edges(peer: EntityId, random: Random): readonly (readonly [LimitName, Action, Action])[] {
  const token = random.pick(TOKENS)
  const hashlock = `0x${Buffer.from(random.bytes(32)).toString('hex')}` as Hashlock
  const both = (name: LimitName, make: (more: number) => Action) =>
    [name, make(0), make(1)] as const
  const hops = (count: number) => Array.from({ length: count }, () => ({ entity: peer, fee: 0n }))
  const pay = { type: 'payPeer', peer, token, amount: 1n, memo: NOTHING } as const
  const open = { type: 'openChannel', peer } as const
  return [
    both('NOTE_BYTES_MAX', (more) => {
      return { type: 'note', peer, data: new Uint8Array(NOTE_BYTES_MAX + more) }
    }),
    both('MEMO_BYTES_MAX', (more) => ({ ...pay, memo: new Uint8Array(MEMO_BYTES_MAX + more) })),
    both('AMOUNT_MAX', (more) => ({ ...pay, amount: AMOUNT_MAX + BigInt(more) })),
    both('HOPS_MAX', (more) => {
      return { type: 'pay', route: hops(HOPS_MAX + more), token, amount: 1n, hashlock }
    }),
    both('DISPUTE_WINDOW_MIN', (more) => ({ ...open, disputeWindow: DISPUTE_WINDOW_MIN - more })),
    both('DISPUTE_WINDOW_MAX', (more) => ({ ...open, disputeWindow: DISPUTE_WINDOW_MAX + more })),
  ]
}

/** Asks for what is just allowed and for one more: the second is refused. */
async function askAtEdges(
  world: World,
  { engine, process, name: where }: SimServer,
  self: EntityId,
  peer: EntityId,
  random: Random,
): Promise<void> {
  for (const [name, at, beyond] of edges(peer, random)) {
    const asked = [at, beyond].map((action) => engine?.shell.propose(self, action, 'user'))
    const [, refusal] = await Promise.all(asked)
    // What a process says after its end, nobody hears.
    if (process?.isAlive !== true) return
    if (refusal === null) world.fail('a stated limit is kept', `${where} goes beyond ${name}`)
    if (!world.trace.counts.has(`limit ${name}`)) world.trace.note(where, `limit ${name}`)
  }
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
      const noted = (error: unknown) =>
        world.trace.note(server.name, 'deposit failed', String(error))
      const lend = { type: 'extendCredit', peer: self, token: random.pick(TOKENS) } as const
      const lender = world.serverOf(peer)?.engine
      const rich = lender?.shell.propose(peer, { ...lend, limit: AMOUNT_MAX >> 1n }, 'user')
      server.chain?.deposit(self, lend.token, DEPOSIT).catch(noted)
      const isEdge = random.chance(0.4)
      const burst = isEdge ? [] : random.pick(choice)(peer, random)
      const wishes = burst.map((action) => engine.shell.propose(self, action, 'user'))
      const all = isEdge ? [askAtEdges(world, server, self, peer, random)] : wishes
      Promise.all([rich, ...all]).catch((error: unknown) =>
        world.fail('requests are answered', String(error)),
      )
    })
  },
}

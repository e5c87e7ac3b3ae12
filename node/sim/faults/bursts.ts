/** Users who want just as much as may be, one more, and much at once. */
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import { type EntityId, type Hashlock, parseAddress, type TokenId } from '@xln/shared/ids.ts'
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
/** By then the peer has lent what is to be spent. */
const ENRICHED_MS = 3 * SECOND
const NOTHING = new Uint8Array(0)

/** Of what the peer has lent, and the reserve holds. */
type Burst = (peer: EntityId, token: TokenId) => Action[]

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

const payments: Burst = (peer, token) => {
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
const transfers: Burst = (to, token) =>
  times(5 * BATCH_ITEMS_MAX, () => ({ type: 'transfer', token, to, amount: 1n }))

/** Undefined: just at a limit, and one beyond. */
const bursts: readonly (Burst | undefined)[] = [undefined, notes, tokens, transfers, payments]

/** Somebody asks for more than may be, all of it before anything is answered: of each kind in turn. */
export const greedy: FaultClass = {
  name: 'users want too much',
  rarity: 0.2,
  begin(world, random) {
    const kinds = random.shuffle(bursts)
    let turn = 0
    world.disturb(random, random.between(10, 40) * SECOND, () => {
      const server = random.pick(world.servers)
      const { engine } = server
      const [self] = server.entities
      const peer = self && peerOf(world, self, random)
      if (self === undefined || peer === undefined || engine === undefined) return
      world.trace.note(server.name, 'fault users want too much')
      const burst = kinds[turn++ % kinds.length]
      const token = random.pick(TOKENS)
      enrich(world, server, self, peer, token).catch(noted(world))
      server.process?.later(ENRICHED_MS, () => {
        if (burst === undefined) askAtEdges(world, server, self, peer, random).catch(noted(world))
        for (const action of burst?.(peer, token) ?? []) {
          engine.shell.propose(self, action, 'user').catch(noted(world))
        }
      })
    })
  },
}

function noted(world: World): (error: unknown) => void {
  return (error) => world.fail('requests are answered', String(error))
}

/** The hub, or for the hub anybody. */
function peerOf(world: World, self: EntityId, random: Random): EntityId | undefined {
  const [hub] = world.servers[0]?.entities ?? []
  const peers = world.servers.flatMap(({ entities }) => entities).filter((id) => id !== self)
  return self === hub ? random.pick(peers) : hub
}

/** Whoever asks has a reserve, and the credit of its peer. */
async function enrich(
  world: World,
  { chain, name }: SimServer,
  self: EntityId,
  peer: EntityId,
  token: TokenId,
): Promise<void> {
  chain?.deposit(self, token, DEPOSIT).catch((error: unknown) => {
    world.trace.note(name, 'deposit failed', String(error))
  })
  const lend = { type: 'extendCredit', peer: self, token, limit: AMOUNT_MAX >> 1n } as const
  await world.serverOf(peer)?.engine?.shell.propose(peer, lend, 'user')
}

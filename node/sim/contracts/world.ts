/** What the contracts and tokens remember. Keys are the ids that name a value, joined; what is absent is zero. */
import type { Arguments } from '@xln/shared/channel/clauses.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import {
  type Address,
  type ChannelKey,
  type EntityId,
  type Hash,
  type Hex,
  type TokenId,
  ZERO_HASH,
} from '@xln/shared/ids.ts'
import { Table } from './table.ts'

/** One token of one channel. */
export interface Holding {
  readonly collateral: bigint
  readonly ondelta: bigint
}

/** A channel's nonce, and its dispute: the rest is as in {@link NO_DISPUTE} while none is open. */
export interface Channel {
  readonly cooperativeNonce: bigint
  readonly standingNonce: bigint
  readonly startHeight: bigint
  /** Unix seconds; 0 when no dispute is open. */
  readonly deadline: number
  readonly startedByLeft: boolean
  readonly poster: Poster
  readonly proofBodyHash: Hash
}

/** What one entity owes in one token: the entries from `head` up to `tail`, oldest first. */
export interface DebtQueue {
  readonly head: bigint
  readonly tail: bigint
  readonly total: bigint
}

/** One entry of a queue; nothing is left of one that was paid or forgiven. */
export interface Debt {
  readonly creditor: EntityId
  readonly amount: bigint
  /** Unix seconds. */
  readonly since: number
}

/** What is said to be unpaid: at least `threshold` of `token`, by `debtor`, at `depository`. */
export interface Default {
  readonly depository: Address
  readonly debtor: EntityId
  readonly token: TokenId
  readonly threshold: bigint
}

const NO_HOLDING: Holding = { collateral: 0n, ondelta: 0n }
const NO_QUEUE: DebtQueue = { head: 0n, tail: 0n, total: 0n }
export const NO_DEBT: Debt = { creditor: ZERO_HASH as Hex as EntityId, amount: 0n, since: 0 }
export const NO_DISPUTE: Omit<Channel, 'cooperativeNonce'> = {
  standingNonce: 0n,
  startHeight: 0n,
  deadline: 0,
  startedByLeft: false,
  poster: 'anyone',
  proofBodyHash: ZERO_HASH,
}

/** The whole state of a chain, as far as it is ours. */
export class World {
  reserves = new Table<bigint>()
  queues = new Table<DebtQueue>()
  debts = new Table<Debt>()
  holdings = new Table<Holding>()
  channels = new Table<Channel>()
  /** Arguments, by {@link placeOf} a side and a proof body. */
  commitments = new Table<Arguments>()
  /** Named tokens, by {@link placeOf} a side. */
  named = new Table<readonly TokenId[]>()
  batchNonces = new Table<bigint>()
  /** How many entities are registered, and their boards. */
  registered = 0n
  boardHashes = new Table<Hash>()
  revealedAt = new Table<number>()
  /** Of defaults, by `depository/debtor/token/threshold`. */
  defaultedAt = new Table<number>()
  /** Of ether, and of ERC-20s by `token/owner`. */
  balances = new Table<bigint>()
  /** By `token/owner/spender`. */
  allowances = new Table<bigint>()

  /** A copy that goes on apart. */
  fork(): World {
    const copy: World = Object.create(World.prototype)
    for (const [name, value] of Object.entries(this)) {
      Object.assign(copy, { [name]: value instanceof Table ? value.fork() : value })
    }
    return copy
  }

  reserveOf(entity: EntityId, token: TokenId): bigint {
    return this.reserves.get(`${entity}/${token}`) ?? 0n
  }

  queueOf(debtor: EntityId, token: TokenId): DebtQueue {
    return this.queues.get(`${debtor}/${token}`) ?? NO_QUEUE
  }

  debtAt(debtor: EntityId, token: TokenId, index: bigint): Debt {
    return this.debts.get(`${debtor}/${token}/${index}`) ?? NO_DEBT
  }

  holdingOf(channel: ChannelKey, token: TokenId): Holding {
    return this.holdings.get(`${channel}/${token}`) ?? NO_HOLDING
  }

  channelOf(channel: ChannelKey): Channel {
    return this.channels.get(channel) ?? { cooperativeNonce: 0n, ...NO_DISPUTE }
  }

  /** Of an ERC-20, or of ether. */
  balanceOf(token: Address | 'ether', owner: Address): bigint {
    return this.balances.get(`${token}/${owner}`) ?? 0n
  }

  allowanceOf(token: Address, owner: Address, spender: Address): bigint {
    return this.allowances.get(`${token}/${owner}/${spender}`) ?? 0n
  }
}

/** Where a side's commitments in a dispute stand: a cooperative nonce sees one dispute at most. */
export function placeOf(key: ChannelKey, cooperativeNonce: bigint, byLeft: boolean): string {
  return `${key}/${cooperativeNonce}/${byLeft ? 'left' : 'right'}`
}

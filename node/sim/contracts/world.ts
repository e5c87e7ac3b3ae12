/** What the contracts and tokens remember. Keys are the ids that name a value, joined; what is absent is zero. */
import type { Arguments } from '@xln/shared/channel/clauses.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import type { AssetKind } from '@xln/shared/depository/tokenIds.ts'
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
  /** Whether a side's signature on the standing proof rests on a board that has been replaced. */
  readonly leftOutgoing: boolean
  readonly rightOutgoing: boolean
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

/** Who decides for a registered entity: now, until lately, and soon. Seconds of unix time. */
export interface Tenure {
  readonly board: Hash
  readonly outgoing: Hash
  readonly next: Hash
  readonly outgoingUntil: number
  readonly nextFrom: number
  readonly nonce: bigint
}

/** What a token of the Gate stands for, and how much of it is held for reserves and channels. */
export interface Asset {
  readonly kind: AssetKind
  readonly collection: Address
  readonly id: bigint
  readonly held: bigint
}

/** What the articles of an entity say for ever. */
export interface Terms {
  /** From the shareholders' decision on a board to its taking over, seconds. */
  readonly delay: bigint
  /** Unix seconds. */
  readonly issuedAt: number
  /** How many shares there are of each kind. */
  readonly control: bigint
  readonly dividend: bigint
}

/** For which board somebody has voted, and with how many of its shares; counts in one election. */
export interface Vote {
  readonly boardHash: Hash
  readonly election: bigint
  readonly shares: bigint
}

/** How the shareholders of one entity vote: `next` is what more than half of the control shares want. */
export interface Election {
  readonly number: bigint
  readonly next: Hash
  /** Unix seconds. */
  readonly nextFrom: number
}

/** What somebody has of one kind of share from the second `since` on. */
export interface Held {
  readonly since: number
  readonly shares: bigint
}

/** The dividends of one entity in one token at one Depository. */
export interface Pot {
  /** What of all receipts has been taken. */
  readonly paid: bigint
  /** How much had come in by which second, that included. */
  readonly receipts: readonly { readonly time: number; readonly total: bigint }[]
}

/** How far somebody's dividends are reckoned. */
export interface Reckoning {
  /** How many changes of its shares are behind that point, and what of all that ever came in. */
  readonly changes: number
  readonly seen: bigint
  /** What was earned beyond the last whole unit, in parts of the number of dividend shares. */
  readonly rest: bigint
}

export const NO_RECKONING: Reckoning = { changes: 0, seen: 0n, rest: 0n }

/** What is said to be unpaid: at least `threshold` of `token`, by `debtor`, at `depository`. */
export interface Default {
  readonly depository: Address
  readonly debtor: EntityId
  readonly token: TokenId
  readonly threshold: bigint
}

const NO_HOLDING: Holding = { collateral: 0n, ondelta: 0n }
const NO_QUEUE: DebtQueue = { head: 0n, tail: 0n, total: 0n }
const NO_TENURE: Tenure = {
  board: ZERO_HASH,
  outgoing: ZERO_HASH,
  next: ZERO_HASH,
  outgoingUntil: 0,
  nextFrom: 0,
  nonce: 0n,
}
const NO_ELECTION: Election = { number: 0n, next: ZERO_HASH, nextFrom: 0 }
export const NO_DEBT: Debt = { creditor: ZERO_HASH as Hex as EntityId, amount: 0n, since: 0 }
export const NO_DISPUTE: Omit<Channel, 'cooperativeNonce'> = {
  standingNonce: 0n,
  startHeight: 0n,
  deadline: 0,
  startedByLeft: false,
  leftOutgoing: false,
  rightOutgoing: false,
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
  /** How many entities are registered, and who decides for them. */
  registered = 0n
  tenures = new Table<Tenure>()
  /** Boards that can decide, BLS keys of which somebody is in possession, and who has which name. */
  checked = new Table<true>()
  keys = new Table<true>()
  owners = new Table<EntityId>()
  /** Of shares, by entity; votes by `entity/holder`, tallies by `entity/election/board`. */
  terms = new Table<Terms>()
  elections = new Table<Election>()
  votes = new Table<Vote>()
  tallies = new Table<bigint>()
  /** Who had how many by `share/holder`, of control shares only now; pots by source, reckonings by `source/holder`. */
  holders = new Table<readonly Held[]>()
  pots = new Table<Pot>()
  reckonings = new Table<Reckoning>()
  /** What the pots' member says yes to while a dividend is paid; of no world between two calls. */
  payment: Hex | undefined = undefined
  revealedAt = new Table<number>()
  /** Of defaults, by `depository/debtor/token/threshold`. */
  defaultedAt = new Table<number>()
  /** Of ether, of ERC-20s by `token/owner`, of ERC-1155s by `collection/id/owner`. */
  balances = new Table<bigint>()
  /** By `token/owner/spender`. */
  allowances = new Table<bigint>()
  /** Of permits by `token/owner`, and of authorizations that were used by `token/owner/nonce`. */
  tokenNonces = new Table<bigint>()
  authorizations = new Table<true>()
  /** Who has an ERC-721, by `collection/id`; who may move another's, by `collection/owner/operator`. */
  collectibles = new Table<Address>()
  operators = new Table<boolean>()
  /** Of the Gate: tokens by id, kinds by collection, nonces by owner. */
  assets = new Table<Asset>()
  kinds = new Table<AssetKind>()
  depositNonces = new Table<bigint>()
  /** The one arrival that is being pulled, or that it was seen; of no world between two calls. */
  awaited: string | undefined = undefined

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

  tenureOf(entity: EntityId): Tenure {
    return this.tenures.get(entity) ?? NO_TENURE
  }

  electionOf(entity: EntityId): Election {
    return this.elections.get(entity) ?? NO_ELECTION
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

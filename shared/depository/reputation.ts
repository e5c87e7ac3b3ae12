/**
 * What the chain says of how somebody kept his word. It is computed from the Depository's events alone,
 * so everybody comes to the same, and nothing in it is anybody's opinion.
 *
 * What each entry costs to fake: a dispute and its debts need only two entities of one's own and gas, so
 * good marks prove little and bad ones much. A forfeit needs the cheat's own signature; a debt, its
 * debtor's own signature on the state that made it. Nobody can give bad marks to another.
 */
import type { EntityId, TokenId } from '../ids.ts'
import type { ChainEvent, DisputeFinalised, DisputeStarted, TokenSplit } from './events.ts'

/** An event and the block it stands in. */
export interface BlockEvent {
  readonly event: ChainEvent
  readonly block: number
}

/** What one entity has owed in one token, base units: `created = paid + forgiven + open`. */
export interface DebtRecord {
  readonly created: bigint
  readonly paid: bigint
  readonly forgiven: bigint
  readonly open: bigint
  /** The block of the oldest debt that is still open; null: none is. */
  readonly oldestOpen: number | null
}

export interface Reputation {
  /** Settlements that both sides of a channel signed. */
  readonly settlements: number
  /** Disputes that it started, and those that were started against it. */
  readonly disputesStarted: number
  readonly disputesFaced: number
  /** Of those that it started, those in which a newer state of its own signing was shown. */
  readonly forfeits: number
  /** What it forfeited, by token. */
  readonly forfeited: ReadonlyMap<TokenId, bigint>
  readonly debts: ReadonlyMap<TokenId, DebtRecord>
}

interface OpenDebt {
  amount: bigint
  readonly block: number
}

/** The reputations of all who stand in `events`, which are whole and in chain order. */
export function reputationsOf(events: Iterable<BlockEvent>): ReadonlyMap<EntityId, Reputation> {
  const book = new Book()
  for (const { event, block } of events) book.note(event, block)
  return book.close()
}

interface Sheet {
  settlements: number
  disputesStarted: number
  disputesFaced: number
  forfeits: number
  readonly forfeited: Map<TokenId, bigint>
  readonly debts: Map<TokenId, { created: bigint; paid: bigint; forgiven: bigint }>
}

class Book {
  readonly #sheets = new Map<EntityId, Sheet>()
  /** By channel: who started the dispute that is open. */
  readonly #starters = new Map<string, EntityId>()
  /** By debtor and token, then by the entry's index, oldest first. */
  readonly #open = new Map<string, Map<bigint, OpenDebt>>()

  note(event: ChainEvent, block: number): void {
    switch (event.type) {
      case 'settled':
        this.#sheet(event.left).settlements++
        this.#sheet(event.right).settlements++
        // It ends a dispute without a judgement.
        this.#starters.delete(`${event.left}/${event.right}`)
        return
      case 'disputeStarted':
        this.#started(event)
        return
      case 'tokenSplit':
        this.#split(event)
        return
      case 'disputeFinalised':
        this.#finalised(event)
        return
      case 'debtCreated': {
        const { debtor, token, index, amount } = event
        this.#entries(debtor, token).set(index, { amount, block })
        this.#debts(debtor, token).created += amount
        return
      }
      case 'debtPaid':
        this.#debts(event.debtor, event.token).paid += this.#reduce(event, event.remaining)
        return
      case 'debtForgiven':
        this.#debts(event.debtor, event.token).forgiven += this.#reduce(event, 0n)
        return
      default:
    }
  }

  close(): ReadonlyMap<EntityId, Reputation> {
    const all = [...this.#sheets].map(([entity, sheet]) => {
      const debts = [...sheet.debts].map(([token, sums]): [TokenId, DebtRecord] => {
        const left = [...this.#entries(entity, token).values()]
        const open = left.reduce((sum, { amount }) => sum + amount, 0n)
        return [token, { ...sums, open, oldestOpen: left[0]?.block ?? null }]
      })
      return [entity, { ...sheet, debts: new Map(debts) }] as const
    })
    return new Map(all)
  }

  /** A start on an open dispute is told as a counter: here a dispute always begins. */
  #started({ left, right, startedByLeft }: DisputeStarted): void {
    const [starter, other] = startedByLeft ? [left, right] : [right, left]
    this.#sheet(starter).disputesStarted++
    this.#sheet(other).disputesFaced++
    this.#starters.set(`${left}/${right}`, starter)
  }

  /** Comes before the `disputeFinalised` of its channel. */
  #split({ left, right, token, forfeit }: TokenSplit): void {
    const starter = this.#starters.get(`${left}/${right}`)
    if (forfeit === 0n || starter === undefined) return
    const { forfeited } = this.#sheet(starter)
    forfeited.set(token, (forfeited.get(token) ?? 0n) + forfeit)
  }

  #finalised({ left, right, fraud }: DisputeFinalised): void {
    const starter = this.#starters.get(`${left}/${right}`)
    if (fraud && starter !== undefined) this.#sheet(starter).forfeits++
    this.#starters.delete(`${left}/${right}`)
  }

  /** Brings an entry down to `remaining`; says by how much. */
  #reduce(of: { debtor: EntityId; token: TokenId; index: bigint }, remaining: bigint): bigint {
    const entries = this.#entries(of.debtor, of.token)
    const entry = entries.get(of.index)
    if (entry === undefined) throw new TypeError(`the debt ${of.index} of ${of.debtor} is not here`)
    const less = entry.amount - remaining
    entry.amount = remaining
    if (remaining === 0n) entries.delete(of.index)
    return less
  }

  #entries(debtor: EntityId, token: TokenId): Map<bigint, OpenDebt> {
    return memo(this.#open, `${debtor}/${token}`, () => new Map())
  }

  #debts(debtor: EntityId, token: TokenId) {
    const none = () => ({ created: 0n, paid: 0n, forgiven: 0n })
    return memo(this.#sheet(debtor).debts, token, none)
  }

  #sheet(entity: EntityId): Sheet {
    return memo(this.#sheets, entity, () => ({
      settlements: 0,
      disputesStarted: 0,
      disputesFaced: 0,
      forfeits: 0,
      forfeited: new Map(),
      debts: new Map(),
    }))
  }
}

function memo<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

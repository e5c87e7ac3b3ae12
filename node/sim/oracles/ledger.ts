/** What one entity has gained and lost by what its channels said, token by token. */
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import type { ChannelFact } from '../../machines/channel/messages.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'

export class Ledger {
  /** What came in less what went out. */
  readonly #sums = new Map<string, bigint>()
  /** The same of locks that were made for others. */
  readonly #forwarded = new Map<EntityId, bigint>()

  note({ entity, output }: ServerOutput): void {
    if (output.type === 'channelFact') this.#fact(entity, output.fact)
  }

  sumOf(entity: EntityId, token: TokenId): bigint {
    return this.#sums.get(entity + token) ?? 0n
  }

  /** What is left of forwarding: its fees, and never less than nothing. */
  forwardedBy(entity: EntityId): bigint {
    return this.#forwarded.get(entity) ?? 0n
  }

  #fact(entity: EntityId, fact: ChannelFact): void {
    if (fact.type === 'paid') {
      this.#add(entity, fact.token, fact.incoming ? fact.amount : -fact.amount)
    } else if (fact.type === 'lockResolved') {
      const { token, amount } = fact.lock
      this.#add(entity, token, fact.incoming ? amount : -amount)
    }
  }

  #add(entity: EntityId, token: TokenId, amount: bigint): void {
    this.#sums.set(entity + token, this.sumOf(entity, token) + amount)
  }
}

/** Which events concern this node: those of entities hosted here, and of nobody else's. */
import type { ChainEvent, DangerEvent, LocatedEvent } from '@xln/shared/depository/events.ts'
import type { EntityId, Hashlock } from '@xln/shared/ids.ts'

export interface Interest {
  /** Whether this node acts for `entity`. Asked at delivery, so it may change. */
  hosts(entity: EntityId): boolean
  /** Whether the reserve of `entity`, who is hosted elsewhere, matters: it owes to one hosted here. */
  watches?(entity: EntityId): boolean
  /** Whether a secret may be of use. Without it all are: a lock may come to be after its secret. */
  wantsSecret?(hashlock: Hashlock): boolean
}

export function concerns(interest: Interest, event: ChainEvent): boolean {
  switch (event.type) {
    case 'reserveUpdated':
      return interest.hosts(event.entity) || (interest.watches?.(event.entity) ?? false)
    case 'batchProcessed':
    case 'batchItemSkipped':
      return interest.hosts(event.entity)
    case 'debtCreated':
    case 'debtPaid':
    case 'debtForgiven':
      return interest.hosts(event.debtor) || interest.hosts(event.creditor)
    case 'secretRevealed':
      return interest.wantsSecret?.(event.hashlock) ?? true
    case 'channelUpdated':
    case 'settled':
    case 'disputeStarted':
    case 'disputeCountered':
    case 'argumentsCommitted':
    case 'tokensNamed':
    case 'tokenSplit':
    case 'disputeFinalised':
      return interest.hosts(event.left) || interest.hosts(event.right)
  }
}

/** Whether an event is acted on before it is final. */
export function isDanger(located: LocatedEvent): located is LocatedEvent<DangerEvent> {
  const { type } = located.event
  return type === 'disputeStarted' || type === 'disputeCountered' || type === 'secretRevealed'
}

/** Which entities here an event of the chain concerns. */
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import type { EntityId } from '@xln/shared/ids.ts'

/** The entities that `event` names; `everyone` for what names nobody (a secret). */
export function namedBy(event: ChainEvent): readonly EntityId[] | 'everyone' {
  switch (event.type) {
    case 'reserveUpdated':
    case 'batchProcessed':
    case 'batchItemSkipped':
      return [event.entity]
    case 'debtCreated':
    case 'debtPaid':
    case 'debtForgiven':
      return [event.debtor, event.creditor]
    case 'secretRevealed':
      return 'everyone'
    case 'channelUpdated':
    case 'settled':
    case 'disputeStarted':
    case 'disputeCountered':
    case 'argumentsCommitted':
    case 'tokensNamed':
    case 'tokenSplit':
    case 'disputeFinalised':
      return [event.left, event.right]
  }
}

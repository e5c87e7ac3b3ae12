/** What somebody owes for too long, as the chain says. */
import { SubcontractProvider__factory } from '@xln/shared/abi/typechain/factories/SubcontractProvider__factory.ts'
import { minBigint } from '@xln/shared/amounts.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import type { Endpoint } from '../../shell/chain/endpoint.ts'
import type { ChainSession } from './session.ts'

/** Entries of a queue that one look goes through, and one transaction pays. */
export const ENTRIES_MAX = 500

export interface Queue {
  /** All that is owed, whatever its age, after the reserve has paid what it can. */
  readonly owed: bigint
  /** Of that, older than a week; never more than {@link ENTRIES_MAX} entries of it. */
  readonly overdue: readonly { readonly index: bigint; readonly amount: bigint }[]
  /** How many entries the reserve pays first, and one more. */
  readonly payable: number
}

/** The queue of `debtor` as it would be once its reserve has paid, oldest first. */
export function queueOf(session: ChainSession, debtor: EntityId, token: TokenId): Promise<Queue> {
  return session.ask(async (endpoint) => {
    const depository = session.depository(endpoint)
    const [{ head, tail, total }, now, overdueAfter] = await Promise.all([
      depository.debtsOf(debtor, token),
      session.now(),
      registry(session, endpoint).OVERDUE_AFTER(),
    ])
    let reserve = await depository.reserveOf(debtor, token)
    const owed = reserve < total ? total - reserve : 0n
    let payable = 1
    const overdue: { index: bigint; amount: bigint }[] = []
    for (let index = head; index < endOfLook(head, tail); index++) {
      const { amount: full, since } = await depository.debtAt(debtor, token, index)
      const paid = minBigint(reserve, full)
      reserve -= paid
      if (paid > 0n) payable++
      const isOverdue = BigInt(now) > since + overdueAfter
      if (full > paid && isOverdue) overdue.push({ index, amount: full - paid })
    }
    return { owed, overdue, payable }
  })
}

/** Where a look ends that begins at `head`: at the end of the queue, or after {@link ENTRIES_MAX}. */
export function endOfLook(head: bigint, tail: bigint): bigint {
  return minBigint(tail, head + BigInt(ENTRIES_MAX))
}

export function registry({ domain }: ChainSession, endpoint: Endpoint) {
  return SubcontractProvider__factory.connect(domain.subcontractProvider, endpoint.provider)
}

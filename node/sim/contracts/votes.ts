/** How control shares are locked for a board, and when more than half of them have decided. */

import { shareIdsOf } from '@xln/shared/entity/shares.ts'
import { type Address, type EntityId, type Hash, ZERO_HASH } from '@xln/shared/ids.ts'
import { sharesOf } from './accounts.ts'
import type { ContractEvent } from './events.ts'
import type { Frame } from './frame.ts'
import { revert } from './reverts.ts'
import { boardHashOf } from './signatures.ts'
import type { Vote } from './world.ts'

/** Tells an event of the Shares. */
export function tellOfShares(frame: Frame, event: ContractEvent): void {
  frame.emitted.push({ address: sharesOf(frame.domain), event })
}

/** The vote of `holder`, if it counts: each election begins without any. */
export function voteOf({ world }: Frame, entity: EntityId, holder: Address): Vote | undefined {
  const vote = world.votes.get(`${entity}/${holder}`)
  const isStanding = vote?.election === world.electionOf(entity).number && vote.shares !== 0n
  return isStanding ? vote : undefined
}

export function tallyOf({ world }: Frame, entity: EntityId, boardHash: Hash): bigint {
  return world.tallies.get(`${entity}/${world.electionOf(entity).number}/${boardHash}`) ?? 0n
}

/** Sets what `holder`, who has `balance`, locks for a board. */
export function castVote(
  frame: Frame,
  entity: EntityId,
  boardHash: Hash,
  holder: Address,
  shares: bigint,
  balance: bigint,
): void {
  const terms = frame.world.terms.get(entity) ?? revert('NoShares', entity)
  if (shares > balance) {
    const id = shareIdsOf(entity)?.control
    revert('ERC1155InsufficientBalance', holder, balance, shares, id)
  }
  const before = voteOf(frame, entity, holder)
  if (before !== undefined && before.boardHash !== boardHash) revert('VoteStands', before.boardHash)
  const locked = before?.shares ?? 0n
  // A vote that becomes smaller is never refused.
  if (shares > locked && !isEligible(frame, entity, boardHash)) revert('BoardInvalid')

  const { number } = frame.world.electionOf(entity)
  const tally = tallyOf(frame, entity, boardHash) - locked + shares
  frame.world.tallies.set(`${entity}/${number}/${boardHash}`, tally)
  frame.world.votes.set(`${entity}/${holder}`, { boardHash, election: number, shares })
  tellOfShares(frame, { type: 'voted', entity, boardHash, holder, shares, tally })
  decide(frame, entity, boardHash, 2n * tally > terms.control, terms.delay)
}

function isEligible(frame: Frame, entity: EntityId, boardHash: Hash): boolean {
  return frame.world.checked.get(boardHash) === true && boardHash !== boardHashOf(frame, entity)
}

/** The delay runs from the vote that makes more than half; later ones for the same board do not begin it anew. */
function decide(
  frame: Frame,
  entity: EntityId,
  boardHash: Hash,
  isMajority: boolean,
  delay: bigint,
): void {
  const election = frame.world.electionOf(entity)
  const isStanding = election.nextFrom !== 0 && election.next === boardHash
  if (isMajority === isStanding) return
  const next = isMajority ? boardHash : ZERO_HASH
  const nextFrom = isMajority ? frame.now + Number(delay) : 0
  frame.world.elections.set(entity, { ...election, next, nextFrom })
  tellOfShares(frame, { type: 'shareholdersDecided', entity, boardHash: next, nextFrom })
}

/** Ends the election with the decision that stands; without one changes nothing. */
export function conclude(
  frame: Frame,
  entity: EntityId,
): { readonly boardHash: Hash; readonly nextFrom: number } | undefined {
  const { next: boardHash, nextFrom, number } = frame.world.electionOf(entity)
  if (boardHash === ZERO_HASH) return undefined
  frame.world.elections.set(entity, { number: number + 1n, next: ZERO_HASH, nextFrom: 0 })
  tellOfShares(frame, { type: 'electionEnded', entity, next: number + 1n })
  return { boardHash, nextFrom }
}

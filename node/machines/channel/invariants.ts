/** What is true of every channel after every transition; tests and the simulator ask each time. */

import { SIGNED_BLOCKS_MAX } from '@xln/shared/limits.ts'
import { type Channel, isLeft, isSameClause, nonceOf, pendingBlock } from './channel.ts'
import { QUEUE_MAX } from './queue.ts'
import { LOCKS_PER_SIDE_MAX } from './transactions/locks.ts'
import { OFFERS_PER_SIDE_MAX } from './transactions/offers.ts'

/** Throws when the state breaks a rule that every transition keeps: a bug of ours. */
export function checkInvariants(channel: Channel): void {
  checkMutual(channel)
  checkSigned(channel)
  checkNotes(channel)
  ensure(channel.queue.length <= QUEUE_MAX, 'the queue is too long')
  if (channel.settlement !== null) {
    ensure(
      channel.mutual.namedNonce === channel.settlement.transaction.newNonce,
      'settlement not named',
    )
  }
}

function checkMutual({ mutual }: Channel): void {
  const { tokens, locks, offers, cooperativeNonce, namedNonce } = mutual
  ensure(mutual.left < mutual.right, 'left is not left')
  ensure(namedNonce >> 32n === cooperativeNonce >> 32n, 'a settlement of another era was named')
  for (let i = 1; i < tokens.length; i++) {
    ensure((tokens[i - 1]?.token ?? '') < (tokens[i]?.token ?? ''), 'tokens are out of order')
  }
  for (const ofLeft of [true, false]) {
    const ownLocks = locks.filter(({ fromLeft }) => fromLeft === ofLeft).length
    const ownOffers = offers.filter(({ ownerIsLeft }) => ownerIsLeft === ofLeft).length
    ensure(ownLocks <= LOCKS_PER_SIDE_MAX, 'one side has too many locks')
    ensure(ownOffers <= OFFERS_PER_SIDE_MAX, 'one side has too many offers')
  }
}

/** At most three own blocks, all on the newest that counts, nonces rising, and only the newest alive. */
function checkSigned(channel: Channel): void {
  const { mutual, counted, outstanding, settlement } = channel
  ensure((counted === null) === (mutual.height === 0), 'a height without its signatures')
  ensure(outstanding.length <= SIGNED_BLOCKS_MAX, 'too many signed blocks are out')
  outstanding.forEach(({ block, dead }, index) => {
    const before = outstanding[index - 1]
    ensure(block.height === mutual.height + 1, 'an own block at a wrong height')
    ensure(block.prevBlockHash === mutual.prevBlockHash, 'an own block on another one')
    ensure(block.proposedByLeft === isLeft(channel), 'an own block of the other side')
    ensure(dead || index === outstanding.length - 1, 'two own blocks are alive')
    ensure(before === undefined || nonceOf(before.block) < nonceOf(block), 'nonces do not rise')
  })
  const pending = pendingBlock(channel)
  ensure(pending !== undefined || !channel.due.proposal, 'nothing is there to be proposed')
  ensure(settlement === null || outstanding.length === 0, 'a block was signed while settling')
}

function checkNotes({ notes, mutual }: Channel): void {
  const open = [...mutual.locks, ...mutual.offers]
  for (const note of notes) {
    ensure(
      open.some(({ id }) => isSameClause(id, note.id)),
      'a note on a clause that is over',
    )
  }
}

function ensure(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise)
}

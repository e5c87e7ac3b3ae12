/** A block counts: both sides have signed it. */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import type { Hash } from '@xln/shared/ids.ts'
import type { Applied } from './apply.ts'
import { type Channel, isLeft, NOTHING_DUE, noteOf, onchainOf } from './channel.ts'
import type { ChannelFact, ChannelOutput, Origin } from './messages.ts'
import type { ClauseNote, CollateralRequest, Counted, OwnBlock, Settlement } from './parts.ts'
import { nameOf, resultOf, withPrevious } from './proofs.ts'
import type { Step } from './step.ts'
import { refuseUrgent, takeBack } from './waiting.ts'
import { keyOf } from './working.ts'

/** Makes `block`, with what it leads to, the newest that counts. */
export function count(
  channel: Channel,
  block: ChannelBlock,
  hash: Hash,
  applied: Applied,
  signatures: { readonly proof: Uint8Array; readonly newProof: Uint8Array | null },
): Step {
  const isOwn = block.proposedByLeft === isLeft(channel)
  const before = isOwn ? channel : takeBack(channel)
  const counted: Counted = {
    byLeft: block.proposedByLeft,
    timestamp: block.timestamp,
    chainPosition: block.chainPosition,
    prevBlockHash: block.prevBlockHash,
    transactionsHash: nameOf(block).transactionsHash,
    hashedNonce: applied.mutual.cooperativeNonce,
    peerSignature: signatures.proof,
  }
  const { notes, facts } = applyFacts(before, applied.facts)
  const next: Channel = {
    ...before,
    mutual: withPrevious(applied.mutual, hash),
    counted,
    outstanding: [],
    refused: null,
    held: null,
    due: isOwn ? NOTHING_DUE : { ack: true, proposal: false },
    notes,
    restoring: null,
    resumes: false,
    retryAt: 0,
    settlement: settlementOf(block, isOwn, signatures.newProof),
    collateralRequest: requestOf(before, block, isOwn),
  }
  const restored: ChannelOutput[] = before.restoring === null ? [] : [{ type: 'restored' }]
  const committed: ChannelOutput = { type: 'committed', height: block.height }
  const rest = next.settlement === null ? { channel: next, outputs: [] } : refuseUrgent(next)
  return { channel: rest.channel, outputs: [committed, ...facts, ...restored, ...rest.outputs] }
}

/** The pending own block counts, with the peer's signature on it. */
export function countOwn(channel: Channel, own: OwnBlock, proof: Uint8Array): Step {
  // A settlement's second proof is verified apart: it may come later, or never.
  const signatures = { proof, newProof: null }
  return count(channel, own.block, own.hash, resultOf(channel, own), signatures)
}

const emptyNote = {
  origin: null,
  secret: null,
  revealedAt: 0,
  revealFinal: false,
  revealAsked: false,
  told: false,
  ratio: 0,
}

/** A note that says nothing yet. */
export function noteFor(id: ClauseNote['id'], origin: Origin | null): ClauseNote {
  return { id, ...emptyNote, origin }
}

/** Replaces the note of a clause, or adds it. */
export function withNote(channel: Channel, note: ClauseNote): Channel {
  const { notes } = channel
  const before = noteOf(channel, note.id)
  if (before === undefined) return { ...channel, notes: [...notes, note] }
  if (isSameNote(before, note)) return channel
  return { ...channel, notes: notes.map((other) => (other === before ? note : other)) }
}

function isSameNote(a: ClauseNote, b: ClauseNote): boolean {
  return (
    a.origin === b.origin &&
    a.secret === b.secret &&
    a.revealedAt === b.revealedAt &&
    a.revealFinal === b.revealFinal &&
    a.revealAsked === b.revealAsked &&
    a.told === b.told &&
    a.ratio === b.ratio
  )
}

/** Fills in what the notes know of the clauses that a block made or ended, and keeps the notes in step. */
function applyFacts(
  channel: Channel,
  facts: readonly ChannelFact[],
): { notes: readonly ClauseNote[]; facts: ChannelFact[] } {
  let byKey: Map<string, ClauseNote> | null = null
  const notes = (): Map<string, ClauseNote> => {
    byKey ??= new Map(channel.notes.map((note) => [keyOf(note.id), note]))
    return byKey
  }
  const filled: ChannelFact[] = []
  for (const fact of facts) {
    if (fact.type === 'lockAdded') {
      const { id } = fact.lock
      if (fact.origin !== null) notes().set(keyOf(id), noteFor(id, fact.origin))
      filled.push(fact)
    } else if (fact.type === 'lockResolved' || fact.type === 'lockEnded') {
      const key = keyOf(fact.lock.id)
      const note = notes().get(key)
      notes().delete(key)
      if (note?.told !== true) filled.push({ ...fact, origin: note?.origin ?? null })
    } else {
      if (fact.type === 'offerEnded') notes().delete(keyOf(fact.offer.id))
      filled.push(fact)
    }
  }
  return {
    notes: byKey === null ? channel.notes : [...(byKey as Map<string, ClauseNote>).values()],
    facts: filled,
  }
}

function settlementOf(
  block: ChannelBlock,
  byUs: boolean,
  newProofSignature: Uint8Array | null,
): Settlement | null {
  const [transaction] = block.transactions
  if (transaction?.type !== 'settle') return null
  return { byUs, transaction, newProofSignature, submitted: false }
}

/** The newest own request stands; the fee is paid when the peer's share has grown. */
function requestOf(
  channel: Channel,
  block: ChannelBlock,
  isOwn: boolean,
): CollateralRequest | null {
  let request = channel.collateralRequest
  if (!isOwn) return request
  for (const transaction of block.transactions) {
    if (transaction.type !== 'requestCollateral') continue
    const { token, amount, fee } = transaction
    request = { token, amount, fee, shareBefore: peerShare(channel, token) }
  }
  return request
}

/** What the chain says of the peer's own part of the collateral: it grows when the peer deposits. */
export function peerShare({ view, side }: Channel, token: CollateralRequest['token']): bigint {
  const onchain = onchainOf(view, token)
  if (onchain === undefined) return 0n
  return side === 'left' ? onchain.collateral - onchain.ondelta : onchain.ondelta
}

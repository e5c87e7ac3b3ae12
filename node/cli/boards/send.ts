/** From a signed deed to a transaction, and what the chain has made of it. */
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { ChainCall } from '../../shell/chain/calls.ts'
import { eventTopic } from '../../shell/chain/decode.ts'
import { errorNameOf } from '../../shell/chain/revert.ts'
import type { Arguments } from '../arguments.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { blockOfArticles, issueCall } from './articles.ts'
import {
  type BatchDeed,
  type Deed,
  type NameDeed,
  type ProofDeed,
  proofOf,
  type ReplacementDeed,
} from './deed.ts'
import type { ChainSession } from './session.ts'

export interface Sent {
  readonly block: number
  /** Whether it was done before this was asked. */
  readonly before: boolean
  /** Parts of a batch that changed nothing, with the name of the error that says why. */
  readonly skipped: readonly { readonly index: number; readonly reason: string }[]
}

const provider = IEntityProvider__factory.createInterface()

/**
 * Brings a deed that all have signed to the chain, unless it is there. Throws `nonce_wrong`, `deed_expired`,
 * `cooperative_nonce_wrong`, `dispute_none`, and what sending does.
 */
export async function sendDeed(
  session: ChainSession,
  args: Arguments,
  context: Context,
  deed: Deed,
): Promise<Sent> {
  const done = await blockOf(session, deed)
  if (done !== undefined) {
    return { block: done, before: true, skipped: await skippedOf(session, deed, done) }
  }
  const [sighting] = await session.perform(args, context, [callOf(session, deed)])
  const block = sighting?.block ?? 0
  return { block, before: false, skipped: await skippedOf(session, deed, block) }
}

/** The block in which it was done; undefined when it can be done now. */
function blockOf(session: ChainSession, deed: Deed): Promise<number | undefined> {
  switch (deed.type) {
    case 'batch':
      return blockOfBatch(session, deed)
    case 'proof':
      return requireDispute(session, deed)
    case 'replacement':
    case 'name':
      return blockOfDecision(session, deed)
    case 'articles':
      return blockOfArticles(session, deed)
  }
}

async function blockOfBatch(session: ChainSession, deed: BatchDeed): Promise<number | undefined> {
  const { entity, nonce: given, validUntil } = deed
  const next = await session.ask((endpoint) => session.depository(endpoint).batchNonce(entity))
  if (next > given) {
    const past = await session.past([eventTopic('BatchProcessed'), entity])
    const same = past.find(({ event }) => {
      const isSame = event.type === 'batchProcessed' && event.nonce === given
      return isSame && event.batchHash === keccakHex(deed.batch)
    })
    if (same !== undefined) return same.block
  }
  if (next !== given) throw new CliError({ code: 'nonce_wrong', given, next })
  await session.requireTime(validUntil)
  return undefined
}

/** Countering twice would be refused anyway: a proof is done when it stands. */
async function requireDispute(session: ChainSession, deed: ProofDeed): Promise<number | undefined> {
  const { left, right } = deed
  const state = await session.channel(left, right)
  const { cooperativeNonce: next } = state
  if (next !== deed.cooperativeNonce) {
    throw new CliError({ code: 'cooperative_nonce_wrong', given: deed.cooperativeNonce, next })
  }
  if (state.deadline === 0n) throw new CliError({ code: 'dispute_none', left, right })
  if (state.standingNonce !== proofOf(deed).disputeNonce) return undefined
  const topics = [eventTopic('DisputeStarted'), eventTopic('DisputeCountered')]
  return (await session.past([topics, left, right])).at(-1)?.block
}

/** An event by which a decision was done. */
interface Decided {
  readonly args: { readonly nonce: bigint }
  readonly blockNumber: number
}

async function blockOfDecision(
  session: ChainSession,
  deed: ReplacementDeed | NameDeed,
): Promise<number | undefined> {
  const { entity, nonce: given } = deed
  return await session.ask(async (endpoint) => {
    const contract = session.provider(endpoint)
    const { nonce: next } = await contract.tenureOf(entity)
    if (next === given) return undefined
    const { filters } = contract
    const events = await session.events<Decided>(endpoint, async (from, to) => {
      return deed.type === 'name'
        ? await contract.queryFilter(filters.NameOwned(deed.name, deed.to ?? entity), from, to)
        : await contract.queryFilter(filters.BoardDecided(entity, deed.boardHash), from, to)
    })
    const done = events.find(({ args }) => args.nonce === given + 1n)
    if (done === undefined) throw new CliError({ code: 'nonce_wrong', given, next })
    return done.blockNumber
  })
}

function callOf(session: ChainSession, deed: Deed): ChainCall {
  switch (deed.type) {
    case 'batch': {
      const { entity, batch, nonce, validUntil } = deed
      const signature = signatureOf(deed, entity)
      return { type: 'processBatch', entity, batch, nonce, validUntil, signature }
    }
    case 'proof':
      return { type: 'counter', item: counterOf(deed) }
    case 'replacement': {
      const { entity, boardHash, nonce } = deed
      const signature = bytesToHex(signatureOf(deed, entity))
      const parameters = [entity, boardHash, nonce, signature] as const
      return toProvider(session, provider.encodeFunctionData('replaceBoard', [...parameters]))
    }
    case 'name':
      return toProvider(session, nameData(deed))
    case 'articles':
      return issueCall(deed, signatureOf(deed, deed.entity))
  }
}

function nameData(deed: NameDeed): string {
  const { entity, name, to, nonce } = deed
  const signature = bytesToHex(signatureOf(deed, entity))
  if (to === null) {
    return provider.encodeFunctionData('claimName', [entity, name, nonce, signature])
  }
  return provider.encodeFunctionData('transferName', [entity, name, to, nonce, signature])
}

/** A call of the EntityProvider. */
function toProvider(session: ChainSession, data: string): ChainCall {
  const { entityProvider: to } = session.domain
  return { type: 'transaction', to, data: data as `0x${string}`, value: 0n }
}

/** The proof as whoever counters shows it. Throws `signature_missing`. */
export function counterOf(deed: ProofDeed) {
  const { left, right, cooperativeNonce } = deed
  return {
    left,
    right,
    cooperativeNonce,
    proof: proofOf(deed),
    leftSignature: signatureOf(deed, left),
    rightSignature: signatureOf(deed, right),
  }
}

/** Throws `signature_missing`. */
export function signatureOf(deed: Deed, entity: EntityId): Uint8Array {
  const signature = deed.signatures.get(entity)
  if (signature === undefined) throw new CliError({ code: 'signature_missing', entity })
  return signature
}

async function skippedOf(
  session: ChainSession,
  deed: Deed,
  block: number,
): Promise<Sent['skipped']> {
  if (deed.type !== 'batch') return []
  const past = await session.past([eventTopic('BatchItemSkipped'), deed.entity], block)
  return past.flatMap(({ event }) => {
    if (event.type !== 'batchItemSkipped' || event.nonce !== deed.nonce) return []
    return [{ index: event.index, reason: errorNameOf(event.reason) }]
  })
}

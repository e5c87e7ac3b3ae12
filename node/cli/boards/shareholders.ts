/** Who has shares of an entity, how they vote, and what has come in for them, as the chain says. */

import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { type ShareIds, shareIdsOf, sharesOf } from '@xln/shared/entity/shares.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  type Hex,
  parseAddress,
  type TokenId,
} from '@xln/shared/ids.ts'
import { ZeroAddress } from 'ethers'
import type { ChainCall } from '../../shell/chain/calls.ts'
import type { Endpoint } from '../../shell/chain/endpoint.ts'
import { CliError } from '../faults.ts'
import type { ChainSession } from './session.ts'

export interface Holder {
  readonly holder: Address
  readonly control: bigint
  readonly dividend: bigint
  /** How many of its control shares are locked, and for which board; null: none. */
  readonly vote: { readonly boardHash: Hash; readonly shares: bigint } | null
}

export interface ShareTerms {
  readonly control: bigint
  readonly dividend: bigint
  /** Seconds. */
  readonly delay: number
  /** Unix seconds. */
  readonly issuedAt: number
}

/** What has come in for the holders of dividend shares, in one token. */
export interface Dividends {
  readonly token: TokenId
  readonly reported: bigint
  readonly taken: bigint
  /** What lies there and is not divided yet. */
  readonly unreported: bigint
}

/** A call of the Shares. */
export function sharesCall({ entityProvider }: ChainDomain, data: string): ChainCall {
  return { type: 'transaction', to: sharesOf(entityProvider), data: data as Hex, value: 0n }
}

/** Throws `entity_unregistered`: a lazy entity has no shares. */
export function requireShareIds(entity: EntityId): ShareIds {
  const ids = shareIdsOf(entity)
  if (ids === undefined) throw new CliError({ code: 'entity_unregistered', entity })
  return ids
}

/** What the articles of an entity say. Throws `shares_missing` or `entity_unregistered`. */
export async function termsOf(session: ChainSession, entity: EntityId): Promise<ShareTerms> {
  requireShareIds(entity)
  const terms = await session.ask((endpoint) => session.shares(endpoint).termsOf(entity))
  if (terms.issuedAt === 0n) throw new CliError({ code: 'shares_missing', entity })
  const { control, dividend } = terms
  return { control, dividend, delay: Number(terms.delay), issuedAt: Number(terms.issuedAt) }
}

/** Everybody who has shares of the entity, the most control first. */
export async function holdersOf(session: ChainSession, entity: EntityId): Promise<Holder[]> {
  const ids = requireShareIds(entity)
  return await session.ask(async (endpoint) => {
    const contract = session.shares(endpoint)
    const receivers = await receiversOf(session, endpoint, ids)
    const all = await Promise.all(
      receivers.map(async (holder): Promise<Holder> => {
        const [control, dividend, { boardHash, shares }] = await Promise.all([
          contract.balanceOf(holder, ids.control),
          contract.balanceOf(holder, ids.dividend),
          contract.voteOf(entity, holder),
        ])
        const vote = shares === 0n ? null : { boardHash: boardHash as Hash, shares }
        return { holder, control, dividend, vote }
      }),
    )
    return all
      .filter(({ control, dividend }) => control + dividend > 0n)
      .sort((a, b) => (a.control === b.control ? 0 : a.control > b.control ? -1 : 1))
  })
}

/** Whoever has been given any of these shares. */
async function receiversOf(
  session: ChainSession,
  endpoint: Endpoint,
  { control, dividend }: ShareIds,
): Promise<Address[]> {
  const contract = session.shares(endpoint)
  const { TransferSingle, TransferBatch } = contract.filters
  const isOurs = (id: bigint) => id === control || id === dividend
  const [one, many] = await Promise.all([
    session.events(endpoint, (from, to) => contract.queryFilter(TransferSingle, from, to)),
    session.events(endpoint, (from, to) => contract.queryFilter(TransferBatch, from, to)),
  ])
  const receivers = [
    ...one.flatMap(({ args: [, , to, id] }) => (isOurs(id) ? [to] : [])),
    ...many.flatMap(({ args: [, , to, ids] }) => (ids.some(isOurs) ? [to] : [])),
  ]
  return [...new Set(receivers)].filter((to) => to !== ZeroAddress).map(parseAddress)
}

/** Control shares by the board that they are locked for, the most first. */
export function talliesOf(holders: readonly Holder[]): { boardHash: Hash; shares: bigint }[] {
  const tallies = new Map<Hash, bigint>()
  for (const { vote } of holders) {
    if (vote === null) continue
    tallies.set(vote.boardHash, (tallies.get(vote.boardHash) ?? 0n) + vote.shares)
  }
  const all = [...tallies].map(([boardHash, shares]) => ({ boardHash, shares }))
  return all.sort((a, b) => (a.shares > b.shares ? -1 : 1))
}

/** The pot of an entity that has shares. */
export async function potOf(session: ChainSession, entity: EntityId): Promise<EntityId> {
  await termsOf(session, entity)
  return (await session.ask((endpoint) => session.shares(endpoint).potOf(entity))) as EntityId
}

/** Whose dividends, of which Depository and in which token. */
export interface Source {
  readonly entity: EntityId
  readonly depository: Address
  readonly token: TokenId
}

export function sourceOf(session: ChainSession, entity: EntityId, token: TokenId): Source {
  return { entity, depository: session.domain.depository, token }
}

/** In every token of which anything has come in. */
export async function dividendsOf(session: ChainSession, entity: EntityId): Promise<Dividends[]> {
  const pot = await potOf(session, entity)
  const { reserves } = await session.entity(pot)
  const { depository } = session.domain
  return await session.ask(async (endpoint) => {
    const contract = session.shares(endpoint)
    const { filters } = contract
    const reports = filters.DividendReported(entity, depository)
    const past = await session.events(endpoint, (from, to) => {
      return contract.queryFilter(reports, from, to)
    })
    const held = new Map(reserves.map(({ token, reserve }) => [token, reserve]))
    const tokens = new Set([...held.keys(), ...past.map(({ args }) => args.token as TokenId)])
    return await Promise.all(
      [...tokens].sort().map(async (token): Promise<Dividends> => {
        const source = sourceOf(session, entity, token)
        const { total: reported, paid: taken } = await contract.dividendsOf(source)
        const unreported = (held.get(token) ?? 0n) - (reported - taken)
        return { token, reported, taken, unreported }
      }),
    )
  })
}

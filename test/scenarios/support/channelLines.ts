/** How a channel stands, in one line: as both sides have it, or one line for each where they differ. */
import { capacityOf, deltaOf } from '@xln/node/machines/channel/capacity.ts'
import { type Channel, statusOf } from '@xln/node/machines/channel/channel.ts'
import type { SimServer } from '@xln/node/sim/server.ts'
import { delta } from '@xln/shared/channel/delta.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { TokenId } from '@xln/shared/ids.ts'
import { cooperativeNonceWord, type Names, numberWord, placeWord } from './names.ts'
import { clauseWord } from './words.ts'

/** Of all pairs; `servers` in the order of their ids, so that the first of a pair is left. */
export function channelLines(servers: readonly SimServer[], names: Names): string[] {
  return servers.flatMap((left, index) =>
    servers.slice(index + 1).flatMap((right) => linesOf(left, right, names)),
  )
}

function linesOf(left: SimServer, right: SimServer, names: Names): string[] {
  const pair = `${left.name}–${right.name}`
  const sides = [left, right].map((server, index) => {
    const other = index === 0 ? right : left
    const channel = channelOf(server, other)
    const state = channel && stateWords(channel, left.name, right.name, names)
    return { name: server.name, state, status: statusWord(server, channel) }
  })
  if (sides.every(({ state }) => state === undefined)) return []
  const known = sides.filter(({ state }) => state !== undefined)
  const [first, second] = known
  if (second === undefined || first?.state === second.state) {
    const statuses = sides.map(({ name, status }) => `${name} ${status}`)
    return [`${pair}: ${first?.state}; ${statuses.join(', ')}`]
  }
  return known.map(({ name, state, status }) => `${pair} at ${name}: ${state}; ${status}`)
}

function channelOf(server: SimServer, other: SimServer): Channel | undefined {
  const [own] = server.entities
  const [peer] = other.entities
  if (own === undefined || peer === undefined) return undefined
  return server.engine?.shell.records(own)?.channel(channelKeyOf(own, peer))
}

function statusWord(server: SimServer, channel: Channel | undefined): string {
  if (!server.isUp) return 'down'
  return channel === undefined ? 'knows nothing' : statusOf(channel)
}

function stateWords(channel: Channel, left: string, right: string, names: Names): string {
  const { mutual, view } = channel
  const nonce =
    mutual.cooperativeNonce === 0n ? '' : `nonce ${cooperativeNonceWord(mutual.cooperativeNonce)}, `
  const tokens = new Set([...mutual.tokens, ...view.tokens].map(({ token }) => token))
  const parts = [...tokens].sort().map((token) => tokenWords(channel, token, left, right, names))
  const locks = mutual.locks.map((lock) => {
    const payer = lock.fromLeft ? left : right
    const amount = `${lock.amount} ${names.of(lock.token)}`
    return `lock ${clauseWord(lock.id)} of ${payer} over ${amount} by ${numberWord(lock.revealBy)}`
  })
  return [`${nonce}height ${placeWord(mutual.term, mutual.height)}`, ...parts, ...locks].join('; ')
}

function tokenWords(
  channel: Channel,
  token: TokenId,
  left: string,
  right: string,
  names: Names,
): string {
  const name = names.of(token)
  const one = deltaOf(channel, token)
  const held = one.collateral === 0n ? '' : `collateral ${one.collateral}, `
  const canPay = `${left} can pay ${capacityOf(channel, token, 'left')}, ${right} ${capacityOf(channel, token, 'right')}`
  return `${name} ${held}delta ${delta(one)}, ${canPay}`
}

/** What somebody may want at any moment: mostly what can be had, sometimes what cannot. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import type { EntityId, Hashlock, Hex, Secret, TokenId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_MIN } from '@xln/shared/limits.ts'
import { TOKENS } from './ethereum.ts'
import type { Random } from './random.ts'

/** Somebody is to be paid. */
export interface Demand {
  readonly payee: EntityId
  readonly token: TokenId
  readonly amount: bigint
  readonly hashlock: Hashlock
}

/** From where somebody looks at the world. */
export interface Prospect {
  readonly self: EntityId
  readonly hub: EntityId
  readonly others: readonly EntityId[]
  readonly demands: readonly Demand[]
  /** Unix seconds. */
  readonly now: number
  readonly hasChain: boolean
  /** How often, of a thousand wishes, it is a dispute. */
  readonly disputes: number
  /** What anybody wishes at all; undefined: everything. */
  readonly wishes: readonly Action['type'][] | undefined
}

const MEMO = new Uint8Array(0)

type Make = (prospect: Prospect, random: Random) => Action | undefined
type Maker = readonly [weight: number, type: Action['type'], make: Make]

/** What is wished how often. */
const everywhere: readonly Maker[] = [
  [2, 'openChannel', open],
  [2, 'extendCredit', lend],
  [2, 'payPeer', payPeer],
  [2, 'createInvoice', invoice],
  [3, 'pay', pay],
  [1, 'note', note],
]

const onChain: readonly Maker[] = [
  [2, 'collateralise', collateralise],
  [1, 'withdraw', withdraw],
  [1, 'transfer', transfer],
  [1, 'cashOut', cashOut],
  [1, 'closeChannel', close],
]

/** The next wish of `prospect.self`. */
export function wish(prospect: Prospect, random: Random): Action | undefined {
  const { hasChain, wishes } = prospect
  const isWished = (type: Action['type']) => wishes === undefined || wishes.includes(type)
  if (hasChain && isWished('startDispute') && random.chance(prospect.disputes / 1_000)) {
    return { type: 'startDispute', peer: peerOf(prospect, random) }
  }
  const all = hasChain ? [...everywhere, ...onChain] : everywhere
  const makers = all.filter(([, type]) => isWished(type))
  const sum = makers.reduce((before, [weight]) => before + weight, 0)
  let left = random.between(1, sum)
  for (const [weight, , make] of makers) {
    left -= weight
    if (left <= 0) return make(prospect, random)
  }
  return undefined
}

/** The hub, or for the hub somebody; now and then somebody who is no peer at all. */
function peerOf({ self, hub, others }: Prospect, random: Random): EntityId {
  return self === hub || random.chance(0.05) ? random.pick(others) : hub
}

function amountOf(random: Random): bigint {
  return BigInt(random.between(0, 6))
}

function open(prospect: Prospect, random: Random): Action {
  return {
    type: 'openChannel',
    peer: peerOf(prospect, random),
    disputeWindow: DISPUTE_WINDOW_MIN - (random.chance(0.05) ? 1 : 0),
  }
}

function lend(prospect: Prospect, random: Random): Action {
  const limit = BigInt(random.between(0, 20))
  const peer = peerOf(prospect, random)
  return { type: 'extendCredit', peer, token: random.pick(TOKENS), limit }
}

function payPeer(prospect: Prospect, random: Random): Action {
  const peer = peerOf(prospect, random)
  const amount = amountOf(random)
  // By it each is known again: oracles/payments.ts.
  const memo = random.bytes(8)
  return { type: 'payPeer', peer, token: random.pick(TOKENS), amount, memo }
}

function note(prospect: Prospect, random: Random): Action {
  const data = random.bytes(random.between(0, 40))
  return { type: 'note', peer: peerOf(prospect, random), data }
}

function invoice({ now }: Prospect, random: Random): Action {
  const hex: Hex = bytesToHex(keccak256(random.bytes(8)))
  return {
    type: 'createInvoice',
    secret: hex as Secret,
    token: random.pick(TOKENS),
    amount: amountOf(random),
    expiresAt: now + random.between(-1, 3_600),
    memo: MEMO,
  }
}

/** Sometimes too much or too little, sometimes to oneself, sometimes to who has asked for nothing. */
function pay({ self, hub, others, demands }: Prospect, random: Random): Action | undefined {
  if (demands.length === 0) return undefined
  const { payee, token, amount, hashlock } = random.pick(demands)
  const sum = random.chance(0.9) ? amount : amount + BigInt(random.between(-1, 2))
  const to = random.chance(0.95) ? payee : random.pick(others)
  const hops = to === hub || self === hub ? [to] : [hub, to]
  const route = hops.map((entity) => ({ entity, fee: 0n }))
  return { type: 'pay', route, token, amount: sum, hashlock }
}

function collateralise(prospect: Prospect, random: Random): Action {
  const peer = peerOf(prospect, random)
  return { type: 'collateralise', peer, token: random.pick(TOKENS), amount: amountOf(random) }
}

function withdraw({ self }: Prospect, random: Random): Action {
  const to = `0x${self.slice(-40)}` as Extract<Action, { type: 'withdraw' }>['to']
  return { type: 'withdraw', token: random.pick(TOKENS), to, amount: amountOf(random) }
}

function transfer({ others }: Prospect, random: Random): Action {
  const to = random.pick(others)
  return { type: 'transfer', token: random.pick(TOKENS), to, amount: amountOf(random) }
}

function cashOut(prospect: Prospect, random: Random): Action {
  const peer = peerOf(prospect, random)
  return { type: 'cashOut', peer, token: random.pick(TOKENS), amount: amountOf(random) }
}

function close(prospect: Prospect, random: Random): Action {
  return { type: 'closeChannel', peer: peerOf(prospect, random) }
}

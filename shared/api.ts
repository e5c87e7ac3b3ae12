/**
 * The API: every method, once. From this table come the server's checks, the typed client, what the
 * command line asks for, and the reference. Amounts are base units, in JSON decimal strings.
 */
import * as z from 'zod'
import {
  address,
  amount,
  bytes,
  chainAmount,
  count,
  entityId,
  hashlock,
  key,
  list,
  time,
  tokenId,
} from './api/fields.ts'
import { type Method, method } from './api/method.ts'
import * as results from './api/results.ts'
import { samples } from './api/samples.ts'
import { INVOICE_HINTS_MAX, INVOICE_LENGTH_MAX } from './invoice.ts'
import { DISPUTE_WINDOW_MAX, DISPUTE_WINDOW_MIN, HOPS_MAX, MEMO_BYTES_MAX } from './limits.ts'

/** What can be subscribed to. */
export const topics = ['blocks', 'channel', 'payments', 'disputes', 'chain', 'peers'] as const
export type Topic = (typeof topics)[number]

/** The longest that a payment may be waited for, milliseconds; and how long it is when nothing is said. */
export const PAY_TIMEOUT_MAX_MS = 600_000
export const PAY_TIMEOUT_DEFAULT_MS = 60_000
/** Items of a page. */
export const PAGE_MAX = 200
export const PAGE_DEFAULT = 50

const hop = results.hop.strict()
const nothing = z.strictObject({})
const ofEntity = z.strictObject({ entity: entityId })
const ofPeer = ofEntity.extend({ peer: entityId })
const paged = ofEntity.extend({
  from: z.string().max(200).optional(),
  limit: z.int().min(1).max(PAGE_MAX).optional(),
})
const keyed = { key: key.optional() }
const timeoutMs = z.int().min(0).max(PAY_TIMEOUT_MAX_MS).optional()
const memo = bytes(MEMO_BYTES_MAX).optional()
const url = z
  .string()
  .max(512)
  .regex(/^wss?:\/\/[^\s]+$/, 'not a ws:// or wss:// URL')
/** As names of keys are in a keystore. */
const name = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/, 'not a letter and up to 63 letters, digits, . _ -')
const route = list(hop, HOPS_MAX)
const somePolicy = results.policy.partial().strict()

const { alice, hub, bob, usdc, lock, server } = samples
const toHub = { entity: alice, peer: hub }
const some = { token: usdc, amount: '25000000' }
const accepted = { accepted: true }

export const api = {
  'server.getInfo': method({
    level: 'read',
    summary: 'What this node is, how far it is, and whether it is well.',
    params: nothing,
    result: results.nodeInfo,
    example: { params: {}, result: samples.nodeInfo },
  }),

  'entity.list': method({
    level: 'read',
    summary: 'The entities on this node that the token may see.',
    params: nothing,
    result: list(results.entitySummary),
    example: { params: {}, result: [{ id: alice, signer: server }] },
  }),
  'entity.getState': method({
    level: 'read',
    summary: "An entity's policy, reserves, debts, and what is on its way to the chain.",
    params: ofEntity,
    result: results.entityState,
    example: { params: { entity: alice }, result: samples.entityState },
  }),
  'entity.create': method({
    level: 'server',
    summary:
      'Makes an entity of one signer, whose key is made too if the keystore has none of that name.',
    params: z.strictObject({ name, policy: somePolicy.optional(), ...keyed }),
    result: z.object({ entity: entityId }),
    example: { params: { name: 'alice' }, result: { entity: alice } },
  }),
  'entity.setPolicy': method({
    level: 'signer',
    summary: 'Changes what an entity does by itself; what is not named stays as it is.',
    params: ofEntity.extend({ policy: somePolicy, ...keyed }),
    result: results.accepted,
    example: {
      params: { entity: hub, policy: { forwards: true, feePpm: '100' } },
      result: accepted,
    },
  }),

  'channel.open': method({
    level: 'entity',
    summary: 'Makes a channel with another entity known; nothing is signed and nothing moves.',
    params: ofPeer.extend({
      disputeWindow: z.int().min(DISPUTE_WINDOW_MIN).max(DISPUTE_WINDOW_MAX).optional(),
      ...keyed,
    }),
    result: results.accepted,
    example: { params: toHub, result: accepted },
  }),
  'channel.list': method({
    level: 'read',
    summary: 'The channels of an entity, page by page.',
    params: paged,
    result: results.page(results.channelState),
    example: { params: { entity: alice }, result: { items: [samples.channelState], next: null } },
  }),
  'channel.get': method({
    level: 'read',
    summary: 'One channel: its balances, limits and status.',
    params: ofPeer,
    result: results.channelState,
    example: { params: toHub, result: samples.channelState },
  }),
  'channel.extendCredit': method({
    level: 'entity',
    summary: 'Sets how much of a token the peer may owe this entity, unsecured.',
    params: ofPeer.extend({ token: tokenId, limit: amount, ...keyed }),
    result: results.accepted,
    example: { params: { ...toHub, token: usdc, limit: '100000000' }, result: accepted },
  }),
  'channel.requestCollateral': method({
    level: 'entity',
    summary: 'Asks the peer to put collateral into the channel, for a fee when it is seen.',
    params: ofPeer.extend({ token: tokenId, amount, fee: amount.optional(), ...keyed }),
    result: results.accepted,
    example: { params: { ...toHub, ...some, fee: '10000' }, result: accepted },
  }),
  'channel.collateralise': method({
    level: 'entity',
    summary: 'Moves reserve into the channel, as the own share.',
    params: ofPeer.extend({ token: tokenId, amount, ...keyed }),
    result: results.accepted,
    example: { params: { ...toHub, ...some }, result: accepted },
  }),
  'channel.settle': method({
    level: 'entity',
    summary:
      'Cashes out: moves a part of the own claim to the own reserve, together with the peer.',
    params: ofPeer.extend({ token: tokenId, amount, ...keyed }),
    result: results.accepted,
    example: { params: { ...toHub, ...some }, result: accepted },
  }),
  'channel.close': method({
    level: 'entity',
    summary: 'Pays both sides out and empties the channel, together with the peer.',
    params: ofPeer.extend(keyed),
    result: results.accepted,
    example: { params: toHub, result: accepted },
  }),
  'channel.dispute': method({
    level: 'entity',
    summary: 'Ends the channel alone, on chain, with the newest state that both have signed.',
    params: ofPeer.extend(keyed),
    result: results.accepted,
    example: { params: toHub, result: accepted },
  }),
  'channel.proof': method({
    level: 'read',
    summary: 'The newest state that both have signed, for a court or a watchtower.',
    params: ofPeer,
    result: results.channelProof,
    example: { params: toHub, result: samples.channelProof },
  }),
  'channel.quarantined': method({
    level: 'server',
    summary: `What machines threw at, the oldest ${PAGE_MAX}: each is a bug, and its channel waits for the operator.`,
    params: nothing,
    result: list(results.quarantinedInput),
    example: { params: {}, result: [samples.quarantinedInput] },
  }),
  'channel.release': method({
    level: 'server',
    summary:
      'Takes again what a channel under quarantine threw at; if it throws again, it stays there.',
    params: ofPeer.extend(keyed),
    result: results.accepted,
    example: { params: toHub, result: accepted },
  }),

  'payment.pay': method({
    level: 'entity',
    summary: 'Pays under a hashlock along a route, and waits for the end of it.',
    params: ofEntity.extend({ route, token: tokenId, amount, hashlock, timeoutMs, ...keyed }),
    result: results.paymentState,
    example: {
      params: { entity: alice, route: samples.route, ...some, hashlock: lock },
      result: samples.paymentState,
    },
  }),
  'payment.payInvoice': method({
    level: 'entity',
    summary: 'Pays an invoice, through the given hops or one that the invoice hints at.',
    params: ofEntity.extend({
      invoice: z.string().max(INVOICE_LENGTH_MAX),
      via: list(hop, HOPS_MAX - 1).optional(),
      timeoutMs,
      ...keyed,
    }),
    result: results.paymentState,
    example: {
      params: { entity: alice, invoice: samples.invoice, via: [{ entity: hub, fee: '2500' }] },
      result: samples.paymentState,
    },
  }),
  'payment.payPeer': method({
    level: 'entity',
    summary: "Pays a channel's peer directly, without condition.",
    params: ofPeer.extend({ token: tokenId, amount, memo, ...keyed }),
    result: results.accepted,
    example: { params: { ...toHub, ...some }, result: accepted },
  }),
  'payment.status': method({
    level: 'read',
    summary: 'How a payment stands that this entity has sent.',
    params: ofEntity.extend({ hashlock }),
    result: results.paymentState,
    example: { params: { entity: alice, hashlock: lock }, result: samples.paymentState },
  }),
  'payment.list': method({
    level: 'read',
    summary: 'The payments that an entity has sent, page by page.',
    params: paged,
    result: results.page(results.paymentState),
    example: { params: { entity: alice }, result: { items: [samples.paymentState], next: null } },
  }),

  'invoice.create': method({
    level: 'entity',
    summary: 'Draws a secret and makes a payment receivable under it.',
    params: ofEntity.extend({
      token: tokenId,
      amount,
      expiresAt: time,
      memo,
      hints: list(entityId, INVOICE_HINTS_MAX).optional(),
      ...keyed,
    }),
    result: z.object({ hashlock, invoice: z.string() }),
    example: {
      params: { entity: bob, ...some, expiresAt: samples.expiresAt },
      result: { hashlock: lock, invoice: samples.invoice },
    },
  }),
  'invoice.get': method({
    level: 'read',
    summary: 'An invoice of this entity, and whether it is paid.',
    params: ofEntity.extend({ hashlock }),
    result: results.invoiceState,
    example: { params: { entity: bob, hashlock: lock }, result: samples.invoiceState },
  }),

  'depository.wallet': method({
    level: 'server',
    summary: "What the node's own chain account holds outside, and its address.",
    params: z.strictObject({ token: tokenId }),
    result: z.object({ address, amount: chainAmount }),
    example: { params: { token: usdc }, result: { address: server, amount: '500000000' } },
  }),
  'depository.deposit': method({
    level: 'server',
    summary: "Moves tokens of the node's own chain account into an entity's reserve.",
    params: ofEntity.extend({ token: tokenId, amount: chainAmount, ...keyed }),
    result: z.object({ block: count, txHash: z.string() }),
    example: { params: { entity: alice, ...some }, result: { block: 812, txHash: lock } },
  }),
  'depository.withdraw': method({
    level: 'entity',
    summary: 'Moves reserve out to an address.',
    params: ofEntity.extend({ token: tokenId, to: address, amount: chainAmount, ...keyed }),
    result: results.accepted,
    example: { params: { entity: alice, ...some, to: server }, result: accepted },
  }),
  'depository.transfer': method({
    level: 'entity',
    summary: "Moves reserve to another entity's reserve.",
    params: ofEntity.extend({ token: tokenId, to: entityId, amount: chainAmount, ...keyed }),
    result: results.accepted,
    example: { params: { entity: alice, ...some, to: bob }, result: accepted },
  }),
  'depository.reserves': method({
    level: 'read',
    summary: 'What an entity holds in the Depository, bound by no channel.',
    params: ofEntity,
    result: list(results.reserve),
    example: { params: { entity: alice }, result: [some] },
  }),
  'depository.debts': method({
    level: 'read',
    summary: 'What an entity owes on chain, and what it is owed.',
    params: ofEntity,
    result: list(results.debt),
    example: { params: { entity: alice }, result: [samples.debt] },
  }),

  'peer.connect': method({
    level: 'server',
    summary: 'Dials another server from now on, also after restarts.',
    params: z.strictObject({ url, server: address.optional() }),
    result: results.accepted,
    example: { params: { url: 'wss://hub.example:7800', server }, result: accepted },
  }),
  'peer.list': method({
    level: 'read',
    summary: 'The servers that are connected, and the entities they speak for.',
    params: nothing,
    result: list(results.peer),
    example: { params: {}, result: [{ server, entities: [hub] }] },
  }),

  subscribe: method({
    level: 'read',
    summary: 'Pushes events of some topics, all or those of one entity, until unsubscribed.',
    params: z.strictObject({
      topics: list(z.enum(topics), topics.length),
      entity: entityId.optional(),
    }),
    result: z.object({ subscription: z.string() }),
    example: { params: { topics: ['payments'], entity: alice }, result: { subscription: '1' } },
  }),
  unsubscribe: method({
    level: 'read',
    summary: 'Ends a subscription of this connection.',
    params: z.strictObject({ subscription: z.string().max(20) }),
    result: results.accepted,
    example: { params: { subscription: '1' }, result: accepted },
  }),
}

export type Api = typeof api
export type MethodName = keyof Api
/** What a method is given, as the code works with it. */
export type Params<Name extends MethodName> = z.output<Api[Name]['params']>
/** What a method answers, as the code works with it. */
export type Result<Name extends MethodName> = z.output<Api[Name]['result']>

export const methodNames = Object.keys(api) as MethodName[]

/** The declaration of a method; undefined for a name that is none. */
export function methodOf(name: string): Method | undefined {
  return Object.hasOwn(api, name) ? (api[name as MethodName] as unknown as Method) : undefined
}

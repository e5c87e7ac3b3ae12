/** Methods that only look. */
import { PAGE_DEFAULT, PAGE_MAX } from '@xln/shared/api.ts'
import { encodeMutual } from '@xln/shared/channel/stateCodec.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { encodeInvoice } from '@xln/shared/invoice.ts'
import type { EntityState } from '../backend.ts'
import { notFound, type Refusal } from '../refusal.ts'
import type { Handlers, Parts } from './handler.ts'
import { hintsFor } from './hints.ts'

type Reading = Pick<
  Handlers,
  | 'server.getInfo'
  | 'entity.list'
  | 'entity.getState'
  | 'channel.list'
  | 'channel.get'
  | 'channel.proof'
  | 'channel.quarantined'
  | 'payment.status'
  | 'payment.list'
  | 'invoice.get'
  | 'depository.wallet'
  | 'depository.reserves'
  | 'depository.debts'
  | 'peer.list'
>

export function reading({ backend }: Parts): Reading {
  const stateOf = <T>(entity: EntityId, pick: (state: EntityState) => T): T | Refusal => {
    const state = backend.entity(entity)
    return state === undefined ? notFound('entity_unknown', { entity }) : pick(state)
  }
  const pageOf = <Item>(
    read: (entity: EntityId, from: string | null, limit: number) => Promise<Item>,
    {
      entity,
      from,
      limit,
    }: { entity: EntityId; from?: string | undefined; limit?: number | undefined },
  ): Promise<Item> => read(entity, from ?? null, limit ?? PAGE_DEFAULT)

  return {
    'server.getInfo': () => {
      const status = backend.status()
      return { ...status, peers: status.peers.length }
    },

    'entity.list': (_, { token }) => {
      const all = backend.entities()
      return all.filter(({ id }) => token?.entities?.includes(id) ?? true)
    },
    'entity.getState': ({ entity }) => stateOf(entity, (state) => state),

    'channel.list': (params) =>
      pageOf((entity, from, limit) => backend.channels(entity, from, limit), params),
    'channel.get': ({ entity, peer }) =>
      backend.channel(entity, peer) ?? notFound('channel_unknown', { peer }),
    'channel.proof': ({ entity, peer }) => {
      const proof = backend.proof(entity, peer)
      if (proof === undefined) return notFound('proof_unknown', { peer })
      return { ...proof, mutual: encodeMutual(proof.mutual) }
    },
    'channel.quarantined': () => backend.quarantined(PAGE_MAX),

    'payment.status': ({ entity, hashlock }) =>
      backend.payment(entity, hashlock) ?? notFound('payment_unknown', { hashlock }),
    'payment.list': (params) =>
      pageOf((entity, from, limit) => backend.payments(entity, from, limit), params),

    'invoice.get': async ({ entity, hashlock }) => {
      const invoice = backend.invoice(entity, hashlock)
      if (invoice === undefined) return notFound('invoice_unknown', { hashlock })
      const { network } = backend.status()
      const hints = await hintsFor(backend, entity, invoice)
      return { ...invoice, invoice: encodeInvoice({ ...network, ...invoice, entity, hints }) }
    },

    'depository.wallet': ({ token }) => backend.walletBalance(token),
    'depository.reserves': ({ entity }) => stateOf(entity, ({ reserves }) => reserves),
    'depository.debts': ({ entity }) => stateOf(entity, ({ debts }) => debts),

    'peer.list': () => backend.status().peers,
  }
}

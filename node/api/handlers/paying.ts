/** Payments under a hashlock, and the invoices that ask for them. */
import { type MethodName, PAY_TIMEOUT_DEFAULT_MS } from '@xln/shared/api.ts'
import type { Hop } from '@xln/shared/entity/action.ts'
import type { EntityId, Hashlock, TokenId } from '@xln/shared/ids.ts'
import { decodeInvoice, encodeInvoice, type Invoice, isInvoice } from '@xln/shared/invoice.ts'
import type { Declined, NodeStatus, PaymentState } from '../backend.ts'
import { declined, notFound, type Refusal } from '../refusal.ts'
import type { Handlers, Parts } from './handler.ts'
import { hintsFor, viaFor } from './hints.ts'

type Paying = Pick<Handlers, 'payment.pay' | 'payment.payInvoice' | 'invoice.create'>

interface Payment {
  readonly route: readonly Hop[]
  readonly token: TokenId
  readonly amount: bigint
  readonly hashlock: Hashlock
}

const NOTHING = new Uint8Array(0)

export function paying({ backend, now }: Parts): Paying {
  const pay = async (
    method: MethodName,
    entity: EntityId,
    payment: Payment,
    timeoutMs = PAY_TIMEOUT_DEFAULT_MS,
  ): Promise<PaymentState | Refusal> => {
    if (backend.entity(entity) === undefined) return notFound('entity_unknown', { entity })
    const state = await backend.pay(entity, payment, timeoutMs)
    return isDeclined(state) ? declined(method, state) : state
  }

  return {
    'payment.pay': ({ entity, route, token, amount, hashlock, timeoutMs }) =>
      pay('payment.pay', entity, { route, token, amount, hashlock }, timeoutMs),

    'payment.payInvoice': ({ entity, invoice: text, via, timeoutMs }) => {
      const invoice = decodeInvoice(text)
      if (!isInvoice(invoice)) return declined('invoice', invoice)
      const refusal = whyNotPayable(invoice, entity, backend.status().network, now())
      if (refusal !== undefined) return declined('invoice', refusal)
      const free = via ?? viaFor(backend, entity, invoice)?.map((hop) => ({ entity: hop, fee: 0n }))
      if (free === undefined) {
        return declined('payment', { code: 'route_unknown', hints: invoice.hints })
      }
      const { entity: payee, token, amount, hashlock } = invoice
      const route = [...free, { entity: payee, fee: 0n }]
      return pay('payment.payInvoice', entity, { route, token, amount, hashlock }, timeoutMs)
    },

    'invoice.create': async ({ entity, token, amount, expiresAt, memo = NOTHING, hints }) => {
      if (backend.entity(entity) === undefined) return notFound('entity_unknown', { entity })
      const wanted = { token, amount, expiresAt, memo }
      const made = await backend.createInvoice(entity, wanted)
      if (isDeclined(made)) return declined('invoice', made)
      const { hashlock } = made
      const named = hints ?? (await hintsFor(backend, entity, wanted))
      const { network } = backend.status()
      const invoice = encodeInvoice({ ...network, ...wanted, entity, hashlock, hints: named })
      return { hashlock, invoice }
    },
  }
}

function isDeclined(answer: object): answer is Declined {
  return 'code' in answer
}

function whyNotPayable(
  { entity: payee, chainId, depository, expiresAt }: Invoice,
  payer: EntityId,
  network: NodeStatus['network'],
  now: number,
): Declined | undefined {
  if (chainId !== network.chainId || depository !== network.depository) {
    return { code: 'invoice_of_other_network', chainId, depository }
  }
  if (expiresAt <= now) return { code: 'invoice_expired', expiresAt, now }
  if (payee === payer) return { code: 'invoice_own' }
  return undefined
}

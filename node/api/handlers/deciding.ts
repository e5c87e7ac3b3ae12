/** Methods by which an entity decides something. */
import type { MethodName } from '@xln/shared/api.ts'
import type { Action, Policy } from '@xln/shared/entity/action.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_DEFAULT } from '@xln/shared/limits.ts'
import { declined, notFound, type Refusal } from '../refusal.ts'
import { accepted, type Handlers, type Parts } from './handler.ts'

type Deciding = Pick<
  Handlers,
  | 'entity.create'
  | 'entity.setPolicy'
  | 'channel.open'
  | 'channel.extendCredit'
  | 'channel.requestCollateral'
  | 'channel.collateralise'
  | 'channel.settle'
  | 'channel.close'
  | 'channel.dispute'
  | 'channel.release'
  | 'payment.payPeer'
  | 'depository.deposit'
  | 'depository.withdraw'
  | 'depository.transfer'
  | 'peer.connect'
>

const NOTHING = new Uint8Array(0)

export function deciding({ backend, defaultPolicy }: Parts): Deciding {
  const decide = async (
    method: MethodName,
    entity: EntityId,
    action: Action,
  ): Promise<typeof accepted | Refusal> => {
    if (backend.entity(entity) === undefined) return notFound('entity_unknown', { entity })
    const reason = await backend.decide(entity, action)
    return reason === null ? accepted : declined(method, reason)
  }

  return {
    'entity.create': async ({ name, policy }) => {
      return { entity: await backend.createEntity(name, changed(defaultPolicy, policy ?? {})) }
    },
    'entity.setPolicy': ({ entity, policy }) => {
      const before = backend.entity(entity)?.policy ?? defaultPolicy
      const action = { type: 'setPolicy', policy: changed(before, policy) } as const
      return decide('entity.setPolicy', entity, action)
    },

    'channel.open': ({ entity, peer, disputeWindow = DISPUTE_WINDOW_DEFAULT }) =>
      decide('channel.open', entity, { type: 'openChannel', peer, disputeWindow }),
    'channel.extendCredit': ({ entity, peer, token, limit }) =>
      decide('channel.extendCredit', entity, { type: 'extendCredit', peer, token, limit }),
    'channel.requestCollateral': ({ entity, peer, token, amount, fee = 0n }) => {
      const action = { type: 'requestCollateral', peer, token, amount, fee } as const
      return decide('channel.requestCollateral', entity, action)
    },
    'channel.collateralise': ({ entity, peer, token, amount }) =>
      decide('channel.collateralise', entity, { type: 'collateralise', peer, token, amount }),
    'channel.settle': ({ entity, peer, token, amount }) =>
      decide('channel.settle', entity, { type: 'cashOut', peer, token, amount }),
    'channel.close': ({ entity, peer }) =>
      decide('channel.close', entity, { type: 'closeChannel', peer }),
    'channel.dispute': ({ entity, peer }) =>
      decide('channel.dispute', entity, { type: 'startDispute', peer }),
    'channel.release': async ({ entity, peer }) => {
      if (backend.entity(entity) === undefined) return notFound('entity_unknown', { entity })
      const reason = await backend.release(entity, peer)
      return reason === null ? accepted : declined('channel.release', reason)
    },

    'payment.payPeer': ({ entity, peer, token, amount, memo = NOTHING }) =>
      decide('payment.payPeer', entity, { type: 'payPeer', peer, token, amount, memo }),

    'depository.deposit': async ({ entity, token, amount }) => {
      if (backend.entity(entity) === undefined) return notFound('entity_unknown', { entity })
      return await backend.deposit(entity, token, amount)
    },
    'depository.withdraw': ({ entity, token, to, amount }) =>
      decide('depository.withdraw', entity, { type: 'withdraw', token, to, amount }),
    'depository.transfer': ({ entity, token, to, amount }) =>
      decide('depository.transfer', entity, { type: 'transfer', token, to, amount }),

    'peer.connect': async ({ url, server }) => {
      await backend.connect(url, server)
      return accepted
    },
  }
}

type Changes = { readonly [Name in keyof Policy]?: Policy[Name] | undefined }

function changed(policy: Policy, changes: Changes): Policy {
  const named = Object.entries(changes).filter(([, value]) => value !== undefined)
  return { ...policy, ...Object.fromEntries(named) }
}

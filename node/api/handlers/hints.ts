/** Where a payment may come from, and which way it may go, as far as a route is given by hand. */
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { INVOICE_HINTS_MAX, type Invoice } from '@xln/shared/invoice.ts'
import type { Backend, ChannelState } from '../backend.ts'

/** How many channels are looked at. */
const CHANNELS_SEEN = 100

/** Peers from which `entity` can receive so much now, the ones with most room first. */
export async function hintsFor(
  backend: Backend,
  entity: EntityId,
  { token, amount }: { readonly token: TokenId; readonly amount: bigint },
): Promise<EntityId[]> {
  const { items } = await backend.channels(entity, null, CHANNELS_SEEN)
  const rooms = items.map((channel) => ({
    peer: channel.peer,
    room: channel.connected ? roomOf(channel, token, 'canReceive') : 0n,
  }))
  return rooms
    .filter(({ room }) => room >= amount)
    .sort((a, b) => (a.room > b.room ? -1 : a.room < b.room ? 1 : 0))
    .slice(0, INVOICE_HINTS_MAX)
    .map(({ peer }) => peer)
}

/** The hops before the payee: none over a channel with it, else the first hint that can be paid. */
export function viaFor(
  backend: Backend,
  entity: EntityId,
  { token, amount, entity: payee, hints }: Invoice,
): EntityId[] | undefined {
  const canPay = (peer: EntityId) => {
    const channel = backend.channel(entity, peer)
    return channel?.connected === true && roomOf(channel, token, 'canSend') >= amount
  }
  if (canPay(payee)) return []
  const hint = hints.find((each) => each !== entity && canPay(each))
  return hint === undefined ? undefined : [hint]
}

function roomOf(channel: ChannelState, token: TokenId, what: 'canSend' | 'canReceive'): bigint {
  return channel.tokens.find((each) => each.token === token)?.[what] ?? 0n
}

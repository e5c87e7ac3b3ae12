/** The bytes of inputs inside a mempool. They are the server's own: what cannot be read is a fault. */
import {
  bytes,
  codecOf,
  type Field,
  flag,
  list,
  number,
  optional,
  struct,
  uint64,
  union,
} from '@xln/shared/codec/schema.ts'
import { locatedEvent } from '@xln/shared/depository/eventCodec.ts'
import { address, entityId } from '@xln/shared/depository/fields.ts'
import { policy } from '@xln/shared/entity/actionCodec.ts'
import { MESSAGE_BYTES_MAX } from '@xln/shared/limits.ts'
import { channelView } from '../channel/viewCodec.ts'
import { accountView, chainHead } from '../depository/record.ts'
import type { OwnEntityInput, ServerInput } from './messages.ts'
import { chainCursor } from './tables.ts'

const ACTION_BYTES_MAX = 65_536
/** As many messages are taken again at the end of a quarantine; a peer says the others again. */
export const RELEASED_MESSAGES_MAX = 64

const serverInput: Field<ServerInput> = union<ServerInput>({
  createEntity: [1, { signer: address, policy }],
  chain: [2, { head: chainHead, cursor: chainCursor, events: list(locatedEvent) }],
  firstSight: [3, { event: locatedEvent }],
  peersConnected: [4, { peers: list(entityId), up: flag }],
  peerPosition: [5, { server: address, incarnation: number(), nonce: number() }],
  started: [
    6,
    {
      incarnation: number(),
      lost: optional(list(struct({ entity: entityId, peers: list(entityId) }))),
    },
  ],
  quarantine: [7, { entity: entityId, peer: entityId }],
  chainCorrected: [
    9,
    {
      head: chainHead,
      cursor: chainCursor,
      channels: list(channelView),
      accounts: list(struct({ entity: entityId, account: accountView })),
    },
  ],
  release: [
    10,
    {
      entity: entityId,
      peer: entityId,
      messages: list(bytes(MESSAGE_BYTES_MAX), RELEASED_MESSAGES_MAX),
    },
  ],
  channelView: [8, { entity: entityId, peer: entityId, view: channelView }],
})

const ownInput: Field<OwnEntityInput> = union<OwnEntityInput>({
  propose: [
    1,
    { from: address, nonce: number(), requestId: uint64, action: bytes(ACTION_BYTES_MAX) },
  ],
  due: [2, {}],
  batchFailed: [3, { nonce: number(), sent: flag }],
})

const server = codecOf(serverInput)
const own = codecOf(ownInput)

export const encodeServerInput = server.encode
export const encodeOwnInput = own.encode

/** Throws on bytes that {@link encodeServerInput} never wrote. */
export function decodeServerInput(bytes: Uint8Array): ServerInput {
  return known(server.decode(bytes), bytes)
}

/** Throws on bytes that {@link encodeOwnInput} never wrote. */
export function decodeOwnInput(bytes: Uint8Array): OwnEntityInput {
  return known(own.decode(bytes), bytes)
}

function known<T>(input: T | undefined, bytes: Uint8Array): T {
  if (input === undefined) throw new TypeError(`${bytes.length} bytes are no input of a server`)
  return input
}

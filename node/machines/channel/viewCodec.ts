/** The canonical bytes of a chain view, as it enters the server's log. */

import type { ChainPosition } from '@xln/shared/channel/block.ts'
import {
  bytes,
  type Field,
  flag,
  list,
  number,
  oneOf,
  optional,
  signed,
  struct,
  time,
  uint64,
  uint128,
  unsigned,
} from '@xln/shared/codec/schema.ts'
import { entityId, hash, token } from '@xln/shared/depository/fields.ts'
import { ARGUMENTS_MAX } from '@xln/shared/limits.ts'
import type { ChannelView } from './messages.ts'
import type { CommittedArguments } from './parts.ts'

type Token = ChannelView['tokens'][number]
type Named = ChannelView['named'][number]
type Dispute = NonNullable<ChannelView['dispute']>

export const channelView: Field<ChannelView> = struct<ChannelView>({
  left: entityId,
  right: entityId,
  cooperativeNonce: uint64,
  tokens: list(struct<Token>({ token, collateral: uint128, ondelta: signed })),
  position: struct<ChainPosition>({ block: number(), logIndex: number() }),
  dispute: optional(
    struct<Dispute>({
      standingNonce: unsigned((1n << 96n) - 1n),
      deadline: time,
      startedByLeft: flag,
      poster: oneOf('anyone', 'left', 'right'),
      proofBodyHash: hash,
    }),
  ),
  arguments: list(
    struct<CommittedArguments>({ byLeft: flag, proofBodyHash: hash, data: bytes(ARGUMENTS_MAX) }),
  ),
  named: list(struct<Named>({ byLeft: flag, tokens: list(token) })),
})

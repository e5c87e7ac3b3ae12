/** The functions of the EntityProvider. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { separatorsOf } from '@xln/shared/depository/domain.ts'
import { type Board, hashBoard, isValidBoard, lazyEntityId } from '@xln/shared/entity/board.ts'
import { type EntityId, type Hash, type Hex, parseAddress } from '@xln/shared/ids.ts'
import { toBeHex } from 'ethers'
import type { Frame } from './frame.ts'
import type { Functions } from './functions.ts'
import { revert, revertWithoutReason } from './reverts.ts'
import { boardHashOf, hasSigned, isSole } from './signatures.ts'

export const entityProviderFunctions: Functions = {
  register(frame, [board]) {
    return [register(frame, boardOf(board))]
  },
  boardHashOf: (frame, [entity]) => [boardHashOf(frame, entity as EntityId)],
  hashBoard: (_, [board]) => [hashBoard(boardOf(board))],
  soleEntity: (_, [member]) => [lazyEntityId(parseAddress(member as string))],
  isSoleMember: (frame, [entity, member]) => [
    isSole(frame, entity as EntityId, parseAddress(member as string)),
  ],
  isValidEntitySignature: (frame, [entity, digest, signature]) => [
    isSigned(frame, entity, digest, signature),
  ],
  isValidProofSignature: (frame, [entity, digest, signature]) => [
    isSigned(frame, entity, digest, signature),
    false,
  ],
  domainSeparator: ({ domain }) => [separatorsOf(domain).entityProvider],
}

/** The next number, left-padded; the first is 1. */
function register(frame: Frame, board: Board): EntityId {
  if (!isValidBoard(board)) revert('BoardInvalid')
  frame.world.registered++
  const entity = toBeHex(frame.world.registered, 32) as EntityId
  const boardHash = hashBoard(board)
  frame.world.boardHashes.set(entity, boardHash)
  const address = frame.domain.entityProvider
  frame.emitted.push({ address, event: { type: 'entityRegistered', entity, boardHash } })
  return entity
}

/** A kind that is no enum's member is decoded by nothing. */
function boardOf(value: unknown): Board {
  const [threshold, members] = value as [bigint, [bigint, Hash, bigint][]]
  return {
    threshold,
    members: members.map(([kind, id, weight]) => {
      return { kind: kind > 3n ? revertWithoutReason() : Number(kind), id, weight }
    }),
  }
}

function isSigned(frame: Frame, entity: unknown, digest: unknown, signature: unknown): boolean {
  const [signed, given] = [hexToBytes(digest as Hex), hexToBytes(signature as Hex)]
  return hasSigned(frame, entity as EntityId, signed, given)
}

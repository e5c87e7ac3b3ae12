/** The functions of the EntityProvider. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { separatorsOf } from '@xln/shared/depository/domain.ts'
import { type Board, hashBoard, isValidBoard, lazyEntityId } from '@xln/shared/entity/board.ts'
import { type EntityId, type Hash, type Hex, parseAddress, ZERO_HASH } from '@xln/shared/ids.ts'
import { sharesOf } from './accounts.ts'
import type { Functions } from './functions.ts'
import { revert, revertWithoutReason } from './reverts.ts'
import {
  activateBoard,
  check,
  checkKeys,
  claimName,
  register,
  registerKey,
  replaceBoard,
  transferName,
} from './rotations.ts'
import { boardHashOf, hasProven, hasSigned, isSole } from './signatures.ts'

export const entityProviderFunctions: Functions = {
  register: (frame, [board]) => [register(frame, hashOfValid(board))],
  registerChecked(frame, [boardHash]) {
    if (frame.world.checked.get(boardHash as Hash) === undefined) revert('BoardInvalid')
    return [register(frame, boardHash as Hash)]
  },
  checkBoard: (frame, [board]) => [check(frame, hashOfValid(board))],
  registerKey: (frame, [key, proof]) => [registerKey(frame, bytesOf(key), bytesOf(proof))],
  checkKeys: (frame, [threshold, members]) => [
    checkKeys(frame, threshold as bigint, bytesOf(members)),
  ],
  replaceBoard(frame, [entity, boardHash, nonce, signature]) {
    const decision = [entity as EntityId, boardHash as Hash, nonce as bigint] as const
    replaceBoard(frame, ...decision, bytesOf(signature))
    return []
  },
  activateBoard(frame, [entity]) {
    activateBoard(frame, entity as EntityId)
    return []
  },
  claimName(frame, [entity, name, nonce, signature]) {
    claimName(frame, entity as EntityId, name as Hash, nonce as bigint, bytesOf(signature))
    return []
  },
  transferName(frame, [entity, name, to, nonce, signature]) {
    const gift = [entity as EntityId, name as Hash, to as EntityId, nonce as bigint] as const
    transferName(frame, ...gift, bytesOf(signature))
    return []
  },

  boardHashOf: (frame, [entity]) => [boardHashOf(frame, entity as EntityId)],
  tenureOf: ({ world }, [entity]) => [world.tenureOf(entity as EntityId)],
  ownerOf: ({ world }, [name]) => [world.owners.get(name as Hash) ?? ZERO_HASH],
  isBoardChecked: ({ world }, [boardHash]) => [world.checked.get(boardHash as Hash) ?? false],
  isKeyRegistered: ({ world }, [keyId]) => [world.keys.get(keyId as Hash) ?? false],
  hashBoard: (_, [board]) => [hashBoard(boardOf(board))],
  soleEntity: (_, [member]) => [lazyEntityId(parseAddress(member as string))],
  isSoleMember: (frame, [entity, member]) => [
    isSole(frame, entity as EntityId, parseAddress(member as string)),
  ],
  isValidEntitySignature: (frame, [entity, digest, signature]) => [
    hasSigned(frame, entity as EntityId, bytesOf(digest), bytesOf(signature)),
  ],
  isValidProofSignature(frame, [entity, digest, signature]) {
    const given = [bytesOf(digest), bytesOf(signature)] as const
    const { signed, outgoing } = hasProven(frame, entity as EntityId, ...given)
    return [signed, outgoing]
  },
  shares: ({ domain }) => [sharesOf(domain)],
  domainSeparator: ({ domain }) => [separatorsOf(domain).entityProvider],
}

function hashOfValid(value: unknown): Hash {
  const board = boardOf(value)
  return isValidBoard(board) ? hashBoard(board) : revert('BoardInvalid')
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

function bytesOf(value: unknown): Uint8Array {
  return hexToBytes(value as Hex)
}

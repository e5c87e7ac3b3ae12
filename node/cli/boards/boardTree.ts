/** A board file with those of the entities that sit on it, and on theirs. */
import { dirname, join } from 'node:path'
import { isRegistered } from '@xln/shared/entity/board.ts'
import type { NestedBoards } from '@xln/shared/entity/nestedVotes.ts'
import { hashKeyBoard, type KeyBoard } from '@xln/shared/entity/votes.ts'
import type { EntityId, Hex } from '@xln/shared/ids.ts'
import { BOARD_DEPTH_MAX } from '@xln/shared/limits.ts'
import { CliError } from '../faults.ts'
import { type BoardFile, readBoardFile } from './boardFile.ts'

/**
 * The boards below `file`, as far as files say. Throws what reading them does; `board_other` for a file that is of
 * another entity, `board_cyclic` for an entity that sits below itself, `board_deep` beyond the depth that counts.
 */
export async function readNested(
  path: string,
  file: BoardFile,
  entity: EntityId,
): Promise<NestedBoards> {
  const boards = new Map<EntityId, KeyBoard>()
  await gather(path, file, [entity], boards)
  return boards
}

async function gather(
  path: string,
  { files }: BoardFile,
  trail: readonly EntityId[],
  boards: Map<EntityId, KeyBoard>,
): Promise<void> {
  for (const [entity, relative] of files) {
    if (trail.includes(entity)) throw new CliError({ code: 'board_cyclic', path, entity })
    const depth = trail.length + 1
    if (depth > BOARD_DEPTH_MAX) throw new CliError({ code: 'board_deep', path, depth })
    const nestedPath = join(dirname(path), relative)
    const nested = await readBoardFile(nestedPath)
    requireOwn(nestedPath, nested, entity, boards.get(entity))
    boards.set(entity, nested.board)
    await gather(nestedPath, nested, [...trail, entity], boards)
  }
}

/** A lazy entity is its board; of a numbered one only the chain knows it, but it has only one. */
function requireOwn(
  path: string,
  { board }: BoardFile,
  entity: EntityId,
  known: KeyBoard | undefined,
): void {
  const hash = hashKeyBoard(board)
  const isOwn = isRegistered(entity)
    ? known === undefined || hashKeyBoard(known) === hash
    : hash === (entity as Hex)
  if (!isOwn) throw new CliError({ code: 'board_other', path, entity })
}

/** Vote files: what some members of a board have signed of one deed, on its way to those of the others. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import {
  type Ballot,
  castVote,
  combineVotes,
  isVote,
  memberIdsOf,
  nameOfMember,
  type Vote,
  type Voter,
  weightOfVotes,
} from '@xln/shared/entity/votes.ts'
import { type EntityId, type Hash, parseId } from '@xln/shared/ids.ts'
import { z } from 'zod'
import { CliError } from '../faults.ts'
import { field, readJsonFile, writeJsonFile } from './jsonFile.ts'

export interface VoteFile {
  readonly entity: EntityId
  /** What the entity signs: of the deed that was voted on. */
  readonly digest: Uint8Array
  readonly votes: readonly Vote[]
}

const schema = z.strictObject({
  entity: field.id.transform((id) => parseId<EntityId>(id)),
  digest: field.id.transform(hexToBytes),
  votes: z.array(
    z.strictObject({
      member: field.id.transform((id) => parseId<Hash>(id)),
      signature: field.bytes.transform(hexToBytes),
    }),
  ),
})

/** Throws `file_unreadable` or `file_malformed`. */
export async function readVoteFile(path: string): Promise<VoteFile> {
  return await readJsonFile(path, 'votes', schema)
}

/** Throws `file_unwritable`. */
export async function writeVoteFile(path: string, file: VoteFile): Promise<void> {
  await writeJsonFile(path, file, 'replacing')
}

/** The votes of all. Throws `member_unknown` for one who is not on the board. */
export function voteAll(ballot: Ballot, voters: readonly Voter[]): readonly Vote[] {
  const ids = new Set(memberIdsOf(ballot.board))
  return voters.map((voter) => {
    if (ids.has(voter.member)) return castVote(ballot, voter)
    throw new CliError({ code: 'member_unknown', member: nameOfMember(voter.member) })
  })
}

/** All votes of the files. Throws `votes_foreign`, `member_unknown` or `vote_wrong`. */
export async function collectVotes(ballot: Ballot, paths: readonly string[]): Promise<Vote[]> {
  const ids = new Set(memberIdsOf(ballot.board))
  const all: Vote[] = []
  for (const path of paths) {
    const { entity, digest, votes } = await readVoteFile(path)
    if (entity !== ballot.entity || bytesToHex(digest) !== bytesToHex(ballot.digest)) {
      throw new CliError({ code: 'votes_foreign', path })
    }
    for (const vote of votes) {
      const member = nameOfMember(vote.member)
      if (!ids.has(vote.member)) throw new CliError({ code: 'member_unknown', member })
      if (!isVote(ballot, vote)) throw new CliError({ code: 'vote_wrong', path, member })
      all.push(vote)
    }
  }
  return all
}

/** The entity's signature. Throws `threshold_not_reached`, which says how much is missing. */
export function decide(ballot: Ballot, votes: readonly Vote[]): Uint8Array {
  const { board } = ballot
  const weight = weightOfVotes(board, votes)
  const { threshold } = board
  if (weight < threshold) {
    const missing = threshold - weight
    throw new CliError({ code: 'threshold_not_reached', weight, threshold, missing })
  }
  return combineVotes(ballot, votes)
}

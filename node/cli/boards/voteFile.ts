/** Vote files: what some members of a board have signed of one deed, on its way to those of the others. */
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import {
  ballotWithin,
  castEverywhere,
  type DeepBallot,
  type SeatedVote,
  type Tally,
} from '@xln/shared/entity/nestedVotes.ts'
import { isVote, memberIdsOf, nameOfMember } from '@xln/shared/entity/votes.ts'
import { type EntityId, type Hash, parseId } from '@xln/shared/ids.ts'
import { z } from 'zod'
import { CliError } from '../faults.ts'
import { field, readJsonFile, writeJsonFile } from './jsonFile.ts'
import type { Signer } from './signers.ts'

export interface VoteFile {
  readonly entity: EntityId
  /** What the entity signs: of the deed that was voted on. */
  readonly digest: Uint8Array
  readonly votes: readonly SeatedVote[]
}

const schema = z.strictObject({
  entity: field.id.transform((id) => parseId<EntityId>(id)),
  digest: field.id.transform(hexToBytes),
  votes: z.array(
    z.strictObject({
      /** Entities on the way down to the seat. */
      within: z.array(field.id.transform((id) => parseId<EntityId>(id))).default([]),
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

/** The votes of all. Throws `member_unknown` for one who sits nowhere. */
export function voteAll(ballot: DeepBallot, signers: readonly Signer[]): readonly SeatedVote[] {
  return signers.flatMap((signer) => {
    const votes = castEverywhere(ballot, signer.voterOn)
    if (votes.length > 0) return votes
    throw new CliError({ code: 'member_unknown', member: signer.name })
  })
}

/** All votes of the files. Throws `votes_foreign`, `seat_unknown`, `member_unknown` or `vote_wrong`. */
export async function collectVotes(
  ballot: DeepBallot,
  paths: readonly string[],
): Promise<SeatedVote[]> {
  const all: SeatedVote[] = []
  for (const path of paths) {
    const { entity, digest, votes } = await readVoteFile(path)
    if (entity !== ballot.entity || bytesToHex(digest) !== bytesToHex(ballot.digest)) {
      throw new CliError({ code: 'votes_foreign', path })
    }
    for (const vote of votes) {
      requireVote(ballot, path, vote)
      all.push(vote)
    }
  }
  return all
}

function requireVote(ballot: DeepBallot, path: string, vote: SeatedVote): void {
  const { within } = vote
  const own = ballotWithin(ballot, within)
  if (own === undefined) {
    throw new CliError({ code: 'seat_unknown', path, entity: within.at(-1) ?? ballot.entity })
  }
  const member = nameOfMember(vote.member)
  if (!memberIdsOf(own.board).includes(vote.member)) {
    throw new CliError({ code: 'member_unknown', member })
  }
  if (!isVote(own, vote)) throw new CliError({ code: 'vote_wrong', path, member })
}

/** The entity's signature. Throws `threshold_not_reached`, which says how much is missing. */
export function decide({ weight, threshold, signature, short }: Tally): Uint8Array {
  if (signature !== undefined) return signature
  const missing = threshold - weight
  throw new CliError({ code: 'threshold_not_reached', weight, threshold, missing, short })
}

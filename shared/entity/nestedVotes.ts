/**
 * How entities vote that sit on the boards of others: their own members vote, each over the whole path of entities
 * from his seat to the one that signs, and whoever has enough of their votes puts them together, from the keys up.
 */
import type { EntityId, Hash, Hex } from '../ids.ts'
import { BOARD_DEPTH_MAX, SIGNATURE_ENTITIES_MAX } from '../limits.ts'
import { MemberKind } from './board.ts'
import {
  type Ballot,
  castVote,
  combineVotes,
  isSeated,
  isVote,
  type KeyBoard,
  type Vote,
  type Voter,
  votedDigest,
  weightOfVotes,
} from './votes.ts'

/** Boards of nested entities, as far as they are at hand. */
export type NestedBoards = ReadonlyMap<EntityId, KeyBoard>

/** What the outermost entity signs, and the boards below its own. */
export interface DeepBallot extends Ballot {
  readonly boards: NestedBoards
  /** Whether it is evidence for a dispute, for which no contract's word counts. */
  readonly isProof: boolean
}

/** A vote, and where it was cast. */
export interface SeatedVote extends Vote {
  /** The entities from below the outermost down to that of the seat; none: the outermost itself. */
  readonly within: readonly EntityId[]
}

/** A board on which votes are cast, and where it is. */
export interface Seats {
  readonly within: readonly EntityId[]
  readonly ballot: Ballot
}

/** What the entities weigh that votes were cast for: the outermost first. */
export interface Count {
  readonly entity: EntityId
  readonly weight: bigint
  readonly threshold: bigint
}

/** All that comes of votes. */
export interface Tally extends Count {
  /** Undefined when they do not reach the threshold. */
  readonly signature: Uint8Array | undefined
  /** Those of nested entities that some voted for, and too few. */
  readonly short: readonly Count[]
}

/** The ballot of a nested entity; undefined if none is there, or its board is not at hand. */
export function ballotWithin(ballot: DeepBallot, within: readonly EntityId[]): Ballot | undefined {
  const path = [ballot.entity, ...within]
  if (path.length > BOARD_DEPTH_MAX || new Set(path).size < path.length) return undefined
  let current: Ballot | undefined = ballot
  for (const entity of within) {
    current = current && ballotOfMember(current, entity, ballot.boards)
  }
  return current
}

function ballotOfMember(above: Ballot, entity: EntityId, boards: NestedBoards): Ballot | undefined {
  const board = boards.get(entity)
  if (board === undefined || !entitiesOn(above.board).includes(entity)) return undefined
  const { domain } = above
  return { domain, entity, board, digest: votedDigest(above), isNested: true }
}

/** The entities that sit on a board. */
export function entitiesOn(board: KeyBoard): readonly EntityId[] {
  if (board.kind === 'bls') return []
  return board.members.flatMap(({ kind, id }) => {
    return kind === MemberKind.entity ? [id as Hex as EntityId] : []
  })
}

/** All boards that are at hand, from the outermost down; one that two entities sit above is there twice. */
export function seatsOf(ballot: DeepBallot, within: readonly EntityId[] = []): readonly Seats[] {
  const own = ballotWithin(ballot, within)
  if (own === undefined) return []
  const below = entitiesOn(own.board).flatMap((entity) => seatsOf(ballot, [...within, entity]))
  return [{ within, ballot: own }, ...below]
}

/** The votes of one voter at every seat that is his. */
export function castEverywhere(
  ballot: DeepBallot,
  voterOn: (board: KeyBoard) => Voter | undefined,
): readonly SeatedVote[] {
  return seatsOf(ballot).flatMap(({ within, ballot: own }) => {
    const voter = voterOn(own.board)
    if (voter === undefined || !isSeated(own.board, voter)) return []
    return [{ within, ...castVote(own, voter) }]
  })
}

/** Whether a vote is what a member at that seat signed, as far as it can be said without the chain. Never throws. */
export function isSeatedVote(ballot: DeepBallot, vote: SeatedVote): boolean {
  const own = ballotWithin(ballot, vote.within)
  return own !== undefined && isVote(own, vote)
}

/**
 * Counts votes, each of which is right (see {@link isSeatedVote}), from the keys upwards. An entity counts
 * once: of two seats at the first that needs it. Who is not needed is left out.
 */
export function tallyVotes(ballot: DeepBallot, votes: readonly SeatedVote[]): Tally {
  return tallyWithin({ ballot, votes, within: [], counted: new Set([ballot.entity]) })
}

interface Place {
  readonly ballot: DeepBallot
  readonly votes: readonly SeatedVote[]
  readonly within: readonly EntityId[]
  /** The entities that count so far. */
  readonly counted: ReadonlySet<EntityId>
}

type Counted = Tally & { readonly counted: ReadonlySet<EntityId> }

/** The board of `place` is at hand. */
function tallyWithin(place: Place): Counted {
  const { ballot, votes, within } = place
  const own = ballotWithin(ballot, within) as Ballot
  const { board, entity } = own
  const direct = votes.filter((vote) => isAt(vote, within) && countsHere(ballot, board, vote))
  const below = tallyBelow(place, board, direct)
  const all = [...direct, ...below.votes]
  const weight = weightOfVotes(board, all)
  const { threshold } = board
  const count = { entity, weight, threshold }
  const signature = weight >= threshold ? combineVotes(own, all) : undefined
  const isShort = signature === undefined && within.length > 0
  const short = isShort ? [count, ...below.short] : below.short
  return { ...count, signature, short, counted: below.counted }
}

interface Below {
  readonly votes: readonly Vote[]
  readonly short: readonly Count[]
  readonly counted: ReadonlySet<EntityId>
}

/** The nested entities of one board, as votes: no more than it takes, so that they can count elsewhere. */
function tallyBelow(place: Place, board: KeyBoard, direct: readonly Vote[]): Below {
  let below: Below = { votes: [], short: [], counted: place.counted }
  for (const entity of entitiesOn(board)) {
    const { counted } = below
    if (weightOfVotes(board, [...direct, ...below.votes]) >= board.threshold) break
    const within = [...place.within, entity]
    const isVotedFor = place.votes.some((vote) => startsWith(vote.within, within))
    const isPossible = !counted.has(entity) && counted.size < SIGNATURE_ENTITIES_MAX
    if (!isVotedFor || !isPossible || ballotWithin(place.ballot, within) === undefined) continue
    const tally = tallyWithin({ ...place, within, counted: new Set([...counted, entity]) })
    const { signature } = tally
    const short = [...below.short, ...tally.short]
    if (signature === undefined) {
      below = { ...below, short }
      continue
    }
    const vote = { member: entity as Hex as Hash, signature }
    below = { votes: [...below.votes, vote], short, counted: tally.counted }
  }
  return below
}

function countsHere({ isProof }: DeepBallot, board: KeyBoard, { member }: Vote): boolean {
  if (!isProof || board.kind === 'bls') return true
  return board.members.every(({ kind, id }) => id !== member || kind !== MemberKind.contract)
}

function isAt({ within }: SeatedVote, place: readonly EntityId[]): boolean {
  return within.length === place.length && startsWith(within, place)
}

function startsWith(within: readonly EntityId[], start: readonly EntityId[]): boolean {
  return start.every((entity, at) => within[at] === entity)
}

/** Elections: control shares are locked for a board, and more than half of all decide. */
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { hashKeyBoard } from '@xln/shared/entity/votes.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import type { Arguments } from '../arguments.ts'
import { readBoardFile } from '../boards/boardFile.ts'
import { ChainSession } from '../boards/session.ts'
import { sharesCall, termsOf } from '../boards/shareholders.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { timeOf } from '../explain.ts'
import { CliError } from '../faults.ts'
import { chainOptions } from './blsKeys.ts'
import { isChecked } from './boards.ts'
import { holderOption, sharesOf } from './shares.ts'

const shares = Shares__factory.createInterface()

export const sharesVote: Command = {
  name: 'shares vote',
  summary: 'lock control shares for a board that is to follow',
  parameters: [{ name: 'entity' }, { name: 'file' }, { name: 'shares' }],
  options: [holderOption, ...chainOptions],
  examples: ['shares vote 1 next-board.json 60 --key-file holder.key'],
  notes:
    'Exactly so many shares of yours vote then, whatever voted before. With more than half of all for one board, it can\ntake over ("xln board activate") after the delay of the articles, if they stay locked; the board in office cannot\nreplace itself meanwhile. The board has to be checked ("xln board check").',
  seeAlso: ['shares unvote', 'shares show', 'board activate', 'board check'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const boardHash = hashKeyBoard((await readBoardFile(args.word('file'))).board)
    const count = sharesOf(args, args.word('shares'))
    if (count === 0n) throw args.usage('No shares: "xln shares unvote" takes a vote back')
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await termsOf(session, entity)
      if (!(await isChecked(session, boardHash))) {
        throw new CliError({ code: 'board_unchecked', boardHash })
      }
      return await vote(session, args, context, { entity, boardHash, count })
    })
  },
}

export const sharesUnvote: Command = {
  name: 'shares unvote',
  summary: 'take the vote of shares back, and unlock them',
  parameters: [{ name: 'entity' }],
  options: [holderOption, ...chainOptions],
  examples: ['shares unvote 1 --key-file holder.key'],
  notes: 'What more than half had decided is over when they are no longer more than half.',
  seeAlso: ['shares vote', 'shares show'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await termsOf(session, entity)
      const { address: holder } = await session.key(args, context)
      const standing = await session.ask((endpoint) => {
        return session.shares(endpoint).voteOf(entity, holder)
      })
      if (standing.shares === 0n) throw new CliError({ code: 'vote_missing', entity, holder })
      const boardHash = standing.boardHash as Hash
      return await vote(session, args, context, { entity, boardHash, count: 0n })
    })
  },
}

interface Asked {
  readonly entity: EntityId
  readonly boardHash: Hash
  /** How many shares are to be locked for it. */
  readonly count: bigint
}

async function vote(
  session: ChainSession,
  args: Arguments,
  context: Context,
  { entity, boardHash, count }: Asked,
): Promise<ExitCode> {
  const data = shares.encodeFunctionData('vote', [entity, boardHash, count])
  await session.perform(args, context, [sharesCall(session.domain, data)])
  const [tally, decided] = await session.ask((endpoint) => {
    const contract = session.shares(endpoint)
    return Promise.all([contract.tallyOf(entity, boardHash), contract.shareholdersDecision(entity)])
  })
  const isDecided = decided.boardHash === boardHash
  const nextFrom = isDecided ? Number(decided.nextFrom) : null
  const end = isDecided ? `decided, from ${timeOf(Number(decided.nextFrom))} on` : 'not decided'
  const text = `${count} of your shares vote for ${boardHash}, ${tally} in all: ${end}`
  context.output.say({ entity, boardHash, shares: count, tally, nextFrom }, text)
  return 0
}

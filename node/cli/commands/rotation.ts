/** How one board of a numbered entity follows another. */
import { IEntityProvider__factory } from '@xln/shared/abi/typechain/factories/interfaces/IEntityProvider__factory.ts'
import { hashKeyBoard } from '@xln/shared/entity/votes.ts'
import type { EntityId, Hash } from '@xln/shared/ids.ts'
import { readBoardFile } from '../boards/boardFile.ts'
import { writeDeed } from '../boards/deed.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import type { Command, ExitCode } from '../command.ts'
import { CliError } from '../faults.ts'
import { callOf, chainOptions } from './blsKeys.ts'
import { isChecked } from './boards.ts'

const provider = IEntityProvider__factory.createInterface()

export const boardReplace: Command = {
  name: 'board replace',
  summary: 'make the deed by which the board of a numbered entity chooses the next one',
  parameters: [{ name: 'deed' }, { name: 'entity' }, { name: 'file', isOptional: true }],
  options: [
    { name: 'none', summary: 'No other board is to follow: takes the last decision back' },
    ...chainOptions,
  ],
  examples: ['board replace deed.json 1 next-board.json', 'board replace deed.json 1 --none'],
  notes:
    'The board of today signs it ("xln deed sign"), "xln deed send" brings it to the chain, and two days later\n"xln board activate" lets the next one take over.',
  seeAlso: ['deed sign', 'deed send', 'board activate'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    const path = args.optionalWord('file')
    if ((path === undefined) !== args.flag('none')) throw args.usage('A board file, or --none')
    const boardHash =
      path === undefined ? NO_BOARD : hashKeyBoard((await readBoardFile(path)).board)
    return await ChainSession.use<ExitCode>(context, async (session) => {
      if (boardHash !== NO_BOARD && !(await isChecked(session, boardHash))) {
        throw new CliError({ code: 'board_unchecked', boardHash })
      }
      const nonce = await nonceOfTenure(session, entity)
      const signatures = new Map<EntityId, Uint8Array>()
      const { domain } = session
      const deed = { type: 'replacement', domain, entity, boardHash, nonce, signatures } as const
      await writeDeed(args.word('deed'), deed, 'new')
      context.output.say({ entity, boardHash, nonce }, `to be signed by ${entity}, nonce ${nonce}`)
      return 0
    })
  },
}

const NO_BOARD = `0x${'00'.repeat(32)}` as Hash

/** The nonce of the entity's next decision. Throws `entity_unregistered`. */
export async function nonceOfTenure(session: ChainSession, entity: EntityId): Promise<bigint> {
  const tenure = await session.ask((endpoint) => session.provider(endpoint).tenureOf(entity))
  if (BigInt(tenure.board) === 0n) throw new CliError({ code: 'entity_unregistered', entity })
  return tenure.nonce
}

export const boardActivate: Command = {
  name: 'board activate',
  summary: 'let the board take over that was chosen, once it is time; anyone may',
  parameters: [{ name: 'entity' }],
  options: [payerOption, ...chainOptions],
  examples: ['board activate 1 --key-file payer.key'],
  notes:
    'The one that the shareholders want goes before the one that the board in office wants; neither takes over while an\nearlier outgoing board is in its grace, two weeks.',
  seeAlso: ['board replace', 'shares vote', 'shares show'],
  async run(args, context) {
    const entity = await context.entityNamed(args.word('entity'))
    return await ChainSession.use<ExitCode>(context, async (session) => {
      await nonceOfTenure(session, entity)
      const data = provider.encodeFunctionData('activateBoard', [entity])
      await session.perform(args, context, [callOf(session, data)])
      const board = await session.ask((endpoint) => session.provider(endpoint).boardHashOf(entity))
      context.output.say({ entity, boardHash: board }, `decides now: ${board}`)
      return 0
    })
  },
}

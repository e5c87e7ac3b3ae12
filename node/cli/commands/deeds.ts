/** Deeds: what entities sign by hand, from the first vote to the chain. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { type DeepBallot, seatsOf, tallyVotes } from '@xln/shared/entity/nestedVotes.ts'
import { castVote, combineVotes, type KeyBoard, votedDigest } from '@xln/shared/entity/votes.ts'
import type { Arguments } from '../arguments.ts'
import { deedId, digestOf, readDeed, signersOf, withSignature, writeDeed } from '../boards/deed.ts'
import { describeDeed } from '../boards/describe.ts'
import { sendDeed } from '../boards/send.ts'
import { ChainSession, payerOption } from '../boards/session.ts'
import { readSigners, voterOptions } from '../boards/signers.ts'
import { collectVotes, decide, voteAll, writeVoteFile } from '../boards/voteFile.ts'
import { ballotOf, boardOption, soleBallot } from '../boards/who.ts'
import type { Command, ExitCode } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import { entityOption } from '../syntax.ts'
import { chainOptions } from './blsKeys.ts'

const signerOption = {
  ...entityOption,
  summary: 'For which of those who sign the deed',
  default: 'the one that the board is by its hash, or the only one',
}

export const deedShow: Command = {
  name: 'deed show',
  summary: 'show what a deed says, and who has signed it',
  parameters: [{ name: 'deed' }],
  options: [{ ...boardOption, summary: 'A board file: show what its members sign' }, signerOption],
  examples: ['deed show deed.json', 'deed show deed.json --board board.json --json'],
  notes:
    'Asks nobody: look at it before you sign. "xln deed check" asks the chain about the signatures. What members sign\nis what contracts among them are asked about (ERC-1271), and what keys sign that are elsewhere.',
  seeAlso: ['deed sign', 'deed check'],
  async run(args, context) {
    const deed = await readDeed(args.word('deed'))
    const settings = await context.settingsForNew()
    const signers = signersOf(deed).map((entity) => {
      return { entity, signed: deed.signatures.has(entity) }
    })
    const lines = [
      ...describeDeed(deed, settings),
      `chain      ${deed.domain.chainId}, Depository ${deed.domain.depository}`,
      `digest     ${deedId(deed)}`,
      ...signers.map(({ entity, signed }) => `${signed ? 'signed    ' : 'not signed'} ${entity}`),
    ]
    const path = args.text('board')
    const seats = path === undefined ? [] : seatsOf(await ballotOf(deed, path, args, context))
    const boards = seats.map(({ within, ballot }) => {
      return { entity: ballot.entity, within, digest: bytesToHex(votedDigest(ballot)) }
    })
    for (const { entity, digest } of boards) {
      lines.push(`members    of ${entity} sign ${digest}`)
    }
    const { signatures: _, ...said } = deed
    const asked = path === undefined ? {} : { boards }
    context.output.say({ ...said, digest: deedId(deed), signers, ...asked }, lines.join('\n'))
    return 0
  },
}

export const deedSign: Command = {
  name: 'deed sign',
  summary: 'sign a deed with the keys at hand: for a board, or alone',
  parameters: [{ name: 'deed' }],
  options: [
    boardOption,
    signerOption,
    ...voterOptions,
    { name: 'out', value: '<path>', summary: 'Write votes for others to combine, not the deed' },
  ],
  examples: [
    'deed sign deed.json --secret-file alice.key',
    'deed sign deed.json --board board.json --secrets ./secrets --out votes.json',
    'deed sign deed.json --board board.json --signer alice --out votes.json',
  ],
  notes:
    'Without --board, a key signs for the entity that is its address alone. With it and --out, the votes of the\nmembers at hand go into a file for "xln deed combine"; without --out they have to reach the threshold. A key\nsigns what it is shown: never sign by hand for a channel that a node runs.',
  seeAlso: ['deed show', 'deed combine'],
  async run(args, context) {
    const path = args.text('board')
    if (path === undefined) return await signAlone(args, context)
    const deed = await readDeed(args.word('deed'))
    const ballot = await ballotOf(deed, path, args, context)
    const { entity, digest } = ballot
    const votes = voteAll(ballot, await signersAtHand(ballot, args, context))
    const tally = tallyVotes(ballot, votes)
    const { weight, threshold } = tally
    const out = args.text('out')
    if (out === undefined) {
      await writeDeed(args.word('deed'), withSignature(deed, entity, decide(tally)), 'replacing')
    } else await writeVoteFile(out, { entity, digest, votes })
    const said = { entity, votes: votes.length, weight, threshold }
    const where = out === undefined ? 'signed for' : `in ${out} for`
    const text = `votes: ${votes.length} of weight ${weight}, ${threshold} decide: ${where} ${entity}`
    context.output.say({ ...said, out: out ?? null }, text)
    return 0
  },
}

/** Throws `contract_no_evidence`, and what reading keys does. */
async function signersAtHand(ballot: DeepBallot, args: Arguments, context: Context) {
  const [member] = args.list('contract')
  if (ballot.isProof && member !== undefined) {
    throw new CliError({ code: 'contract_no_evidence', member })
  }
  return await readSigners(ballot.board, args, context)
}

/** Whoever signs alone signs with the key of an address. */
const NO_BOARD: KeyBoard = { kind: 'listed', threshold: 1n, members: [] }

async function signAlone(args: Arguments, context: Context) {
  if (args.text('out') !== undefined) throw args.usage('--out needs --board')
  if (args.list('contract').length > 0) throw args.usage('--contract needs --board')
  let deed = await readDeed(args.word('deed'))
  const signed: string[] = []
  for (const signer of await readSigners(NO_BOARD, args, context)) {
    const voter = signer.voterOn(NO_BOARD)
    if (voter === undefined) continue
    const ballot = soleBallot(deed, voter)
    deed = withSignature(deed, ballot.entity, combineVotes(ballot, [castVote(ballot, voter)]))
    signed.push(ballot.entity)
  }
  await writeDeed(args.word('deed'), deed, 'replacing')
  context.output.say({ signed }, signed.map((entity) => `signed for ${entity}`).join('\n'))
  return 0 as const
}

export const deedCombine: Command = {
  name: 'deed combine',
  summary: 'make one signature of the votes of a board, and put it into the deed',
  parameters: [{ name: 'deed' }, { name: 'votes', isList: true }],
  options: [{ ...boardOption, summary: 'The board file of those who voted' }, signerOption],
  examples: ['deed combine deed.json votes-1.json votes-2.json --board board.json'],
  notes:
    'Every vote is checked first. Votes that do not reach the threshold change nothing; it is said how much\nis missing.',
  seeAlso: ['deed sign', 'deed check', 'deed send'],
  async run(args, context) {
    const deed = await readDeed(args.word('deed'))
    const ballot = await ballotOf(deed, args.required('board'), args, context)
    const { entity, board } = ballot
    const tally = tallyVotes(ballot, await collectVotes(ballot, args.words('votes')))
    const signature = decide(tally)
    await writeDeed(args.word('deed'), withSignature(deed, entity, signature), 'replacing')
    const { weight } = tally
    const total = board.members.reduce((sum, member) => sum + member.weight, 0n)
    const text = `signed for ${entity} by ${weight} of ${total}, ${signature.length} bytes`
    context.output.say({ entity, weight, total, bytes: signature.length }, text)
    return 0
  },
}

export const deedCheck: Command = {
  name: 'deed check',
  summary: 'ask the chain whether the signatures of a deed count',
  parameters: [{ name: 'deed' }],
  options: chainOptions,
  examples: ['deed check deed.json'],
  notes: 'A proof that the peer has signed is worth something only when this says so.',
  seeAlso: ['deed show', 'deed combine'],
  async run(args, context) {
    const deed = await readDeed(args.word('deed'))
    return await ChainSession.use<ExitCode>(context, async (session) => {
      session.requireOwn(deed.domain)
      const digest = bytesToHex(digestOf(deed))
      const signatures = signersOf(deed).map((entity) => {
        return { entity, signature: deed.signatures.get(entity) }
      })
      const counts = await Promise.all(
        signatures.map(async ({ entity, signature }) => {
          if (signature === undefined) return { entity, counts: false, signed: false }
          const isProof = deed.type === 'proof'
          const counts = await session.isSigned(entity, digest, bytesToHex(signature), isProof)
          return { entity, counts, signed: true }
        }),
      )
      const lines = counts.map(({ entity, counts, signed }) => {
        return `${counts ? 'counts' : signed ? 'does not count' : 'not signed'}  ${entity}`
      })
      context.output.say({ digest, signatures: counts }, lines.join('\n'))
      return counts.every(({ counts }) => counts) ? 0 : 2
    })
  },
}

export const deedSend: Command = {
  name: 'deed send',
  summary: 'bring a signed deed to the chain, with any key that pays for the gas',
  parameters: [{ name: 'deed' }],
  options: [payerOption, ...chainOptions],
  examples: ['deed send deed.json --key-file payer.key'],
  notes:
    'What is done already is not done again: after an interruption, send it once more. A proof that both ends have\nsigned counters the dispute of its channel, as anyone may. Ends with 2 if the chain skipped a part of it.',
  seeAlso: ['deed sign', 'deed combine', 'batch dispute'],
  async run(args, context) {
    const deed = await readDeed(args.word('deed'))
    for (const entity of signersOf(deed)) {
      if (!deed.signatures.has(entity)) throw new CliError({ code: 'signature_missing', entity })
    }
    return await ChainSession.use<ExitCode>(context, async (session) => {
      session.requireOwn(deed.domain)
      const { block, before, skipped } = await sendDeed(session, args, context, deed)
      const lines = [
        before ? `done already, in block ${block}` : `done, in block ${block}`,
        ...skipped.map(({ index, reason }) => `skipped item ${index}: ${reason}`),
      ]
      context.output.say({ block, before, skipped }, lines.join('\n'))
      return skipped.length === 0 ? 0 : 2
    })
  },
}

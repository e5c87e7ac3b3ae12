/** What a contract refused, with what to do about it. */
import { ChainError } from '../../shell/chain/faults.ts'
import { timeOf } from '../explain.ts'
import { CliError } from '../faults.ts'

/** The arguments of an error, by name; numbers as decimal strings. */
type Args = Readonly<Record<string, string>>

const advice: Readonly<Record<string, (args: Args) => string>> = {
  TooEarly: ({ from }) => `It is time at ${timeOf(Number(from))}.`,
  NothingDecided: () =>
    'Its board decides with "xln board replace", its shareholders with "xln shares vote".',
  NotRegistered: () => 'Only numbered entities do that: "xln board register".',
  SignatureInvalid: () => 'See who has signed with "xln deed check".',
  BoardInvalid: () => 'Show the board with "xln board check"; it cannot be the one in office.',
  NoShares: () => 'Its board issues them with "xln shares issue".',
  SharesIssuedBefore: () => 'Articles are for ever: see them with "xln shares show".',
  DelayInvalid: () => 'The delay of articles is between 4 and 90 days.',
  SupplyInvalid: () => 'Of each kind there are 1 to 2^64 - 1 shares.',
  ArticlesExpired: () => 'Make the deed anew with "xln shares issue".',
  DepositSignatureInvalid: () =>
    'The file was changed, or is of another chain: have the owner sign anew.',
  ReserveLeft: () => 'Its reserve pays more debts than one transaction looks at: run it again.',
  NotInDefault: () => 'Something was paid meanwhile: look with "xln default show".',
  KindWrong: () => 'The first arrival of a collection decides for ever which kind it is.',
  SharesLocked: () => 'The others vote: "xln shares unvote" frees them.',
  VoteStands: () => 'Take that vote back first, with "xln shares unvote".',
  ERC1155InsufficientBalance: () => 'See who has what with "xln shares show".',
  ERC1155InvalidReceiver: () => 'That contract does not take shares.',
}

/** The same error, or one that says what to do about it. */
export function advised(error: unknown): unknown {
  if (!(error instanceof ChainError) || error.fault.code !== 'call_reverted') return error
  const { name, args, text } = error.fault.error
  const words = advice[name]?.(args)
  if (words === undefined) return error
  const fault = { code: 'call_refused', error: { name, args }, text, advice: words } as const
  return new CliError(fault, { cause: error })
}

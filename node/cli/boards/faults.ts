/** What goes wrong with boards, deeds and votes on the command line. */
import type { Count } from '@xln/shared/entity/nestedVotes.ts'
import type { Address, EntityId, Hash, TokenId } from '@xln/shared/ids.ts'
import { BOARD_DEPTH_MAX } from '@xln/shared/limits.ts'

export type BoardFault =
  | { readonly code: 'file_unwritable'; readonly path: string }
  | { readonly code: 'file_exists'; readonly path: string }
  | {
      readonly code: 'file_malformed'
      readonly path: string
      /** What it was to be. */
      readonly what: string
      readonly reason: string
    }
  | { readonly code: 'key_exposed'; readonly path: string; readonly mode: number }
  | { readonly code: 'key_impossible'; readonly kind: string }
  | { readonly code: 'board_invalid'; readonly path: string; readonly reason: string }
  | { readonly code: 'possession_wrong'; readonly path: string; readonly key: string }
  | { readonly code: 'possession_missing'; readonly keys: number }
  /** For people: an address, or the id of a BLS key. */
  | { readonly code: 'member_unknown'; readonly member: string }
  | { readonly code: 'vote_wrong'; readonly path: string; readonly member: string }
  | { readonly code: 'votes_foreign'; readonly path: string }
  | {
      readonly code: 'threshold_not_reached'
      readonly weight: bigint
      readonly threshold: bigint
      readonly missing: bigint
      /** Of entities on the board, or below, that some of their members voted for, and too few. */
      readonly short: readonly Count[]
    }
  | { readonly code: 'seat_unknown'; readonly path: string; readonly entity: EntityId }
  | { readonly code: 'board_other'; readonly path: string; readonly entity: EntityId }
  | { readonly code: 'board_cyclic'; readonly path: string; readonly entity: EntityId }
  | { readonly code: 'board_deep'; readonly path: string; readonly depth: number }
  | { readonly code: 'contract_no_evidence'; readonly member: string }
  | { readonly code: 'signer_foreign'; readonly entity: EntityId }
  | { readonly code: 'signer_ambiguous' }
  | { readonly code: 'signature_missing'; readonly entity: EntityId }
  | { readonly code: 'deed_signed' }
  | { readonly code: 'deed_kind_wrong'; readonly given: string; readonly expected: string }
  | { readonly code: 'deed_of_other_chain'; readonly chainId: bigint; readonly depository: Address }
  | { readonly code: 'deed_expired'; readonly validUntil: number; readonly now: number }
  | { readonly code: 'nonce_wrong'; readonly given: bigint; readonly next: bigint }
  | { readonly code: 'cooperative_nonce_wrong'; readonly given: bigint; readonly next: bigint }
  | { readonly code: 'dispute_none'; readonly left: EntityId; readonly right: EntityId }
  | { readonly code: 'peer_missing'; readonly entity: EntityId }
  | { readonly code: 'board_unchecked'; readonly boardHash: Hash }
  | { readonly code: 'board_registered'; readonly entity: EntityId }
  | { readonly code: 'entity_unregistered'; readonly entity: EntityId }
  | { readonly code: 'name_malformed'; readonly name: string }
  | {
      readonly code: 'call_refused'
      readonly error: { readonly name: string; readonly args: Readonly<Record<string, string>> }
      /** For people: the error with its arguments. */
      readonly text: string
      readonly advice: string
    }
  | { readonly code: 'shares_missing'; readonly entity: EntityId }
  | { readonly code: 'shares_other'; readonly entity: EntityId; readonly block: number }
  | { readonly code: 'collectible_unknown'; readonly token: TokenId }
  | {
      readonly code: 'collectible_elsewhere'
      readonly collection: Address
      readonly id: bigint
      readonly holder: Address
      /** What he has of it. */
      readonly balance: bigint
    }
  | { readonly code: 'token_unsigned'; readonly token: string }
  | { readonly code: 'token_silent'; readonly token: TokenId; readonly question: string }
  | { readonly code: 'deposit_used'; readonly owner: Address }
  | {
      readonly code: 'owner_poor'
      readonly owner: Address
      readonly balance: bigint
      readonly amount: bigint
    }
  | {
      readonly code: 'default_none'
      readonly debtor: EntityId
      readonly token: TokenId
      readonly threshold: bigint
      readonly overdue: bigint
      readonly owed: bigint
    }
  | { readonly code: 'vote_missing'; readonly entity: EntityId; readonly holder: Address }

function shortOf(short: readonly Count[]): string {
  return short
    .map(({ entity, weight, threshold }) => `${entity} has ${weight} of ${threshold}. `)
    .join('')
}

/** One sentence on what happened, one on what to do about it. */
export function explainBoard(fault: BoardFault): string {
  switch (fault.code) {
    case 'file_unwritable':
      return `${fault.path} could not be written; what it held before is untouched. Check the folder and its permissions.`
    case 'file_exists':
      return `There is a file at ${fault.path} already. Choose another name, or remove it.`
    case 'file_malformed':
      return `${fault.path} holds no ${fault.what}: ${fault.reason}.`
    case 'key_exposed':
      return `${fault.path} may be read by others (mode ${fault.mode.toString(8)}). Run: chmod 600 ${fault.path}`
    case 'key_impossible':
      return `A key at hand is no secret of a ${fault.kind} board: zero, or beyond the order of its curve.`
    case 'board_invalid':
      return `The board of ${fault.path} cannot decide: ${fault.reason}.`
    case 'possession_wrong':
      return `${fault.path} does not show that anybody has the secret of ${fault.key}. Ask that member for his card again.`
    case 'possession_missing':
      return `${fault.keys} keys of the board are not registered, and nothing shows that anybody has their secrets. Register them with "xln bls register", each with the card of its member.`
    case 'member_unknown':
      return `${fault.member} is not on the board, nor on one below it whose file is at hand. See who is with "xln board show".`
    case 'vote_wrong':
      return `The vote of ${fault.member} in ${fault.path} is not his signature on this deed. Ask him to sign again.`
    case 'votes_foreign':
      return `The votes in ${fault.path} are on another deed, or for another entity. Nothing was combined.`
    case 'threshold_not_reached':
      return `The votes weigh ${fault.weight}, the threshold is ${fault.threshold}: ${fault.missing} are missing. ${shortOf(fault.short)}Collect more, and combine them all.`
    case 'seat_unknown':
      return `${fault.path} has votes of members of ${fault.entity}, whose board is not at hand or not on the way. Write its board file beside the member that it is, as "board".`
    case 'board_other':
      return `The board in ${fault.path} is not that of ${fault.entity}. Name its own, as it is now.`
    case 'board_cyclic':
      return `${fault.entity} sits below itself by ${fault.path}: an entity counts once in a signature, and never for itself. Leave its "board" out there, and have others vote.`
    case 'board_deep':
      return `${fault.path} names boards at depth ${fault.depth}; ${BOARD_DEPTH_MAX} above each other count. Leave their "board" out there, and have others vote.`
    case 'contract_no_evidence':
      return `${fault.member} is a contract, and what it says is no evidence in a dispute: nobody signs a proof for it. Collect the votes of others.`
    case 'signer_foreign':
      return `${fault.entity} does not sign this deed. See who does with "xln deed show".`
    case 'signer_ambiguous':
      return 'The board decides for none of those who sign this deed by its hash. Say for which with --entity.'
    case 'signature_missing':
      return `${fault.entity} has not signed yet. See "xln deed sign --help" and "xln deed combine --help".`
    case 'deed_signed':
      return 'The deed is signed already, and what is added would not be. Make another one.'
    case 'deed_kind_wrong':
      return `The deed is a ${fault.given}, not a ${fault.expected}.`
    case 'deed_of_other_chain':
      return `The deed is for chain ${fault.chainId} and the Depository ${fault.depository}, not for those of the configuration.`
    case 'deed_expired':
      return `The deed was valid until ${fault.validUntil}, and the chain is at ${fault.now}. Make it anew.`
    case 'nonce_wrong':
      return `The deed has nonce ${fault.given}, and ${fault.next} is the entity's next. ${fault.given < fault.next ? 'Another one took its place: make it anew.' : 'Send the one before it first.'}`
    case 'cooperative_nonce_wrong':
      return `The proof is of cooperative nonce ${fault.given}, and the channel has ${fault.next}. A settlement or the end of a dispute has made it void.`
    case 'dispute_none':
      return `There is no dispute between ${fault.left} and ${fault.right}.`
    case 'peer_missing':
      return `${fault.entity} is not an end of this channel.`
    case 'board_unchecked':
      return `The board ${fault.boardHash} is not checked. Run "xln board check" first.`
    case 'board_registered':
      return `The board decides for ${fault.entity} already. For one more entity, say --another.`
    case 'entity_unregistered':
      return `${fault.entity} is not a registered entity. Register its board with "xln board register".`
    case 'name_malformed':
      return `"${fault.name}" is no name: 3 to 32 of a-z, 0-9 and "-", with no "-" at its ends.`
    case 'call_refused':
      return `The contract refuses: ${fault.text}. ${fault.advice}`
    case 'shares_missing':
      return `${fault.entity} has no shares. Its board issues them with "xln shares issue".`
    case 'shares_other':
      return `${fault.entity} has had other shares since block ${fault.block}, and articles are for ever. See them with "xln shares show".`
    case 'collectible_unknown':
      return `Nothing with the id ${fault.token} has ever come to the Gate, which alone knows what it stands for. Write it as erc721:<collection>:<id> or erc1155:<collection>:<id>.`
    case 'collectible_elsewhere':
      return `${fault.holder} has ${fault.balance} of number ${fault.id} of ${fault.collection}: nothing was sent. Give the key of whoever has it with --key-file.`
    case 'token_unsigned':
      return `${fault.token} is no ERC-20: nobody signs for it. Its owner brings it with "xln entity deposit".`
    case 'token_silent':
      return `The token ${fault.token} does not answer ${fault.question}: it takes no such signatures, or tells its domain elsewhere, as --domain-separator. Else its owner deposits with "xln entity deposit".`
    case 'deposit_used':
      return `This deposit of ${fault.owner} is done, cancelled, or another took its place. Look with "xln entity show"; if it is missing, have the owner sign anew.`
    case 'owner_poor':
      return `${fault.owner} has ${fault.balance} base units, and signed for ${fault.amount}. Nothing was sent.`
    case 'default_none':
      return `Of ${fault.owed} base units that ${fault.debtor} owes once its reserve has paid, ${fault.overdue} are older than a week: no default on ${fault.threshold}. Wait, or name a smaller amount.`
    case 'vote_missing':
      return `${fault.holder} has no vote for a board of ${fault.entity}. See who votes with "xln shares show".`
  }
}

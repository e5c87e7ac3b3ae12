/** The functions of the Shares. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { shareIdsOf } from '@xln/shared/entity/shares.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  type Hex,
  parseAddress,
  type TokenId,
  ZERO_HASH,
} from '@xln/shared/ids.ts'
import { sharesOf } from './accounts.ts'
import { potAt, potEntityOf, report, type Source, takeDividend, totalOf } from './dividends.ts'
import type { Frame } from './frame.ts'
import type { Functions } from './functions.ts'
import { revert } from './reverts.ts'
import { give, giveBatch, isControl, issue, sharesOfHolder } from './shares.ts'
import { SIGNED } from './signatures.ts'
import { castVote, tallyOf, tellOfShares, voteOf } from './votes.ts'

const NOT_SIGNED = '0xffffffff'
const INTERFACES = ['0x01ffc9a7', '0xd9b67a26', '0x0e89341c']
const account = (value: unknown): Address => parseAddress(value as string)

export const sharesFunctions: Functions = {
  issue(frame, [entity, delay, allotments, validUntil, signature]) {
    const given = allotments as readonly { to: string; control: bigint; dividend: bigint }[]
    const articles = {
      entity: entity as EntityId,
      delay: delay as bigint,
      allotments: [...given].map(({ to, control, dividend }) => {
        return { to: account(to), control, dividend }
      }),
      validUntil: validUntil as bigint,
    }
    issue(frame, articles, hexToBytes(signature as Hex))
    return []
  },
  vote(frame, [entity, boardHash, shares]) {
    const { control } = shareIdsOf(entity as EntityId) ?? { control: 0n }
    const balance = sharesOfHolder(frame, control, frame.sender)
    const [of, board] = [entity as EntityId, boardHash as Hash]
    castVote(frame, of, board, frame.sender, shares as bigint, balance)
    return []
  },
  conclude: ({ sender }) => revert('NotTheProvider', sender),
  reportDividend: (frame, [source]) => [report(frame, sourceOf(source))],
  takeDividend: (frame, [source, holder, to, changes]) => [
    takeDividend(frame, sourceOf(source), account(holder), to as EntityId, changes as bigint),
  ],

  safeTransferFrom(frame, [from, to, id, value, data]) {
    give(frame, account(from), account(to), id as bigint, value as bigint, data as Hex)
    return []
  },
  safeBatchTransferFrom(frame, [from, to, ids, values, data]) {
    const amounts = [...(values as bigint[])]
    giveBatch(frame, account(from), account(to), [...(ids as bigint[])], amounts, data as Hex)
    return []
  },
  setApprovalForAll(frame, [operator, approved]) {
    const { sender, domain } = frame
    const named = { account: sender, operator: account(operator), approved: approved as boolean }
    frame.world.operators.set(`${sharesOf(domain)}/${sender}/${named.operator}`, named.approved)
    tellOfShares(frame, { type: 'approvalForAll', ...named })
    return []
  },
  balanceOf: (frame, [holder, id]) => [sharesOfHolder(frame, id as bigint, account(holder))],
  balanceOfBatch(frame, [holders, ids]) {
    const [owners, kinds] = [[...(holders as string[])], [...(ids as bigint[])]]
    if (owners.length !== kinds.length) {
      revert('ERC1155InvalidArrayLength', kinds.length, owners.length)
    }
    return [kinds.map((id, place) => sharesOfHolder(frame, id, account(owners[place])))]
  },
  isApprovedForAll: ({ world, domain }, [owner, operator]) => [
    world.operators.get(`${sharesOf(domain)}/${account(owner)}/${account(operator)}`) ?? false,
  ],
  uri(_, [id]) {
    const kind = isControl(id as bigint) ? 'control' : 'dividend'
    const name = `%22name%22:%22XLN%20${kind}%20share%22`
    return [`data:application/json,%7B${name},%22decimals%22:0%7D`]
  },
  supportsInterface: (_, [interfaceId]) => [INTERFACES.includes(interfaceId as Hex)],

  entityProvider: ({ domain }) => [domain.entityProvider],
  isValidSignature: ({ world }, [digest]) => [digest === world.payment ? SIGNED : NOT_SIGNED],
  termsOf({ world }, [entity]) {
    const none = { delay: 0n, issuedAt: 0, control: 0n, dividend: 0n }
    return [world.terms.get(entity as EntityId) ?? none]
  },
  voteOf(frame, [entity, holder]) {
    const none = { boardHash: ZERO_HASH, election: 0n, shares: 0n }
    return [voteOf(frame, entity as EntityId, account(holder)) ?? none]
  },
  tallyOf: (frame, [entity, boardHash]) => [tallyOf(frame, entity as EntityId, boardHash as Hash)],
  shareholdersDecision({ world }, [entity]) {
    const { next, nextFrom } = world.electionOf(entity as EntityId)
    return [next, nextFrom]
  },
  potOf: (frame, [entity]) => [potEntityOf(frame, entity as EntityId)],
  dividendsOf: (frame, [source]) => paidOf(frame, sourceOf(source)),
}

function paidOf(frame: Frame, source: Source): readonly [bigint, bigint] {
  const pot = potAt(frame, source)
  return [totalOf(pot), pot.paid]
}

function sourceOf(value: unknown): Source {
  const { entity, depository, token } = value as Readonly<Record<string, unknown>>
  const at = account(depository)
  return { entity: entity as EntityId, depository: at, token: token as TokenId }
}

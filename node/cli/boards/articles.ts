/** Articles on their way to the chain: the one time that an entity issues shares. */
import { Shares__factory } from '@xln/shared/abi/typechain/factories/Shares__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Allotment } from '@xln/shared/entity/decisions.ts'
import { type EntityId, parseAddress } from '@xln/shared/ids.ts'
import { ZeroAddress } from 'ethers'
import type { ChainCall } from '../../shell/chain/calls.ts'
import type { Endpoint } from '../../shell/chain/endpoint.ts'
import { CliError } from '../faults.ts'
import type { ArticlesDeed } from './deed.ts'
import type { ChainSession } from './session.ts'
import { requireShareIds, sharesCall } from './shareholders.ts'

const shares = Shares__factory.createInterface()

export function issueCall(deed: ArticlesDeed, signature: Uint8Array): ChainCall {
  const { domain, entity, delay, allotments, validUntil } = deed
  const all = allotments.map((each) => ({ ...each }))
  const parameters = [entity, delay, all, validUntil, bytesToHex(signature)] as const
  return sharesCall(domain, shares.encodeFunctionData('issue', [...parameters]))
}

/**
 * The block in which these very articles were issued; undefined when they can be now. Throws `shares_other` or
 * `deed_expired`.
 */
export async function blockOfArticles(
  session: ChainSession,
  deed: ArticlesDeed,
): Promise<number | undefined> {
  const { entity, delay, validUntil } = deed
  const issue = await session.ask((endpoint) => issueOf(session, endpoint, entity))
  if (issue === undefined) {
    await session.requireTime(validUntil)
    return undefined
  }
  const isSame = issue.delay === delay && isEqual(issue.allotments, deed.allotments)
  if (isSame) return issue.block
  throw new CliError({ code: 'shares_other', entity, block: issue.block })
}

interface Issue {
  readonly block: number
  readonly delay: number
  readonly allotments: readonly Allotment[]
}

/** What an entity has issued, from the events. */
async function issueOf(
  session: ChainSession,
  endpoint: Endpoint,
  entity: EntityId,
): Promise<Issue | undefined> {
  const contract = session.shares(endpoint)
  const { filters } = contract
  const [issued] = await session.events(endpoint, (from, to) => {
    return contract.queryFilter(filters.SharesIssued(entity), from, to)
  })
  if (issued === undefined) return undefined
  const { blockNumber: block } = issued
  const minted = filters.TransferBatch(undefined, ZeroAddress)
  const transfers = await contract.queryFilter(minted, block, block)
  const { control: id } = requireShareIds(entity)
  const allotments = transfers
    .filter(({ args: [, , , ids] }) => ids[0] === id)
    .map(({ args: [, , to, , [control = 0n, dividend = 0n]] }) => {
      return { to: parseAddress(to), control, dividend }
    })
  return { block, delay: Number(issued.args.delay), allotments }
}

function isEqual(some: readonly Allotment[], others: readonly Allotment[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ to, control, dividend }, at) => {
      const other = others[at]
      return other?.to === to && other.control === control && other.dividend === dividend
    })
  )
}

/** ERC-721 and ERC-1155: into a reserve through the Gate, and what the Gate says of them. */
import { IGate__factory } from '@xln/shared/abi/typechain/factories/interfaces/IGate__factory.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { tokenKind } from '@xln/shared/depository/tokenIds.ts'
import { type Address, type EntityId, type Hex, parseAddress } from '@xln/shared/ids.ts'
import { Contract, Interface, isError } from 'ethers'
import type { ChainCall } from '../../shell/chain/calls.ts'
import type { Endpoint } from '../../shell/chain/endpoint.ts'
import { type Asset, assetOfCollectible, type Collectible } from '../assets.ts'
import { CliError } from '../faults.ts'
import type { ChainSession } from './session.ts'

// Collections are contracts of others: this is all that is asked of them.
const erc721 = new Interface([
  'function ownerOf(uint256 id) view returns (address)',
  'function safeTransferFrom(address from, address to, uint256 id, bytes data)',
])
const erc1155 = new Interface([
  'function balanceOf(address account, uint256 id) view returns (uint256)',
  'function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data)',
])

/** What the Gate knows of a collectible; nothing of it is held before its first arrival. */
export interface Known {
  readonly asset: Asset
  readonly collectible: Collectible
  /** For all reserves and channels. */
  readonly held: bigint
}

/**
 * What a token stands for, as it was written or as the Gate says; undefined for ether and ERC-20. Throws
 * `collectible_unknown`.
 */
export async function collectibleOf(
  session: ChainSession,
  { token, collectible: named }: Asset,
): Promise<Known | undefined> {
  const kind = tokenKind(token)
  if (kind !== 'erc721' && kind !== 'erc1155') return undefined
  const { collection, id, held } = await session.ask((endpoint) => {
    const gate = gateOf(session.domain.depository)
    return IGate__factory.connect(gate, endpoint.provider).assetOf(token)
  })
  const isKnown = BigInt(collection) !== 0n
  const known = isKnown ? { kind, collection: parseAddress(collection), id } : named
  if (known === undefined) throw new CliError({ code: 'collectible_unknown', token })
  return { asset: assetOfCollectible(known), collectible: known, held }
}

/**
 * The transaction by which whoever has a collectible brings it into a reserve: a transfer to the Gate, which names
 * the entity and needs no approval. Throws `collectible_elsewhere`.
 */
export async function arrivalCall(
  session: ChainSession,
  from: Address,
  entity: EntityId,
  amount: bigint,
  collectible: Collectible,
): Promise<ChainCall> {
  const { kind, collection: to, id } = collectible
  const balance = await session.ask((endpoint) => balanceOf(endpoint, from, collectible))
  if (balance < amount) {
    throw new CliError({ code: 'collectible_elsewhere', collection: to, id, holder: from, balance })
  }
  const gate = gateOf(session.domain.depository)
  // The data is `abi.encode(entity)`, which is the id itself.
  const data =
    kind === 'erc721'
      ? erc721.encodeFunctionData('safeTransferFrom', [from, gate, id, entity])
      : erc1155.encodeFunctionData('safeTransferFrom', [from, gate, id, amount, entity])
  return { type: 'transaction', to, data: data as Hex, value: 0n }
}

/** Nobody has what no contract knows. */
async function balanceOf(
  { provider }: Endpoint,
  holder: Address,
  { kind, collection, id }: Collectible,
): Promise<bigint> {
  const contract = new Contract(collection, kind === 'erc721' ? erc721 : erc1155, { provider })
  try {
    if (kind === 'erc1155') {
      return (await contract.getFunction('balanceOf').staticCall(holder, id)) as bigint
    }
    const owner = String(await contract.getFunction('ownerOf').staticCall(id))
    return parseAddress(owner) === holder ? 1n : 0n
  } catch (error) {
    if (isError(error, 'CALL_EXCEPTION') || isError(error, 'BAD_DATA')) return 0n
    throw error
  }
}

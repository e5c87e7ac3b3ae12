/** Which accounts are contracts, and of which kind. */
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import type { Address } from '@xln/shared/ids.ts'

export type ContractKind =
  | 'depository'
  | 'entityProvider'
  | 'subcontractProvider'
  | 'gate'
  | 'shares'
  | TokenContract

/** Contracts that are not ours, and anyone can mint. */
export type TokenContract = 'erc20' | 'erc721' | 'erc1155'

/** Where the EntityProvider's Shares stand: like the Gate, the first contract that its maker makes. */
export function sharesOf({ entityProvider }: ChainDomain): Address {
  return gateOf(entityProvider)
}

/** What stands at every address that has code. */
export function contractsAt(
  domain: ChainDomain,
  tokens: ReadonlyMap<Address, TokenContract>,
): ReadonlyMap<Address, ContractKind> {
  return new Map<Address, ContractKind>([
    ...tokens,
    [domain.depository, 'depository'],
    [domain.entityProvider, 'entityProvider'],
    [domain.subcontractProvider, 'subcontractProvider'],
    [gateOf(domain.depository), 'gate'],
    [sharesOf(domain), 'shares'],
  ])
}

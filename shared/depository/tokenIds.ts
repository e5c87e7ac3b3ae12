/** How tokens are named: ether is 0, an ERC-20 is `1 << 248 | address`. The first byte is the kind. */
import type { Address, TokenId } from '../ids.ts'

export const etherTokenId = `0x${'00'.repeat(32)}` as TokenId

const ERC20 = `0x01${'00'.repeat(11)}`
const NO_ADDRESS = '00'.repeat(20)

/** The id of an ERC-20 contract, which is not the zero address. */
export function erc20TokenId(contract: Address): TokenId {
  return `${ERC20}${contract.slice(2)}` as TokenId
}

/** The contract of an ERC-20; `undefined` for ether and for kinds that are not built. */
export function tokenAddress(token: TokenId): Address | undefined {
  if (!token.startsWith(ERC20) || token.endsWith(NO_ADDRESS)) return undefined
  return `0x${token.slice(26)}` as Address
}

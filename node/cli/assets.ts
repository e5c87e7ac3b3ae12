/** Tokens and amounts as people write them. Whole tokens where the decimals are known; never a float. */
import {
  type AssetKind,
  assetTokenId,
  erc20TokenId,
  tokenAddress,
} from '@xln/shared/depository/tokenIds.ts'
import { type Address, parseAddress, type TokenId } from '@xln/shared/ids.ts'
import type { Settings } from '../shell/config/config.ts'
import { CliError } from './faults.ts'

export interface Asset {
  readonly token: TokenId
  /** As it was named, or its contract. */
  readonly name: string
  /** Of a whole one; 0: only base units are known. */
  readonly decimals: number
  /** What it stands for, where that was said. */
  readonly collectible?: Collectible
}

/** A number of an ERC-721 or ERC-1155 collection. */
export interface Collectible {
  readonly kind: AssetKind
  readonly collection: Address
  readonly id: bigint
}

const COLLECTIBLE = /^(erc721|erc1155):(0x[0-9a-fA-F]{40}):([0-9]{1,78})$/

export type Tokens = Pick<Settings, 'tokens'>

/**
 * `ether`, a name of the configuration, a contract's address, `erc721:<collection>:<id>`, the same with `erc1155`,
 * or a token id. Throws `token_malformed`.
 */
export function assetOf(text: string, { tokens }: Tokens): Asset {
  const alias = tokens.get(text)
  if (alias !== undefined) return { ...alias, name: text }
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) {
    return assetOfToken(erc20TokenId(parseAddress(text)), { tokens })
  }
  if (/^0x[0-9a-f]{64}$/.test(text)) return assetOfToken(text as TokenId, { tokens })
  const [, kind, collection = '', id = ''] = COLLECTIBLE.exec(text) ?? []
  if (kind !== undefined && BigInt(id) < 2n ** 256n) {
    return assetOfCollectible({
      kind: kind as AssetKind,
      collection: parseAddress(collection),
      id: BigInt(id),
    })
  }
  throw new CliError({ code: 'token_malformed', text })
}

/** A collectible, as it is written. */
export function assetOfCollectible(collectible: Collectible): Asset {
  const { kind, collection, id } = collectible
  const token = assetTokenId(kind, collection, id)
  return { token, name: `${kind}:${collection}:${id}`, decimals: 0, collectible }
}

/** What is known of a token. */
export function assetOfToken(token: TokenId, { tokens }: Tokens): Asset {
  for (const [name, alias] of tokens) if (alias.token === token) return { ...alias, name }
  return { token, name: tokenAddress(token) ?? token, decimals: 0 }
}

/** Base units of `text`. Throws `amount_malformed`. */
export function parseAmount(text: string, { name, decimals }: Asset, isBaseUnits = false): bigint {
  const refuse = (reason: string) => new CliError({ code: 'amount_malformed', text, reason })
  const parts = /^([0-9]{1,78})(?:\.([0-9]{1,78}))?$/.exec(text)
  if (parts === null) throw refuse('digits, and a point before further ones')
  const [, whole = '', fraction = ''] = parts
  const places = isBaseUnits ? 0 : decimals
  if (fraction.length > places) {
    const why = places === 0 ? 'base units have no fraction' : `${name} has ${places} decimals`
    throw refuse(why)
  }
  return BigInt(whole + fraction.padEnd(places, '0'))
}

/** Such as `12.5`. */
export function wholeAmount(amount: bigint, { decimals }: Asset): string {
  const isNegative = amount < 0n
  const digits = (isNegative ? -amount : amount).toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point).replace(/0+$/, '')
  return `${isNegative ? '-' : ''}${digits.slice(0, point)}${fraction === '' ? '' : `.${fraction}`}`
}

/** Both ways: `12.5 USDC (12500000)`; without known decimals `12500000 base units of 0x…`. */
export function formatAmount(amount: bigint, asset: Asset): string {
  if (asset.decimals === 0) return `${amount} base units of ${asset.name}`
  return `${wholeAmount(amount, asset)} ${asset.name} (${amount})`
}

/**
 * The form of the configuration. Every scalar is text, as it also comes from the environment and from
 * flags: YAML's own reading would turn an address without quotes into a number.
 */

import { erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { type Address, type EntityId, parseAddress } from '@xln/shared/ids.ts'
import * as z from 'zod'
import type { ListenAt, TokenAlias } from './config.ts'

const integer = (max: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, 'not a whole number')
    .transform(Number)
    .refine((value) => value <= max, `above ${max}`)

const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'not an address: 0x and 40 hex digits')
  .transform((text): Address => parseAddress(text))

const entity = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'not an entity id: 0x and 64 lower-case hex digits')
  .transform((text) => text as EntityId)

const url = (protocol: 'http' | 'ws') =>
  z.string().regex(new RegExp(`^${protocol}s?://[^\\s]+$`), `not a ${protocol}:// URL`)

/** `host:port`; an IPv6 host in brackets. */
const listenAt = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):[0-9]{1,5}$/, 'not host:port')
  .transform((text): ListenAt => {
    const colon = text.lastIndexOf(':')
    const host = text.slice(0, colon).replace(/^\[|\]$/g, '')
    return { host, port: Number(text.slice(colon + 1)) }
  })
  .refine(({ port }) => port <= 65_535, 'the port is above 65535')

const token = z
  .strictObject({ address: z.union([z.literal('ether'), address]), decimals: integer(30) })
  .transform(
    ({ address, decimals }): TokenAlias => ({
      token: address === 'ether' ? etherTokenId : erc20TokenId(address),
      decimals,
    }),
  )

const alias = z.string().regex(/^[A-Za-z][\w.-]{0,31}$/, 'not a name')

const network = z.strictObject({
  rpc: z.array(url('http')).min(1),
  chainId: integer(Number.MAX_SAFE_INTEGER),
})

export const configSchema = z.strictObject({
  keystore: z.string().min(1).default('keystore.json'),
  passwordFile: z.string().min(1).optional(),
  chain: z
    .strictObject({
      rpc: z.array(url('http')).default([]),
      chainId: integer(Number.MAX_SAFE_INTEGER).optional(),
      entityProvider: address.optional(),
      subcontractProvider: address.optional(),
      depository: address.optional(),
      block: integer(Number.MAX_SAFE_INTEGER).optional(),
      confirmations: integer(10_000).default(12),
      pollMs: integer(600_000).default(1_000),
    })
    .prefault({}),
  networks: z.record(alias, network).default({}),
  listen: z.union([z.literal('none'), listenAt]).default({ host: '0.0.0.0', port: 7800 }),
  api: z
    .strictObject({
      listen: listenAt.default({ host: '127.0.0.1', port: 7801 }),
      loopbackReads: flag.default(false),
      requestsPerSecond: integer(1_000_000).default(2_000),
    })
    .prefault({}),
  peers: z.array(z.strictObject({ url: url('ws'), server: address.optional() })).default([]),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
      format: z.enum(['human', 'json']).default('human'),
    })
    .prefault({}),
  tokens: z.record(alias, token).default({}),
  names: z.record(alias, entity).default({}),
})
export type ConfigFile = z.output<typeof configSchema>

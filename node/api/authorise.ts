/** Who may ask for what. */
import { isLevelEnough, type Level, type Method } from '@xln/shared/api/method.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { levelTooLow, outOfScope, type Refusal } from './refusal.ts'
import type { Token } from './tokens.ts'

/** What a caller without a token may do, where the configuration lets it in at all. */
const WITHOUT_TOKEN: Level = 'read'

/** Before the parameters are read: whether the token's level is enough. */
export function checkLevel(token: Token | null, method: Method): Refusal | undefined {
  const has = token?.level ?? WITHOUT_TOKEN
  return isLevelEnough(has, method.level) ? undefined : levelTooLow(has, method.level)
}

/** Whether the token is for the entity that the parameters name. */
export function checkScope(token: Token | null, params: object): Refusal | undefined {
  const scope = token?.entities ?? null
  const entity = 'entity' in params ? (params.entity as EntityId | undefined) : undefined
  if (scope === null || entity === undefined || scope.includes(entity)) return undefined
  return outOfScope(entity)
}

/** The token in an `Authorization` header; undefined when there is none in it. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,200})$/i.exec(header ?? '')?.[1]
}

/** What a request says about where it comes from. */
export interface Origin {
  readonly remoteAddress: string | undefined
  readonly headers: { readonly host?: string | undefined; readonly origin?: string | undefined }
}

/**
 * Whether a request comes from a program on this machine. A page in a browser on this machine does not
 * count: it sends an origin, or came by another host's name.
 */
export function isLocalProgram({ remoteAddress = '', headers }: Origin): boolean {
  const isLoopback = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(remoteAddress)
  const isByLocalName = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i.test(headers.host ?? '')
  return isLoopback && isByLocalName && headers.origin === undefined
}

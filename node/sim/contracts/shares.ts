/** The shares of registered entities: issued once by the articles, given on, locked by votes. */
import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { isRegistered, numberedEntity } from '@xln/shared/entity/board.ts'
import { type Allotment, articlesDigest } from '@xln/shared/entity/decisions.ts'
import { shareIdsOf } from '@xln/shared/entity/shares.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { sharesOf } from './accounts.ts'
import { callAs, type Frame } from './frame.ts'
import { revert } from './reverts.ts'
import { hasSigned, isSole } from './signatures.ts'
import { tellOfShares, voteOf } from './votes.ts'
import type { Held } from './world.ts'

const DELAY_MIN = 345_600n
const DELAY_MAX = 7_776_000n

const NOBODY = `0x${'00'.repeat(20)}` as Address

export interface Issue {
  readonly entity: EntityId
  /** Seconds. */
  readonly delay: bigint
  readonly allotments: readonly Allotment[]
  /** Unix seconds. */
  readonly validUntil: bigint
}

/** Issues the shares of a registered entity, once. */
export function issue(frame: Frame, articles: Issue, signature: Uint8Array): void {
  const { entity, delay, allotments, validUntil } = articles
  if (BigInt(frame.now) > validUntil) revert('ArticlesExpired', validUntil, frame.now)
  requireSigned(frame, articles, signature)
  if (frame.world.terms.get(entity) !== undefined) revert('SharesIssuedBefore', entity)
  if (delay < DELAY_MIN || delay > DELAY_MAX) revert('DelayInvalid', delay)
  const control = allotments.reduce((sum, item) => sum + item.control, 0n)
  const dividend = allotments.reduce((sum, item) => sum + item.dividend, 0n)
  // At least one of each kind: a pot that nobody has a share in would keep what it is paid.
  const isValid = [control, dividend].every((all) => all >= 1n && all <= UINT64_MAX)
  if (!isValid) revert('SupplyInvalid', control, dividend)
  frame.world.terms.set(entity, { delay, issuedAt: frame.now, control, dividend })
  tellOfShares(frame, { type: 'sharesIssued', entity, delay, control, dividend })
  allot(frame, entity, allotments)
}

function requireSigned(frame: Frame, articles: Issue, signature: Uint8Array): void {
  const { entity } = articles
  if (!isRegistered(entity)) revert('NotRegistered', entity)
  const times = { delay: Number(articles.delay), validUntil: Number(articles.validUntil) }
  const digest = articlesDigest(frame.domain, { ...articles, ...times })
  const isDecided =
    signature.length === 0
      ? isSole(frame, entity, frame.sender)
      : hasSigned(frame, entity, digest, signature)
  if (!isDecided) revert('SignatureInvalid', entity, bytesToHex(digest))
}

/** Asks no receiver before everybody has what is his. */
function allot(frame: Frame, entity: EntityId, allotments: readonly Allotment[]): void {
  const { control, dividend } = shareIdsOf(entity) ?? revert('NotRegistered', entity)
  const ids = [control, dividend]
  const operator = frame.sender
  for (const item of allotments) {
    const { to } = item
    if (to === NOBODY) revert('ERC1155InvalidReceiver', to)
    const values = [item.control, item.dividend]
    for (const [place, id] of ids.entries()) {
      setShares(frame, id, to, sharesOfHolder(frame, id, to) + (values[place] ?? 0n))
    }
    tellOfShares(frame, { type: 'transferBatch', operator, from: NOBODY, to, ids, values })
  }
  for (const { to, ...item } of allotments) {
    askBatch(frame, NOBODY, to, ids, [item.control, item.dividend], '0x')
  }
}

// ─── ERC-1155 ───────────────────────────────────────────────────────────────────────────────────

export function sharesOfHolder({ world }: Frame, id: bigint, holder: Address): bigint {
  return world.holders.get(`${id}/${holder}`)?.at(-1)?.shares ?? 0n
}

/** Of one kind; tells it and asks the receiver. */
export function give(
  frame: Frame,
  from: Address,
  to: Address,
  id: bigint,
  value: bigint,
  data: string,
): void {
  requireTransfer(frame, from, to)
  move(frame, id, from, to, value)
  const operator = frame.sender
  tellOfShares(frame, { type: 'transferSingle', operator, from, to, id, value })
  if (!frame.contracts.has(to)) return
  const hook = 'onERC1155Received(address,address,uint256,uint256,bytes)'
  callAs(frame, sharesOf(frame.domain), to, hook, operator, from, id, value, data)
}

/** Of several kinds at once. */
export function giveBatch(
  frame: Frame,
  from: Address,
  to: Address,
  ids: readonly bigint[],
  values: readonly bigint[],
  data: string,
): void {
  requireTransfer(frame, from, to)
  if (ids.length !== values.length) revert('ERC1155InvalidArrayLength', ids.length, values.length)
  for (const [place, id] of ids.entries()) move(frame, id, from, to, values[place] ?? 0n)
  const operator = frame.sender
  tellOfShares(frame, { type: 'transferBatch', operator, from, to, ids, values })
  askBatch(frame, from, to, ids, values, data)
}

function requireTransfer(frame: Frame, from: Address, to: Address): void {
  const { sender, world, domain } = frame
  const key = `${sharesOf(domain)}/${from}/${sender}`
  if (from !== sender && world.operators.get(key) !== true) {
    revert('ERC1155MissingApprovalForAll', sender, from)
  }
  if (to === NOBODY) revert('ERC1155InvalidReceiver', to)
}

function askBatch(
  frame: Frame,
  from: Address,
  to: Address,
  ids: readonly bigint[],
  values: readonly bigint[],
  data: string,
): void {
  if (!frame.contracts.has(to)) return
  const hook = 'onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)'
  callAs(frame, sharesOf(frame.domain), to, hook, frame.sender, from, ids, values, data)
}

/** Moves shares that are not locked. */
function move(frame: Frame, id: bigint, from: Address, to: Address, value: bigint): void {
  const balance = sharesOfHolder(frame, id, from)
  if (value > balance) revert('ERC1155InsufficientBalance', from, balance, value, id)
  if (isControl(id)) {
    const free = balance - (voteOf(frame, numberedEntity(id >> 1n), from)?.shares ?? 0n)
    if (value > free) revert('SharesLocked', from, free, value)
  }
  if (value === 0n) return
  setShares(frame, id, from, balance - value)
  setShares(frame, id, to, sharesOfHolder(frame, id, to) + value)
}

export function isControl(id: bigint): boolean {
  return id % 2n === 0n
}

/** Of dividend shares one entry for each second: dividends go by what was held before it. */
function setShares(frame: Frame, id: bigint, holder: Address, shares: bigint): void {
  const key = `${id}/${holder}`
  const history = frame.world.holders.get(key) ?? []
  const replaces = isControl(id) || history.at(-1)?.since === frame.now
  const kept = replaces ? history.slice(0, -1) : history
  const held: Held = { since: frame.now, shares }
  frame.world.holders.set(key, [...kept, held])
}

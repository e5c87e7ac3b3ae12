/** What holders earn of what comes into the pot of their entity, to the unit. */
import { minBigint, UINT128_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { batchDigest, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { MemberKind, memberId } from '@xln/shared/entity/board.ts'
import { potOf, shareIdsOf } from '@xln/shared/entity/shares.ts'
import { entitySignatureDigest } from '@xln/shared/entity/signature.ts'
import { encodeEntitySignature } from '@xln/shared/entity/signatureForm.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import { sharesOf } from './accounts.ts'
import { attempt, callAs, type Frame } from './frame.ts'
import { revert } from './reverts.ts'
import { tellOfShares } from './votes.ts'
import { NO_RECKONING, type Pot, type Reckoning } from './world.ts'

/** The dividends of `entity` in `token`, as they lie in the reserve of its pot at `depository`. */
export interface Source {
  readonly entity: EntityId
  readonly depository: Address
  readonly token: TokenId
}

const NO_POT: Pot = { paid: 0n, receipts: [] }

export function potAt({ world }: Frame, source: Source): Pot {
  return world.pots.get(keyOf(source)) ?? NO_POT
}

export function totalOf({ receipts }: Pot): bigint {
  return receipts.at(-1)?.total ?? 0n
}

/** The lazy entity that receives what is divided. */
export function potEntityOf({ world, domain }: Frame, entity: EntityId): EntityId {
  const terms = world.terms.get(entity)
  const pot = potOf(sharesOf(domain), entity)
  return terms === undefined || pot === undefined ? revert('NoShares', entity) : pot
}

function keyOf({ entity, depository, token }: Source): string {
  return `${entity}/${depository}/${token}`
}

/** Counts what has come in; tells how much that is since the issue. */
export function report(frame: Frame, source: Source): bigint {
  const { entity, depository, token } = source
  const { issuedAt } = frame.world.terms.get(entity) ?? revert('NoShares', entity)
  const pot = potAt(frame, source)
  const total = totalOf(pot)
  // Nobody held anything before the second of the issue.
  if (frame.now <= issuedAt) return total
  const potEntity = potEntityOf(frame, entity)
  const asked = [potEntity, token]
  const [found] = callAs(
    frame,
    sharesOf(frame.domain),
    depository,
    'reserveOf(bytes32,bytes32)',
    ...asked,
  )
  const known = total - pot.paid
  const arrived = (found as bigint) - known
  const room = UINT128_MAX - total
  if (arrived <= 0n || room === 0n) return total

  const next = total + minBigint(arrived, room)
  const isSameSecond = pot.receipts.at(-1)?.time === frame.now
  const kept = isSameSecond ? pot.receipts.slice(0, -1) : pot.receipts
  const receipts = [...kept, { time: frame.now, total: next }]
  frame.world.pots.set(keyOf(source), { ...pot, receipts })
  tellOfShares(frame, { type: 'dividendReported', ...source, total: next })
  return next
}

/** Reports, and moves what `holder` has earned to the reserve of `to`; looks at so many changes of his shares. */
export function takeDividend(
  frame: Frame,
  source: Source,
  holder: Address,
  to: EntityId,
  changes: bigint,
): bigint {
  const { entity, depository, token } = source
  const pot = potOf(sharesOf(frame.domain), entity)
  // What lies at a Depository cannot call: anybody may let its part flow back.
  const isReturned = to === pot && isCustody(frame, depository, holder)
  if (holder !== frame.sender && !isReturned) revert('NotTheHolder', holder)
  const total = report(frame, source)
  const amount = draw(frame, source, holder, total, changes)
  if (amount === 0n) return 0n
  const { paid } = potAt(frame, source)
  tellOfShares(frame, {
    type: 'dividendTaken',
    entity,
    depository,
    token,
    holder,
    to,
    amount,
    paid,
  })
  payFromPot(frame, source, to, amount)
  return amount
}

function isCustody(frame: Frame, depository: Address, holder: Address): boolean {
  if (holder === depository) return true
  let answer: unknown
  const reverted = attempt(frame, () => {
    answer = callAs(frame, sharesOf(frame.domain), depository, 'gate()')[0]
  })
  return reverted === undefined && answer === holder
}

/** Reckons what was earned of `total`, and counts its whole units as paid. */
function draw(
  frame: Frame,
  source: Source,
  holder: Address,
  total: bigint,
  changes: bigint,
): bigint {
  const key = `${keyOf(source)}/${holder}`
  const before = frame.world.reckonings.get(key) ?? NO_RECKONING
  const { earned, ...reckoned } = earn(frame, source, holder, before, total, changes)
  const supply = frame.world.terms.get(source.entity)?.dividend ?? 1n
  frame.world.reckonings.set(key, { ...reckoned, rest: earned % supply })
  const pot = potAt(frame, source)
  const amount = earned / supply
  frame.world.pots.set(keyOf(source), { ...pot, paid: pot.paid + amount })
  return amount
}

/** From one change of the holder's shares to the next, and from the last one to now; one of this second waits. */
function earn(
  frame: Frame,
  source: Source,
  holder: Address,
  { changes: from, seen: seenBefore, rest }: Reckoning,
  total: bigint,
  most: bigint,
) {
  const { receipts } = potAt(frame, source)
  const id = shareIdsOf(source.entity)?.dividend
  const history = frame.world.holders.get(`${id}/${holder}`) ?? []
  let [earned, seen, changes] = [rest, seenBefore, from]
  let shares = history[from - 1]?.shares ?? 0n
  for (const change of history.slice(from)) {
    if (change.since >= frame.now) break
    if (BigInt(changes - from) === most) return { earned, seen, changes }
    const reached = receipts.findLast(({ time }) => time <= change.since)?.total ?? 0n
    earned += shares * (reached - seen)
    seen = reached
    shares = change.shares
    changes++
  }
  return { earned: earned + shares * (total - seen), seen: total, changes }
}

/** The pot's only member is the Shares contract, which says yes to this one payment. */
function payFromPot(frame: Frame, source: Source, to: EntityId, amount: bigint): void {
  const { entity, depository, token } = source
  const shares = sharesOf(frame.domain)
  const pot = potEntityOf(frame, entity)
  const ask = (signature: string, ...args: readonly unknown[]) => {
    return callAs(frame, shares, depository, signature, ...args)
  }
  const [nonce] = ask('batchNonce(bytes32)', pot) as readonly [bigint]
  const batch = encodeBatch({ ...EMPTY_BATCH, atomic: true, transfers: [{ token, to, amount }] })
  const domain = { ...frame.domain, depository }
  const digest = batchDigest(domain, pot, batch, nonce, frame.now)
  frame.world.payment = bytesToHex(entitySignatureDigest(frame.domain, pot, digest))
  const process = 'processBatch(bytes32,bytes,uint64,uint64,bytes)'
  ask(process, pot, bytesToHex(batch), nonce, BigInt(frame.now), signatureOf(shares, entity))
  frame.world.payment = undefined
}

function signatureOf(shares: Address, entity: EntityId): string {
  const number = BigInt(entity)
  const members = [{ kind: MemberKind.contract, id: memberId(shares), weight: number }]
  const form = { form: 'board', board: { threshold: number, members }, bitmap: 1 } as const
  return bytesToHex(encodeEntitySignature({ ...form, signatures: [new Uint8Array(0)] }))
}

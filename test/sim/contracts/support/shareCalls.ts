/** What shareholders do, and those who pay them. */
import { sharesOf } from '@xln/node/sim/contracts/accounts.ts'
import {
  depositoryAbi,
  entityProviderAbi,
  gateAbi,
  sharesAbi,
} from '@xln/node/sim/contracts/interfaces.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { numberedEntity } from '@xln/shared/entity/board.ts'
import { articlesDigest } from '@xln/shared/entity/decisions.ts'
import { potOf, type ShareIds, shareIdsOf } from '@xln/shared/entity/shares.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { ACCOUNTS, ENTITIES, signAs, signWrongly } from './cast.ts'
import type { Knowledge } from './knowledge.ts'
import { drawBoardHash } from './registryCalls.ts'
import type { AddressedCall } from './signedDeposits.ts'

const NOBODY = `0x${'00'.repeat(20)}` as Address
const NO_ENTITY = `0x${'00'.repeat(32)}` as EntityId
const DAY = 86_400

export function drawShareCall(known: Knowledge): AddressedCall {
  const { random, domain } = known
  const entity = numberedEntity(random.pick([1n, 1n, 1n, 1n, 2n, 2n, 99n]))
  const [terms] = known.askAt(sharesOf(domain), sharesAbi, 'termsOf', entity) ?? []
  if (terms.issuedAt === 0n ? random.chance(0.6) : random.chance(0.01))
    return drawIssue(known, entity)
  return random.pick([
    ...[drawVote, drawVote, drawVote, drawActivation, drawGift, drawGift, drawBatch, drawApproval],
    ...[drawIncome, drawIncome, drawReport, drawTaking, drawTaking, drawTaking, drawCustody],
  ])(known, entity)
}

function to(
  known: Knowledge,
  name: string,
  args: readonly unknown[],
  from?: Address,
): AddressedCall {
  const { random, domain } = known
  const sender = from ?? random.pick(ACCOUNTS)
  return { from: sender, to: sharesOf(domain), abi: sharesAbi, name, args }
}

function idsOf(entity: EntityId): ShareIds {
  return shareIdsOf(entity) as ShareIds
}

function balanceOf(known: Knowledge, holder: Address, id: bigint): bigint {
  const shares = sharesOf(known.domain)
  return known.askAt(shares, sharesAbi, 'balanceOf', holder, id)?.[0] ?? 0n
}

/** An account that has such shares, if there is one. */
function pickHolder(known: Knowledge, id: bigint): Address {
  const { random } = known
  const holders = ACCOUNTS.filter((each) => balanceOf(known, each, id) !== 0n)
  return random.pick(holders.length > 0 && random.chance(0.85) ? holders : ACCOUNTS)
}

/** Mostly an account; sometimes a contract that takes shares, or one that does not. */
function drawReceiver({ random, domain }: Knowledge): Address {
  const strange = [gateOf(domain.depository), domain.depository, sharesOf(domain), NOBODY]
  return random.chance(0.9) ? random.pick(ACCOUNTS) : random.pick(strange)
}

function drawIssue(known: Knowledge, entity: EntityId): AddressedCall {
  const { random, domain, now } = known
  const allotments = Array.from({ length: random.between(1, 4) }, () => ({
    to: random.chance(0.95) ? random.pick(ACCOUNTS) : drawReceiver(known),
    control: BigInt(random.between(0, 4)),
    dividend: random.chance(0.03) ? (1n << 64n) - 1n : BigInt(random.between(0, 4)),
  }))
  const usual = random.pick([4 * DAY, 4 * DAY, 5 * DAY, 90 * DAY])
  const delay = random.chance(0.9) ? usual : random.pick([4 * DAY - 1, 90 * DAY + 1])
  const validUntil = now + (random.chance(0.05) ? -1 : 50)
  const digest = articlesDigest(domain, { entity, delay, allotments, validUntil })
  const board = known.inOffice(entity)
  const signature = (random.chance(0.05) ? signWrongly : signAs)(random, domain, board, digest)
  const [member] = board.board.members
  const sole = `0x${member?.id.slice(26)}` as Address
  const isDirect = random.chance(0.1) && ACCOUNTS.includes(sole)
  const args = [entity, delay, allotments, validUntil, isDirect ? '0x' : bytesToHex(signature)]
  return to(known, 'issue', args, isDirect ? sole : undefined)
}

function drawVote(known: Knowledge, entity: EntityId): AddressedCall {
  const { random, domain } = known
  const holder = pickHolder(known, idsOf(entity).control)
  const [standing] = known.askAt(sharesOf(domain), sharesAbi, 'voteOf', entity, holder) ?? []
  const isSame = standing.shares !== 0n && random.chance(0.85)
  const boardHash = isSame
    ? standing.boardHash
    : known.favourite(entity, () => drawBoardHash(known))
  const balance = balanceOf(known, holder, idsOf(entity).control)
  const shares = random.pick([0n, ...Array(5).fill(balance), balance / 2n, balance + 1n])
  return to(known, 'vote', [entity, boardHash, shares], holder)
}

function drawActivation({ random, domain }: Knowledge, entity: EntityId): AddressedCall {
  const from = random.pick(ACCOUNTS)
  const args = [entity]
  return { from, to: domain.entityProvider, abi: entityProviderAbi, name: 'activateBoard', args }
}

/** One kind of share, from whoever has some; sometimes more than he has, or by another. */
function drawGift(known: Knowledge, entity: EntityId): AddressedCall {
  const { random } = known
  const { control, dividend } = idsOf(entity)
  const id = random.pick([control, dividend])
  const holder = pickHolder(known, id)
  const balance = balanceOf(known, holder, id)
  const value = random.pick([0n, 1n, 1n, balance, balance, balance + 1n])
  const data = random.chance(0.5) ? random.pick(ENTITIES).id : '0x'
  const args = [holder, drawReceiver(known), id, value, data]
  return to(known, 'safeTransferFrom', args, random.chance(0.85) ? holder : undefined)
}

function drawBatch(known: Knowledge, entity: EntityId): AddressedCall {
  const { random } = known
  const holder = random.pick(ACCOUNTS)
  const { control, dividend } = idsOf(entity)
  const ids = random.pick([[control, dividend], [dividend, dividend], [dividend], []])
  const values = ids.map(() => BigInt(random.between(0, 2)))
  const shown = random.chance(0.95) ? values : [...values, 1n]
  const data = random.chance(0.5) ? random.pick(ENTITIES).id : '0x'
  const args = [holder, drawReceiver(known), ids, shown, data]
  return to(known, 'safeBatchTransferFrom', args, random.chance(0.9) ? holder : undefined)
}

function drawApproval(known: Knowledge): AddressedCall {
  const { random, domain } = known
  const operator = random.pick([gateOf(domain.depository), random.pick(ACCOUNTS)])
  return to(known, 'setApprovalForAll', [operator, random.chance(0.8)])
}

// ─── Dividends ──────────────────────────────────────────────────────────────────────────────────

/** Into the pot, by anybody. */
function drawIncome(known: Knowledge, entity: EntityId): AddressedCall {
  const { random, domain, token } = known
  const amount = random.chance(0.03) ? 1n << 130n : BigInt(random.between(1, 9))
  const pot = potOf(sharesOf(domain), entity)
  const args = [pot, erc20TokenId(token), amount]
  const from = random.pick(ACCOUNTS)
  return { from, to: domain.depository, abi: depositoryAbi, name: 'deposit', args }
}

function drawSource({ random, domain, tokens, token }: Knowledge, entity: EntityId) {
  const strange = random.pick([domain.entityProvider, token, ACCOUNTS[0]])
  const depository = random.chance(0.95) ? domain.depository : strange
  return { entity, depository, token: random.chance(0.9) ? tokens[1] : tokens[0] }
}

function drawReport(known: Knowledge, entity: EntityId): AddressedCall {
  return to(known, 'reportDividend', [drawSource(known, entity)])
}

function drawTaking(known: Knowledge, entity: EntityId): AddressedCall {
  const { random, domain } = known
  const from = pickHolder(known, idsOf(entity).dividend)
  const gate = gateOf(domain.depository)
  const isOwn = random.chance(0.8)
  const holder = isOwn ? from : random.pick([gate, gate, domain.depository, ...ACCOUNTS])
  const pot = potOf(sharesOf(domain), entity)
  const usual = random.pick([random.pick(ENTITIES).id, random.pick(ENTITIES).id, pot, NO_ENTITY])
  const changes = random.pick([0n, 1n, 2n, 100n, 100n, 100n])
  const args = [drawSource(known, entity), holder, isOwn ? usual : pot, changes]
  return to(known, 'takeDividend', args, from)
}

/** Shares, too, can lie in a reserve. */
function drawCustody(known: Knowledge, entity: EntityId): AddressedCall {
  const { random, domain } = known
  const { control, dividend } = idsOf(entity)
  const id = random.pick([control, dividend, dividend])
  const args = [random.pick(ENTITIES).id, sharesOf(domain), id, BigInt(random.between(1, 2))]
  const from = random.pick(ACCOUNTS)
  return { from, to: gateOf(domain.depository), abi: gateAbi, name: 'depositErc1155', args }
}

/** Settlements of the acting entity: half of them sound, the others wrong in one way. */
import { settlementDigest } from '@xln/shared/channel/digests.ts'
import type { Forgiveness, TokenDiff } from '@xln/shared/channel/transaction.ts'
import type { Settlement } from '@xln/shared/depository/settlementForm.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { ENTITIES, type Entity, signAs, signWrongly } from './cast.ts'
import type { ChannelState, Knowledge } from './knowledge.ts'

type Terms = Omit<Settlement, 'peer' | 'peerSignature'>

export function drawSettlement(known: Knowledge, actor: Entity): Settlement {
  const { random, domain } = known
  const peer = random.chance(0.02) ? actor : pickPeer(known, actor)
  const channel = known.channelOf(actor, peer)
  const sound = drawTerms(known, channel)
  const terms = random.chance(0.5) ? sound : { ...sound, ...wrong(known, sound) }
  const channelKey = channelKeyOf(actor.id, peer.id)
  const digest = settlementDigest(domain, { channelKey, ...terms })
  const signed = random.chance(0.08) ? signWrongly : signAs
  return {
    ...terms,
    peer: peer.id,
    peerSignature: signed(random, domain, known.inOffice(peer.id), digest),
  }
}

/** Sooner one with whom there are debts. */
function pickPeer(known: Knowledge, actor: Entity): Entity {
  const { random, tokens } = known
  const indebted = ENTITIES.filter(({ id }) =>
    tokens.some((token) => {
      const owing = debtsBetween(known, actor.id, id, token)
      return owing.length + debtsBetween(known, id, actor.id, token).length > 0
    }),
  )
  return indebted.length > 0 && random.chance(0.5) ? random.pick(indebted) : known.pickOther(actor)
}

function drawTerms(known: Knowledge, channel: ChannelState): Terms {
  const { random, now } = known
  const { cooperativeNonce } = channel
  return {
    cooperativeNonce,
    newNonce: cooperativeNonce + BigInt(random.between(1, 2)),
    deadline: now + random.pick([0, 0, 100]),
    diffs: known.tokens
      .filter(() => random.chance(0.6))
      .map((token) => drawDiff(known, channel, token)),
    forgiveness: drawForgiveness(known, channel),
  }
}

/** Between a reserve and the collateral, or anything that adds up. */
function drawDiff(known: Knowledge, { left, right }: ChannelState, token: TokenId): TokenDiff {
  const { random } = known
  const amount = BigInt(random.between(0, 4))
  const ondeltaDiff = BigInt(random.between(-3, 4))
  const side = (leftDiff: bigint, rightDiff: bigint): TokenDiff => {
    return { token, leftDiff, rightDiff, collateralDiff: -leftDiff - rightDiff, ondeltaDiff }
  }
  const held = left === right ? 0n : collateralOf(known, left, right, token)
  switch (random.between(0, 4)) {
    case 0:
      return side(-amount, 0n)
    case 1:
      return side(0n, -amount)
    case 2:
      return side(held / 2n, 0n)
    case 3:
      return side(0n, held)
    default:
      return side(BigInt(random.between(-2, 2)), BigInt(random.between(-2, 2)))
  }
}

function collateralOf(known: Knowledge, left: Entity, right: Entity, token: TokenId): bigint {
  return known.ask('collateralOf', left.id, right.id, token)[0].collateral
}

/** Some of what the two owe each other, in the order that the contract wants. */
function drawForgiveness(known: Knowledge, { left, right }: ChannelState): Forgiveness[] {
  const { random } = known
  return known.tokens
    .flatMap((token) => [
      ...debtsBetween(known, right.id, left.id, token).map((index) => ({
        token,
        leftOwes: false,
        index,
      })),
      ...debtsBetween(known, left.id, right.id, token).map((index) => ({
        token,
        leftOwes: true,
        index,
      })),
    ])
    .filter(() => random.chance(0.4))
}

function debtsBetween(
  known: Knowledge,
  debtor: EntityId,
  creditor: EntityId,
  token: TokenId,
): bigint[] {
  const [head, tail] = known.ask('debtsOf', debtor, token) as unknown as [bigint, bigint]
  const found: bigint[] = []
  for (let index = head; index < tail; index++) {
    const [debt] = known.ask('debtAt', debtor, token, index)
    if (debt.creditor === creditor) found.push(index)
  }
  return found
}

function wrong(known: Knowledge, terms: Terms): Partial<Terms> {
  const { random, now } = known
  const { cooperativeNonce, newNonce, diffs, forgiveness } = terms
  const [token] = known.tokens as [TokenId]
  const [first] = diffs
  const other = (change: Partial<TokenDiff>): Partial<Terms> => {
    return first === undefined ? {} : { diffs: [{ ...first, ...change }, ...diffs.slice(1)] }
  }
  const huge = random.pick([1n << 127n, 1n << 128n, 1n << 200n, 1n << 248n, (1n << 255n) - 1n])
  const changes: readonly Partial<Terms>[] = [
    { cooperativeNonce: cooperativeNonce + 1n, newNonce: newNonce + 1n },
    { newNonce: cooperativeNonce },
    { newNonce: ((cooperativeNonce >> 32n) + 1n) << 32n },
    { newNonce: (((cooperativeNonce >> 32n) + 1n) << 32n) - 1n },
    { deadline: now - 1 },
    { diffs: [...diffs, ...diffs] },
    { diffs: [...diffs].reverse() },
    { forgiveness: [...forgiveness].reverse() },
    { forgiveness: [...forgiveness, { token, leftOwes: random.chance(0.5), index: 0n }] },
    other({ leftDiff: 1n }),
    other({ ondeltaDiff: random.pick([1n, -1n]) * huge }),
    other({ leftDiff: -5n, rightDiff: 0n, collateralDiff: 5n }),
    other({ leftDiff: 5n, rightDiff: 50n, collateralDiff: -55n }),
    other({ leftDiff: huge, rightDiff: 1n - huge, collateralDiff: -1n }),
    other({ leftDiff: -huge, rightDiff: 0n, collateralDiff: huge }),
    other({ leftDiff: 0n, rightDiff: -huge, collateralDiff: huge }),
  ]
  return random.pick(changes)
}

import { type ClauseFacts, encodeRatios, evaluateClause } from '@xln/shared/channel/clauses.ts'
import { proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Mutual } from '@xln/shared/channel/state.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseAddress, parseId, type Secret } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { installNativeCrypto } from '../../../../node/shell/crypto.ts'
import { domain, ETHER, Pair, type SideName, START } from './support/pair.ts'
import { runs } from './support/runs.ts'

const GOLD = erc20TokenId(parseAddress(`0x${'60'.repeat(20)}`))
const secrets = [1, 2, 3].map((n) => parseId<Secret>(`0x${`0${n}`.repeat(32)}`))
const nothing = new Uint8Array(0)

const amount = fc.bigInt({ min: 1n, max: 9n })
const side = fc.constantFrom<SideName>('left', 'right')
const clause = fc.oneof(
  fc.record({ by: side, which: fc.nat(2), token: fc.constantFrom(ETHER, GOLD), amount }),
  fc.record({ by: side, give: fc.constantFrom(ETHER, GOLD), amount, want: amount }),
)

describe('what is conditional off chain', () => {
  before(installNativeCrypto)

  it('is exactly what the contract evaluates', () => {
    const ratio = fc.nat(0xffff_ffff)
    fc.assert(
      fc.property(
        fc.array(clause, { maxLength: 6 }),
        fc.subarray(secrets),
        fc.array(ratio, { minLength: 6, maxLength: 6 }),
        (clauses, known, ratios) => {
          const pair = new Pair()
          pair.connect()
          for (const by of ['left', 'right'] as const) {
            pair.wish(
              by,
              { type: 'extendCredit', token: GOLD, limit: 1_000n },
              { type: 'extendCredit', token: ETHER, limit: 1_000n },
            )
            pair.settle()
          }
          for (const each of clauses) {
            const fillBy = START + 5_000
            const made: ChannelTransaction =
              'which' in each
                ? {
                    type: 'lock',
                    token: each.token,
                    amount: each.amount,
                    hashlock: hashlockOf(secrets[each.which] as Secret),
                    revealBy: fillBy,
                    onion: nothing,
                  }
                : {
                    type: 'offer',
                    giveToken: each.give,
                    giveAmount: each.amount,
                    wantToken: each.give === ETHER ? GOLD : ETHER,
                    wantAmount: each.want,
                    minFill: 1,
                    fillBy,
                  }
            pair.wish(each.by, made)
            pair.settle()
          }
          const { mutual } = pair.left.channel
          const judged = judge(mutual, known, ratios)

          for (const lock of mutual.locks) {
            const secret = known.find((one) => hashlockOf(one) === lock.hashlock)
            if (secret === undefined) continue
            pair.wish(lock.fromLeft ? 'right' : 'left', { type: 'resolve', lock: lock.id, secret })
            pair.settle()
          }
          mutual.offers.forEach((offer, index) => {
            const ratio = ratios[index] as number
            if (ratio === 0) return
            pair.wish(offer.ownerIsLeft ? 'right' : 'left', {
              type: 'fill',
              offer: offer.id,
              ratio,
            })
            pair.settle()
          })
          expect(pair.right.channel.mutual.tokens.map(({ offdelta }) => offdelta)).to.deep.equal(
            judged,
          )
        },
      ),
      runs(60),
    )
  })
})

/** The offdeltas after the court has judged the body. */
function judge(mutual: Mutual, known: readonly Secret[], ratios: readonly number[]): bigint[] {
  const body = proofBodyOf(mutual, domain.subcontractProvider)
  const [only] = body.clauses
  if (only === undefined) return [...body.offdeltas]
  const of = (ownerIsLeft: boolean): Uint8Array =>
    encodeRatios(
      mutual.offers.flatMap((offer, index) =>
        offer.ownerIsLeft === ownerIsLeft ? [ratios[index] as number] : [],
      ),
    )
  const facts = factsOf(known, of(false), of(true))
  return [...(evaluateClause(body.offdeltas, only.batch, facts)?.deltas ?? [])]
}

function factsOf(known: readonly Secret[], left: Uint8Array, right: Uint8Array): ClauseFacts {
  const hashlocks = known.map(hashlockOf)
  return {
    now: START,
    revealedAt: (hashlock) => (hashlocks.includes(hashlock) ? START : 0),
    defaultedAt: () => 0,
    left: { data: left, committedAt: left.length === 0 ? 0 : START },
    right: { data: right, committedAt: right.length === 0 ? 0 : START },
  }
}

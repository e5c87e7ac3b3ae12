/**
 * The Depository, as far as one channel of a {@link Pair} needs it: settlements, disputes and secrets,
 * by the rules of the contract. What is submitted waits until it is executed or dropped.
 */
import { evaluateClause } from '@xln/shared/channel/clauses.ts'
import { type ProofBody, proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { BatchItem, Proof } from '@xln/shared/depository/batchItem.ts'
import type { Poster } from '@xln/shared/depository/events.ts'
import type { Hashlock } from '@xln/shared/ids.ts'
import { ETHER, entities, type Pair, type SideName, timestampOf } from './pair.ts'

interface Standing {
  readonly proof: Proof
  readonly startHeight: bigint
  readonly startedByLeft: boolean
  readonly poster: Poster
  readonly deadline: number
}

/** How a dispute ended. */
export interface Judged {
  readonly disputeNonce: bigint
  readonly fraud: boolean
  readonly startedByLeft: boolean
}

type Item<Type extends BatchItem['type']> = Extract<BatchItem, { type: Type }>

const LONGEST_WINDOW = 604_800

export class Court {
  readonly pair: Pair
  cooperativeNonce = 0n
  collateral: bigint
  ondelta: bigint
  standing: Standing | null = null
  readonly judged: Judged[] = []
  readonly #revealed = new Map<Hashlock, number>()
  /** How many effects of each side have been dealt with. */
  readonly #done = { left: 0, right: 0 }

  constructor(pair: Pair, collateral: bigint, ondelta: bigint) {
    this.pair = pair
    this.collateral = collateral
    this.ondelta = ondelta
  }

  /** Executes, or drops, everything that a side has submitted so far. */
  process(side: SideName, execute: boolean): void {
    const { effects } = this.pair.party(side)
    // What is submitted again because of this comes another time.
    const end = effects.length
    for (; this.#done[side] < end; this.#done[side]++) {
      const effect = effects[this.#done[side]]
      if (effect?.type !== 'submit') continue
      const done = execute && this.execute(side, effect.item)
      this.pair.turn(side, { type: 'itemEnded', item: effect.item, done })
    }
  }

  get now(): number {
    return timestampOf(this.pair.headBlock)
  }

  execute(side: SideName, item: BatchItem): boolean {
    switch (item.type) {
      case 'settlement':
        return this.#settle(item)
      case 'start':
        return this.#post(side, item.cooperativeNonce, item.proof, true)
      case 'counter':
        return this.#post(side, item.cooperativeNonce, item.proof, false)
      case 'finalise':
        return this.#finalise(side, item)
      case 'secret':
        return this.#reveal(hashlockOf(item.secret), item.secret)
      default:
        return true
    }
  }

  #settle({ cooperativeNonce, newNonce, deadline, diffs }: Item<'settlement'>): boolean {
    if (cooperativeNonce !== this.cooperativeNonce || this.now + 1 > deadline) return false
    for (const { collateralDiff, ondeltaDiff } of diffs) {
      this.collateral += collateralDiff
      this.ondelta += ondeltaDiff
    }
    this.cooperativeNonce = newNonce
    this.standing = null
    this.#update()
    this.pair.mine({ type: 'settled', ...entities, cooperativeNonce: newNonce })
    return true
  }

  #update(): void {
    const { collateral, ondelta } = this
    this.pair.mine({ type: 'channelUpdated', ...entities, token: ETHER, collateral, ondelta })
  }

  /** A start in an open dispute acts as a counter; the starter and its height stay. */
  #post(side: SideName, cooperativeNonce: bigint, proof: Proof, isStart: boolean): boolean {
    if (cooperativeNonce !== this.cooperativeNonce) return false
    const before = this.standing
    const now = this.now + 1
    const window = proof.disputeNonce === 0n ? LONGEST_WINDOW : proof.disputeWindow
    const deadline = now + window
    if (before === null) {
      if (!isStart) return false
      const startedByLeft = side === 'left'
      const startHeight = heightOf(proof.disputeNonce)
      this.standing = { proof, startHeight, startedByLeft, poster: side, deadline }
      this.pair.mine({
        type: 'disputeStarted',
        ...entities,
        startedByLeft,
        cooperativeNonce,
        proof,
        deadline,
      })
      return true
    }
    if (now >= before.deadline || proof.disputeNonce <= before.proof.disputeNonce) return false
    this.standing = { ...before, proof, poster: side, deadline }
    this.pair.mine({
      type: 'disputeCountered',
      ...entities,
      poster: side,
      cooperativeNonce,
      proof,
      deadline,
    })
    return true
  }

  #finalise(side: SideName, { body }: Item<'finalise'>): boolean {
    const { standing } = this
    const now = this.now + 1
    if (standing === null) return false
    const { proof, deadline, poster, startHeight, startedByLeft } = standing
    const isEarly = poster !== 'anyone' && poster !== side
    if (now < deadline && !isEarly) return false
    const { disputeNonce } = proof
    if (disputeNonce !== 0n && proofBodyHash(body) !== proof.proofBodyHash) return false
    if (this.#isPending(body, now)) return false

    const fraud = heightOf(disputeNonce) >= startHeight + 2n
    this.judged.push({ disputeNonce, fraud, startedByLeft })
    this.cooperativeNonce = ((this.cooperativeNonce >> 32n) + 1n) << 32n
    this.collateral = 0n
    this.ondelta = 0n
    this.standing = null
    this.#update()
    const { cooperativeNonce } = this
    this.pair.mine({ type: 'disputeFinalised', ...entities, disputeNonce, cooperativeNonce, fraud })
    return true
  }

  #isPending({ offdeltas, clauses }: ProofBody, now: number): boolean {
    return clauses.some(({ batch }) => {
      const nothing = { data: new Uint8Array(0), committedAt: 0 }
      const revealedAt = (hashlock: Hashlock): number => this.#revealed.get(hashlock) ?? 0
      const defaultedAt = () => 0
      const facts = { now, revealedAt, defaultedAt, left: nothing, right: nothing }
      return (evaluateClause(offdeltas, batch, facts)?.pendingUntil ?? 0n) !== 0n
    })
  }

  #reveal(hashlock: Hashlock, secret: Item<'secret'>['secret']): boolean {
    if (this.#revealed.has(hashlock)) return true
    this.pair.headBlock += 1
    const revealedAt = this.now
    this.#revealed.set(hashlock, revealedAt)
    for (const side of ['left', 'right'] as const) {
      this.pair.see(side)
      this.pair.turn(side, { type: 'secretRevealed', hashlock, secret, revealedAt, final: true })
    }
    return true
  }
}

function heightOf(nonce: bigint): bigint {
  return (nonce & ((1n << 48n) - 1n)) >> 1n
}

/** Draws one call after another, each from what is known of the chain then. */
import {
  depositoryAbi,
  entityProviderAbi,
  subcontractProviderAbi,
  tokenAbi,
} from '@xln/node/sim/contracts/interfaces.ts'
import type { Call } from '@xln/node/sim/contracts/model.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import {
  type Batch,
  batchDigest,
  type DisputeFinalise,
  EMPTY_BATCH,
  encodeBatch,
  proofBodyValue,
} from '@xln/shared/depository/batch.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, Hex, TokenId } from '@xln/shared/ids.ts'
import type { Interface } from 'ethers'
import { SECRETS } from './bodies.ts'
import { ACCOUNTS, ENTITIES, type Entity, signAs, signWrongly } from './cast.ts'
import { drawDefault } from './defaultItems.ts'
import { drawArguments, drawCounter, drawFinalise, drawStart } from './disputeItems.ts'
import { drawGateCall } from './gateCalls.ts'
import type { Knowledge } from './knowledge.ts'
import { drawRegistryCall } from './registryCalls.ts'
import { drawSettlement } from './settlementItems.ts'
import { drawShareCall } from './shareCalls.ts'
import type { AddressedCall } from './signedDeposits.ts'
import { drawAmount, drawFunding, drawTransfer, drawWithdrawal, HUGE } from './spendItems.ts'
import { DISPUTE_ITEMS, ITEMS, KINDS, THEMES, type Theme, WEEK, type Weights } from './weights.ts'

export class Player {
  readonly #known: Knowledge
  readonly #calls: Weights
  readonly #items: Weights

  constructor(known: Knowledge, theme: Theme = 'money') {
    this.#known = known
    const { random } = known
    const weigh = (names: readonly string[]) => {
      return Object.fromEntries(names.map((name) => [name, random.pick([0.3, 2, 6])]))
    }
    const plain = { ...weigh(KINDS), batch: 24, default: random.pick([2, 5]), other: 1 }
    this.#calls = { ...plain, ...THEMES[theme] }
    this.#items = { ...weigh(ITEMS), starts: random.pick([6, 15]), fundings: random.pick([3, 8]) }
  }

  /** Moves the clock of what comes next: rarely far, often to where something ends. */
  passTime(): void {
    const known = this.#known
    const { random } = known
    known.moments = known.moments.filter((moment) => moment >= known.now - 1).slice(-40)
    const near = known.moments.filter((moment) => moment < known.now + 2_000_000)
    const jump = random.chance(0.015) ? [WEEK] : [0, 0, 0, 1, 2, 100]
    const isToMoment = near.length > 0 && random.chance(0.12)
    const next = isToMoment
      ? random.pick(near) + random.between(-1, 1)
      : known.now + random.pick(jump)
    known.now = Math.max(known.now, next)
  }

  draw(): Call {
    switch (this.#pick(this.#calls)) {
      case 'deposit':
        return this.#deposit()
      case 'token':
        return this.#tokenCall()
      case 'counter':
        return this.#counter()
      case 'finalise':
        return this.#finalise()
      case 'enforce':
        return this.#enforce()
      case 'default':
        return this.#default()
      case 'registry':
        return this.#registry()
      case 'gate':
        return this.#addressed(drawGateCall(this.#known))
      case 'shares':
        return this.#addressed(drawShareCall(this.#known))
      case 'other':
        return this.#other()
      default:
        return this.#batch()
    }
  }

  #pick(weights: Weights): string {
    const { random } = this.#known
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    let left = random.fraction() * total
    for (const [name, weight] of Object.entries(weights)) {
      left -= weight
      if (left < 0) return name
    }
    return 'batch'
  }

  #call(to: Address, abi: Interface, name: string, args: readonly unknown[], value = 0n): Call {
    const data = hexToBytes(abi.encodeFunctionData(name, args))
    return { from: this.#known.random.pick(ACCOUNTS), to, value, data }
  }

  #toDepository(name: string, args: readonly unknown[], value = 0n): Call {
    return this.#call(this.#known.domain.depository, depositoryAbi, name, args, value)
  }

  #entity(): Entity {
    return this.#known.random.pick(ENTITIES)
  }

  #token(): TokenId {
    return this.#known.random.pick(this.#known.tokens)
  }

  // ─── Calls of their own ───────────────────────────────────────────────────────────────────────

  #deposit(): Call {
    const { random, tokens } = this.#known
    const [ether] = tokens
    const strange = [`0x02${'00'.repeat(31)}`, erc20TokenId(ACCOUNTS[0] as Address)]
    const token = random.chance(0.05) ? random.pick(strange) : this.#token()
    const amount = random.chance(0.05) ? 0n : drawAmount(random)
    const due = token === ether && amount < 1n << 100n ? amount : 0n
    const value = random.chance(0.05) ? due + 1n : due
    return this.#toDepository('deposit', [this.#entity().id, token, amount], value)
  }

  #tokenCall(): Call {
    const { random, domain, token } = this.#known
    const to = random.pick([...ACCOUNTS, domain.depository])
    const amount = random.chance(0.1) ? random.pick(HUGE) : BigInt(random.between(0, 40))
    switch (random.between(0, 4)) {
      case 0:
        return this.#call(token, tokenAbi, 'transfer', [to, amount])
      case 1:
        return this.#call(token, tokenAbi, 'transferFrom', [random.pick(ACCOUNTS), to, amount])
      case 2:
        return this.#call(token, tokenAbi, 'mint', [random.pick(ACCOUNTS), amount])
      default:
        return this.#call(token, tokenAbi, 'approve', [domain.depository, amount])
    }
  }

  #counter(): Call {
    return this.#toDepository('counter', [drawCounter(this.#known)])
  }

  #finalise(): Call {
    return this.#toDepository('finalise', [finaliseValue(drawFinalise(this.#known))])
  }

  #enforce(): Call {
    const max = this.#known.random.between(0, 4)
    return this.#toDepository('enforceDebts', [this.#entity().id, this.#token(), max])
  }

  #default(): Call {
    const { subcontractProvider } = this.#known.domain
    const args = drawDefault(this.#known)
    return this.#call(subcontractProvider, subcontractProviderAbi, 'recordDefault', args)
  }

  #registry(): Call {
    const { from, name, args } = drawRegistryCall(this.#known)
    const { entityProvider } = this.#known.domain
    const call = this.#call(entityProvider, entityProviderAbi, name, args)
    return from === undefined ? call : { ...call, from }
  }

  #addressed({ from, to, abi, name, args }: AddressedCall): Call {
    return { ...this.#call(to, abi, name, args), from }
  }

  /** What hardly anybody calls, and what is no call at all. */
  #other(): Call {
    const { random, domain } = this.#known
    const { depository, entityProvider, subcontractProvider } = domain
    const bytes = random.bytes(random.pick([0, 3, 4, 40]))
    const strayTo = random.pick([depository, entityProvider, subcontractProvider, ...ACCOUNTS])
    const { board, id } = this.#entity()
    const invalid = { ...board, threshold: random.pick([0n, 9n]) }
    const payOut = [id, { token: this.#token(), to: depository, amount: 1n }]
    const secret = [random.pick(SECRETS)]
    const choices = [
      this.#call(entityProvider, entityProviderAbi, 'register', [board]),
      this.#call(entityProvider, entityProviderAbi, 'register', [invalid]),
      this.#call(subcontractProvider, subcontractProviderAbi, 'revealSecret', secret),
      this.#call(subcontractProvider, subcontractProviderAbi, 'revealSecret', secret, 1n),
      this.#toDepository('payOut', payOut),
      {
        from: random.pick(ACCOUNTS),
        to: strayTo,
        value: BigInt(random.between(0, 1)),
        data: bytes,
      },
    ]
    return random.pick(choices)
  }

  // ─── Batches ──────────────────────────────────────────────────────────────────────────────────

  #batch(): Call {
    const known = this.#known
    const { random, domain, now } = known
    const entity = this.#entity()
    const [stored] = known.ask('batchNonce', entity.id)
    const nonce = stored + (random.chance(0.03) ? 1n : 0n)
    const validUntil = now + (random.chance(0.03) ? -1 : random.pick([0, 50]))
    const batch = this.#encoded(entity)
    const digest = batchDigest(domain, entity.id, batch, nonce, validUntil)
    const sign = random.chance(0.02) ? signWrongly : signAs
    const isDirect = random.chance(0.06)
    const signature = isDirect
      ? '0x'
      : bytesToHex(sign(random, domain, known.inOffice(entity.id), digest))
    const args = [entity.id, batch, nonce, validUntil, signature]
    const call = this.#toDepository('processBatch', args)
    const [signer] = entity.signers
    return isDirect && random.chance(0.7) ? { ...call, from: signer?.address ?? call.from } : call
  }

  #encoded(entity: Entity): Uint8Array {
    const { random } = this.#known
    const items = this.#items_(entity)
    const encoded = encodeBatch({ ...EMPTY_BATCH, ...items, atomic: random.chance(0.1) })
    if (!random.chance(0.02)) return encoded
    // Malformed from the beginning: the contract finds out the rest only when it has come so far.
    const strangeFlag = encoded.map((byte, at) => (at === 0 ? byte | 0x80 : byte))
    return random.pick([encoded.slice(0, 0), encoded.slice(0, 1), strangeFlag, new Uint8Array(3)])
  }

  #items_(entity: Entity): Partial<Batch> {
    const known = this.#known
    const { random } = known
    const draw: { readonly [Name in keyof Omit<Batch, 'atomic'>]: () => unknown } = {
      withdrawals: () => drawWithdrawal(known, entity),
      transfers: () => drawTransfer(known, entity),
      fundings: () => drawFunding(known, entity),
      settlements: () => drawSettlement(known, entity),
      starts: () => drawStart(known, entity),
      counters: () => drawCounter(known, entity),
      arguments: () => drawArguments(known, entity),
      finalises: () => drawFinalise(known, entity),
      secrets: () => random.pick(SECRETS),
    }
    const items: Record<string, unknown[]> = {}
    for (let count = random.between(0, 3); count > 0; count--) {
      const wanted = this.#itemFor(entity)
      // What stands after this batch's own proofs is not known yet.
      const isEarly = items['starts'] !== undefined || items['counters'] !== undefined
      const isBlind = wanted === 'finalises' && isEarly && random.chance(0.9)
      const name = (isBlind ? 'transfers' : wanted) as keyof typeof draw
      items[name] = [...(items[name] ?? []), draw[name]()]
    }
    return items as Partial<Batch>
  }

  /** Sooner what can be done: answers in a dispute, its end when it is over, and a start at peace. */
  #itemFor(entity: Entity): string {
    const known = this.#known
    const { random, now } = known
    const name = this.#pick(this.#items)
    if (!DISPUTE_ITEMS.includes(name)) return name
    const { deadline } = known.pickChannel(entity, ({ deadline: end }) => end !== 0 && end <= now)
    if (deadline === 0) return random.chance(0.9) ? 'starts' : name
    if (deadline <= now) return random.chance(0.8) ? 'finalises' : name
    return random.pick(DISPUTE_ITEMS)
  }
}

function finaliseValue(item: DisputeFinalise) {
  return { ...item, body: proofBodyValue(item.body) satisfies { tokenIds: readonly Hex[] } }
}

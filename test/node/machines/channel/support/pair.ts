/**
 * Two channel machines and what stands between them: a network that can lose, repeat and cut, clocks,
 * a small chain, and real keys. What a machine wants signed is signed here, as the shell would.
 */
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import type { Lock } from '@xln/shared/channel/state.ts'
import type { AddLock, ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { BatchItem, Proof } from '@xln/shared/depository/batchItem.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChannelChainEvent } from '@xln/shared/depository/events.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { lazyEntityId, orderSides } from '@xln/shared/entity/board.ts'
import { type EntityId, type Hash, parseAddress, parseId, type Secret } from '@xln/shared/ids.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
} from '@xln/shared/wire/channelMessage.ts'
import {
  type Channel,
  genesis,
  pendingBlock,
} from '../../../../../node/machines/channel/channel.ts'
import { transition } from '../../../../../node/machines/channel/machine.ts'
import type {
  ChannelContext,
  ChannelFact,
  ChannelInput,
  ChannelOutput,
  ChannelPolicy,
  ChannelView,
  OutgoingShow,
  OutgoingUpdate,
} from '../../../../../node/machines/channel/messages.ts'
import { digestOf, proofOf } from '../../../../../node/machines/channel/proofs.ts'

export const domain: ChainDomain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'5b'.repeat(20)}`),
}

export const ETHER = etherTokenId
export const START = 1_700_000_000

const FIRST_BLOCK = 1_000

/** Of a final block; final blocks are half a minute old. */
export function timestampOf(block: number): number {
  return START - 30 + block - FIRST_BLOCK
}

export type SideName = 'left' | 'right'

const keys = ['11', '22'].map((byte) => hexToBytes(`0x${byte.repeat(32)}`))
const ids = keys.map((key) => lazyEntityId(addressOf(key)))
const { left, right } = orderSides(ids[0] as EntityId, ids[1] as EntityId)
export const entities = { left, right }
/** Of a view: nobody has committed anything to a court. */
export const uncommitted = { arguments: [], named: [] } as const
const keyOfSide = {
  left: keys[ids.indexOf(left)] as Uint8Array,
  right: keys[ids.indexOf(right)] as Uint8Array,
}

/** Signs a digest as a side's shell would. */
export function signAs(side: SideName, digest: Hash | Uint8Array): Uint8Array {
  const bytes = typeof digest === 'string' ? hexToBytes(digest) : digest
  return signDigest(bytes, keyOfSide[side])
}

export function other(side: SideName): SideName {
  return side === 'left' ? 'right' : 'left'
}

/** What a side asked for beside messages. */
export type Effect = Exclude<
  ChannelOutput,
  ChannelFact | { type: 'sendUpdate' | 'send' | 'sendShow' }
>

export interface Party {
  readonly side: SideName
  channel: Channel
  now: number
  finalBlock: number
  finalTimestamp: number
  /** Of the process; 0: one that is not told from others, and never asks. */
  incarnation: number
  /** Encoded messages under way to this side. */
  inbox: Uint8Array[]
  facts: ChannelFact[]
  effects: Effect[]
  /** Every digest that this side has signed, with what it was for. */
  signed: { readonly kind: string; readonly digest: Hash }[]
}

export interface PairOptions {
  readonly collateral?: bigint
  readonly ondelta?: bigint
  readonly policy?: ChannelPolicy
}

const usualPolicy: ChannelPolicy = { revealMarginSeconds: 600, enforceMin: 0n }

const effectTypes = new Set(['submit', 'schedule', 'waitsOnChain', 'readChannel'])

/** Two parties of one channel. */
export class Pair {
  readonly left: Party
  readonly right: Party
  connected = false
  readonly policy: ChannelPolicy
  /** The final chain: one block a second, with at most one event of this channel each. */
  readonly events: { readonly block: number; readonly event: ChannelChainEvent }[] = []
  headBlock = FIRST_BLOCK
  /** For tests that need numbers in order. */
  counter = 0
  /** Called with every state that a side comes to. */
  onState:
    | ((
        party: Party,
        before: Channel,
        input: ChannelInput,
        outputs: readonly ChannelOutput[],
      ) => void)
    | null = null

  constructor({ collateral = 100n, ondelta = 50n, policy = usualPolicy }: PairOptions = {}) {
    this.policy = policy
    const view: ChannelView = {
      left,
      right,
      cooperativeNonce: 0n,
      tokens: collateral === 0n ? [] : [{ token: ETHER, collateral, ondelta }],
      position: { block: 10, logIndex: 0 },
      dispute: null,
      ...uncommitted,
    }
    this.left = makeParty('left', view)
    this.right = makeParty('right', view)
  }

  party(side: SideName): Party {
    return side === 'left' ? this.left : this.right
  }

  context(side: SideName): ChannelContext {
    const { now, finalBlock, finalTimestamp, incarnation } = this.party(side)
    return { now, finalBlock, finalTimestamp, domain, policy: this.policy, incarnation }
  }

  /** One input, without the end of the turn. */
  input(side: SideName, input: ChannelInput): readonly ChannelOutput[] {
    const party = this.party(side)
    const before = party.channel
    const { state, outputs } = transition(before, input, this.context(side))
    party.channel = state
    for (const output of outputs) this.#perform(party, output)
    this.onState?.(party, before, input, outputs)
    return outputs
  }

  /** A turn with these inputs. */
  turn(side: SideName, ...inputs: readonly ChannelInput[]): readonly ChannelOutput[] {
    const outputs = inputs.flatMap((input) => this.input(side, input))
    return [...outputs, ...this.input(side, { type: 'flush' })]
  }

  wish(side: SideName, ...transactions: readonly ChannelTransaction[]): void {
    for (const transaction of transactions) this.input(side, { type: 'wish', transaction })
    this.input(side, { type: 'flush' })
  }

  connect(): void {
    this.connected = true
    this.turn('left', { type: 'connected', up: true })
    this.turn('right', { type: 'connected', up: true })
  }

  /** Cuts the connection: what is under way is lost. */
  disconnect(): void {
    this.connected = false
    for (const side of ['left', 'right'] as const) {
      this.party(side).inbox = []
      this.turn(side, { type: 'connected', up: false })
    }
  }

  /** Delivers the next message to a side; false if there is none. */
  deliver(side: SideName): boolean {
    const bytes = this.party(side).inbox.shift()
    if (bytes === undefined) return false
    this.hand(side, bytes)
    return true
  }

  /** Gives a side a message as it came off the wire. */
  hand(side: SideName, message: Uint8Array | ChannelMessage): readonly ChannelOutput[] {
    const bytes = message instanceof Uint8Array ? message : encodeChannelMessage(message)
    const decoded = decodeChannelMessage(bytes)
    if (decoded === undefined) throw new Error('a message does not decode')
    return this.turn(side, { type: 'receive', message: decoded })
  }

  /** Delivers until nothing is under way. */
  settle(): void {
    for (let round = 0; round < 1_000; round++) {
      const moved = [this.deliver('left'), this.deliver('right')]
      if (!moved.includes(true)) return
    }
    throw new Error('the two sides never stop talking')
  }

  /** Moves both clocks and the chain, which both see, and lets timers run. */
  advance(seconds: number): void {
    this.headBlock += seconds
    for (const side of ['left', 'right'] as const) {
      this.party(side).now += seconds
      this.see(side)
      this.turn(side, { type: 'timer' })
    }
  }

  /** An event of the channel becomes final, in a chain block of its own, which nobody has seen yet. */
  mine(event: ChannelChainEvent): number {
    this.headBlock += 1
    this.events.push({ block: this.headBlock, event })
    return this.headBlock
  }

  /** A side catches up with the final chain. */
  see(side: SideName): void {
    const party = this.party(side)
    const news = this.events.filter(({ block }) => block > party.finalBlock)
    party.finalBlock = this.headBlock
    party.finalTimestamp = timestampOf(this.headBlock)
    const inputs = news.map(({ block, event }): ChannelInput => {
      const position = { block, logIndex: 0 }
      return { type: 'chain', event, position, timestamp: timestampOf(block), final: true }
    })
    this.turn(side, ...inputs, { type: 'head' })
  }

  /** A side hears of an event that is not final yet. */
  hear(side: SideName, event: ChannelChainEvent, block = this.headBlock + 20): void {
    const position = { block, logIndex: 0 }
    const timestamp = timestampOf(block)
    this.turn(side, { type: 'chain', event, position, timestamp, final: false })
  }

  takeFacts(side: SideName): ChannelFact[] {
    const party = this.party(side)
    const { facts } = party
    party.facts = []
    return facts
  }

  #perform(party: Party, output: ChannelOutput): void {
    if (output.type === 'sendUpdate') this.#send(party, this.#signUpdate(party, output.update))
    else if (output.type === 'sendShow') this.#send(party, this.#signShow(party, output.show))
    else if (output.type === 'send') this.#send(party, output.message)
    else if (effectTypes.has(output.type)) party.effects.push(output as Effect)
    else party.facts.push(output as ChannelFact)
  }

  #send(party: Party, message: ChannelMessage): void {
    if (this.connected) this.party(other(party.side)).inbox.push(encodeChannelMessage(message))
  }

  #sign(party: Party, kind: string, digest: Hash): Uint8Array {
    party.signed.push({ kind, digest })
    return signAs(party.side, digest)
  }

  #signUpdate(party: Party, update: OutgoingUpdate): ChannelMessage {
    const { ack, proposal, newProof, settlement } = update
    return {
      type: 'update',
      ...(ack && {
        ack: { blockHash: ack.blockHash, signature: this.#sign(party, 'ack', ack.digest) },
      }),
      ...(proposal && {
        proposal: {
          block: proposal.block,
          signature: this.#sign(party, 'proposal', proposal.digest),
        },
      }),
      ...(newProof && { newProofSignature: this.#sign(party, 'newProof', newProof.digest) }),
      ...(settlement && {
        settlementSignature: this.#sign(party, 'settlement', settlement.digest),
      }),
    }
  }

  #signShow(party: Party, show: OutgoingShow): ChannelMessage {
    const { asksToResume, counted, mutual } = show
    if (counted === null) return { type: 'show', asksToResume, mutual }
    const own = this.#sign(party, 'show', counted.digest)
    const { header, peerSignature, ownIsLeft } = counted
    const leftSignature = ownIsLeft ? own : peerSignature
    const rightSignature = ownIsLeft ? peerSignature : own
    return {
      type: 'show',
      asksToResume,
      counted: { header, leftSignature, rightSignature },
      mutual,
    }
  }
}

function makeParty(side: SideName, view: ChannelView): Party {
  return {
    side,
    channel: genesis(view, side, domain),
    now: START,
    finalBlock: FIRST_BLOCK,
    finalTimestamp: timestampOf(FIRST_BLOCK),
    incarnation: 0,
    inbox: [],
    facts: [],
    effects: [],
    signed: [],
  }
}

/** `amount` of ether by the proposer. */
export function pay(amount: bigint): ChannelTransaction {
  return { type: 'pay', token: ETHER, amount, memo: new Uint8Array(0) }
}

export function credit(limit: bigint): ChannelTransaction {
  return { type: 'extendCredit', token: ETHER, limit }
}

const SECRET = parseId<Secret>(`0x${'5e'.repeat(32)}`)

/** A lock of ether under {@link SECRET}. */
export function lock(amount: bigint, revealBy: number, secret = SECRET): AddLock {
  const onion = Uint8Array.of(1, 2, 3)
  return { type: 'lock', token: ETHER, amount, hashlock: hashlockOf(secret), revealBy, onion }
}

export { SECRET }

/** A final or fresh event of the pair's channel. */
export function started(
  startedByLeft: boolean,
  proof: Proof,
  cooperativeNonce = 0n,
  deadline = START + 86_400,
): ChannelChainEvent {
  return { type: 'disputeStarted', ...entities, startedByLeft, cooperativeNonce, proof, deadline }
}

/** The items that a side has submitted of one type. */
export function submitted<Type extends BatchItem['type']>(
  party: Party,
  type: Type,
): Extract<BatchItem, { type: Type }>[] {
  return party.effects.flatMap((effect) =>
    effect.type === 'submit' && effect.item.type === type
      ? [effect.item as Extract<BatchItem, { type: Type }>]
      : [],
  )
}

/** The facts of one type that a side has reported. */
export function reported<Type extends ChannelFact['type']>(
  party: Party,
  type: Type,
): Extract<ChannelFact, { type: Type }>[] {
  return party.facts.filter((fact) => fact.type === type) as Extract<ChannelFact, { type: Type }>[]
}

/** The one lock that is open. */
export function openLock(party: Party): Lock {
  const [first, second] = party.channel.mutual.locks
  if (first === undefined || second !== undefined) throw new Error('not exactly one lock is open')
  return first
}

/** A block as `by` would sign it, whatever is in it. */
export function forged(pair: Pair, by: SideName, changes: Partial<ChannelBlock>) {
  const { channel } = pair.party(by)
  const own = pendingBlock(channel)
  if (own === undefined) throw new Error('nothing is pending')
  const block = { ...own.block, ...changes }
  const proof = proofOf(block, blockHash(block), channel.mutual.disputeWindow)
  const digest = digestOf(domain, channel.key, channel.mutual.cooperativeNonce, proof)
  return { block, signature: signAs(by, digest) }
}

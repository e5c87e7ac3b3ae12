/**
 * Two channel machines and what stands between them: a network that can lose, repeat and cut, clocks,
 * a small chain, and real keys. What a machine wants signed is signed here, as the shell would.
 */
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChannelChainEvent } from '@xln/shared/depository/events.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { lazyEntityId, orderSides } from '@xln/shared/entity/board.ts'
import { type EntityId, type Hash, parseAddress } from '@xln/shared/ids.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
} from '@xln/shared/wire/channelMessage.ts'
import { type Channel, genesis } from '../../../../../node/machines/channel/channel.ts'
import { transition } from '../../../../../node/machines/channel/machine.ts'
import type {
  ChannelContext,
  ChannelFact,
  ChannelInput,
  ChannelOutput,
  ChannelView,
  OutgoingShow,
  OutgoingUpdate,
} from '../../../../../node/machines/channel/messages.ts'

export const domain: ChainDomain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'5b'.repeat(20)}`),
}

export const ETHER = etherTokenId
export const START = 1_700_000_000

export type SideName = 'left' | 'right'

const keys = ['11', '22'].map((byte) => hexToBytes(`0x${byte.repeat(32)}`))
const ids = keys.map((key) => lazyEntityId(addressOf(key)))
const { left, right } = orderSides(ids[0] as EntityId, ids[1] as EntityId)
export const entities = { left, right }
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
}

const policy = { revealMarginSeconds: 600, enforceMin: 0n }

const effectTypes = new Set(['submit', 'schedule', 'waitsOnChain', 'readChannel'])

/** Two parties of one channel. */
export class Pair {
  readonly left: Party
  readonly right: Party
  connected = false
  /** Called with every state that a side comes to. */
  onState:
    | ((
        party: Party,
        before: Channel,
        input: ChannelInput,
        outputs: readonly ChannelOutput[],
      ) => void)
    | null = null

  constructor({ collateral = 100n, ondelta = 50n }: PairOptions = {}) {
    const view: ChannelView = {
      left,
      right,
      cooperativeNonce: 0n,
      tokens: collateral === 0n ? [] : [{ token: ETHER, collateral, ondelta }],
      position: { block: 10, logIndex: 0 },
      dispute: null,
    }
    this.left = makeParty('left', view)
    this.right = makeParty('right', view)
  }

  party(side: SideName): Party {
    return side === 'left' ? this.left : this.right
  }

  context(side: SideName): ChannelContext {
    const { now, finalBlock, finalTimestamp } = this.party(side)
    return { now, finalBlock, finalTimestamp, domain, policy }
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

  /** Moves both clocks, the chain's too, and lets timers run. */
  advance(seconds: number): void {
    for (const side of ['left', 'right'] as const) {
      const party = this.party(side)
      party.now += seconds
      party.finalTimestamp += seconds
      party.finalBlock += Math.ceil(seconds / 12)
      this.turn(side, { type: 'head' }, { type: 'timer' })
    }
  }

  /** A final event of the channel, in a chain block of its own. */
  chain(side: SideName, event: ChannelChainEvent, block: number, final = true): void {
    const party = this.party(side)
    if (final) party.finalBlock = Math.max(party.finalBlock, block)
    const position = { block, logIndex: 0 }
    this.turn(side, { type: 'chain', event, position, timestamp: party.finalTimestamp, final })
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
    finalBlock: 100,
    finalTimestamp: START - 30,
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

/**
 * Two channel machines, no disk and no socket: channel blocks and direct payments, both sides signed
 * and verified, everything encoded and decoded as on the wire.
 */

import { type Channel, genesis } from '@xln/node/machines/channel/channel.ts'
import { transition } from '@xln/node/machines/channel/machine.ts'
import type { ChannelContext, ChannelInput } from '@xln/node/machines/channel/messages.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId, orderSides, sideOf } from '@xln/shared/entity/board.ts'
import { type EntityId, type Hash, parseAddress, parseId, type TokenId } from '@xln/shared/ids.ts'
import { decodeChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'

const domain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'51'.repeat(20)}`),
}
const token = parseId<TokenId>(`0x01${'00'.repeat(11)}${'aa'.repeat(20)}`)
const memo = new Uint8Array(0)
const CREDIT = 10n ** 15n
const NOW = 1_700_000_000

const context: ChannelContext = {
  now: NOW,
  finalBlock: 1,
  finalTimestamp: NOW,
  domain,
  policy: { revealMarginSeconds: 600, enforceMin: 0n },
  incarnation: 0,
}

class End {
  channel: Channel
  readonly entity: EntityId
  readonly #key: Uint8Array

  constructor(key: Uint8Array, peer: EntityId) {
    this.#key = key
    this.entity = lazyEntityId(addressOf(key))
    const view = {
      ...orderSides(this.entity, peer),
      cooperativeNonce: 0n,
      tokens: [],
      position: { block: 0, logIndex: 0 },
      dispute: null,
      arguments: [],
      named: [],
    }
    this.channel = genesis(view, sideOf(this.entity, peer), domain)
    this.give({ type: 'connected', up: true })
  }

  /** Runs inputs and then a flush; gives what must be sent, as bytes. */
  give(...inputs: readonly ChannelInput[]): Uint8Array[] {
    const sent: Uint8Array[] = []
    for (const input of [...inputs, { type: 'flush' } as const]) {
      const next = transition(this.channel, input, context)
      this.channel = next.state
      for (const output of next.outputs) {
        if (output.type === 'wishRefused' || output.type === 'messageRefused') {
          throw new Error(`the benchmark was refused: ${output.refusal.code}`)
        }
        if (output.type !== 'sendUpdate') continue
        const { ack, proposal } = output.update
        sent.push(
          encodeChannelMessage({
            type: 'update',
            ...(ack && { ack: { blockHash: ack.blockHash, signature: this.#sign(ack.digest) } }),
            ...(proposal && {
              proposal: { block: proposal.block, signature: this.#sign(proposal.digest) },
            }),
          }),
        )
      }
    }
    return sent
  }

  receive(bytes: Uint8Array): Uint8Array[] {
    const message = decodeChannelMessage(bytes)
    if (message === undefined) throw new Error('the benchmark does not decode')
    return this.give({ type: 'receive', message })
  }

  #sign(digest: Hash): Uint8Array {
    return signDigest(hexToBytes(digest), this.#key)
  }
}

function pair(): [End, End] {
  const keys = [keccak256(Uint8Array.of(1)), keccak256(Uint8Array.of(2))] as const
  const ids = keys.map((key) => lazyEntityId(addressOf(key))) as [EntityId, EntityId]
  const ends: [End, End] = [new End(keys[0], ids[1]), new End(keys[1], ids[0])]
  for (const end of ends) {
    const transaction = { type: 'extendCredit' as const, token, limit: CREDIT }
    converse(ends, end, end.give({ type: 'wish', transaction }))
  }
  return ends
}

/** Carries messages to and fro until neither side has any; counts them. */
function converse(ends: readonly [End, End], from: End, letters: Uint8Array[]): number {
  let at = from
  let pending = letters
  let count = 0
  while (pending.length > 0) {
    count += pending.length
    at = at === ends[0] ? ends[1] : ends[0]
    pending = pending.flatMap((bytes) => at.receive(bytes))
  }
  return count
}

export interface ChannelFigures {
  /** One payment a block, taking turns: blocks a second, signed and verified by both. */
  readonly blocksPerSecond: number
  readonly paymentsPerBlock: number
  /** Direct payments a second on one channel, both sides' work included. */
  readonly paymentsPerSecond: number
}

export function benchChannel(seconds = 3, paymentsPerBlock = 4_000): ChannelFigures {
  const ends = pair()
  const pay = { type: 'wish', transaction: { type: 'pay', token, amount: 1n, memo } } as const
  const round = (from: End, payments: number) => {
    converse(ends, from, from.give(...new Array<ChannelInput>(payments).fill(pay)))
  }
  for (let i = 0; i < 500; i++) round(ends[i % 2] as End, 1)
  let blocks = 0
  let start = performance.now()
  while (performance.now() - start < seconds * 1_000) round(ends[blocks++ % 2] as End, 1)
  const blocksPerSecond = blocks / ((performance.now() - start) / 1_000)

  for (let i = 0; i < 10; i++) round(ends[i % 2] as End, paymentsPerBlock)
  blocks = 0
  start = performance.now()
  while (performance.now() - start < seconds * 1_000) {
    round(ends[blocks++ % 2] as End, paymentsPerBlock)
  }
  const elapsed = (performance.now() - start) / 1_000
  return {
    blocksPerSecond,
    paymentsPerBlock,
    paymentsPerSecond: (blocks * paymentsPerBlock) / elapsed,
  }
}

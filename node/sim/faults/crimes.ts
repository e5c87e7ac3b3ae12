/**
 * Peers that propose what the rules forbid, in blocks that are right in everything else: true
 * signatures over the state that the forbidden thing would lead to.
 */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash } from '@xln/shared/channel/blockCodec.ts'
import { disputeNonce, disputeProofDigest } from '@xln/shared/channel/digests.ts'
import type { Lock, Mutual } from '@xln/shared/channel/state.ts'
import { stateHash } from '@xln/shared/channel/stateCodec.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Hash, Secret, TokenId } from '@xln/shared/ids.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
  type Proposal,
} from '@xln/shared/wire/channelMessage.ts'
import { applyTransaction } from '../../machines/channel/apply.ts'
import { capacityOf } from '../../machines/channel/capacity.ts'
import { type Channel, isLeft, isSameClause } from '../../machines/channel/channel.ts'
import { bodyHashOf } from '../../machines/channel/proofs.ts'
import { freeze, workOn } from '../../machines/channel/working.ts'
import type { EntityRecords } from '../../machines/entity/records.ts'
import { TOKENS } from '../ethereum.ts'
import { EPOCH_MS } from '../process.ts'
import type { Random } from '../random.ts'
import type { Said, SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

/** What a criminal sees when it looks for an opportunity. */
interface Scene {
  readonly channel: Channel
  readonly records: EntityRecords
  /** Unix seconds. */
  readonly now: number
  readonly random: Random
  /** What its machine wants to propose. */
  readonly own: readonly ChannelTransaction[]
  readonly term: number
}

/** Forbidden transactions, and the state from which, by whom, it would be allowed. */
interface Crime {
  readonly transactions: readonly ChannelTransaction[]
  readonly base: Mutual
  readonly byLeft: boolean
}

type Plan = (scene: Scene) => Crime | undefined

function locksOf({ channel }: Scene, incoming: boolean): readonly Lock[] {
  return channel.mutual.locks.filter(({ fromLeft }) => (fromLeft !== isLeft(channel)) === incoming)
}

/** Collects a lock without its secret. */
const wrongSecret: Plan = (scene) => {
  const { channel, random } = scene
  const lock = pickOf(random, locksOf(scene, true))
  if (lock === undefined) return undefined
  const secret = `0x${Buffer.from(random.bytes(32)).toString('hex')}` as Secret
  const hashlock = hashlockOf(secret)
  const locks = channel.mutual.locks.map((other) =>
    other === lock ? { ...lock, hashlock } : other,
  )
  const base = { ...channel.mutual, locks }
  const transactions = [{ type: 'resolve', lock: lock.id, secret }] as const
  return { transactions, base, byLeft: isLeft(channel) }
}

/** Takes back what it has promised. */
const payerCancels: Plan = (scene) => {
  const { channel, random } = scene
  const lock = pickOf(random, locksOf(scene, false))
  if (lock === undefined) return undefined
  const transactions = [{ type: 'cancel', lock: lock.id, reason: 1 }] as const
  return { transactions, base: channel.mutual, byLeft: !isLeft(channel) }
}

/** Takes back what it has promised, before a final block shows that it may. */
const expiresEarly: Plan = (scene) => {
  const { channel, records, now, random } = scene
  const { block, timestamp } = records.depository().head
  // Best between the end by the clock and the end by the chain.
  const locks = locksOf(scene, false).filter(({ revealBy }) => timestamp <= revealBy)
  const lock =
    pickOf(
      random,
      locks.filter(({ revealBy }) => now > revealBy),
    ) ?? pickOf(random, locks)
  if (lock === undefined) return undefined
  const transactions = [{ type: 'expire', lock: lock.id, chainBlock: BigInt(block) }] as const
  return { transactions, base: channel.mutual, byLeft: isLeft(channel) }
}

/** Shows a secret when the time for it is over. */
const resolvesLate: Plan = (scene) => {
  const { channel, records, now } = scene
  for (const lock of locksOf(scene, true)) {
    const secret = records.invoice(lock.hashlock)?.secret
    if (secret === undefined || now <= lock.revealBy) continue
    const transactions = [{ type: 'resolve', lock: lock.id, secret }] as const
    return { transactions, base: channel.mutual, byLeft: isLeft(channel) }
  }
  return undefined
}

/** Adds a payment to what its machine says that it cannot make: just a little more than it has, or much. */
const overdraws: Plan = ({ channel, random, own, term }) => {
  const byLeft = isLeft(channel)
  const after = resultOf(channel, { transactions: own, base: channel.mutual, byLeft }, 0, term)
  if (after === undefined) return undefined
  // Best where something has just changed.
  const touched = own.flatMap((transaction) => tokenOf(channel, transaction) ?? [])
  const token = pickOf(random, touched) ?? random.pick(TOKENS)
  const has = capacityOf({ ...channel, mutual: after }, token, channel.side)
  const amount = has + BigInt(random.pick([1, 1, 2, 1_000]))
  const pay = { type: 'pay', token, amount, memo: NO_MEMO } as const
  return { transactions: [...own, pay], base: channel.mutual, byLeft }
}

/** Locks less than it was asked for, or than the next hop is to get. */
const underpays: Plan = ({ channel, own }) => {
  if (!own.some((each) => each.type === 'lock' && each.amount > 1n)) return undefined
  const transactions = own.map((each) =>
    each.type === 'lock' && each.amount > 1n ? { ...each, amount: each.amount - 1n } : each,
  )
  return { transactions, base: channel.mutual, byLeft: isLeft(channel) }
}

/** Locks the same sum twice under one hash: who resolves one has shown the secret of both. */
const locksTwice: Plan = ({ channel, own }) => {
  const lock = own.find((each) => each.type === 'lock')
  if (lock === undefined) return undefined
  return { transactions: [...own, lock], base: channel.mutual, byLeft: isLeft(channel) }
}

function tokenOf({ mutual }: Channel, transaction: ChannelTransaction): TokenId | undefined {
  if ('token' in transaction) return transaction.token
  if (!('lock' in transaction)) return undefined
  return mutual.locks.find(({ id }) => isSameClause(id, transaction.lock))?.token
}

const NO_MEMO = new Uint8Array(0)

function pickOf<T>(random: Random, list: readonly T[]): T | undefined {
  return list.length === 0 ? undefined : random.pick(list)
}

/** What a crime leads to; `undefined` if not even that. */
function resultOf(
  { mutual }: Channel,
  { transactions, base, byLeft }: Crime,
  timestamp: number,
  term: number,
): Mutual | undefined {
  const place = { term, height: mutual.height + 1, timestamp, byLeft }
  const working = workOn(base, place, null, true)
  const isDone = transactions.every(
    (transaction, index) => applyTransaction(working, transaction, index, null) === null,
  )
  return isDone ? freeze(working) : undefined
}

/** The block with the crime in it: right but for that. */
function blockOf(
  { channel, now, term }: Scene,
  crime: Crime,
  world: World,
): ChannelBlock | undefined {
  const { mutual, counted, view, key } = channel
  const timestamp = Math.max(now, counted?.timestamp ?? 0)
  const height = mutual.height + 1
  const after = resultOf(channel, crime, timestamp, term)
  if (after === undefined) return undefined
  return {
    channelKey: key,
    term,
    height,
    prevBlockHash: mutual.prevBlockHash,
    proposedByLeft: isLeft(channel),
    timestamp,
    chainPosition: view.position,
    transactions: crime.transactions,
    stateHash: stateHash(after),
    proofBodyHash: bodyHashOf(after, world.domain),
  }
}

function proposalOf(
  world: World,
  server: SimServer,
  { sender, recipient }: Said,
  plans: readonly Plan[],
  random: Random,
  { term, transactions: own }: ChannelBlock,
): Proposal | undefined {
  const records = server.engine?.shell.records(sender)
  const channel = records?.channel(channelKeyOf(sender, recipient))
  if (records === undefined || channel === undefined) return undefined
  const now = Math.floor((EPOCH_MS + world.scheduler.nowMs) / 1_000)
  const scene = { channel, records, now, random, own, term }
  for (const plan of random.shuffle(plans)) {
    const crime = plan(scene)
    const block = crime === undefined ? undefined : blockOf(scene, crime, world)
    if (block === undefined) continue
    const hash = blockHash(block)
    world.blocks.set(hash, block)
    const digest = disputeProofDigest(world.domain, {
      channelKey: channel.key,
      cooperativeNonce: channel.mutual.cooperativeNonce,
      disputeNonce: disputeNonce(block.term, block.height, block.proposedByLeft),
      disputeWindow: channel.mutual.disputeWindow,
      proofBodyHash: block.proofBodyHash,
      blockHash: hash,
    })
    return { block, signature: server.signFor(sender, digest) }
  }
  return undefined
}

function commits(name: string, plans: readonly Plan[]): FaultClass {
  return {
    name,
    rarity: 0.25,
    begin(world, random) {
      const server = random.pick(world.servers.slice(1))
      const rate = random.pick([0.1, 0.5])
      world.dishonest.add(server.name)
      const before = server.twist
      /** The blocks of its machine in whose place a crime was proposed, by the crime's hash. */
      const replaced = new Map<Hash, Hash>()
      // Its machine is to hear of a refusal: else it would wait for ever, and nothing more happen.
      server.hears = chained(server.hears, (message) => {
        if (message.type !== 'refuse') return message
        return { ...message, blockHash: replaced.get(message.blockHash) ?? message.blockHash }
      })
      server.twist = (said) => {
        if (world.weather.isCalm || !random.chance(rate)) return before(said)
        const message = decodeChannelMessage(said.data)
        if (message?.type !== 'update' || message.proposal === undefined) return before(said)
        const { block } = message.proposal
        const proposal = proposalOf(world, server, said, plans, random, block)
        if (proposal === undefined) return before(said)
        world.trace.note(server.name, `fault ${name}`, proposal.block.transactions.at(-1)?.type)
        replaced.set(blockHash(proposal.block), blockHash(block))
        return [{ ...said, data: encodeChannelMessage({ ...message, proposal }) }]
      }
    },
  }
}

/** Hears what `before` makes of the bytes, changed if they are a message. */
function chained(
  before: SimServer['hears'],
  change: (message: ChannelMessage) => ChannelMessage,
): SimServer['hears'] {
  return (data) => {
    const heard = before(data)
    const message = decodeChannelMessage(heard)
    return message === undefined ? heard : encodeChannelMessage(change(message))
  }
}

export const crimes: readonly FaultClass[] = [
  commits('peer collects without the secret', [wrongSecret]),
  commits('peer takes back its payment', [payerCancels, expiresEarly]),
  commits('peer shows a secret too late', [resolvesLate]),
  commits('peer overdraws', [overdraws]),
  commits('peer underpays', [underpays]),
  commits('peer locks twice under one hash', [locksTwice]),
]

import {
  BATCH_LIFE_SECONDS,
  BATCHES_IN_FLIGHT_MAX,
  checkInvariants,
  type Depository,
  genesis,
} from '@xln/node/machines/depository/depository.ts'
import {
  type DepositoryInput,
  type DepositoryOutput,
  REVERTED,
  transition,
} from '@xln/node/machines/depository/machine.ts'
import { depositoryCodec } from '@xln/node/machines/depository/record.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import { assembleBatch } from '@xln/shared/depository/assemble.ts'
import { encodeBatch } from '@xln/shared/depository/batch.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { DepositoryEvent, LocatedEvent } from '@xln/shared/depository/events.ts'
import { type Address, type EntityId, type Hash, parseId, type TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'

const entity = parseId<EntityId>(`0x${'e1'.repeat(32)}`)
const debtor = parseId<EntityId>(`0x${'d0'.repeat(32)}`)
const token = parseId<TokenId>(`0x01${'00'.repeat(11)}${'aa'.repeat(20)}`)
const hash = parseId<Hash>(`0x${'00'.repeat(32)}`)
const to = `0x${'11'.repeat(20)}` as Address

const start = genesis({ block: 1, hash, timestamp: 1_000 })
const withdrawal = (amount: bigint): BatchItem => ({ type: 'withdrawal', token, to, amount })
const queue = (item: BatchItem, urgent = false): DepositoryInput => ({
  type: 'queue',
  queued: { item, requestId: 7n, urgent },
})

const counter: BatchItem = {
  type: 'counter',
  left: debtor,
  right: entity,
  cooperativeNonce: 0n,
  proof: { disputeNonce: 2n, disputeWindow: 600, proofBodyHash: hash, blockHash: hash },
  leftSignature: { signature: new Uint8Array(65) },
  rightSignature: { digest: hash },
}
const flush: DepositoryInput = { type: 'flush', now: 1_000 }

function head(block: number, timestamp: number) {
  return { block, hash, timestamp }
}

function chain(
  block: number,
  timestamp: number,
  ...events: readonly DepositoryEvent[]
): DepositoryInput {
  const located = events.map(
    (event, logIndex): LocatedEvent<DepositoryEvent> => ({
      event,
      position: { block, hash, timestamp, logIndex },
    }),
  )
  return { type: 'chain', head: head(block, timestamp), events: located }
}

/** The batch of these items was executed; of none: one of which nothing here knows. */
function processed(nonce: bigint, ...items: readonly BatchItem[]): DepositoryEvent {
  const batch = assembleBatch(items, () => new Uint8Array(65))
  return { type: 'batchProcessed', entity, nonce, batchHash: keccakHex(encodeBatch(batch)) }
}

function play(...inputs: readonly DepositoryInput[]) {
  let state: Depository = start
  let outputs: readonly DepositoryOutput[] = []
  for (const input of inputs) {
    const next = transition(state, input, entity)
    checkInvariants(next.state)
    state = next.state
    outputs = next.outputs
  }
  return { state, outputs }
}

describe('the depository machine', () => {
  it('signs one batch of everything that waits, and no second before the chain has decided', () => {
    const { state, outputs } = play(queue(withdrawal(1n)), queue(withdrawal(2n)), flush)
    expect(outputs.map(({ type }) => type)).to.deep.equal(['submitBatch'])
    expect(state.inFlight[0]?.items).to.have.length(2)
    const next = transition(transition(state, queue(withdrawal(3n)), entity).state, flush, entity)
    expect(next.outputs).to.be.empty
  })

  it('lets an urgent item overtake, up to a bound', () => {
    const urgent = queue({ type: 'secret', secret: parseId(`0x${'01'.repeat(32)}`) }, true)
    const { state } = play(queue(withdrawal(1n)), flush, urgent, flush)
    expect(state.inFlight.map(({ nonce }) => nonce)).to.deep.equal([0, 1])
    expect(state.inFlight.length).to.be.at.most(BATCHES_IN_FLIGHT_MAX)
  })

  it('reports what became of each item by the order in which the contract counts', () => {
    const secret: BatchItem = { type: 'secret', secret: parseId(`0x${'01'.repeat(32)}`) }
    const { outputs } = play(
      queue(secret),
      queue(withdrawal(1n)),
      flush,
      chain(
        2,
        1_010,
        { type: 'batchItemSkipped', entity, nonce: 0n, index: 0, reason: '0xdeadbeef' },
        processed(0n, secret, withdrawal(1n)),
      ),
    )
    expect(outputs).to.deep.equal([
      {
        type: 'itemSkipped',
        queued: { item: withdrawal(1n), requestId: 7n, urgent: false },
        reason: '0xdeadbeef',
      },
      { type: 'itemDone', queued: { item: secret, requestId: 7n, urgent: false }, block: 2 },
    ])
  })

  it('takes nothing for done when another batch took the nonce of its own, and signs it again', () => {
    const secret: BatchItem = { type: 'secret', secret: parseId(`0x${'01'.repeat(32)}`) }
    const { state } = play(queue(secret), flush)
    const other = chain(2, 1_010, processed(0n, withdrawal(2n)))
    const taken = transition(state, other, entity)
    expect(taken.outputs).to.be.empty
    const { outputs } = transition(taken.state, flush, entity)
    const [signed] = outputs.map((each) => (each.type === 'submitBatch' ? each.batch : undefined))
    expect(signed?.nonce).to.equal(1)
    expect(signed?.items.map(({ item }) => item)).to.deep.equal([secret])
  })

  it('shows a secret again beside whose batch it cannot tell another: the shell signs a part of it', () => {
    const secret: BatchItem = { type: 'secret', secret: parseId(`0x${'01'.repeat(32)}`) }
    const { state } = play(queue(secret), queue(counter), flush)
    const taken = transition(state, chain(2, 1_010, processed(0n)), entity)
    expect(taken.outputs.map((each) => each.type === 'itemDone' && each.queued.item)).to.deep.equal(
      [counter],
    )
    expect(taken.state.waiting.map(({ item }) => item)).to.deep.equal([secret])
  })

  it('moves no reserve twice, whoever took the nonce', () => {
    const { outputs } = play(
      queue(withdrawal(1n)),
      flush,
      chain(2, 1_010, processed(0n, withdrawal(2n))),
    )
    expect(outputs.map(({ type }) => type)).to.deep.equal(['itemDone'])
  })

  it('signs an item again only when every batch in flight is past its time', () => {
    const late = 1_000 + BATCH_LIFE_SECONDS
    const signed = [queue(withdrawal(1n)), flush]
    expect(play(...signed, chain(2, late), flush).state.inFlight).to.have.length(1)
    const { state, outputs } = play(...signed, chain(2, late + 1), flush)
    expect(outputs.map(({ type }) => type)).to.deep.equal(['submitBatch'])
    expect(state.inFlight.map(({ nonce, validUntil }) => ({ nonce, validUntil }))).to.deep.equal([
      { nonce: 0, validUntil: late + 1 + BATCH_LIFE_SECONDS },
    ])
  })

  it('gives up a settlement past its deadline, in a batch that has expired or waiting behind it', () => {
    const late = 1_000 + BATCH_LIFE_SECONDS
    const settlement = (deadline: number): BatchItem => ({
      type: 'settlement',
      peer: debtor,
      cooperativeNonce: 0n,
      newNonce: 1n,
      deadline,
      diffs: [],
      forgiveness: [],
      peerSignature: new Uint8Array(65),
    })
    const { state, outputs } = play(
      queue(settlement(late)),
      queue(withdrawal(1n)),
      flush,
      queue(settlement(late)),
      queue(settlement(late + 1)),
      chain(2, late + 1),
    )
    const reason = '0x3dee80f2'
    const queued = { item: settlement(late), requestId: 7n, urgent: false }
    expect(outputs).to.deep.equal([
      { type: 'itemSkipped', queued, reason },
      { type: 'itemSkipped', queued, reason },
    ])
    const left = state.waiting.map(({ item }) => item)
    expect(left).to.deep.equal([withdrawal(1n), settlement(late + 1)])
  })

  it('finds the one item at which batches fail, and gives up that one alone', () => {
    let { state } = play(queue(withdrawal(1n)), queue(withdrawal(2n)), queue(withdrawal(3n)))
    const given: bigint[] = []
    const done: bigint[] = []
    for (let round = 0; round < 12; round++) {
      state = transition(state, { type: 'flush', now: 1_000 }, entity).state
      const batch = state.inFlight[0]
      if (batch === undefined) break
      const amounts = batch.items.map(({ item }) => (item.type === 'withdrawal' ? item.amount : 0n))
      const input: DepositoryInput = amounts.includes(2n)
        ? { type: 'batchFailed', nonce: batch.nonce, sent: false }
        : chain(
            2 + round,
            1_000,
            processed(BigInt(batch.nonce), ...batch.items.map(({ item }) => item)),
          )
      const next = transition(state, input, entity)
      checkInvariants(next.state)
      state = next.state
      for (const output of next.outputs) {
        if (output.type === 'itemSkipped') given.push(...amounts)
        if (output.type === 'itemSkipped') expect(output.reason).to.equal(REVERTED)
        if (output.type === 'itemDone') done.push(...amounts)
      }
    }
    expect(given).to.deep.equal([2n])
    expect([...done].sort()).to.deep.equal([1n, 3n])
  })

  it('collects from a debtor of ours whose reserve has grown', () => {
    const owed = { debtor, creditor: entity, token, index: 0n }
    const debt: DepositoryEvent = { type: 'debtCreated', ...owed, amount: 5n }
    const first = play(chain(2, 1_010, debt))
    expect(first.outputs.map(({ type }) => type)).to.deep.equal(['debtChanged', 'watch'])
    const grown: DepositoryEvent = { type: 'reserveUpdated', entity: debtor, token, reserve: 3n }
    const { outputs } = play(chain(2, 1_010, debt), chain(3, 1_020, grown))
    expect(outputs).to.deep.equal([{ type: 'enforceDebts', debtor, token }])
    const paid: DepositoryEvent = { type: 'debtPaid', ...owed, remaining: 0n }
    expect(play(chain(2, 1_010, debt), chain(3, 1_020, paid)).state.debts).to.be.empty
  })

  it('goes on from the nonce that the chain wants after a deep reorganisation', () => {
    const account = { batchNonce: 0, reserves: [], debts: [] }
    const { state } = play(
      queue(withdrawal(1n)),
      flush,
      chain(2, 1_010, processed(0n)),
      { type: 'corrected', head: head(1, 1_005), account },
      queue(withdrawal(2n)),
      flush,
    )
    expect(state.inFlight.map(({ nonce }) => nonce)).to.deep.equal([0])
  })

  it('keeps its invariants, loses no item and survives its record, whatever happens', () => {
    const input: fc.Arbitrary<DepositoryInput> = fc.oneof(
      fc.bigInt({ min: 1n, max: 6n }).map((amount) => queue(withdrawal(amount))),
      fc.bigInt({ min: 1n, max: 6n }).map((amount) => queue(withdrawal(amount), true)),
      fc.constant(flush),
      fc.integer({ min: 0, max: 3 }).map((nonce) => chain(2, 1_000, processed(BigInt(nonce)))),
      fc.integer({ min: 0, max: 3_000 }).map((seconds) => chain(2, 1_000 + seconds)),
      fc
        .record({ nonce: fc.integer({ min: 0, max: 3 }), sent: fc.boolean() })
        .map((failed): DepositoryInput => ({ type: 'batchFailed', ...failed })),
    )
    fc.assert(
      fc.property(fc.array(input, { maxLength: 24 }), (inputs) => {
        let state: Depository = start
        let known = 0
        for (const each of inputs) {
          // The chain takes nonces in their order, and only of batches that exist.
          if (each.type === 'chain' && each.events.length > 0) {
            const event = each.events[0]?.event
            const next = state.inFlight[0]
            if (event?.type !== 'batchProcessed' || Number(event.nonce) !== next?.nonce) continue
          }
          const after = transition(state, each, entity)
          checkInvariants(after.state)
          state = after.state
          if (each.type === 'queue') known++
          for (const { type } of after.outputs) {
            if (type === 'itemDone' || type === 'itemSkipped') known--
          }
          const held = state.inFlight.reduce((sum, { items }) => sum + items.length, 0)
          expect(held + state.waiting.length).to.equal(known)
          expect(depositoryCodec.decode(depositoryCodec.encode(state))).to.deep.equal(state)
        }
      }),
    )
  })
})

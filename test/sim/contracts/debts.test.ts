import { depositoryAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { disputeProofDigest, settlementDigest } from '@xln/shared/channel/digests.ts'
import { proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import type { Forgiveness } from '@xln/shared/channel/transaction.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { Batch } from '@xln/shared/depository/batch.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import type { Signer } from '../../shared/support/boards.ts'
import { NO_HASH } from './support/bodies.ts'
import { ACCOUNTS, ENTITIES, type Entity } from './support/cast.ts'
import { batchCall, openStages, type Stage, setStage } from './support/stage.ts'

const token = etherTokenId
const [creditor, debtor] = ENTITIES.slice(0, 2).sort((a, b) => (a.id < b.id ? 1 : -1)) as [
  Entity,
  Entity,
]
const [, , third] = ENTITIES as [Entity, Entity, Entity]
const channelKey = channelKeyOf(debtor.id, creditor.id)

/** More than the 16 that one exit from a reserve, or one finalise, may pay. */
const MANY = 19

describe('a queue of debts that is longer than one exit pays', () => {
  let stage: Stage
  before(async () => {
    stage = await setStage('debts', await (await openStages())())
    // Whatever they have goes out of the way.
    for (const entity of [debtor, creditor]) {
      const [amount] = stage.known.ask('reserveOf', entity.id, token)
      await act(entity, { transfers: [{ token, to: third.id, amount }] })
    }
    for (let i = 0; i < MANY; i++) await incur(-1n)
    await incur(2n)
  })

  it('bars the model and the contracts alike from a withdrawal that could pay for all', async () => {
    await deposit(40n)
    expect(await act(debtor, withdrawal(1n))).to.equal('DebtUnpaid')
  })

  it('is walked by both as far as a finalise may, forgiven entries included', async () => {
    expect(await forgive([...mine([2n, 5n, 6n]), ...yours([0n])])).to.equal('DebtNotBetween')
    expect(await forgive([...yours([0n]), ...mine([2n, 6n, 5n])])).to.equal('DebtNotBetween')
    expect(await forgive([...yours([0n]), ...mine([2n, 5n, 6n])])).to.equal(undefined)
    await incur(-1n)
    const [head, tail, total] = stage.known.ask('debtsOf', debtor.id, token)
    expect([head, tail, total]).to.deep.equal([16n, 20n, 4n])
  })

  it('is paid by both up to the number that is asked for, and then lets go', async () => {
    const args = [debtor.id, token, 2n]
    await stage.both.execute(callOf('enforceDebts', args), stage.known.now)
    expect(stage.known.ask('debtsOf', debtor.id, token)[2]).to.equal(2n)
    expect(await act(debtor, withdrawal(1n))).to.equal(undefined)
    expect(stage.known.ask('debtsOf', debtor.id, token)[2]).to.equal(0n)
    await stage.both.viewAll(stage.known.tokens, ACCOUNTS)
  })

  /** Executes on both sides, and tells why an item was skipped. */
  async function act(actor: Entity, items: Partial<Batch>): Promise<string | undefined> {
    const { both, known } = stage
    const { ok, logs } = await both.execute(batchCall(known, actor, items), known.now)
    expect(ok).to.equal(true)
    const skipped = logs
      .map(({ topics, data }) => depositoryAbi.parseLog({ topics: [...topics], data }))
      .find((log) => log?.name === 'BatchItemSkipped')
    return depositoryAbi.getError(skipped?.args['reason'] ?? '0x00000000')?.name
  }

  function callOf(name: string, args: readonly unknown[], value = 0n) {
    const data = hexToBytes(depositoryAbi.encodeFunctionData(name, args))
    return { from: ACCOUNTS[0] as Address, to: stage.known.domain.depository, value, data }
  }

  async function deposit(amount: bigint): Promise<void> {
    await stage.both.execute(callOf('deposit', [debtor.id, token, amount], amount), stage.known.now)
  }

  function withdrawal(amount: bigint): Partial<Batch> {
    return { withdrawals: [{ token, to: ACCOUNTS[0] as Address, amount }] }
  }

  /** A dispute that ends with this delta, started by the creditor and accepted by the debtor. */
  async function incur(offdelta: bigint): Promise<void> {
    const { known } = stage
    const { cooperativeNonce } = known.channelOf(debtor, creditor)
    const body = { tokenIds: [token], offdeltas: [offdelta], clauses: [] }
    const hashes = { proofBodyHash: proofBodyHash(body), blockHash: NO_HASH }
    const proof = { disputeNonce: 2n, disputeWindow: 600, ...hashes }
    const digest = disputeProofDigest(known.domain, { channelKey, cooperativeNonce, ...proof })
    const start = {
      peer: debtor.id,
      cooperativeNonce,
      proof,
      peerSignature: signed(debtor, digest),
    }
    expect(await act(creditor, { starts: [start] })).to.equal(undefined)
    const nothing = { leftArguments: new Uint8Array(0), rightArguments: new Uint8Array(0) }
    const ends = { left: debtor.id, right: creditor.id, leftTokens: [], rightTokens: [] }
    expect(await act(debtor, { finalises: [{ ...ends, ...nothing, body }] })).to.equal(undefined)
  }

  async function forgive(forgiveness: readonly Forgiveness[]): Promise<string | undefined> {
    const { known } = stage
    const { cooperativeNonce } = known.channelOf(debtor, creditor)
    const terms = {
      cooperativeNonce,
      newNonce: cooperativeNonce + 1n,
      deadline: known.now,
      diffs: [],
      forgiveness,
    }
    const digest = settlementDigest(known.domain, { channelKey, ...terms })
    const settlement = { ...terms, peer: creditor.id, peerSignature: signed(creditor, digest) }
    return act(debtor, { settlements: [settlement] })
  }
})

/** Debts of the left side, and of the right. */
function mine(indices: readonly bigint[]): Forgiveness[] {
  return indices.map((index) => ({ token, leftOwes: true, index }))
}

function yours(indices: readonly bigint[]): Forgiveness[] {
  return indices.map((index) => ({ token, leftOwes: false, index }))
}

function signed({ signers }: Entity, digest: Uint8Array): Uint8Array {
  const [{ key }] = signers as [Signer]
  return signDigest(digest, key)
}

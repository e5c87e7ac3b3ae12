import { entityProviderAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { disputeProofDigest } from '@xln/shared/channel/digests.ts'
import { proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { Batch } from '@xln/shared/depository/batch.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { channelKeyOf, hashBoard, numberedEntity, soleBoard } from '@xln/shared/entity/board.ts'
import { boardReplacementDigest } from '@xln/shared/entity/decisions.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { SIGNERS, type Signer } from '../../shared/support/boards.ts'
import { NO_HASH } from './support/bodies.ts'
import { ACCOUNTS, ENTITIES, type Entity } from './support/cast.ts'
import { batchCall, openStages, type Stage, setStage } from './support/stage.ts'

const token = etherTokenId
const DELAY = 172_800
const [from] = ACCOUNTS as [Address]
const [, , now_, before_] = SIGNERS as [Signer, Signer, Signer, Signer]
const [peer] = ENTITIES as [Entity]
/** Lazy entities have larger ids than registered ones, so only between two of these is one the right. */
const [first, second] = [1n, 2n].map(numberedEntity) as [EntityId, EntityId]

describe('a board that has been replaced', () => {
  let stage: Stage
  before(async () => {
    stage = await setStage('outgoing', await (await openStages())())
    await send('register', [soleBoard(before_.address)])
    await send('checkBoard', [soleBoard(now_.address)])
    for (const entity of [first, second]) await replace(entity)
  })

  it('moves collateral by what it signs, and makes no debt for its entity on the left', async () => {
    await judge(peer, first, 2n ** 100n * -1n, before_)
    expect(await owedBy(first)).to.equal(0n)
  })

  it('makes none on the right', async () => {
    await judge({ ...peer, id: first, signers: [now_] }, second, 2n ** 100n, before_)
    expect(await owedBy(second)).to.equal(0n)
  })

  it('is no more asked than the one in office, which can', async () => {
    await judge(peer, first, -7n, now_)
    expect(await owedBy(first)).to.be.above(0n)
  })

  async function send(name: string, args: readonly unknown[]): Promise<void> {
    const { both, known } = stage
    const data = hexToBytes(entityProviderAbi.encodeFunctionData(name, args))
    const call = { from, to: known.domain.entityProvider, value: 0n, data }
    expect((await both.execute(call, known.now)).ok, name).to.equal(true)
  }

  async function replace(entity: EntityId): Promise<void> {
    const { known } = stage
    const boardHash = hashBoard(soleBoard(now_.address))
    const digest = boardReplacementDigest(known.domain, { entity, boardHash, nonce: 0n })
    const signature = bytesToHex(signDigest(digest, before_.key))
    await send('replaceBoard', [entity, boardHash, 0n, signature])
    known.now += DELAY
    await send('activateBoard', [entity])
  }

  /** `actor` starts a dispute with what `signer` signed for `other`, and ends it when the window is over. */
  async function judge(actor: Entity, other: EntityId, offdelta: bigint, signer: Signer) {
    const { known } = stage
    const [left, right] = [actor.id, other].sort() as [EntityId, EntityId]
    const [{ cooperativeNonce }] = known.ask('channelOf', left, right)
    const body = { tokenIds: [token], offdeltas: [offdelta], clauses: [] }
    const hashes = { proofBodyHash: proofBodyHash(body), blockHash: NO_HASH }
    const proof = { disputeNonce: 2n, disputeWindow: 600, ...hashes }
    const channelKey = channelKeyOf(left, right)
    const digest = disputeProofDigest(known.domain, { channelKey, cooperativeNonce, ...proof })
    const peerSignature = signDigest(digest, signer.key)
    await act(actor, { starts: [{ peer: other, cooperativeNonce, proof, peerSignature }] })
    known.now += 600
    const nothing = { leftArguments: new Uint8Array(0), rightArguments: new Uint8Array(0) }
    const ends = { left, right, leftTokens: [], rightTokens: [] }
    await act(actor, { finalises: [{ ...ends, ...nothing, body }] })
  }

  async function act(actor: Entity, items: Partial<Batch>): Promise<void> {
    const { both, known } = stage
    const { ok } = await both.execute(
      batchCall(known, actor, { ...items, atomic: true }),
      known.now,
    )
    expect(ok).to.equal(true)
  }

  async function owedBy(entity: EntityId): Promise<bigint> {
    return stage.known.ask('debtsOf', entity, token)[2]
  }
})

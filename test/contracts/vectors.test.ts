import { expect } from 'chai'
import { deployAll, vectorsOf, type World } from './support/shared.ts'

/** The same JSON that test/shared/vectors.test.ts holds against TypeScript. */
interface Domain {
  readonly chainId: string
  readonly entityProvider: string
  readonly subcontractProvider: string
  readonly depository: string
  readonly separators: { readonly depository: string; readonly entityProvider: string }
}
interface Proof {
  readonly left: string
  readonly right: string
  readonly channelKey: string
  readonly cooperativeNonce: string
  readonly disputeNonce: string
  readonly disputeWindow: number
  readonly proofBodyHash: string
  readonly blockHash: string
  readonly digest: string
}
type Body = Parameters<World['harness']['proofBodyHash']>[0]
type Batch = Parameters<World['harness']['packedBatch']>[0]
type Split = Record<
  'collateral' | 'delta' | 'toLeft' | 'toRight' | 'leftDebt' | 'rightDebt',
  string
>
type Board = Parameters<World['entityProvider']['hashBoard']>[0]
type Arguments = Parameters<World['subcontractProvider']['evaluate']>[2]
interface Allotment {
  readonly to: string
  readonly control: string
  readonly dividend: string
}
type Settlement = Exclude<Parameters<World['harness']['settlementDigest']>[2], { type: string }>

interface Decision {
  readonly entity: string
  readonly digest: string
  readonly signature: string
}
interface Decisions {
  readonly shares: string
  readonly boards: Board[]
  readonly claims: (Decision & { name: string; nonce: string })[]
  readonly transfers: (Decision & { name: string; to: string; nonce: string })[]
  readonly replacements: (Decision & { boardHash: string; nonce: string })[]
  readonly articles: (Decision & { delay: number; allotments: Allotment[]; validUntil: number })[]
  readonly pots: { entity: string; control: string; dividend: string; pot: string }[]
}

type SignedDeposit = Exclude<Parameters<World['harness']['depositDigest']>[1], { type: string }>
interface GateVectors {
  readonly gate: string
  readonly assets: readonly {
    readonly kind: number
    readonly collection: string
    readonly number: string
    readonly token: string
  }[]
  readonly deposits: readonly (SignedDeposit & { readonly digest: string })[]
  readonly authorizations: readonly Record<'entity' | 'salt' | 'nonce', string>[]
}

describe('vectors', () => {
  let world: World
  const domain = vectorsOf<Domain>('domain')
  before(async () => {
    world = await deployAll()
  })

  it('name the contracts and their domains', async () => {
    const { ethers, entityProvider, subcontractProvider, depository } = world
    const addresses = await Promise.all(
      [entityProvider, subcontractProvider, depository].map((each) => each.getAddress()),
    )
    expect(addresses.map((each) => each.toLowerCase())).to.deep.equal([
      domain.entityProvider,
      domain.subcontractProvider,
      domain.depository,
    ])
    expect(String((await ethers.provider.getNetwork()).chainId)).to.equal(domain.chainId)
    expect(await entityProvider.domainSeparator()).to.equal(domain.separators.entityProvider)
    expect(await depository.domainSeparator()).to.equal(domain.separators.depository)
  })

  it('of split hold', async () => {
    const vectors = vectorsOf<Split[]>('split')
    expect(vectors).to.have.length.above(0)
    for (const { collateral, delta, toLeft, toRight, leftDebt, rightDebt } of vectors) {
      const split = await world.harness.split(collateral, delta)
      expect([...split].map(String), `${collateral} ${delta}`).to.deep.equal([
        toLeft,
        toRight,
        leftDebt,
        rightDebt,
      ])
    }
  })

  it('of proof bodies hold', async () => {
    const vectors = vectorsOf<{ body: Body; hash: string }[]>('proofBody')
    expect(vectors).to.have.length.above(0)
    for (const { body, hash } of vectors) {
      expect(await world.harness.proofBodyHash(body)).to.equal(hash)
    }
  })

  it('of dispute proofs hold, with the channel’s key', async () => {
    const vectors = vectorsOf<Proof[]>('disputeProof')
    expect(vectors).to.have.length.above(0)
    for (const { left, right, channelKey, cooperativeNonce, digest, ...proof } of vectors) {
      const { harness } = world
      expect(await harness.channelKey(left, right)).to.equal(channelKey)
      const found = await harness.proofDigest(
        domain.separators.depository,
        channelKey,
        cooperativeNonce,
        proof,
      )
      expect(found).to.equal(digest)
    }
  })

  it('of settlements hold', async () => {
    const vectors = vectorsOf<(Settlement & { channelKey: string; digest: string })[]>('settlement')
    expect(vectors).to.have.length.above(0)
    for (const { channelKey, digest, ...terms } of vectors) {
      // Who the peer is stands in the key; the signature is over the rest.
      const settlement: Settlement = { ...terms, peer: channelKey, peerSignature: '0x' }
      expect(
        await world.harness.settlementDigest(domain.separators.depository, channelKey, settlement),
      ).to.equal(digest)
    }
  })

  it('of batches hold: the compiler encodes the same bytes', async () => {
    const vectors =
      vectorsOf<
        {
          entity: string
          batch: Batch
          encoded: string
          nonce: string
          validUntil: number
          digest: string
        }[]
      >('batch')
    expect(vectors).to.have.length.above(0)
    for (const { entity, batch, encoded, nonce, validUntil, digest } of vectors) {
      const { harness } = world
      expect(await harness.packedBatch(batch)).to.equal(encoded)
      const separator = domain.separators.depository
      expect(await harness.batchDigest(separator, entity, encoded, nonce, validUntil)).to.equal(
        digest,
      )
    }
  })

  it('of the Gate hold: names of collectibles, signed deposits, authorizations', async () => {
    const { harness, depository } = world
    const { gate, assets, deposits, authorizations } = vectorsOf<GateVectors>('gate')
    expect((await depository.gate()).toLowerCase()).to.equal(gate)
    expect(assets.length * deposits.length * authorizations.length).to.be.above(0)
    for (const { kind, collection, number, token } of assets) {
      expect(await harness.tokenIdOf(kind, collection, number)).to.equal(token)
    }
    for (const { digest, ...item } of deposits) {
      expect(await harness.depositDigest(domain.separators.depository, item)).to.equal(digest)
    }
    for (const { entity, salt, nonce } of authorizations) {
      expect(await harness.authorizationNonce(entity, salt)).to.equal(nonce)
    }
  })

  it('of boards hold', async () => {
    const { entityProvider } = world
    const { soleEntities, boards } = vectorsOf<{
      soleEntities: { address: string; entity: string }[]
      boards: { board: Board; hash: string; valid: boolean }[]
    }>('board')
    expect(soleEntities.length * boards.length).to.be.above(0)
    for (const { address, entity } of soleEntities) {
      expect(await entityProvider.soleEntity(address)).to.equal(entity)
    }
    for (const { board, hash, valid } of boards) {
      expect(await entityProvider.hashBoard(board)).to.equal(hash)
      const registered = entityProvider.register.staticCall(board).then(
        () => true,
        () => false,
      )
      expect(await registered, hash).to.equal(valid)
    }
  })

  it('of signatures hold, for evidence and for actions', async () => {
    const vectors =
      vectorsOf<
        { name: string; entity: string; digest: string; signature: string; valid: boolean }[]
      >('signature')
    expect(vectors).to.have.length.above(0)
    for (const { name, entity, digest, signature, valid } of vectors) {
      const { entityProvider } = world
      const asProof = await entityProvider.isValidProofSignature(entity, digest, signature)
      expect(asProof.valid, name).to.equal(valid)
      expect(await entityProvider.isValidEntitySignature(entity, digest, signature), name).to.equal(
        valid,
      )
    }
  })

  it('of decisions hold: the contracts take what is signed in shared/', async () => {
    const { ethers, entityProvider } = world
    const { boards, claims, transfers, replacements, articles, pots, ...vectors } =
      vectorsOf<Decisions>('decision')
    const shares = await ethers.getContractAt('Shares', await entityProvider.shares())
    expect((await shares.getAddress()).toLowerCase()).to.equal(vectors.shares)
    for (const board of boards) {
      await entityProvider.register(board)
      await entityProvider.checkBoard(board)
    }
    for (const { entity, name, nonce, signature } of claims) {
      await entityProvider.claimName(entity, name, nonce, signature)
      expect(await entityProvider.ownerOf(name)).to.equal(entity)
    }
    for (const { entity, name, to, nonce, signature } of transfers) {
      await entityProvider.transferName(entity, name, to, nonce, signature)
      expect(await entityProvider.ownerOf(name)).to.equal(to)
    }
    for (const { entity, boardHash, nonce, signature } of replacements) {
      await entityProvider.replaceBoard(entity, boardHash, nonce, signature)
      expect((await entityProvider.tenureOf(entity)).next).to.equal(boardHash)
    }
    for (const { entity, delay, allotments, validUntil, signature } of articles) {
      await shares.issue(entity, delay, allotments, validUntil, signature)
      expect((await shares.termsOf(entity)).delay).to.equal(BigInt(delay))
    }
    expect(pots).to.have.lengthOf(boards.length)
    for (const { entity, control, dividend, pot } of pots) {
      expect(await shares.potOf(entity)).to.equal(pot)
      const to = articles.at(-1)?.allotments.at(-1)?.to ?? entity
      const [voting, earning] = await shares.balanceOfBatch([to, to], [control, dividend])
      expect(Number(voting) * Number(earning)).to.be.above(0)
    }
  })

  it('of clauses hold', async () => {
    const { subcontractProvider, time } = world
    const { reveals, now, evaluations } = vectorsOf<{
      reveals: { secret: string; revealedAt: number }[]
      now: number
      evaluations: {
        deltas: string[]
        batch: string
        left: Arguments
        right: Arguments
        answer: { deltas: string[]; pendingUntil: string } | null
      }[]
    }>('clause')
    for (const { secret, revealedAt } of reveals) {
      await time.setNextBlockTimestamp(revealedAt)
      await (await subcontractProvider.revealSecret(secret)).wait()
    }
    await time.increaseTo(now)
    expect(evaluations).to.have.length.above(0)
    for (const [index, { deltas, batch, left, right, answer }] of evaluations.entries()) {
      const found = await subcontractProvider.evaluate(deltas, batch, left, right).then(
        ({ applied, pendingUntil }) => ({
          deltas: applied.map(String),
          pendingUntil: String(pendingUntil),
        }),
        () => null,
      )
      expect(found, `evaluation ${index}`).to.deep.equal(answer)
    }
  })
})

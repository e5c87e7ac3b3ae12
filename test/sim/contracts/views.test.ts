import { sharesOf } from '@xln/node/sim/contracts/accounts.ts'
import {
  depositoryAbi,
  entityProviderAbi,
  erc721Abi,
  erc1155Abi,
  gateAbi,
  sharesAbi,
  subcontractProviderAbi,
  tokenAbi,
} from '@xln/node/sim/contracts/interfaces.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import { blsKeyId } from '@xln/shared/crypto/bls.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { assetTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import type { Interface } from 'ethers'
import { drawBody } from './support/bodies.ts'
import {
  ACCOUNTS,
  BLS_KEY,
  BOARDS,
  ENTITIES,
  type Entity,
  signAs,
  signWrongly,
} from './support/cast.ts'
import { openStages, type Stage, setStage } from './support/stage.ts'

const [first, second, third, registered] = ENTITIES as [Entity, Entity, Entity, Entity]
const [account, spender] = ACCOUNTS as [Address, Address]
const nobody = `0x${'00'.repeat(31)}09`

describe('the model of the contracts answers as they do', () => {
  let stage: Stage
  before(async () => {
    stage = await setStage('views', await (await openStages())(), { boards: true })
  })

  /**
   * Asks every view of an ABI but those `beyond` the model, with each of the arguments that are given for
   * it; with none, once.
   */
  async function askAll(
    to: Address,
    abi: Interface,
    asked: Readonly<Record<string, readonly (readonly unknown[])[]>>,
    beyond: readonly string[] = [],
  ): Promise<void> {
    const names: string[] = []
    abi.forEachFunction(({ name, stateMutability }) => {
      if (stateMutability === 'view' || stateMutability === 'pure') names.push(name)
    })
    expect(names).to.include.members(beyond)
    for (const name of names.filter((each) => !beyond.includes(each))) {
      for (const args of asked[name] ?? [[]]) await stage.both.view(to, abi, name, ...args)
    }
    expect(names).to.include.members(Object.keys(asked))
  }

  it('for every view of the Depository', async () => {
    const { domain, tokens } = stage.known
    const sides = [first.id, second.id].sort()
    const [token] = tokens
    await askAll(domain.depository, depositoryAbi, {
      reserveOf: [
        [first.id, token],
        [nobody, token],
      ],
      collateralOf: [
        [...sides, token],
        [...sides.toReversed(), token],
        [first.id, first.id, token],
      ],
      channelOf: [sides, sides.toReversed()],
      batchNonce: [[first.id]],
      debtsOf: [[first.id, token]],
      debtAt: [[first.id, token, 0n]],
    })
  })

  it('for every view of the EntityProvider, and every way to sign', async () => {
    const { domain, random } = stage.known
    const digest = random.bytes(32)
    const lazy = [...BOARDS].map(([hash, board]) => ({ id: hash as Hex as EntityId, board }))
    const signed = [...ENTITIES, ...lazy].flatMap((entity) =>
      Array.from({ length: 12 }, (_, i) => {
        const signature = (i < 6 ? signAs : signWrongly)(random, domain, entity, digest)
        return [entity.id, digest, bytesToHex(signature)]
      }),
    )
    await askAll(domain.entityProvider, entityProviderAbi, {
      boardHashOf: [[first.id], [third.id], [registered.id], [nobody]],
      tenureOf: [[first.id], [registered.id], [nobody]],
      ownerOf: [[nobody]],
      isBoardChecked: [[third.id], [nobody]],
      isKeyRegistered: [[blsKeyId(BLS_KEY)], [nobody]],
      hashBoard: ENTITIES.map(({ board }) => [board]),
      soleEntity: [[account], [nobody.slice(0, 42)]],
      isSoleMember: ENTITIES.flatMap(({ id }) => ACCOUNTS.map((member) => [id, member])),
      isValidEntitySignature: signed,
      isValidProofSignature: signed,
    })
  })

  it('for every view of the SubcontractProvider but the judge, who is asked below', async () => {
    const { depository, subcontractProvider } = stage.known.domain
    const [token] = stage.known.tokens
    await askAll(
      subcontractProvider,
      subcontractProviderAbi,
      {
        revealedAt: [[`0x${'07'.repeat(32)}`]],
        defaultedAt: [[depository, first.id, token, 1n]],
      },
      ['evaluate'],
    )
  })

  it('for every view of the Gate and of collections', async () => {
    const { known, both } = stage
    const { erc721, erc1155 } = known
    const gate = gateOf(known.domain.depository)
    const sent = [account, 1n, 4n] as const
    for (const [to, abi, name, args] of [
      [erc721, erc721Abi, 'mint', [account, 5n]],
      [erc1155, erc1155Abi, 'mint', sent],
      [erc1155, erc1155Abi, 'setApprovalForAll', [gate, true]],
      [gate, gateAbi, 'depositErc1155', [first.id, erc1155, 1n, 3n]],
    ] as const) {
      const data = hexToBytes(abi.encodeFunctionData(name, args))
      const { ok } = await both.execute({ from: account, to, value: 0n, data }, known.now)
      expect(ok, name).to.equal(true)
    }
    const token = assetTokenId('erc1155', erc1155, 1n)
    await askAll(gate, gateAbi, {
      assetOf: [[token], [nobody]],
      kindOf: [[erc1155], [erc721]],
      depositNonceOf: [[account]],
      tokenIdOf: [0, 1, 2, 3].map((kind) => [kind, erc1155, 1n]),
      supportsInterface: ['0x01ffc9a7', '0x150b7a02', '0x4e2312e0', '0xffffffff'].map((id) => [id]),
    })
    const approved = [
      [account, gate],
      [spender, gate],
    ]
    const owners = { ownerOf: [[5n], [6n]], isApprovedForAll: approved }
    await askAll(erc721, erc721Abi, owners)
    const balances = { balanceOf: [account, gate].map((owner) => [owner, 1n]) }
    await askAll(erc1155, erc1155Abi, { ...balances, isApprovedForAll: approved })
  })

  it('for every view of the Shares', async () => {
    const { known, both } = stage
    const shares = sharesOf(known.domain)
    const fourth = registered.signers[0]?.address as Address
    const allotments = [{ to: fourth, control: 3n, dividend: 5n }]
    const args = [registered.id, 345_600, allotments, known.now, '0x']
    const data = hexToBytes(sharesAbi.encodeFunctionData('issue', args))
    const call = { from: fourth, to: shares, value: 0n, data }
    expect((await both.execute(call, known.now)).ok).to.equal(true)
    const source = [registered.id, known.domain.depository, known.tokens[0]]
    await askAll(shares, sharesAbi, {
      balanceOf: [2n, 3n, 4n].map((id) => [fourth, id]),
      balanceOfBatch: [
        [
          [fourth, account],
          [2n, 3n],
        ],
        [[fourth], [2n, 3n]],
      ],
      isApprovedForAll: [[account, spender]],
      uri: [[2n], [3n]],
      supportsInterface: ['0x01ffc9a7', '0xd9b67a26', '0x0e89341c', '0xffffffff'].map((id) => [id]),
      isValidSignature: [[nobody, '0x']],
      termsOf: [[registered.id], [nobody]],
      voteOf: [[registered.id, fourth]],
      tallyOf: [[registered.id, third.id]],
      shareholdersDecision: [[registered.id]],
      potOf: [[registered.id], [nobody]],
      dividendsOf: [[source]],
    })
  })

  it('for every view of a token', async () => {
    const [token] = stage.both.chain.tokens as [Address]
    await askAll(token, tokenAbi, {
      balanceOf: [[account], [spender]],
      nonces: [[account]],
      authorizationState: [[account, nobody]],
      digestOf: [[nobody]],
      allowance: [
        [account, spender],
        [account, stage.known.domain.depository],
      ],
    })
  })

  it('for clauses that are asked about from outside', async () => {
    const { known, both } = stage
    const { subcontractProvider } = known.domain
    const hashes = new Set<string>()
    for (let i = 0; i < 40; i++) {
      // Sound, and over at once or pending for years, whatever the clock of a view says.
      const body = drawBody({ ...known, random: known.random, now: known.now + 2 ** 40 })
      const [clause] = body.clauses
      if (clause === undefined || body.tokenIds.length !== body.offdeltas.length) continue
      const given = [bytesToHex(hexToBytes('0xffffffff')), 1n]
      const args = [body.offdeltas, bytesToHex(clause.batch), given, ['0x', 0n]]
      const data = subcontractProviderAbi.encodeFunctionData('evaluate', args)
      const call = { from: account, to: subcontractProvider, value: 0n, data: hexToBytes(data) }
      const expected = await both.chain.view(call)
      const { ok, returnData } = both.model.view(call, { number: 0, timestamp: known.now })
      expect(ok).to.equal(expected.ok)
      if (ok) expect(bytesToHex(returnData)).to.equal(expected.returnData)
      hashes.add(proofBodyHash(body))
    }
    expect(hashes.size).to.be.above(5)
  })
})

import { expect } from 'chai'
import { id, TypedDataEncoder, ZeroAddress, ZeroHash } from 'ethers'
import { network } from 'hardhat'
import {
  type Board,
  boardForm,
  boardOf,
  domainOf,
  type EntityDomain,
  entitySignatureType,
  hashBoard,
  type Member,
  memberKind,
  nth,
  placesOf,
  registered,
  rootDigest,
  rootForm,
  seat,
  signBoard,
  signEcdsa,
  signedRootType,
  soleEntity,
  walletsOf,
} from './support/boards.ts'

const { ethers } = await network.create()

async function deploy() {
  const provider = await ethers.deployContract('EntityProvider')
  const { chainId } = await ethers.provider.getNetwork()
  const domain: EntityDomain = { chainId, provider: await provider.getAddress() }
  return { provider, domain }
}

const digest = id('what is signed')
const three = walletsOf('three', 3)
const alice = nth(walletsOf('alice', 1), 0)

describe('EntityProvider', () => {
  describe('register', () => {
    it('gives each board the next number, and says so', async () => {
      const { provider } = await deploy()
      const board = boardOf(three, 2)
      for (const number of [1, 2]) {
        await expect(provider.register(board))
          .to.emit(provider, 'EntityRegistered')
          .withArgs(registered(number), hashBoard(board))
      }
      expect(await provider.boardHashOf(registered(2))).to.equal(hashBoard(board))
      expect(await provider.boardHashOf(registered(3))).to.equal(ZeroHash)
    })

    const good = boardOf(three, 2)
    const [first, second, third] = good.members as [Member, Member, Member]
    const refused: Record<string, Board> = {
      'nobody sits on it': { threshold: 1n, members: [] },
      'thirty-three sit on it': boardOf(walletsOf('crowd', 33), 1),
      'members descend': { threshold: 1n, members: [second, first] },
      'a member sits twice': { threshold: 1n, members: [first, first] },
      'a weight is zero': { threshold: 1n, members: [first, { ...second, weight: 0n }] },
      'the threshold is zero': { ...good, threshold: 0n },
      'the threshold is beyond the total': { ...good, threshold: 4n },
      'a member is the zero address': { threshold: 1n, members: [seat(ZeroAddress), first] },
      'an id is wider than an address': {
        threshold: 1n,
        members: [first, { ...third, id: id('wide') }],
      },
      'a member sits as an address and as the contract there': {
        threshold: 1n,
        members: [first, { ...first, kind: memberKind.contract }],
      },
      'the id of a contract is wider than an address': {
        threshold: 1n,
        members: [{ ...first, kind: memberKind.contract, id: id('wide') }],
      },
    }
    for (const [reason, board] of Object.entries(refused)) {
      it(`refuses a board when ${reason}`, async () => {
        const { provider } = await deploy()
        const call = provider.register(board)
        await expect(call).to.be.revertedWithCustomError(provider, 'BoardInvalid')
      })
    }
  })

  it('hashes boards and names lazy entities as ethers does', async () => {
    const { provider } = await deploy()
    const board = boardOf(three, 2)
    expect(await provider.hashBoard(board)).to.equal(hashBoard(board))
    expect(await provider.soleEntity(alice.address)).to.equal(soleEntity(alice.address))
    expect(await provider.isSoleMember(soleEntity(alice.address), alice.address)).to.equal(true)
    expect(await provider.isSoleMember(hashBoard(board), nth(three, 0).address)).to.equal(false)
  })

  it('has the EIP-712 domain that wallets compute', async () => {
    const { provider, domain } = await deploy()
    expect(await provider.domainSeparator()).to.equal(TypedDataEncoder.hashDomain(domainOf(domain)))
  })

  describe('accepts', () => {
    it('65 bytes of a sole member, for its lazy and its registered entity', async () => {
      const { provider } = await deploy()
      const board = boardOf([alice], 1)
      await provider.register(board)
      for (const entity of [soleEntity(alice.address), registered(1)]) {
        const signature = signEcdsa(alice, digest)
        expect(await provider.isValidEntitySignature(entity, digest, signature)).to.equal(true)
        expect(await provider.isValidProofSignature(entity, digest, signature)).to.deep.equal([
          true,
          false,
        ])
      }
    })

    it('members of a board at its threshold, and none below', async () => {
      const { provider, domain } = await deploy()
      const board = boardOf(three, 2)
      const entity = hashBoard(board)
      const signedBy = (...signers: number[]) =>
        signBoard(
          domain,
          entity,
          digest,
          board,
          signers.map((i) => nth(three, i)),
        )
      const isValid = (signature: string) =>
        provider.isValidEntitySignature(entity, digest, signature)
      expect(await isValid(signedBy(0, 2))).to.equal(true)
      expect(await isValid(signedBy(0, 1, 2))).to.equal(true)
      expect(await isValid(signedBy(1))).to.equal(false)
      expect(await isValid(signedBy())).to.equal(false)
    })

    it('what a wallet signs as typed data', async () => {
      const { provider, domain } = await deploy()
      const board = boardOf(three, 1)
      const value = { entityId: hashBoard(board), digest }
      const typed = await nth(three, 1).signTypedData(domainOf(domain), entitySignatureType, value)
      expect(
        await provider.isValidEntitySignature(
          hashBoard(board),
          digest,
          boardForm(board, 2n, [typed]),
        ),
      ).to.equal(true)

      const entityId = soleEntity(alice.address)
      const place = nth(placesOf([digest, id('other')], false), 0)
      const root = { entityId, root: place.root, unanimous: false }
      const inner = await alice.signTypedData(domainOf(domain), signedRootType, root)
      expect(
        await provider.isValidEntitySignature(entityId, digest, rootForm(place, inner)),
      ).to.equal(true)
    })

    it('every digest of a tree under one signature', async () => {
      const { provider, domain } = await deploy()
      const entity = soleEntity(alice.address)
      const digests = Array.from({ length: 5 }, (_, i) => id(`digest ${i}`))
      const places = placesOf(digests, true)
      const inner = signEcdsa(alice, rootDigest(domain, entity, nth(places, 0).root, true))
      for (const [i, place] of places.entries()) {
        const signature = rootForm(place, inner)
        expect(await provider.isValidEntitySignature(entity, nth(digests, i), signature)).to.equal(
          true,
        )
        expect(await provider.isValidEntitySignature(entity, digest, signature)).to.equal(false)
      }
    })
  })
})

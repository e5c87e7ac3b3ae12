import { expect } from 'chai'
import { concat, dataSlice, getBytes, id, toBeHex, ZeroAddress, ZeroHash } from 'ethers'
import { network } from 'hardhat'
import {
  boardForm,
  boardOf,
  type EntityDomain,
  entityDigest,
  hashBoard,
  leafOf,
  nodeOf,
  nth,
  placesOf,
  registered,
  rootDigest,
  rootForm,
  signBoard,
  signEcdsa,
  soleEntity,
  walletsOf,
} from './support/boards.ts'

const { ethers } = await network.create()

const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const digest = id('what is signed')
const [alice, mallory] = walletsOf('alice and mallory', 2) as [Wallet, Wallet]
const three = walletsOf('three', 3) as [Wallet, Wallet, Wallet]

type Wallet = ReturnType<typeof walletsOf>[number]

/** The other signature that mathematics allows: `r ‖ n − s ‖ v ^ 1`. */
function malleate(signature: string): string {
  const s = curveOrder - BigInt(dataSlice(signature, 32, 64))
  const v = getBytes(signature)[64] === 27 ? 28 : 27
  return concat([dataSlice(signature, 0, 32), toBeHex(s, 32), toBeHex(v)])
}

async function deploy() {
  const provider = await ethers.deployContract('EntityProvider')
  const { chainId } = await ethers.provider.getNetwork()
  const domain: EntityDomain = { chainId, provider: await provider.getAddress() }
  const accepts = async (entity: string, signature: string, of = digest) => {
    const action = await provider.isValidEntitySignature(entity, of, signature)
    const [proof, outgoing] = await provider.isValidProofSignature(entity, of, signature)
    expect(proof).to.equal(action)
    expect(outgoing).to.equal(false)
    return action
  }
  return { provider, domain, accepts }
}

describe('EntityProvider refuses', () => {
  describe('as 65 bytes', () => {
    const entity = soleEntity(alice.address)
    const signature = signEcdsa(alice, digest)
    const refused: Record<string, string> = {
      'the malleated twin of a good signature': malleate(signature),
      'the signature of somebody else': signEcdsa(mallory, digest),
      'a signature over another digest': signEcdsa(alice, id('other')),
      zeros: `0x${'00'.repeat(65)}`,
      'a zero r': concat([ZeroHash, dataSlice(signature, 32)]),
      'a zero s': concat([dataSlice(signature, 0, 32), ZeroHash, dataSlice(signature, 64)]),
      'a v of 0 or 1': concat([
        dataSlice(signature, 0, 64),
        toBeHex(nth([...getBytes(signature)], 64) - 27, 1),
      ]),
      'one byte less': dataSlice(signature, 0, 64),
      'one byte more': concat([signature, '0x00']),
      'the compact form of 64 bytes': alice.signingKey.sign(digest).compactSerialized,
      'no bytes at all': '0x',
    }
    for (const [what, bytes] of Object.entries(refused)) {
      it(what, async () => {
        const { accepts } = await deploy()
        expect(await accepts(entity, signature)).to.equal(true)
        expect(await accepts(entity, bytes)).to.equal(false)
      })
    }

    it('anything for the entity of the zero address, which a failed recovery would name', async () => {
      const { accepts } = await deploy()
      expect(await accepts(soleEntity(ZeroAddress), `0x${'00'.repeat(65)}`)).to.equal(false)
      expect(await accepts(soleEntity(ZeroAddress), `0x${'ff'.repeat(65)}`)).to.equal(false)
    })

    it('anything for a number that is not registered', async () => {
      const { accepts } = await deploy()
      expect(await accepts(registered(0), signature)).to.equal(false)
      expect(await accepts(registered(7), signature)).to.equal(false)
    })
  })

  describe('as a board', () => {
    const board = boardOf(three, 2)
    const entity = hashBoard(board)

    it('a signature of the same board for another of its entities', async () => {
      const { provider, domain, accepts } = await deploy()
      await provider.register(board)
      await provider.register(board)
      const forFirst = signBoard(domain, registered(1), digest, board, three)
      expect(await accepts(registered(1), forFirst)).to.equal(true)
      expect(await accepts(registered(2), forFirst)).to.equal(false)
      expect(await accepts(entity, forFirst)).to.equal(false)
    })

    it('a signature of one who sits on two boards, given for one and shown for the other', async () => {
      const { domain, accepts } = await deploy()
      const other = boardOf([three[0], three[1]], 1)
      const signature = signBoard(domain, entity, digest, board, [three[0], three[1]])
      expect(await accepts(entity, signature)).to.equal(true)
      const moved = entityDigest(domain, entity, digest)
      const signatures = [signEcdsa(three[0], moved)]
      expect(await accepts(hashBoard(other), boardForm(other, 1n, signatures))).to.equal(false)
    })

    it('another board than the entity has', async () => {
      const { domain, accepts } = await deploy()
      const own = boardOf([mallory], 1)
      expect(await accepts(entity, signBoard(domain, entity, digest, own, [mallory]))).to.equal(
        false,
      )
    })

    it('a board with threshold 0, signed by nobody', async () => {
      const { accepts } = await deploy()
      const free = boardOf(three, 0)
      expect(await accepts(hashBoard(free), boardForm(free, 0n, []))).to.equal(false)
    })

    it('members who signed the digest itself', async () => {
      const { accepts } = await deploy()
      const signatures = [signEcdsa(three[0], digest), signEcdsa(three[1], digest)]
      expect(await accepts(entity, boardForm(board, 3n, signatures))).to.equal(false)
    })

    it('signatures that do not stand in the order and number of the bits', async () => {
      const { domain, accepts } = await deploy()
      const wrapped = entityDigest(domain, entity, digest)
      const [a, b, c] = three.map((wallet) => signEcdsa(wallet, wrapped)) as [
        string,
        string,
        string,
      ]
      expect(await accepts(entity, boardForm(board, 3n, [a, b]))).to.equal(true)
      expect(await accepts(entity, boardForm(board, 3n, [b, a]))).to.equal(false)
      expect(await accepts(entity, boardForm(board, 3n, [a, a]))).to.equal(false)
      expect(await accepts(entity, boardForm(board, 3n, [a]))).to.equal(false)
      expect(await accepts(entity, boardForm(board, 3n, [a, b, c]))).to.equal(false)
      expect(await accepts(entity, boardForm(board, 7n, [a, b]))).to.equal(false)
      expect(await accepts(entity, boardForm(board, 5n, [a, b]))).to.equal(false)
    })

    it('a member counted twice, on a board that lists him twice', async () => {
      const { domain, accepts } = await deploy()
      const double = boardOf([alice, alice], 2)
      const wrapped = entityDigest(domain, hashBoard(double), digest)
      const signature = signEcdsa(alice, wrapped)
      expect(
        await accepts(hashBoard(double), boardForm(double, 3n, [signature, signature])),
      ).to.equal(false)
    })

    it('a surplus signature that is wrong', async () => {
      const { domain, accepts } = await deploy()
      const wrapped = entityDigest(domain, entity, digest)
      const signatures = [three[0], three[1], mallory].map((wallet) => signEcdsa(wallet, wrapped))
      expect(await accepts(entity, boardForm(board, 7n, signatures))).to.equal(false)
    })

    it('a malleated, short, overlong or zero signature of a member', async () => {
      const { domain, accepts } = await deploy()
      const wrapped = entityDigest(domain, entity, digest)
      const [a, b] = [signEcdsa(three[0], wrapped), signEcdsa(three[1], wrapped)]
      for (const bad of [
        malleate(b),
        dataSlice(b, 0, 64),
        concat([b, '0x00']),
        `0x${'00'.repeat(65)}`,
        '0x',
      ]) {
        expect(await accepts(entity, boardForm(board, 3n, [a, bad]))).to.equal(false)
      }
    })

    it('bits beyond the members', async () => {
      const { domain, accepts } = await deploy()
      const wrapped = entityDigest(domain, entity, digest)
      const signatures = three.map((wallet) => signEcdsa(wallet, wrapped))
      expect(await accepts(entity, boardForm(board, 7n, signatures))).to.equal(true)
      for (const beyond of [3n, 4n, 30n, 31n]) {
        expect(await accepts(entity, boardForm(board, 7n | (1n << beyond), signatures))).to.equal(
          false,
        )
        const surplus = [...signatures, signEcdsa(mallory, wrapped)]
        expect(await accepts(entity, boardForm(board, 7n | (1n << beyond), surplus))).to.equal(
          false,
        )
      }
    })

    it('the same bytes cut, extended or under another tag', async () => {
      const { domain, accepts } = await deploy()
      const signature = signBoard(domain, entity, digest, board, three)
      const length = getBytes(signature).length
      for (const cut of [1, 13, 14, 32, 65, 66, 97, 193, length - 32, length - 1]) {
        expect(await accepts(entity, dataSlice(signature, 0, cut))).to.equal(false)
      }
      expect(await accepts(entity, concat([signature, '0x00']))).to.equal(false)
      expect(await accepts(entity, concat([signature, ZeroHash]))).to.equal(false)
      for (const tag of ['0x00', '0x02', '0x03', '0x04', '0xff']) {
        expect(await accepts(entity, concat([tag, dataSlice(signature, 1)]))).to.equal(false)
      }
    })
  })

  describe('under a root', () => {
    const entity = soleEntity(alice.address)
    const digests = [digest, id('second'), id('third'), id('fourth')]

    it('an inner node shown as a leaf, and a leaf shown as a node', async () => {
      const { domain, accepts } = await deploy()
      const place = nth(placesOf(digests, false), 0)
      const inner = signEcdsa(alice, rootDigest(domain, entity, place.root, false))
      expect(await accepts(entity, rootForm(place, inner))).to.equal(true)
      const node = nodeOf(leafOf(digest), leafOf(id('second')))
      const shorter = { ...place, path: place.path.slice(1) }
      expect(await accepts(entity, rootForm(shorter, inner), node)).to.equal(false)
      expect(await accepts(entity, rootForm(shorter, inner), leafOf(digest))).to.equal(false)
      expect(await accepts(entity, rootForm({ ...place, path: [] }, inner), place.root)).to.equal(
        false,
      )
    })

    it('a path beyond 32 nodes, and an index beyond the path', async () => {
      const { domain, accepts } = await deploy()
      for (const [depth, good] of [
        [32, true],
        [33, false],
        [64, false],
      ] as const) {
        const path = Array.from({ length: depth }, (_, i) => id(`${i}`))
        const root = path.reduce(nodeOf, leafOf(digest))
        const inner = signEcdsa(alice, rootDigest(domain, entity, root, false))
        const place = { root, unanimous: false, index: 0n, path }
        expect(await accepts(entity, rootForm(place, inner))).to.equal(good)
        const beyond = { ...place, index: 1n << BigInt(depth) }
        expect(await accepts(entity, rootForm(beyond, inner))).to.equal(false)
      }
    })

    it('a root that another entity signed', async () => {
      const { domain, accepts } = await deploy()
      const place = nth(placesOf(digests, false), 0)
      const other = soleEntity(mallory.address)
      const inner = signEcdsa(alice, rootDigest(domain, other, place.root, false))
      expect(await accepts(entity, rootForm(place, inner))).to.equal(false)
      expect(await accepts(other, rootForm(place, inner))).to.equal(false)
    })

    it('a root of roots, whatever the flags say', async () => {
      const { domain, accepts } = await deploy()
      for (const outer of [true, false]) {
        const low = nth(placesOf(digests, true), 0)
        const lowDigest = rootDigest(domain, entity, low.root, true)
        const high = nth(placesOf([lowDigest, id('other')], outer), 0)
        const inner = rootForm(high, signEcdsa(alice, rootDigest(domain, entity, high.root, outer)))
        expect(await accepts(entity, inner, lowDigest)).to.equal(true)
        expect(await accepts(entity, rootForm(low, inner))).to.equal(false)
      }
    })

    it('a unanimous root with one member absent, though the threshold is reached', async () => {
      const { domain, accepts } = await deploy()
      const board = boardOf(three, 2)
      const boardEntity = hashBoard(board)
      for (const [unanimous, signers, good] of [
        [true, three, true],
        [true, three.slice(0, 2), false],
        [true, three.slice(1), false],
        [false, three.slice(0, 2), true],
        [false, three.slice(0, 1), false],
      ] as const) {
        const place = nth(placesOf(digests, unanimous), 0)
        const root = rootDigest(domain, boardEntity, place.root, unanimous)
        const inner = signBoard(domain, boardEntity, root, board, signers)
        expect(await accepts(boardEntity, rootForm(place, inner))).to.equal(good)
        expect(
          await accepts(boardEntity, rootForm({ ...place, unanimous: !unanimous }, inner)),
        ).to.equal(false)
      }
    })
  })

  it('what was signed for another EntityProvider, or on another chain', async () => {
    const { provider, accepts } = await deploy()
    const board = boardOf(three, 2)
    const entity = hashBoard(board)
    const here = await provider.getAddress()
    const { chainId } = await ethers.provider.getNetwork()
    const signedFor = (domain: EntityDomain) => signBoard(domain, entity, digest, board, three)
    expect(await accepts(entity, signedFor({ chainId, provider: here }))).to.equal(true)
    expect(await accepts(entity, signedFor({ chainId: chainId + 1n, provider: here }))).to.equal(
      false,
    )
    expect(await accepts(entity, signedFor({ chainId, provider: alice.address }))).to.equal(false)
  })
})

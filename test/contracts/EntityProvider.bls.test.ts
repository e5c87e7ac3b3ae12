import { expect } from 'chai'
import { concat, dataSlice, getBytes, hexlify, id, toBeHex, toUtf8Bytes, ZeroHash } from 'ethers'
import { network } from 'hardhat'
import {
  type BlsBoard,
  type BlsKey,
  blsBoardOf,
  blsForm,
  blsFormTwice,
  compressed,
  keyOf,
  keysOf,
  membersForm,
  named,
  ORDER,
  POSSESSION_TAG,
  prove,
  SIGNATURE_TAG,
  signBls,
  withTree,
} from './support/bls.ts'
import {
  boardForm,
  type EntityDomain,
  entityDigest,
  type Hex,
  hashBoard,
  memberKind,
  nth,
  placesOf,
  registered,
  rootDigest,
  rootForm,
  seat,
  signEcdsa,
  walletsOf,
} from './support/boards.ts'
import { vectorsOf } from './support/shared.ts'

interface Vectors {
  readonly message: Hex
  readonly keys: readonly Record<
    'secret' | 'compressed' | 'key' | 'possession' | 'signature',
    Hex
  >[]
  readonly aggregate: { readonly key: Hex; readonly signature: Hex }
  readonly rfc9380: {
    readonly tag: string
    readonly hashes: readonly Record<'text' | 'x0' | 'x1' | 'y0' | 'y1', string>[]
  }
}

const { ethers } = await network.create()
const vectors = vectorsOf<Vectors>('bls')
const digest = id('what is signed')
const text = (words: string) => hexlify(toUtf8Bytes(words))
const coordinate = (high: bigint, low: bigint) => toBeHex((high << 256n) | low, 48)

async function deploy() {
  const provider = await ethers.deployContract('EntityProvider')
  const harness = await ethers.deployContract('BlsHarness')
  const bls = {
    keyOf: (secret: bigint) => harness.keyOf(secret),
    sign: (secret: bigint, message: Hex, tag: Hex) => harness.sign(secret, message, tag),
    sum: (a: Hex, b: Hex) => harness.sum(a, b),
  }
  const { chainId } = await ethers.provider.getNetwork()
  const domain: EntityDomain = { chainId, provider: await provider.getAddress() }
  const accepts = async (entity: Hex, signature: Hex) => {
    const action = await provider.isValidEntitySignature(entity, digest, signature)
    const [proof, outgoing] = await provider.isValidProofSignature(entity, digest, signature)
    expect([proof, outgoing]).to.deep.equal([action, false])
    return action
  }
  const admit = async (keys: readonly BlsKey[]) => {
    for (const key of keys) await provider.registerKey(key.key, await prove(bls, key))
  }
  const check = (board: BlsBoard) => provider.checkKeys(board.threshold, membersForm(board))
  return { provider, harness, bls, domain, accepts, admit, check }
}

/** Five registered keys of weights 1 to 5, of whom 9 of 15 decide. */
async function deployBoard() {
  const world = await deploy()
  const keys = await keysOf(world.bls, 'five', 5)
  await world.admit(keys)
  const board = await blsBoardOf(world.bls, keys, 9n, [1n, 2n, 3n, 4n, 5n])
  await world.check(board)
  const sign = (absent: readonly number[] = [], entity = board.hash) =>
    signBls(world.bls, world.domain, entity, digest, board, absent)
  return { ...world, keys, board, sign }
}

describe('BLS on chain', () => {
  it('hashes to the curve as RFC 9380 does', async () => {
    const { harness } = await deploy()
    const { tag, hashes } = vectors.rfc9380
    expect(hashes).to.have.length(5)
    for (const { text: words, x0, x1, y0, y1 } of hashes) {
      const p = await harness.hashToG2(text(words), text(tag))
      expect([
        coordinate(p.x0High, p.x0Low),
        coordinate(p.x1High, p.x1Low),
        coordinate(p.y0High, p.y0Low),
        coordinate(p.y1High, p.y1Low),
      ]).to.deep.equal([x0, x1, y0, y1])
    }
  })

  it('reads and writes the bytes of @chainsafe/bls', async () => {
    const { harness, bls } = await deploy()
    for (const vector of vectors.keys) {
      const { secret, key, signature, possession } = vector
      expect(await bls.keyOf(BigInt(secret))).to.equal(key)
      expect(compressed(key)).to.equal(vector.compressed)
      expect(await bls.sign(BigInt(secret), vectors.message, SIGNATURE_TAG)).to.equal(signature)
      expect(await harness.isSigned(key, vectors.message, signature)).to.equal(true)
      expect(await harness.isSigned(key, digest, signature)).to.equal(false)
      expect(await harness.isPossessed(key, possession)).to.equal(true)
    }
    const [first, second] = vectors.keys.map(({ key }) => key) as [Hex, Hex]
    expect(
      await harness.isSigned(second, vectors.message, nth(vectors.keys, 0).signature),
    ).to.equal(false)
    expect(await harness.isPossessed(first, nth(vectors.keys, 1).possession)).to.equal(false)
  })

  it('adds keys up to the aggregate of @chainsafe/bls, whose aggregated signature holds', async () => {
    const { harness } = await deploy()
    const { key, signature } = vectors.aggregate
    let sum = nth(vectors.keys, 0).key
    for (const each of vectors.keys.slice(1)) sum = await harness.sum(sum, each.key)
    expect(sum).to.equal(key)
    expect(await harness.isSigned(key, vectors.message, signature)).to.equal(true)
  })

  it('takes a key off a sum, both ways, and none that is at infinity', async () => {
    const { harness, bls } = await deploy()
    for (const secret of [1n, 2n, BigInt(id('any')) % ORDER]) {
      const key = await bls.keyOf(secret)
      expect(await harness.negated(key)).to.equal(await bls.keyOf(ORDER - secret))
      expect(await harness.sum(key, await harness.negated(key))).to.equal(`0x${'00'.repeat(96)}`)
    }
    const call = harness.negated(`0x${'00'.repeat(96)}`)
    await expect(call).to.be.revertedWithCustomError(harness, 'PrecompileFailed')
  })
})

describe('EntityProvider, of BLS keys', () => {
  it('registers the keys of @chainsafe/bls with their proofs of possession, and says so once', async () => {
    const { provider } = await deploy()
    for (const { key, possession } of vectors.keys) {
      const keyId = ethers.keccak256(key)
      expect(await provider.isKeyRegistered(keyId)).to.equal(false)
      await expect(provider.registerKey(key, possession))
        .to.emit(provider, 'KeyRegistered')
        .withArgs(keyId, key)
      expect(await provider.isKeyRegistered(keyId)).to.equal(true)
      await expect(provider.registerKey(key, possession)).not.to.emit(provider, 'KeyRegistered')
    }
  })

  it('refuses a key without its own proof of possession, under its own tag', async () => {
    const { provider, bls } = await deploy()
    const [one, other] = (await keysOf(bls, 'two', 2)) as [BlsKey, BlsKey]
    const proof = await prove(bls, one)
    const refused: Record<string, [Hex, Hex]> = {
      'the proof of another key': [one.key, await prove(bls, other)],
      'a signature under the tag of signatures': [
        one.key,
        await bls.sign(one.secret, compressed(one.key), SIGNATURE_TAG),
      ],
      'a proof over the long form of the key': [
        one.key,
        await bls.sign(one.secret, one.key, POSSESSION_TAG),
      ],
      'a key at infinity': [`0x${'00'.repeat(96)}`, `0x${'00'.repeat(192)}`],
      'a proof at infinity': [one.key, `0x${'00'.repeat(192)}`],
      'one byte less': [dataSlice(one.key, 0, 95), proof],
      'one byte more': [one.key, concat([proof, '0x00'])],
      'a point that is not on the curve': [concat([dataSlice(one.key, 0, 95), '0x01']), proof],
      'a coordinate that is not below the modulus': [
        concat([`0x${'ff'.repeat(48)}`, dataSlice(one.key, 48)]),
        proof,
      ],
    }
    for (const [what, [key, shown]] of Object.entries(refused)) {
      const call = provider.registerKey(key, shown)
      await expect(call, what).to.be.revertedWithCustomError(provider, 'PossessionNotShown')
    }
  })

  it('admits no rogue key: what is left of a sum when the others are taken off it', async () => {
    const { provider, harness, bls, admit } = await deploy()
    const [victim, own] = (await keysOf(bls, 'two', 2)) as [BlsKey, BlsKey]
    await admit([victim])
    const rogue = await harness.sum(own.key, await harness.negated(victim.key))
    expect(await harness.sum(rogue, victim.key)).to.equal(own.key)
    // Whoever holds `own` can sign for rogue and victim together, and has nothing to prove rogue with.
    const attempts = [
      await bls.sign(own.secret, compressed(rogue), POSSESSION_TAG),
      await prove(bls, own),
      await prove(bls, victim),
    ]
    for (const proof of attempts) {
      const call = provider.registerKey(rogue, proof)
      await expect(call).to.be.revertedWithCustomError(provider, 'PossessionNotShown')
    }
    const keys = [{ secret: 0n, key: rogue, id: ethers.keccak256(rogue) }, victim]
    const board = await blsBoardOf(
      bls,
      keys.sort((a, b) => (a.id < b.id ? -1 : 1)),
      2n,
    )
    const call = provider.checkKeys(2n, membersForm(board))
    await expect(call).to.be.revertedWithCustomError(provider, 'BoardInvalid')
  })

  it('checks a board once, names it as stated, and registers entities with it', async () => {
    const { provider, bls, admit, check } = await deploy()
    for (const count of [1, 2, 3, 5, 8]) {
      const keys = await keysOf(bls, `crowd of ${count}`, count)
      await admit(keys)
      const board = await blsBoardOf(bls, keys, BigInt(count))
      expect(await provider.isBoardChecked(board.hash)).to.equal(false)
      const early = provider.registerChecked(board.hash)
      await expect(early).to.be.revertedWithCustomError(provider, 'BoardInvalid')
      await expect(check(board)).to.emit(provider, 'BoardChecked').withArgs(board.hash)
      await expect(provider.registerChecked(board.hash)).to.emit(provider, 'EntityRegistered')
    }
  })

  it('refuses a board of keys that could not decide', async () => {
    const { provider, bls, admit } = await deploy()
    const keys = await keysOf(bls, 'three', 3)
    const [a, b, c] = keys as [BlsKey, BlsKey, BlsKey]
    await admit([a, b])
    const stranger = await keyOf(bls, ORDER - a.secret)
    await admit([stranger])
    const opposites = [a, stranger].sort((x, y) => (x.id < y.id ? -1 : 1))
    const most = 2n ** 64n - 1n
    const boards: Record<string, [bigint, Hex]> = {
      'nobody sits on it': [1n, '0x'],
      'a key is not registered': [1n, membersForm(await blsBoardOf(bls, [a, b, c], 1n))],
      'a key sits twice': [1n, membersForm(await blsBoardOf(bls, [a, a], 1n))],
      'keys descend': [1n, membersForm(await blsBoardOf(bls, [b, a], 1n))],
      'a weight is zero': [1n, membersForm(await blsBoardOf(bls, [a, b], 1n, [1n, 0n]))],
      'the threshold is zero': [0n, membersForm(await blsBoardOf(bls, [a, b], 1n))],
      'the threshold is beyond the total': [3n, membersForm(await blsBoardOf(bls, [a, b], 3n))],
      'the total has more than 64 bits': [
        1n,
        membersForm(await blsBoardOf(bls, [a, b], 1n, [most, 1n])),
      ],
      'half a member is shown': [
        1n,
        dataSlice(membersForm(await blsBoardOf(bls, [a, b], 1n)), 0, 104 + 52),
      ],
      'the sum is at infinity': [1n, membersForm(await blsBoardOf(bls, opposites, 1n))],
    }
    for (const [reason, [threshold, members]] of Object.entries(boards)) {
      const call = provider.checkKeys(threshold, members)
      await expect(call, reason).to.be.revertedWithCustomError(provider, 'BoardInvalid')
    }
    await provider.checkKeys(2n, membersForm(await blsBoardOf(bls, [a, b], 2n)))
  })
})

describe('A board of BLS keys', () => {
  it('signs when those who are not absent reach the threshold, whoever they are', async () => {
    const { board, accepts, sign } = await deployBoard()
    for (let bitmap = 0; bitmap < 31; bitmap++) {
      const absent = [0, 1, 2, 3, 4].filter((i) => (bitmap >> i) & 1)
      const weight = absent.reduce((sum, i) => sum - BigInt(i + 1), 15n)
      expect(await accepts(board.hash, await sign(absent)), `${absent}`).to.equal(weight >= 9n)
    }
  })

  it('signs for a registered entity by the hash that the chain knows', async () => {
    const { provider, board, accepts, sign } = await deployBoard()
    await provider.registerChecked(board.hash)
    expect(await accepts(registered(1), await sign([0], registered(1)))).to.equal(true)
    expect(await accepts(registered(1), await sign([0]))).to.equal(false)
  })

  it('signs nothing before it is checked', async () => {
    const { bls, domain, keys, accepts, check } = await deployBoard()
    const board = await blsBoardOf(bls, keys, 5n)
    const signature = await signBls(bls, domain, board.hash, digest, board)
    expect(await accepts(board.hash, signature)).to.equal(false)
    await check(board)
    expect(await accepts(board.hash, signature)).to.equal(true)
  })

  it('with a false aggregate, total, root or threshold signs nothing', async () => {
    const { bls, domain, keys, board, accepts } = await deployBoard()
    const own = nth(keys, 0)
    const lies: Partial<BlsBoard>[] = [
      { aggregate: own.key, members: [{ ...own, weight: 15n }] },
      { total: 16n },
      { root: ZeroHash },
      { threshold: 1n },
    ]
    for (const lie of lies) {
      const false_ = named({ ...board, ...lie })
      for (const entity of [false_.hash, board.hash]) {
        const signature = await signBls(bls, domain, entity, digest, false_)
        expect(await accepts(entity, signature)).to.equal(false)
      }
    }
    // The absent outweigh what the board says that all weigh: refused, and nothing reverts.
    const light = named({ ...board, threshold: 1n, total: 1n })
    const signature = await signBls(bls, domain, light.hash, digest, light, [4])
    expect(await accepts(light.hash, signature)).to.equal(false)
  })

  it('shows each absent member once, at his place, with his own weight', async () => {
    const { bls, domain, board, accepts, sign } = await deployBoard()
    expect(await accepts(board.hash, await sign([0, 1]))).to.equal(true)
    expect(await accepts(board.hash, await sign([1, 0]))).to.equal(false)
    expect(await accepts(board.hash, await sign([0, 0]))).to.equal(false)
    const signed = await sign([4])
    const lighter = { ...board, members: board.members.map((each) => ({ ...each, weight: 1n })) }
    const wrapped = entityDigest(domain, board.hash, digest)
    const secret = board.members.slice(0, 4).reduce((sum, each) => sum + each.secret, 0n) % ORDER
    const signature = await bls.sign(secret, wrapped, SIGNATURE_TAG)
    expect(blsForm(board, signature, [4])).to.equal(signed)
    expect(await accepts(board.hash, signed)).to.equal(true)
    expect(await accepts(board.hash, blsForm(lighter, signature, [4]))).to.equal(false)
    const moved = getBytes(signed)
    moved[339 + 3] = 5
    expect(await accepts(board.hash, hexlify(moved))).to.equal(false)
    // The same member again, at a place beyond the tree to which his path leads too.
    const all = board.members.reduce((sum, each) => sum + each.secret, 0n)
    const rest = (all + 2n * (ORDER - nth(board.members, 0).secret)) % ORDER
    const twice = await bls.sign(rest, wrapped, SIGNATURE_TAG)
    expect(await accepts(board.hash, blsFormTwice(board, twice, 8))).to.equal(false)
  })

  it('shows what leads from the absent to the root once, and nothing else', async () => {
    const { board, accepts, sign } = await deployBoard()
    // Places 0 and 1 are siblings, and share all above them; 0 and 3 share all but their lowest.
    expect(getBytes(await sign([0, 1]))).to.have.length(339 + 2 * 108 + 2 * 32)
    expect(getBytes(await sign([0, 3]))).to.have.length(339 + 2 * 108 + 3 * 32)
    const signed = await sign([0, 3])
    expect(await accepts(board.hash, signed)).to.equal(true)
    const nodes = dataSlice(signed, 339 + 2 * 108)
    const members = dataSlice(signed, 0, 339 + 2 * 108)
    const [first, second, third] = [0, 1, 2].map((i) => dataSlice(nodes, 32 * i, 32 * i + 32))
    const others: Record<string, readonly (Hex | undefined)[]> = {
      'one is missing': [first, second],
      'one is shown twice': [first, second, third, third],
      'they stand in another order': [second, first, third],
      'there are none': [],
    }
    for (const [what, shown] of Object.entries(others)) {
      const form = concat([members, ...shown.map((node) => node ?? '0x')])
      expect(await accepts(board.hash, form), what).to.equal(false)
    }
  })

  it('refuses a sum at infinity, which nobody would have to sign for', async () => {
    const { bls, keys, accepts, admit, check } = await deployBoard()
    const [a, b] = keys as [BlsKey, BlsKey]
    const opposite = await keyOf(bls, ORDER - a.secret)
    await admit([opposite])
    const three = [a, b, opposite].sort((x, y) => (x.id < y.id ? -1 : 1))
    const board = await blsBoardOf(bls, three, 2n)
    await check(board)
    const signature = `0x${'00'.repeat(192)}`
    expect(await accepts(board.hash, blsForm(board, signature, [three.indexOf(b)]))).to.equal(false)
    const nobody = blsForm(board, signature, [0, 1, 2])
    expect(await accepts(board.hash, nobody)).to.equal(false)
  })

  it('refuses an absent member whose key is no point, and does not revert', async () => {
    const { board, accepts } = await deployBoard()
    const noPoint = { ...nth(board.members, 0), key: `0x${'01'.repeat(96)}` }
    const invented = withTree({ ...board, members: [noPoint, ...board.members.slice(1)] })
    const form = blsForm(invented, `0x${'00'.repeat(192)}`, [0])
    expect(await accepts(invented.hash, form)).to.equal(false)
  })

  it('refuses changed, cut and extended bytes', async () => {
    const { board, accepts, sign } = await deployBoard()
    const signed = getBytes(await sign([0]))
    for (let place = 0; place < signed.length; place += 7) {
      const copy = signed.slice()
      copy[place] = (copy[place] ?? 0) ^ 1
      expect(await accepts(board.hash, hexlify(copy)), `byte ${place}`).to.equal(false)
    }
    for (const length of [1, 65, 338, 339, 340, signed.length - 32, signed.length - 1]) {
      expect(await accepts(board.hash, hexlify(signed.slice(0, length)))).to.equal(false)
    }
    expect(await accepts(board.hash, concat([hexlify(signed), '0x00']))).to.equal(false)
  })

  it('under a unanimous root signs only when nobody is absent', async () => {
    const { bls, domain, board, accepts } = await deployBoard()
    for (const unanimous of [true, false]) {
      const place = nth(placesOf([digest, id('other')], unanimous), 0)
      const root = rootDigest(domain, board.hash, place.root, unanimous)
      for (const absent of [[], [0]]) {
        const inner = await signBls(bls, domain, board.hash, root, board, absent)
        const expected = !unanimous || absent.length === 0
        expect(await accepts(board.hash, rootForm(place, inner))).to.equal(expected)
      }
    }
  })

  it('does not sign for another entity, provider or chain', async () => {
    const { bls, domain, board, accepts } = await deployBoard()
    const others: EntityDomain[] = [
      { ...domain, chainId: domain.chainId + 1n },
      { ...domain, provider: nth(walletsOf('other', 1), 0).address },
    ]
    for (const other of others) {
      const signature = await signBls(bls, other, board.hash, digest, board)
      expect(await accepts(board.hash, signature)).to.equal(false)
    }
    const signature = await signBls(bls, domain, id('another entity'), digest, board)
    expect(await accepts(board.hash, signature)).to.equal(false)
  })
})

describe('A mixed board', () => {
  it('counts a key, a registered BLS key and a board of BLS keys beside each other', async () => {
    const { bls, domain, board, accepts, provider, admit } = await deployBoard()
    const wallet = nth(walletsOf('mixed', 1), 0)
    const lone = nth(await keysOf(bls, 'lone', 1), 0)
    const members = [
      seat(wallet.address),
      { kind: memberKind.blsKey, id: lone.id, weight: 1n },
      { kind: memberKind.entity, id: board.hash, weight: 1n },
    ].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    const mixed = { threshold: 3n, members }
    const entity = hashBoard(mixed)
    const wrapped = entityDigest(domain, entity, digest)
    const slots = new Map([
      [memberKind.address as number, signEcdsa(wallet, wrapped)],
      [memberKind.blsKey, concat([lone.key, await bls.sign(lone.secret, wrapped, SIGNATURE_TAG)])],
      [memberKind.entity, await signBls(bls, domain, board.hash, wrapped, board, [0])],
    ])
    const signature = boardForm(
      mixed,
      7n,
      members.map(({ kind }) => slots.get(kind) ?? '0x'),
    )
    expect(await accepts(entity, signature)).to.equal(false)
    await admit([lone])
    expect(await provider.isKeyRegistered(lone.id)).to.equal(true)
    expect(await accepts(entity, signature)).to.equal(true)
    slots.set(memberKind.blsKey, concat([lone.key, await bls.sign(1n, wrapped, SIGNATURE_TAG)]))
    const forged = boardForm(
      mixed,
      7n,
      members.map(({ kind }) => slots.get(kind) ?? '0x'),
    )
    expect(await accepts(entity, forged)).to.equal(false)
    const [other] = await keysOf(bls, 'five', 1)
    const foreign = concat([
      other?.key ?? '0x',
      await bls.sign(other?.secret ?? 0n, wrapped, SIGNATURE_TAG),
    ])
    slots.set(memberKind.blsKey, foreign)
    const stolen = boardForm(
      mixed,
      7n,
      members.map(({ kind }) => slots.get(kind) ?? '0x'),
    )
    expect(await accepts(entity, stolen)).to.equal(false)
  })
})

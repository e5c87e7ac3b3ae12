/**
 * What shared/ computes, as examples that the contracts must agree with. `generate.ts` writes them to
 * the JSON files beside it; tests of both sides read those.
 *
 * Integers are decimal strings, bytes are hex, times are unix seconds.
 */
import { INT128_MAX, INT128_MIN, INT256_MAX, INT256_MIN, UINT256_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { encodeRatios, evaluateClause } from '@xln/shared/channel/clauses.ts'
import { split } from '@xln/shared/channel/delta.ts'
import { disputeNonce, disputeProofDigest, settlementDigest } from '@xln/shared/channel/digests.ts'
import { encodeProofBody, proofBodyHash, proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import type { Lock, Mutual, Offer } from '@xln/shared/channel/state.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { keccakHex } from '@xln/shared/crypto/keccak.ts'
import { type Batch, batchDigest, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { type ChainDomain, separatorsOf } from '@xln/shared/depository/domain.ts'
import { authorizationNonce, depositDigest, gateOf } from '@xln/shared/depository/gate.ts'
import { assetTokenId, erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import {
  channelKeyOf,
  hashBoard,
  isValidBoard,
  lazyEntityId,
  orderSides,
} from '@xln/shared/entity/board.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Address, Hash, Hashlock, Secret, TokenId } from '@xln/shared/ids.ts'
import { RATIO_MAX } from '@xln/shared/limits.ts'
import { boardOf, SIGNERS, type Signer } from '../shared/support/boards.ts'
import { decisionsUnder } from './decisions.ts'
import { signaturesUnder } from './signatures.ts'

/** The addresses that the first account of a development chain gives its first three contracts. */
export const DOMAIN: ChainDomain = {
  chainId: 31_337n,
  entityProvider: '0x5fbdb2315678afecb367f032d93f642f64180aa3' as Address,
  subcontractProvider: '0xe7f1725e7734ce288f8367e1bb143e90bb3f0512' as Address,
  depository: '0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0' as Address,
}

const text = (value: string) => new TextEncoder().encode(value)
const id = <Id>(name: string) => keccakHex(text(name)) as unknown as Id
const usd = erc20TokenId(`0x${'11'.repeat(20)}` as Address)
const dai = erc20TokenId(`0x${'22'.repeat(20)}` as Address)
const [alice, bob] = SIGNERS as [Signer, Signer]
const { left, right } = orderSides(lazyEntityId(alice.address), lazyEntityId(bob.address))
const channelKey = channelKeyOf(left, right)
/** Later than any clock of a development chain, so that tests can move theirs there. */
const NOW = 4_000_000_000

/** Plain JSON: integers beyond 2^53 as decimal strings, bytes as hex. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

function domainVectors() {
  return { ...DOMAIN, separators: separatorsOf(DOMAIN) }
}

function splitVectors() {
  const collaterals = [0n, 1n, 5n, (1n << 128n) - 1n, UINT256_MAX]
  const deltas = [INT256_MIN, INT128_MIN, -1n, 0n, 1n, 4n, 5n, 6n, INT128_MAX, INT256_MAX]
  return collaterals.flatMap((collateral) =>
    deltas.map((delta) => ({ collateral, delta, ...split(collateral, delta) })),
  )
}

const lock = (fromLeft: boolean, amount: bigint, token: TokenId, revealBy: number): Lock => ({
  id: { term: 0, height: 1, index: 0 },
  fromLeft,
  token,
  amount,
  hashlock: hashlockOf(id<Secret>(`secret ${amount}`)),
  revealBy,
})

const offer = (ownerIsLeft: boolean, giveAmount: bigint, wantAmount: bigint): Offer => ({
  id: { term: 0, height: 1, index: 1 },
  ownerIsLeft,
  giveToken: usd,
  giveAmount,
  wantToken: dai,
  wantAmount,
  minFill: 100,
  fillBy: NOW + 500,
})

function stateOf(changes: Partial<Mutual>): Mutual {
  return {
    left,
    right,
    chainId: DOMAIN.chainId,
    depository: DOMAIN.depository,
    cooperativeNonce: 1n,
    namedNonce: 1n,
    term: 0,
    height: 1,
    prevBlockHash: id<Hash>('block'),
    disputeWindow: 86_400,
    tokens: [etherTokenId, usd, dai].map((token, index) => ({
      token,
      offdelta: [0n, INT128_MIN, INT128_MAX][index] as bigint,
      leftCreditLimit: 0n,
      rightCreditLimit: 0n,
    })),
    locks: [],
    offers: [],
    ...changes,
  }
}

const states: readonly Mutual[] = [
  stateOf({ tokens: [] }),
  stateOf({}),
  stateOf({ locks: [lock(true, 5n, usd, NOW + 100)] }),
  stateOf({
    locks: [
      lock(true, 1n, etherTokenId, NOW + 100),
      lock(false, (1n << 118n) - 1n, dai, NOW + 300),
      lock(true, 7n, usd, NOW + 200),
    ],
    offers: [offer(true, 10n, 1n << 100n), offer(false, 3n, 4n)],
  }),
]

function proofBodyVectors() {
  return states.map((state) => {
    const body = proofBodyOf(state, DOMAIN.subcontractProvider)
    return { body, encoded: encodeProofBody(body), hash: proofBodyHash(body) }
  })
}

function disputeProofVectors() {
  const [, , , full] = states as [Mutual, Mutual, Mutual, Mutual]
  const places = [
    { cooperativeNonce: 0n, term: 0, height: 1, byLeft: false, disputeWindow: 600 },
    { cooperativeNonce: 3n, term: 0, height: 1, byLeft: true, disputeWindow: 86_400 },
    {
      cooperativeNonce: (1n << 64n) - 1n,
      term: 0xffff_ffff_ffff,
      height: 0x7fff_ffff_ffff,
      byLeft: true,
      disputeWindow: 0xffff_ffff,
    },
  ]
  return places.map(({ cooperativeNonce, term, height, byLeft, disputeWindow }) => {
    const proof = {
      channelKey,
      cooperativeNonce,
      disputeNonce: disputeNonce(term, height, byLeft),
      disputeWindow,
      proofBodyHash: proofBodyHash(proofBodyOf(full, DOMAIN.subcontractProvider)),
      blockHash: id<Hash>(`block ${height}`),
    }
    return { left, right, ...proof, digest: disputeProofDigest(DOMAIN, proof) }
  })
}

const diff = (token: TokenId, leftDiff: bigint, rightDiff: bigint) => ({
  token,
  leftDiff,
  rightDiff,
  collateralDiff: -leftDiff - rightDiff,
  ondeltaDiff: -leftDiff,
})

const settlements = [
  { diffs: [], forgiveness: [] },
  { diffs: [diff(usd, 5n, -7n)], forgiveness: [] },
  {
    diffs: [diff(etherTokenId, 1n, 2n), diff(usd, -(1n << 200n), 1n << 199n)],
    forgiveness: [
      { token: usd, leftOwes: false, index: 0n },
      { token: usd, leftOwes: true, index: UINT256_MAX },
    ],
  },
].map((moves, index) => ({
  channelKey,
  cooperativeNonce: BigInt(index),
  newNonce: BigInt(index + 1),
  deadline: NOW + 900,
  ...moves,
}))

function settlementVectors() {
  return settlements.map((terms) => ({ ...terms, digest: settlementDigest(DOMAIN, terms) }))
}

function fullBatch(): Batch {
  const [, , , full] = states as [Mutual, Mutual, Mutual, Mutual]
  const [, , settlement] = settlements as [object, object, (typeof settlements)[0]]
  const { channelKey: _, ...terms } = settlement
  const proof = {
    disputeNonce: disputeNonce(1, 2, true),
    disputeWindow: 600,
    proofBodyHash: id<Hash>('body'),
    blockHash: id<Hash>('block'),
  }
  const signature = new Uint8Array(65).fill(0xab)
  return {
    atomic: true,
    withdrawals: [{ token: usd, to: alice.address, amount: UINT256_MAX }],
    transfers: [{ token: etherTokenId, to: right, amount: 1n }],
    fundings: [
      { token: usd, receiver: left, topUps: [{ peer: right, amount: 2n }] },
      { token: dai, receiver: right, topUps: [] },
    ],
    settlements: [{ peer: right, ...terms, peerSignature: signature }],
    starts: [{ peer: right, cooperativeNonce: 1n, proof, peerSignature: signature }],
    counters: [
      {
        left,
        right,
        cooperativeNonce: 1n,
        proof,
        leftSignature: signature,
        rightSignature: new Uint8Array(3),
      },
    ],
    arguments: [
      {
        peer: right,
        proofBodyHash: id<Hash>('body'),
        data: encodeRatios([1, RATIO_MAX]),
        tokens: [usd, dai],
      },
    ],
    finalises: [
      {
        left,
        right,
        body: proofBodyOf(full, DOMAIN.subcontractProvider),
        leftArguments: new Uint8Array(0),
        rightArguments: encodeRatios([7]),
        leftTokens: [],
        rightTokens: [usd],
      },
    ],
    secrets: [id<Secret>('a'), id<Secret>('b')],
  }
}

function batchVectors() {
  return [EMPTY_BATCH, fullBatch()].map((batch, index) => {
    const encoded = encodeBatch(batch)
    const nonce = [0n, (1n << 64n) - 1n][index] as bigint
    const digest = batchDigest(DOMAIN, left, encoded, nonce, NOW)
    return { entity: left, batch, encoded, nonce, validUntil: NOW, digest }
  })
}

function boardVectors() {
  const boards = [
    boardOf(1n, [1n]),
    boardOf(3n, [1n, 2n, 2n]),
    boardOf(9n, [1n, 2n]),
    boardOf(0n, [1n]),
  ]
  return {
    soleEntities: SIGNERS.map(({ address }) => ({ address, entity: lazyEntityId(address) })),
    boards: boards.map((board) => ({ board, hash: hashBoard(board), valid: isValidBoard(board) })),
  }
}

function signatureVectors() {
  return signaturesUnder(DOMAIN).map(({ name, entity, digest, signature }) => ({
    name,
    entity,
    digest,
    signature,
    valid: verifyEntitySignature(DOMAIN, entity, digest, signature),
  }))
}

/** Facts in the order of time, and after all of them clauses to be judged. */
function clauseVectors() {
  const reveals = [1, 2, 3].map((number) => ({
    secret: id<Secret>(`secret ${number}`),
    revealedAt: NOW + 10 * number,
  }))
  const revealedAt = (hashlock: Hashlock) =>
    reveals.find(({ secret }) => hashlockOf(secret) === hashlock)?.revealedAt ?? 0
  const none = { data: new Uint8Array(0), committedAt: 0 }
  const given = (ratios: readonly number[], committedAt: number) => ({
    data: encodeRatios(ratios),
    committedAt,
  })
  const offers = [
    offer(true, 1_000n, 7n),
    offer(false, 999n, 5n),
    offer(true, (1n << 118n) - 1n, 1n),
  ]
  const locks = [
    lock(true, 1n, usd, NOW + 10),
    lock(true, 2n, usd, NOW + 19),
    lock(false, 3n, dai, NOW + 31),
    lock(false, 4n, etherTokenId, NOW + 99),
    lock(false, 5n, etherTokenId, NOW + 101),
  ]
  const half = 0x8000_0000
  const cases = [
    { locks, offers: [], left: none, right: none },
    { locks: [], offers, left: none, right: none },
    {
      locks: [],
      offers,
      left: given([RATIO_MAX], NOW + 500),
      right: given([half, RATIO_MAX], NOW),
    },
    { locks: [], offers, left: given([99], NOW), right: given([100, 1], NOW + 501) },
    { locks, offers, left: given([half], NOW), right: given([], NOW) },
    { locks, offers: [], left: none, right: none, change: { at: 0, byte: 1 } },
    { locks, offers: [], left: none, right: none, change: { at: 96 + 31, byte: 3 } },
    { locks, offers: [], left: none, right: none, change: { at: 96 + 32, byte: 1 } },
    { locks, offers, left: none, right: none, change: { at: -7 * 32, byte: 1 } },
    { locks, offers, left: none, right: none, change: { at: -32, byte: 1 } },
  ]
  const now = NOW + 100
  const evaluations = cases.map(
    ({ locks: held, offers: open, left: byLeft, right: byRight, change }) => {
      const { offdeltas, clauses } = proofBodyOf(
        stateOf({ locks: held, offers: open }),
        DOMAIN.subcontractProvider,
      )
      const batch = (clauses[0]?.batch ?? new Uint8Array(0)).slice()
      if (change !== undefined) batch[(change.at + batch.length) % batch.length] = change.byte
      const answer = evaluateClause(offdeltas, batch, {
        now,
        revealedAt,
        defaultedAt: () => 0,
        left: byLeft,
        right: byRight,
      })
      return { deltas: offdeltas, batch, left: byLeft, right: byRight, answer: answer ?? null }
    },
  )
  return { reveals, now, evaluations }
}

/** The contents of every file, by name. */
const collections = ['00', '11', 'ff'].map((byte) => `0x${byte.repeat(20)}` as Address)

/** Numbers of collections with their names, signed deposits, and the nonces of authorizations. */
function gateVectors() {
  const assets = collections.flatMap((collection) =>
    ([2, 3] as const).flatMap((kind) =>
      [0n, 1n, UINT256_MAX].map((number) => {
        const token = assetTokenId(kind === 2 ? 'erc721' : 'erc1155', collection, number)
        return { kind, collection, number, token }
      }),
    ),
  )
  const terms = [
    { entity: left, token: usd, amount: 1n, nonce: 0n, deadline: NOW },
    { entity: right, token: dai, amount: UINT256_MAX, nonce: UINT256_MAX, deadline: 0 },
  ]
  const owner = { owner: alice.address }
  return {
    gate: gateOf(DOMAIN.depository),
    assets,
    deposits: terms.map((item) => ({ ...owner, ...item, digest: depositDigest(DOMAIN, item) })),
    authorizations: [left, right].map((entity) => {
      const salt = id<Hash>(`salt of ${entity}`)
      return { entity, salt, nonce: authorizationNonce(entity, salt) }
    }),
  }
}

export function makeVectors(): Readonly<Record<string, unknown>> {
  const all = {
    domain: domainVectors(),
    split: splitVectors(),
    proofBody: proofBodyVectors(),
    disputeProof: disputeProofVectors(),
    settlement: settlementVectors(),
    gate: gateVectors(),
    batch: batchVectors(),
    board: boardVectors(),
    signature: signatureVectors(),
    clause: clauseVectors(),
    decision: decisionsUnder(DOMAIN, NOW + 1_000),
  }
  return plain(all) as Readonly<Record<string, unknown>>
}

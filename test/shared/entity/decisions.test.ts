import { UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import {
  type Articles,
  articlesDigest,
  boardReplacementDigest,
  nameClaimDigest,
  nameTransferDigest,
} from '@xln/shared/entity/decisions.ts'
import { potOf, shareIdsOf } from '@xln/shared/entity/shares.ts'
import type { EntityId, Hash, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { encodeAbiParameters, hashTypedData, keccak256, parseAbiParameters } from 'viem'
import { address, DOMAIN, hex, time } from '../support/arbitraries.ts'

// viem hashes typed data by its own reading of EIP-712, from the types as the interfaces state them.
const domain = {
  name: 'XLN EntityProvider',
  version: '1',
  chainId: DOMAIN.chainId,
  verifyingContract: DOMAIN.entityProvider,
} as const
const field = (name: string, type: string) => ({ name, type })
const uint64 = fc.oneof(fc.bigInt(0n, 6n), fc.constant(UINT64_MAX))
const runs = { numRuns: 30 }

const words = fc.record({
  entity: hex<EntityId>(32),
  name: hex<Hash>(32),
  to: hex<EntityId>(32),
  nonce: uint64,
})

function expectDigest(
  digest: Uint8Array,
  primaryType: string,
  types: Record<string, { name: string; type: string }[]>,
  message: Record<string, unknown>,
): void {
  expect(bytesToHex(digest)).to.equal(hashTypedData({ domain, types, primaryType, message }))
}

describe('decisions of registered entities', () => {
  it('to replace the board are EIP-712', () => {
    const fields = [field('entityId', 'bytes32'), field('boardHash', 'bytes32')]
    const types = { BoardReplacement: [...fields, field('nonce', 'uint64')] }
    fc.assert(
      fc.property(words, ({ entity, name: boardHash, nonce }) => {
        const digest = boardReplacementDigest(DOMAIN, { entity, boardHash, nonce })
        expectDigest(digest, 'BoardReplacement', types, { entityId: entity, boardHash, nonce })
      }),
      runs,
    )
  })

  it('to claim a name, and to give it away, are EIP-712', () => {
    const fields = [field('entityId', 'bytes32'), field('name', 'bytes32')]
    const claim = { NameClaim: [...fields, field('nonce', 'uint64')] }
    const transfer = {
      NameTransfer: [...fields, field('to', 'bytes32'), field('nonce', 'uint64')],
    }
    fc.assert(
      fc.property(words, (item) => {
        const message = { ...item, entityId: item.entity }
        expectDigest(nameClaimDigest(DOMAIN, item), 'NameClaim', claim, message)
        expectDigest(nameTransferDigest(DOMAIN, item), 'NameTransfer', transfer, message)
      }),
      runs,
    )
  })

  it('to issue shares are EIP-712 with an array of structs', () => {
    const types = {
      Articles: [
        field('entityId', 'bytes32'),
        field('delay', 'uint64'),
        field('allotments', 'Allotment[]'),
        field('validUntil', 'uint64'),
      ],
      Allotment: [field('to', 'address'), field('control', 'uint64'), field('dividend', 'uint64')],
    }
    const articles: fc.Arbitrary<Articles> = fc.record({
      entity: hex<EntityId>(32),
      delay: fc.nat(90 * 86_400),
      allotments: fc.array(fc.record({ to: address, control: uint64, dividend: uint64 }), {
        maxLength: 3,
      }),
      validUntil: time,
    })
    fc.assert(
      fc.property(articles, (item) => {
        const { entity, delay, allotments, validUntil } = item
        const message = { entityId: entity, delay: BigInt(delay), allotments, validUntil }
        expectDigest(articlesDigest(DOMAIN, item), 'Articles', types, message)
      }),
      runs,
    )
  })
})

describe('shares of a registered entity', () => {
  const numbered = (number: bigint) => `0x${number.toString(16).padStart(64, '0')}` as EntityId
  const number = fc.oneof(fc.bigInt(1n, 9n), fc.constant(UINT64_MAX), fc.bigInt(1n, UINT64_MAX))
  const board = parseAbiParameters([
    'uint8 kind, Board board',
    'struct Board { uint64 threshold; Member[] members; }',
    'struct Member { uint8 kind; bytes32 id; uint64 weight; }',
  ])

  it('are the tokens 2 · number and 2 · number + 1', () => {
    fc.assert(
      fc.property(number, (entity) => {
        const ids = { control: 2n * entity, dividend: 2n * entity + 1n }
        expect(shareIdsOf(numbered(entity))).to.deep.equal(ids)
      }),
    )
  })

  it('earn in the pot, whose board is the Shares contract with the number of the entity', () => {
    fc.assert(
      fc.property(number, address, (entity, shares) => {
        const id = `0x${'00'.repeat(12)}${shares.slice(2)}` as Hex
        const members = [{ kind: 3, id, weight: entity }]
        const encoded = encodeAbiParameters(board, [1, { threshold: entity, members }])
        expect(potOf(shares, numbered(entity))).to.equal(keccak256(encoded))
      }),
    )
  })

  it('are none of a lazy entity, nor of the number 0, which nobody has', () => {
    fc.assert(
      fc.property(hex<EntityId>(32), address, (entity, shares) => {
        fc.pre(BigInt(entity) > UINT64_MAX)
        expect([shareIdsOf(entity), potOf(shares, entity)]).to.deep.equal([undefined, undefined])
      }),
    )
    const nobody = numbered(0n)
    expect(shareIdsOf(nobody)).to.equal(undefined)
    expect(potOf(DOMAIN.entityProvider, nobody)).to.equal(undefined)
  })
})

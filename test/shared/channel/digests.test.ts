import { INT256_MAX, UINT64_MAX } from '@xln/shared/amounts.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import {
  type DisputeProof,
  disputeNonce,
  disputeProofDigest,
  type SettlementTerms,
  settlementDigest,
} from '@xln/shared/channel/digests.ts'
import { batchDigest } from '@xln/shared/depository/batch.ts'
import { entitySignatureDigest, signedRootDigest } from '@xln/shared/entity/signature.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { HEIGHT_MAX, TIME_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { bytes, DOMAIN, hex, time, token } from '../support/arbitraries.ts'

// viem hashes typed data by its own reading of EIP-712, from the types as IDepository states them.
const field = (name: string, type: string) => ({ name, type })
const uint64 = fc.oneof(fc.bigInt(0n, 6n), fc.constant(UINT64_MAX))
const int256 = fc.oneof(fc.bigInt(-6n, 6n), fc.constantFrom(INT256_MAX, -INT256_MAX - 1n))

const depository = {
  name: 'XLN Depository',
  version: '1',
  chainId: DOMAIN.chainId,
  verifyingContract: DOMAIN.depository,
} as const
const entityProvider = {
  ...depository,
  name: 'XLN EntityProvider',
  verifyingContract: DOMAIN.entityProvider,
}

const proof: fc.Arbitrary<DisputeProof> = fc.record({
  channelKey: hex(32),
  cooperativeNonce: uint64,
  disputeNonce: fc.bigInt(0n, (1n << 96n) - 1n),
  disputeWindow: fc.nat(0xffff_ffff),
  proofBodyHash: hex(32),
  blockHash: hex(32),
})

const settlement: fc.Arbitrary<SettlementTerms> = fc.record({
  channelKey: hex(32),
  cooperativeNonce: uint64,
  newNonce: uint64,
  deadline: time,
  diffs: fc.array(
    fc.record({
      token,
      leftDiff: int256,
      rightDiff: int256,
      collateralDiff: int256,
      ondeltaDiff: int256,
    }),
    { maxLength: 3 },
  ),
  forgiveness: fc.array(
    fc.record({ token, leftOwes: fc.boolean(), index: fc.oneof(uint64, fc.constant(1n << 255n)) }),
    { maxLength: 3 },
  ),
})

describe('digests', () => {
  it('of dispute proofs are EIP-712', () => {
    const types = {
      DisputeProof: [
        field('channelKey', 'bytes32'),
        field('cooperativeNonce', 'uint64'),
        field('disputeNonce', 'uint96'),
        field('disputeWindow', 'uint32'),
        field('proofBodyHash', 'bytes32'),
        field('blockHash', 'bytes32'),
      ],
    }
    fc.assert(
      fc.property(proof, (message) => {
        const expected = hashTypedData({
          domain: depository,
          types,
          primaryType: 'DisputeProof',
          message: { ...message },
        })
        expect(bytesToHex(disputeProofDigest(DOMAIN, message))).to.equal(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('of settlements are EIP-712 with arrays of structs', () => {
    const types = {
      Settlement: [
        field('channelKey', 'bytes32'),
        field('cooperativeNonce', 'uint64'),
        field('newNonce', 'uint64'),
        field('deadline', 'uint64'),
        field('diffs', 'TokenDiff[]'),
        field('forgiveness', 'Forgiveness[]'),
      ],
      TokenDiff: [
        field('token', 'bytes32'),
        field('leftDiff', 'int256'),
        field('rightDiff', 'int256'),
        field('collateralDiff', 'int256'),
        field('ondeltaDiff', 'int256'),
      ],
      Forgiveness: [
        field('token', 'bytes32'),
        field('leftOwes', 'bool'),
        field('index', 'uint256'),
      ],
    }
    fc.assert(
      fc.property(settlement, (message) => {
        const expected = hashTypedData({
          domain: depository,
          types,
          primaryType: 'Settlement',
          message: { ...message },
        })
        expect(bytesToHex(settlementDigest(DOMAIN, message))).to.equal(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('of batches are EIP-712 over the bytes', () => {
    const types = {
      Batch: [
        field('entity', 'bytes32'),
        field('batch', 'bytes'),
        field('nonce', 'uint64'),
        field('validUntil', 'uint64'),
      ],
    }
    fc.assert(
      fc.property(
        hex<EntityId>(32),
        bytes(100),
        uint64,
        time,
        (entity, batch, nonce, validUntil) => {
          const expected = hashTypedData({
            domain: depository,
            types,
            primaryType: 'Batch',
            message: { entity, batch: bytesToHex(batch), nonce, validUntil: BigInt(validUntil) },
          })
          expect(bytesToHex(batchDigest(DOMAIN, entity, batch, nonce, validUntil))).to.equal(
            expected,
          )
        },
      ),
      { numRuns: 30 },
    )
  })

  it('of entities and roots are EIP-712 under the EntityProvider', () => {
    const types = {
      EntitySignature: [field('entityId', 'bytes32'), field('digest', 'bytes32')],
      SignedRoot: [
        field('entityId', 'bytes32'),
        field('root', 'bytes32'),
        field('unanimous', 'bool'),
      ],
    }
    fc.assert(
      fc.property(hex<EntityId>(32), bytes(32, 32), fc.boolean(), (entityId, hash, unanimous) => {
        const digest = bytesToHex(hash)
        const signed = hashTypedData({
          domain: entityProvider,
          types,
          primaryType: 'EntitySignature',
          message: { entityId, digest },
        })
        expect(bytesToHex(entitySignatureDigest(DOMAIN, entityId, hash))).to.equal(signed)
        const root = hashTypedData({
          domain: entityProvider,
          types,
          primaryType: 'SignedRoot',
          message: { entityId, root: digest, unanimous },
        })
        expect(bytesToHex(signedRootDigest(DOMAIN, entityId, hash, unanimous))).to.equal(root)
      }),
      { numRuns: 30 },
    )
  })

  it('differ between chains and contracts', () => {
    const [message] = fc.sample(proof, 1) as [DisputeProof]
    const domains = [
      DOMAIN,
      { ...DOMAIN, chainId: 1n },
      { ...DOMAIN, depository: DOMAIN.entityProvider },
    ]
    const digests = domains.map((domain) => bytesToHex(disputeProofDigest(domain, message)))
    expect(new Set(digests).size).to.equal(3)
  })

  it('order proofs by term, then height, then left before right', () => {
    const nonces = [
      disputeNonce(0, 1, false),
      disputeNonce(0, 1, true),
      disputeNonce(0, 2, false),
      disputeNonce(0, HEIGHT_MAX, true),
      disputeNonce(1, 1, false),
      disputeNonce(TIME_MAX, HEIGHT_MAX, true),
    ]
    expect([...nonces].sort((a, b) => (a < b ? -1 : 1))).to.deep.equal(nonces)
    expect(nonces[1]).to.equal(3n)
    expect(nonces[4]).to.equal((1n << 48n) + 2n)
    expect(nonces[5]).to.equal((1n << 96n) - 1n)
  })
})

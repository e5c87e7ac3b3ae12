/** What registered entities decide at their EntityProvider and its Shares, signed, under one domain. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import {
  articlesDigest,
  boardReplacementDigest,
  nameClaimDigest,
  nameTransferDigest,
} from '@xln/shared/entity/decisions.ts'
import { hashBoard, soleBoard } from '@xln/shared/entity/board.ts'
import { potOf, shareIdsOf } from '@xln/shared/entity/shares.ts'
import type { Address, EntityId, Hash } from '@xln/shared/ids.ts'
import { SIGNERS, type Signer } from '../shared/support/boards.ts'

/** What the first account's first contract, the EntityProvider, creates. */
export const SHARES = '0xa16e02e87b7454126e5e10d957a927a7f5b5d2be' as Address

const numbered = (number: bigint) => `0x${number.toString(16).padStart(64, '0')}` as EntityId
const named = (name: string) =>
  bytesToHex(Uint8Array.from({ length: 32 }, (_, at) => name.charCodeAt(at) || 0)) as Hash

/**
 * Decisions of the first two registered entities, whose boards are the first signer and the second, in an
 * order in which the contracts take them; and the shares and pots of some.
 */
export function decisionsUnder(domain: ChainDomain, later: number) {
  const [alice, bob] = SIGNERS as [Signer, Signer]
  const [first, second] = [numbered(1n), numbered(2n)]
  const by = ({ key }: Signer, digest: Uint8Array) => ({ digest, signature: signDigest(digest, key) })

  const claim = { entity: first, name: named('acme'), nonce: 0n }
  const long = { entity: second, name: named('abcdefghijklmnopqrstuvwxyz-01234'), nonce: 0n }
  const transfer = { entity: first, name: claim.name, to: second, nonce: 1n }
  const replacement = { entity: first, boardHash: hashBoard(soleBoard(bob.address)), nonce: 2n }
  const most = (1n << 64n) - 1n
  const many = [
    { to: alice.address, control: 60n, dividend: 0n },
    { to: bob.address, control: 40n, dividend: most },
  ]
  const one = [{ to: bob.address, control: most, dividend: 1n }]
  const articles = [
    { entity: first, delay: 4 * 86_400, allotments: many, validUntil: later },
    { entity: second, delay: 90 * 86_400, allotments: one, validUntil: later + 1 },
  ]
  const [ofFirst, ofSecond] = articles as [(typeof articles)[0], (typeof articles)[0]]
  return {
    shares: SHARES,
    boards: [alice, bob].map(({ address }) => soleBoard(address)),
    claims: [
      { ...claim, ...by(alice, nameClaimDigest(domain, claim)) },
      { ...long, ...by(bob, nameClaimDigest(domain, long)) },
    ],
    transfers: [{ ...transfer, ...by(alice, nameTransferDigest(domain, transfer)) }],
    replacements: [{ ...replacement, ...by(alice, boardReplacementDigest(domain, replacement)) }],
    articles: [
      { ...ofFirst, ...by(alice, articlesDigest(domain, ofFirst)) },
      { ...ofSecond, ...by(bob, articlesDigest(domain, ofSecond)) },
    ],
    pots: [first, second].map((entity) => ({
      entity,
      ...shareIdsOf(entity),
      pot: potOf(SHARES, entity),
    })),
  }
}

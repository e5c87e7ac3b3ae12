/** What registered entities decide, and what anybody shows of boards and keys. */
import { bytesToHex, concatBytes, writeNumber } from '@xln/shared/bytes.ts'
import { proveBlsPossession } from '@xln/shared/crypto/bls.ts'
import { lazyEntityId, numberedEntity } from '@xln/shared/entity/board.ts'
import {
  boardReplacementDigest,
  nameClaimDigest,
  nameTransferDigest,
} from '@xln/shared/entity/decisions.ts'
import { encodeName } from '@xln/shared/entity/name.ts'
import { type Address, type EntityId, type Hash, ZERO_HASH } from '@xln/shared/ids.ts'
import { ACCOUNTS, BLS_KEY, BLS_SECRET, BOARDS, signAs, signWrongly } from './cast.ts'
import type { Knowledge } from './knowledge.ts'

/** A call by its name; whoever pleases sends it if nobody is named. */
export interface NamedCall {
  readonly from?: Address
  readonly name: string
  readonly args: readonly unknown[]
}

/** One, perhaps two that are registered, and one that never is. */
export const NUMBERED = [1n, 1n, 1n, 2n, 3n, 99n].map(numberedEntity)
const NAMES = [
  ...['abc', 'hub-1', 'a'.repeat(32), 'ab', '-ab', 'ab-', 'Abc'].map(nameBytes),
  `0x${'61'.repeat(3)}00${'61'.repeat(1)}${'00'.repeat(27)}` as Hash,
]

/** As {@link encodeName} does, for whatever letters. */
function nameBytes(name: string): Hash {
  const digits = bytesToHex(new TextEncoder().encode(name)).slice(2)
  return encodeName(name) ?? (`0x${digits.padEnd(64, '0')}` as Hash)
}

export function drawRegistryCall(known: Knowledge): NamedCall {
  const { random } = known
  const entity = random.pick(NUMBERED)
  switch (random.between(0, 9)) {
    case 0:
      return random.pick([drawKey, drawBlsBoard, drawRegistration])(known)
    case 1:
    case 2:
      return { name: 'checkBoard', args: [random.pick([...BOARDS.values()])] }
    case 3:
    case 4:
      return { name: 'activateBoard', args: [entity] }
    case 5:
      return decided(known, 'claimName', entity, [random.pick(NAMES)])
    case 6:
      return decided(known, 'transferName', entity, [random.pick(NAMES), random.pick(NUMBERED)])
    default:
      return decided(known, 'replaceBoard', entity, [drawBoardHash(known)])
  }
}

function drawKey({ random }: Knowledge): NamedCall {
  const proof = proveBlsPossession(BLS_SECRET)
  const shown = random.pick([proof, proof, proof, proof.slice(1), proof.map((byte) => byte ^ 1)])
  return { name: 'registerKey', args: [BLS_KEY, shown] }
}

function drawBlsBoard({ random }: Knowledge): NamedCall {
  const member = new Uint8Array(104)
  member.set(BLS_KEY)
  writeNumber(member, 96, 8, random.between(0, 2))
  const members = random.pick([member, member, concatBytes(member, member), member.slice(1)])
  return { name: 'checkKeys', args: [random.between(0, 2), members] }
}

function drawRegistration(known: Knowledge): NamedCall {
  return { name: 'registerChecked', args: [drawBoardHash(known)] }
}

export function drawBoardHash({ random }: Knowledge): Hash {
  const [...boards] = BOARDS.keys()
  return random.chance(0.1)
    ? random.pick([ZERO_HASH, ZERO_HASH.replace('0x00', '0x55') as Hash])
    : random.pick(boards)
}

/** Signed as it should be, nearly so, or called by an address that may be the board. */
function decided(
  known: Knowledge,
  name: keyof typeof digests,
  entity: EntityId,
  fields: readonly (Hash | EntityId)[],
): NamedCall {
  const { random, domain } = known
  const signer = random.chance(0.05) ? lazyEntityId(ACCOUNTS[0] as Address) : entity
  const [{ nonce: next }] = known.askProvider('tenureOf', entity)
  const nonce = random.chance(0.05) ? next + 1n : next
  const digest = digests[name](known, entity, fields, nonce)
  const sign = random.chance(0.08) ? signWrongly : signAs
  const isDirect = random.chance(0.15)
  const signature = isDirect
    ? '0x'
    : bytesToHex(sign(random, domain, known.inOffice(signer), digest))
  const args = [signer, ...fields, nonce, signature]
  const [member] = known.inOffice(entity).board.members
  const from = isDirect ? (`0x${member?.id.slice(26)}` as Address) : undefined
  return from !== undefined && ACCOUNTS.includes(from) ? { from, name, args } : { name, args }
}

type Digest = (
  known: Knowledge,
  entity: EntityId,
  fields: readonly (Hash | EntityId)[],
  nonce: bigint,
) => Uint8Array

const digests = {
  replaceBoard: ({ domain }, entity, [boardHash], nonce) => {
    return boardReplacementDigest(domain, { entity, boardHash: boardHash as Hash, nonce })
  },
  claimName: ({ domain }, entity, [name], nonce) => {
    return nameClaimDigest(domain, { entity, name: name as Hash, nonce })
  },
  transferName: ({ domain }, entity, [name, to], nonce) => {
    const gift = { entity, name: name as Hash, to: to as EntityId, nonce }
    return nameTransferDigest(domain, gift)
  },
} satisfies Record<string, Digest>

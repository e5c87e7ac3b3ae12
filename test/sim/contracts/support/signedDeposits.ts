/** Deposits that owners have signed and others bring: right, late, used, or for somebody else. */
import { depositoryAbi, gateAbi, tokenAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { authorizationDigest, permitDigest } from '@xln/node/sim/contracts/permits.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { authorizationNonce, depositDigest, gateOf } from '@xln/shared/depository/gate.ts'
import type { Address, Hash, TokenId } from '@xln/shared/ids.ts'
import { type Interface, toBeHex } from 'ethers'
import { SIGNERS, type Signer } from '../../../shared/support/boards.ts'
import { ACCOUNTS, ENTITIES } from './cast.ts'
import type { Knowledge } from './knowledge.ts'

/** A call by its name, to whom and from whom. */
export interface AddressedCall {
  readonly from: Address
  readonly to: Address
  readonly abi: Interface
  readonly name: string
  readonly args: readonly unknown[]
}

export function drawSignedDeposit(known: Knowledge): AddressedCall {
  const { random } = known
  const owner = random.pick(SIGNERS)
  return random.pick([drawDeposit, drawDeposit, drawAuthorization, drawPermitAlone, drawTaking])(
    known,
    owner,
  )
}

/** Another's key now and then. */
function signedBy({ random }: Knowledge, owner: Signer, digest: Uint8Array): Uint8Array {
  return signDigest(digest, (random.chance(0.08) ? random.pick(SIGNERS) : owner).key)
}

function partsOf(signature: Uint8Array) {
  const [r, s] = [bytesToHex(signature.subarray(0, 32)), bytesToHex(signature.subarray(32, 64))]
  return { v: signature[64] as number, r, s }
}

const NO_PARTS = { v: 0, r: toBeHex(0, 32), s: toBeHex(0, 32) }

function drawBasics({ random, tokens }: Knowledge, { address }: Signer) {
  const token = random.chance(0.95) ? (tokens[1] as TokenId) : random.pick(tokens)
  const entity = random.pick(ENTITIES).id
  return { owner: address, entity, token, amount: BigInt(random.between(0, 5)) }
}

function drawDeposit(known: Knowledge, owner: Signer): AddressedCall {
  const { random, domain, now } = known
  const gate = gateOf(domain.depository)
  const basics = drawBasics(known, owner)
  const [next] = known.askAt(gate, gateAbi, 'depositNonceOf', owner.address) ?? []
  const item = {
    ...basics,
    nonce: random.chance(0.95) ? next : next + 1n,
    deadline: now + random.pick([-1, 0, 0, 50]),
  }
  const signature = signedBy(known, owner, depositDigest(domain, item))
  // Whoever relays it would rather have it himself.
  const shown = random.chance(0.06) ? { ...item, entity: random.pick(ENTITIES).id } : item
  const permit = random.chance(0.5)
    ? { amount: 0n, deadline: 0n, ...NO_PARTS }
    : drawPermit(known, owner, domain.depository)
  const bytes = random.chance(0.96) ? signature : signature.slice(1)
  const args = [shown, permit, bytes]
  return { from: random.pick(ACCOUNTS), to: gate, abi: gateAbi, name: 'depositWithPermit', args }
}

function drawPermit(known: Knowledge, owner: Signer, spender: Address) {
  const { random, domain, token, now } = known
  const amount = BigInt(random.between(0, 30))
  const deadline = BigInt(now + random.pick([-1, 0, 50, 50]))
  const [nonce] = known.askAt(token, tokenAbi, 'nonces', owner.address) ?? []
  const permit = { owner: owner.address, spender, amount, deadline }
  const digest = permitDigest(domain, token, permit, nonce)
  return { amount, deadline, ...partsOf(signedBy(known, owner, digest)) }
}

/** Shown to the token itself: what somebody who sees a deposit coming can do before it. */
function drawPermitAlone(known: Knowledge, owner: Signer): AddressedCall {
  const { random, domain, token } = known
  const spender = random.pick([domain.depository, domain.depository, ACCOUNTS[0] as Address])
  const { amount, deadline, v, r, s } = drawPermit(known, owner, spender)
  const args = [owner.address, spender, amount, deadline, v, r, s]
  return { from: random.pick(ACCOUNTS), to: token, abi: tokenAbi, name: 'permit', args }
}

function drawAuthorization(known: Knowledge, owner: Signer): AddressedCall {
  const { random, domain, token } = known
  const basics = drawBasics(known, owner)
  const salt = toBeHex(random.between(0, 9), 32) as Hash
  const nonce = authorizationNonce(basics.entity, salt)
  const times = drawTimes(known)
  const transfer = { from: owner.address, to: domain.depository, amount: basics.amount }
  const digest = authorizationDigest(domain, token, { ...transfer, ...times, nonce })
  const entity = random.chance(0.06) ? random.pick(ENTITIES).id : basics.entity
  const item = { ...basics, entity, ...times, salt, ...partsOf(signedBy(known, owner, digest)) }
  const to = gateOf(domain.depository)
  return {
    from: random.pick(ACCOUNTS),
    to,
    abi: gateAbi,
    name: 'depositWithAuthorization',
    args: [item],
  }
}

function drawTimes({ random, now }: Knowledge) {
  return {
    validAfter: BigInt(now + random.pick([-10, -1, -1, 0])),
    validBefore: BigInt(now + random.pick([0, 1, 50, 50])),
  }
}

/** Taken by whom it is for, who is an account; or said to the Depository, which listens to the Gate alone. */
function drawTaking(known: Knowledge, owner: Signer): AddressedCall {
  const { random, domain, token, tokens } = known
  const from = random.pick(ACCOUNTS)
  if (random.chance(0.3)) {
    const [name, args] = random.pick([
      ['beginArrival', []],
      ['endArrival', [ENTITIES[0]?.id, tokens[1], 1n]],
      ['bring', [ENTITIES[0]?.id, tokens[1], 1n, '0x']],
    ] as const)
    return { from, to: domain.depository, abi: depositoryAbi, name, args }
  }
  const [nonce, times] = [toBeHex(random.between(0, 9), 32) as Hash, drawTimes(known)]
  const to = random.chance(0.9) ? from : (ACCOUNTS[0] as Address)
  const terms = { from: owner.address, to, amount: BigInt(random.between(0, 4)), ...times, nonce }
  const { v, r, s } = partsOf(signedBy(known, owner, authorizationDigest(domain, token, terms)))
  const args = [...Object.values(terms), v, r, s]
  return { from, to: token, abi: tokenAbi, name: 'receiveWithAuthorization', args }
}

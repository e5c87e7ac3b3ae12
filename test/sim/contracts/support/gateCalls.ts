/** Collectibles on their way in, and deposits that others bring. */
import { erc721Abi, erc1155Abi, gateAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { ZeroHash } from 'ethers'
import { ACCOUNTS, ENTITIES } from './cast.ts'
import type { Knowledge } from './knowledge.ts'
import { type AddressedCall, drawSignedDeposit } from './signedDeposits.ts'

const IDS = [1n, 1n, 2n, 3n]

export function drawGateCall(known: Knowledge): AddressedCall {
  const { random } = known
  return random.pick([
    ...[drawMint, drawMint, drawApproval, drawPull, drawPull, drawPull, drawSend, drawSend],
    ...[drawSignedDeposit, drawSignedDeposit, drawSignedDeposit, drawForged],
  ])(known)
}

/** The owner of an ERC-721, if it is an account; else anybody. */
function ownerOf(known: Knowledge, id: bigint): Address {
  const [owner] = known.askAt(known.erc721, erc721Abi, 'ownerOf', id) ?? []
  const lower = String(owner).toLowerCase() as Address
  return ACCOUNTS.includes(lower) ? lower : known.random.pick(ACCOUNTS)
}

function drawMint({ random, erc721, erc1155 }: Knowledge): AddressedCall {
  const [from, to, id] = [random.pick(ACCOUNTS), random.pick(ACCOUNTS), random.pick(IDS)]
  const amount = random.chance(0.05) ? (1n << 256n) - 1n : BigInt(random.between(0, 6))
  return random.chance(0.4)
    ? { from, to: erc721, abi: erc721Abi, name: 'mint', args: [to, id] }
    : { from, to: erc1155, abi: erc1155Abi, name: 'mint', args: [to, id, amount] }
}

function drawApproval({ random, domain, erc721, erc1155 }: Knowledge): AddressedCall {
  const operator = random.chance(0.9) ? gateOf(domain.depository) : random.pick(ACCOUNTS)
  const args = [operator, random.chance(0.85)]
  const to = random.pick([erc721, erc1155])
  return { from: random.pick(ACCOUNTS), to, abi: erc721Abi, name: 'setApprovalForAll', args }
}

function drawEntity({ random }: Knowledge): Hex {
  return random.chance(0.03) ? (ZeroHash as Hex) : random.pick(ENTITIES).id
}

function drawPull(known: Knowledge): AddressedCall {
  const { random, domain, erc721, erc1155, token } = known
  const to = gateOf(domain.depository)
  const strange = random.pick([
    erc721,
    erc721,
    erc1155,
    erc1155,
    token,
    domain.depository,
    to,
    ACCOUNTS[0],
  ])
  const isStrange = random.chance(0.2)
  const [id, amount] = [random.pick(IDS), BigInt(random.between(0, 4))]
  const entity = drawEntity(known)
  if (random.chance(0.4)) {
    const args = [entity, isStrange ? strange : erc721, id]
    return { from: ownerOf(known, id), to, abi: gateAbi, name: 'depositErc721', args }
  }
  const args = [entity, isStrange ? strange : erc1155, id, amount]
  return { from: random.pick(ACCOUNTS), to, abi: gateAbi, name: 'depositErc1155', args }
}

/** By the token's own transfer, with the beneficiary in its data; sometimes without, or to somebody else. */
function drawSend(known: Knowledge): AddressedCall {
  const { random, domain, erc721, erc1155 } = known
  const gate = gateOf(domain.depository)
  const receiver = random.chance(0.85)
    ? gate
    : random.pick([...ACCOUNTS, domain.depository, erc721])
  const data = random.chance(0.9) ? drawEntity(known) : random.pick(['0x', '0x01'])
  const id = random.pick(IDS)
  const owner = ownerOf(known, id)
  const from = random.chance(0.95) ? owner : random.pick(ACCOUNTS)
  const amount = () => BigInt(random.between(0, 3))
  switch (random.between(0, 4)) {
    case 0:
      return { from, to: erc721, abi: erc721Abi, name: 'transferFrom', args: [owner, receiver, id] }
    case 1:
    case 2: {
      const isPlain = random.chance(0.1)
      const name = `safeTransferFrom(address,address,uint256${isPlain ? '' : ',bytes'})`
      const args = [owner, receiver, id, ...(isPlain ? [] : [data])]
      return { from, to: erc721, abi: erc721Abi, name, args }
    }
    case 3: {
      const args = [from, receiver, id, amount(), data]
      return { from, to: erc1155, abi: erc1155Abi, name: 'safeTransferFrom', args }
    }
    default: {
      const ids = Array.from({ length: random.between(0, 3) }, () => random.pick(IDS))
      const amounts = ids.map(amount)
      const shown = random.chance(0.9) ? amounts : random.pick([[...amounts, 1n], amounts.slice(1)])
      const args = [from, receiver, ids, shown, data]
      return { from, to: erc1155, abi: erc1155Abi, name: 'safeBatchTransferFrom', args }
    }
  }
}

/** What only a token or the Depository may say, said by somebody else. */
function drawForged(known: Knowledge): AddressedCall {
  const { random, domain, tokens } = known
  const from = random.pick(ACCOUNTS)
  const to = gateOf(domain.depository)
  const amount = BigInt(random.between(0, 2))
  const forged: readonly (readonly [string, readonly unknown[]])[] = [
    ['release', [random.pick(tokens), from, amount]],
    ['onERC721Received', [from, from, 1n, drawEntity(known)]],
    ['onERC1155Received', [from, from, 1n, amount, drawEntity(known)]],
    ['onERC1155BatchReceived', [from, from, [1n], random.pick([[amount], []]), drawEntity(known)]],
  ]
  const [name, args] = random.pick(forged)
  return { from, to, abi: gateAbi, name, args }
}

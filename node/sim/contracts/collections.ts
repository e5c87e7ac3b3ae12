/** An ERC-721 and an ERC-1155 that anyone can mint: what TestErc721 and TestErc1155 do. */
import { UINT256_MAX } from '@xln/shared/amounts.ts'
import { type Address, parseAddress } from '@xln/shared/ids.ts'
import { callAs, type Frame } from './frame.ts'
import type { Functions } from './functions.ts'
import { revert, revertPanic } from './reverts.ts'

const NOBODY = `0x${'00'.repeat(20)}` as Address
const account = (value: unknown): Address => parseAddress(value as string)

/** What both have: an operator may move whatever is its owner's. */
function operatorFunctions(collection: Address): Functions {
  return {
    setApprovalForAll(frame, [operator, approved]) {
      const key = `${collection}/${frame.sender}/${account(operator)}`
      frame.world.operators.set(key, approved as boolean)
      return []
    },
    isApprovedForAll: (frame, [owner, operator]) => [
      frame.world.operators.get(`${collection}/${account(owner)}/${account(operator)}`) ?? false,
    ],
  }
}

function requireOperator({ world, sender }: Frame, collection: Address, owner: Address): void {
  const isAllowed = sender === owner || world.operators.get(`${collection}/${owner}/${sender}`)
  if (isAllowed !== true) revert('NotApproved', sender)
}

/** Has a contract that receives asked by its hook. */
function tell(frame: Frame, collection: Address, to: Address, hook: string, ...args: unknown[]) {
  callAs(frame, collection, to, hook, frame.sender, ...args)
}

// ─── ERC-721 ────────────────────────────────────────────────────────────────────────────────────

export function erc721Functions(collection: Address): Functions {
  return {
    ...operatorFunctions(collection),
    mint(frame, [to, id]) {
      const owner = ownerOf(frame, collection, id)
      if (owner !== NOBODY) revert('OwnerWrong', NOBODY, owner)
      setOwner(frame, collection, NOBODY, account(to), id as bigint)
      return []
    },
    transferFrom(frame, [from, to, id]) {
      moveErc721(frame, collection, account(from), account(to), id as bigint)
      return []
    },
    safeTransferFrom(frame, [from, to, id, data = '0x']) {
      const receiver = account(to)
      moveErc721(frame, collection, account(from), receiver, id as bigint)
      if (!frame.contracts.has(receiver)) return []
      const hook = 'onERC721Received(address,address,uint256,bytes)'
      tell(frame, collection, receiver, hook, from, id, data)
      return []
    },
    ownerOf(frame, [id]) {
      const owner = ownerOf(frame, collection, id)
      return owner === NOBODY ? revert('OwnerWrong', NOBODY, owner) : [owner]
    },
  }
}

function ownerOf({ world }: Frame, collection: Address, id: unknown): Address {
  return world.collectibles.get(`${collection}/${id}`) ?? NOBODY
}

function moveErc721(frame: Frame, collection: Address, from: Address, to: Address, id: bigint) {
  const owner = ownerOf(frame, collection, id)
  if (owner !== from || from === NOBODY) revert('OwnerWrong', from, owner)
  requireOperator(frame, collection, from)
  setOwner(frame, collection, from, to, id)
}

function setOwner(frame: Frame, collection: Address, from: Address, to: Address, id: bigint) {
  frame.world.collectibles.set(`${collection}/${id}`, to)
  frame.emitted.push({ address: collection, event: { type: 'collectibleTransfer', from, to, id } })
}

// ─── ERC-1155 ───────────────────────────────────────────────────────────────────────────────────

export function erc1155Functions(collection: Address): Functions {
  return {
    ...operatorFunctions(collection),
    mint(frame, [to, id, amount]) {
      add(frame, collection, account(to), id, amount as bigint)
      return []
    },
    safeTransferFrom(frame, [from, to, id, amount, data]) {
      const receiver = account(to)
      moveErc1155(frame, collection, account(from), receiver, id, amount as bigint)
      if (!frame.contracts.has(receiver)) return []
      const hook = 'onERC1155Received(address,address,uint256,uint256,bytes)'
      tell(frame, collection, receiver, hook, from, id, amount, data)
      return []
    },
    safeBatchTransferFrom(frame, [from, to, ids, amounts, data]) {
      const receiver = account(to)
      // What ethers decodes throws where a list ends.
      const values: readonly bigint[] = [...(amounts as bigint[])]
      for (const [place, id] of [...(ids as bigint[])].entries()) {
        const amount = values[place] ?? revertPanic(0x32)
        moveErc1155(frame, collection, account(from), receiver, id, amount)
      }
      // This one asks whoever receives, and an account answers nothing.
      const hook = 'onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)'
      tell(frame, collection, receiver, hook, from, ids, amounts, data)
      return []
    },
    balanceOf: (frame, [owner, id]) => [balanceOf(frame, collection, account(owner), id)],
  }
}

function balanceOf({ world }: Frame, collection: Address, owner: Address, id: unknown): bigint {
  return world.balances.get(`${collection}/${id}/${owner}`) ?? 0n
}

function add(frame: Frame, collection: Address, owner: Address, id: unknown, amount: bigint) {
  const balance = balanceOf(frame, collection, owner, id) + amount
  if (balance < 0n || balance > UINT256_MAX) revertPanic(0x11)
  frame.world.balances.set(`${collection}/${id}/${owner}`, balance)
}

function moveErc1155(
  frame: Frame,
  collection: Address,
  from: Address,
  to: Address,
  id: unknown,
  amount: bigint,
): void {
  requireOperator(frame, collection, from)
  add(frame, collection, from, id, -amount)
  add(frame, collection, to, id, amount)
}

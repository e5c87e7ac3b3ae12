/** Ether and ERC-20s: their balances, and how the Depository takes them in and gives them out. */
import { UINT256_MAX } from '@xln/shared/amounts.ts'
import { etherTokenId, tokenAddress } from '@xln/shared/depository/tokenIds.ts'
import type { Address, TokenId } from '@xln/shared/ids.ts'
import { attempt, callAs, type Frame } from './frame.ts'
import { revert, revertPanic } from './reverts.ts'

const NOBODY = `0x${'00'.repeat(20)}` as Address

/** Moves ether that the sender has. */
export function moveEther(frame: Frame, from: Address, to: Address, amount: bigint): void {
  const { world } = frame
  world.balances.set(`ether/${from}`, world.balanceOf('ether', from) - amount)
  world.balances.set(`ether/${to}`, world.balanceOf('ether', to) + amount)
}

/** Takes `amount` of `token` from the caller into the Depository; ether came with the call. */
export function pull(frame: Frame, token: TokenId, amount: bigint): void {
  const { value, sender, domain } = frame
  if (token === etherTokenId) {
    if (value !== amount) revert('ValueWrong', value, amount)
    return
  }
  if (value !== 0n) revert('ValueWrong', value, 0n)
  const signature = 'transferFrom(address,address,uint256)'
  take(frame, token, amount, signature, sender, domain.depository, amount)
}

/** Calls an ERC-20, which is to bring `amount` to the Depository; tells what really came. */
export function take(
  frame: Frame,
  token: TokenId,
  amount: bigint,
  signature: string,
  ...args: readonly unknown[]
): bigint {
  const { depository } = frame.domain
  const contract = tokenAddress(token) ?? revert('TokenInvalid', token)
  if (frame.contracts.get(contract) !== 'erc20') revert('TokenInvalid', token)
  const before = frame.world.balanceOf(contract, depository)
  const reverted = attempt(frame, () => {
    callAs(frame, depository, contract, signature, ...args)
  })
  if (reverted !== undefined) revert('TransferFailed', token, depository, amount)
  const arrived = frame.world.balanceOf(contract, depository) - before
  return arrived > 0n ? arrived : revert('NothingArrived', token, amount)
}

/** Gives `amount`, which the Depository has; reverts where the receiver does not take ether. */
export function push(frame: Frame, token: TokenId, to: Address, amount: bigint): void {
  const { depository } = frame.domain
  const contract = tokenAddress(token)
  if (contract !== undefined) moveToken(frame, contract, depository, to, amount)
  else if (frame.contracts.has(to)) revert('TransferFailed', token, to, amount)
  else moveEther(frame, depository, to, amount)
}

// ─── ERC-20: what SignedToken does ─────────────────────────────────────────────────────────────────

export function mint(frame: Frame, token: Address, to: Address, amount: bigint): void {
  const supply = totalSupply(frame, token) + amount
  if (supply > UINT256_MAX) revertPanic(0x11)
  frame.world.balances.set(`${token}/total`, supply)
  const balance = frame.world.balanceOf(token, to)
  frame.world.balances.set(`${token}/${to}`, balance + amount)
  frame.emitted.push({ address: token, event: { type: 'transfer', from: NOBODY, to, amount } })
}

export function totalSupply(frame: Frame, token: Address): bigint {
  return frame.world.balances.get(`${token}/total`) ?? 0n
}

export function approve(
  frame: Frame,
  token: Address,
  owner: Address,
  spender: Address,
  amount: bigint,
): void {
  frame.world.allowances.set(`${token}/${owner}/${spender}`, amount)
  frame.emitted.push({ address: token, event: { type: 'approval', owner, spender, amount } })
}

export function moveToken(
  frame: Frame,
  token: Address,
  from: Address,
  to: Address,
  amount: bigint,
): void {
  const { world } = frame
  const balance = world.balanceOf(token, from)
  if (balance < amount) revert('BalanceExceeded', from, amount, balance)
  world.balances.set(`${token}/${from}`, balance - amount)
  world.balances.set(`${token}/${to}`, world.balanceOf(token, to) + amount)
  frame.emitted.push({ address: token, event: { type: 'transfer', from, to, amount } })
}

/** An allowance of all is never used up. */
export function transferFrom(
  frame: Frame,
  token: Address,
  spender: Address,
  from: Address,
  to: Address,
  amount: bigint,
): void {
  const allowed = frame.world.allowanceOf(token, from, spender)
  if (allowed < amount) revert('AllowanceExceeded', from, spender, amount, allowed)
  if (allowed !== UINT256_MAX) {
    frame.world.allowances.set(`${token}/${from}/${spender}`, allowed - amount)
  }
  moveToken(frame, token, from, to, amount)
}

/** The functions of an ERC-20 that anyone can mint. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { type Address, type Hash, type Hex, parseAddress } from '@xln/shared/ids.ts'
import type { Functions } from './functions.ts'
import {
  PERMIT_TYPE,
  RECEIVE_TYPE,
  tokenDigest,
  tokenNonceOf,
  useAuthorization,
  usePermit,
} from './permits.ts'
import { approve, mint, moveToken, totalSupply, transferFrom } from './tokens.ts'

/** Those of the token at `token`. */
export function tokenFunctions(token: Address): Functions {
  const account = (value: unknown): Address => parseAddress(value as string)
  return {
    mint(frame, [to, amount]) {
      mint(frame, token, account(to), amount as bigint)
      return []
    },
    approve(frame, [spender, amount]) {
      approve(frame, token, frame.sender, account(spender), amount as bigint)
      return [true]
    },
    transfer(frame, [to, amount]) {
      moveToken(frame, token, frame.sender, account(to), amount as bigint)
      return [true]
    },
    transferFrom(frame, [from, to, amount]) {
      const { sender } = frame
      transferFrom(frame, token, sender, account(from), account(to), amount as bigint)
      return [true]
    },
    permit(frame, [owner, spender, amount, deadline, v, r, s]) {
      const [from, to] = [account(owner), account(spender)]
      const terms = { owner: from, spender: to, amount: amount as bigint }
      const permit = { ...terms, deadline: deadline as bigint }
      usePermit(frame, token, permit, [v as bigint, r as Hex, s as Hex])
      return []
    },
    receiveWithAuthorization(frame, [from, to, amount, validAfter, validBefore, nonce, v, r, s]) {
      const sides = { from: account(from), to: account(to), amount: amount as bigint }
      const times = { validAfter: validAfter as bigint, validBefore: validBefore as bigint }
      const authorization = { ...sides, ...times, nonce: nonce as Hash }
      useAuthorization(frame, token, authorization, [v as bigint, r as Hex, s as Hex])
      return []
    },
    nonces: (frame, [owner]) => [tokenNonceOf(frame, token, account(owner))],
    authorizationState: ({ world }, [owner, nonce]) => [
      world.authorizations.get(`${token}/${account(owner)}/${nonce}`) ?? false,
    ],
    digestOf: ({ domain }, [hash]) => [tokenDigest(domain, token, hexToBytes(hash as Hex))],
    PERMIT_TYPEHASH: () => [PERMIT_TYPE],
    RECEIVE_TYPEHASH: () => [RECEIVE_TYPE],
    balanceOf: ({ world }, [owner]) => [world.balanceOf(token, account(owner))],
    allowance: ({ world }, [owner, spender]) => [
      world.allowanceOf(token, account(owner), account(spender)),
    ],
    totalSupply: (frame) => [totalSupply(frame, token)],
    name: () => ['Signed'],
    symbol: () => ['SIGN'],
    decimals: () => [18],
  }
}

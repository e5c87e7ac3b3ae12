/**
 * What two people do on chain with a channel, from money that lies with them to money that lies with
 * them: gas of whole transactions, all that it takes summed up. The ERC-20 and the chain are the same
 * for everybody, both people have had the token before, and allowances are given.
 */
import { id, Wallet } from 'ethers'
import { erc20Id } from '../../contracts/support/depository.ts'
import { ethers } from '../../contracts/support/depositoryWorld.ts'

export const flowNames = [
  'a new channel, funded by one side',
  'one of 100 new channels that a hub opens',
  'more money into it',
  'some of it out, agreed; the channel stays',
  'all of it out to both, agreed',
  'a dispute: start',
  'a newer state against it',
  'the end of it, both paid outside',
  'the same, paid to where it can be used again',
  'a lock judged in it, with its secret',
] as const

/** Gas; undefined where a system has no such thing. */
export type Flows = Readonly<Record<(typeof flowNames)[number], number | undefined>>

export const unit = 10n ** 18n
/** How long a dispute stays open, in seconds. */
export const window = 86_400

/** The two people; `payer`, who pays for gas, is neither. */
export const alice = new Wallet(id('alice'))
export const bob = new Wallet(id('bob'))

/** A token of which the payer has plenty and the two have some. */
export async function newToken() {
  const [payer] = await ethers.getSigners()
  if (payer === undefined) throw new Error('no signer')
  const token = await ethers.deployContract('TestToken', ['Test', 'TEST'])
  for (const owner of [payer.address, alice.address, bob.address]) {
    await token.mint(owner, 10n ** 30n)
  }
  const address = await token.getAddress()
  return { payer, token, address, tokenId: erc20Id(address) }
}

export type Token = Awaited<ReturnType<typeof newToken>>

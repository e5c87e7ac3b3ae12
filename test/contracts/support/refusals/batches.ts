/** What refuses a batch as a whole. */

import { anyValue } from '@nomicfoundation/hardhat-ethers-chai-matchers/withArgs'
import { expect } from 'chai'
import { id } from 'ethers'
import type { Hex } from '../boards.ts'
import { encodeBatch } from '../depository.ts'
import { deposit, send, sendBytes } from '../depositoryItems.ts'
import {
  createWorld,
  ethers,
  farAway,
  networkHelpers,
  newToken,
  type World,
} from '../depositoryWorld.ts'
import { digestOf, type Refusal, reverts, selectorOf, skips, withdrawal } from './expect.ts'

export const batchesRefusals: readonly Refusal[] = [
  {
    error: 'BatchNonceWrong',
    when: 'a batch is sent again, or out of turn',
    from: createWorld,
    check: async (world) => {
      const { left } = world
      await send(world, left, {})
      for (const nonce of [0n, 2n]) {
        await reverts(
          world,
          send(world, left, {}, { nonce }),
          'BatchNonceWrong',
          left.id,
          nonce,
          1n,
        )
      }
    },
  },
  {
    error: 'BatchExpired',
    when: 'its time is over by a second',
    from: createWorld,
    check: async (world) => {
      const validUntil = BigInt(await networkHelpers.time.latest()) + 10n
      await networkHelpers.time.setNextBlockTimestamp(validUntil + 1n)
      const late = send(world, world.left, {}, { validUntil })
      await reverts(world, late, 'BatchExpired', validUntil, validUntil + 1n)
      await networkHelpers.time.setNextBlockTimestamp(validUntil + 10n)
      await send(world, world.left, {}, { validUntil: validUntil + 10n })
    },
  },
  {
    error: 'BatchSignatureInvalid',
    when: 'another signed it, or nobody and somebody else calls',
    from: createWorld,
    check: async (world) => {
      const { depository, left, right } = world
      const batch = encodeBatch({})
      const message = { entity: left.id, batch, nonce: 0n, validUntil: farAway }
      const digest = digestOf(world, 'batch', message)
      const forged = send(world, left, {}, { signer: right })
      await reverts(world, forged, 'BatchSignatureInvalid', left.id, digest)
      const unsigned = depository.processBatch(left.id, batch, 0n, farAway, '0x')
      await reverts(world, unsigned, 'BatchSignatureInvalid', left.id, digest)
    },
  },
  {
    error: 'BatchMalformed',
    when: 'its flags or sizes say something else than its bytes',
    from: createWorld,
    check: async (world) => {
      const batch = encodeBatch({ secrets: [id('one')] })
      const wrong = ['0x', '0x00', '0x0400', `${batch}00`, batch.slice(0, -2)]
      // The size of the list, and the number of its items.
      wrong.push(batch.replace('0x0200000040', '0x020000003f'), batch.replace(/01(?=.{64}$)/, '02'))
      for (const bytes of wrong) {
        await reverts(world, sendBytes(world, world.left, bytes as Hex), 'BatchMalformed')
      }
    },
  },
  {
    error: 'BatchItemFailed',
    when: 'an atomic batch has an item that would be skipped: nothing of it is done',
    from: createWorld,
    check: async (world) => {
      const { depository, left, right, tokenId } = world
      await deposit(world, left, 5n)
      const items = {
        atomic: true,
        ...withdrawal(tokenId, 3n),
        transfers: [
          { token: tokenId, to: right.id, amount: 2n },
          { token: tokenId, to: right.id, amount: 1n },
        ],
      }
      const reason = selectorOf(world, 'ReserveExceeded')
      await reverts(world, send(world, left, items), 'BatchItemFailed', 2n, reason)
      expect(await depository.reserveOf(left.id, tokenId)).to.equal(5n)
      expect(await depository.batchNonce(left.id)).to.equal(0n)
    },
  },
  {
    error: 'GasTooLow',
    when: 'a withdrawal cannot be granted its gas in full',
    from: createWorld,
    check: async (world) => {
      await deposit(world, world.left, 5n)
      const items = withdrawal(world.tokenId, 5n)
      const needed = 760_000 + Math.floor(760_000 / 63) + 5_000
      const sent = send(world, world.left, items, { gasLimit: 500_000 })
      await reverts(world, sent, 'GasTooLow', anyValue, needed)
    },
  },
  {
    error: 'NotSelf',
    when: 'somebody calls what the Depository calls on itself',
    from: createWorld,
    check: async (world) => {
      const { depository, left, payer, tokenId } = world
      await deposit(world, left, 5n)
      const item = { token: tokenId, to: payer.address, amount: 5n }
      await reverts(world, depository.payOut(left.id, item), 'NotSelf', payer.address)
    },
  },
  {
    error: 'RevealFailed',
    when: 'the registry does not take a secret',
    from: createWorld,
    check: async (world) => {
      // A token knows nothing of secrets.
      const { token } = await newToken(world)
      const providers = [world.entityProvider.target, token.target]
      const other = await ethers.deployContract('Depository', providers)
      const domain = { ...world.domain, depository: await other.getAddress() }
      const depository = world.depository.attach(domain.depository) as World['depository']
      const elsewhere = { ...world, depository, domain }
      await skips(elsewhere, world.left, { secrets: [id('secret')] }, 'RevealFailed')
    },
  },
]

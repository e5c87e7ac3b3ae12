/** What refuses a deposit, and what a token can do to it. */

import { expect } from 'chai'
import { ZeroHash } from 'ethers'
import { erc20Id, etherId } from '../depository.ts'
import { counterOf, deposit, fundingOf, noBody, send } from '../depositoryItems.ts'
import { createWorld, finaliseOf, proofOf } from '../depositoryWorld.ts'
import {
  anywhere,
  hostile,
  type Refusal,
  reverts,
  selectorOf,
  skips,
  transfer,
  withdrawal,
} from './expect.ts'

export const depositsRefusals: readonly Refusal[] = [
  {
    error: 'AmountZero',
    when: 'nothing is deposited, withdrawn, transferred or funded',
    from: createWorld,
    check: async (world) => {
      const { left, right, tokenId } = world
      const nothing = [withdrawal(tokenId, 0n), transfer(tokenId, right, 0n), fundingOf(world, 0n)]
      await reverts(world, deposit(world, left, 0n), 'AmountZero')
      for (const items of nothing) await reverts(world, send(world, left, items), 'AmountZero')
    },
  },
  {
    error: 'ValueWrong',
    when: 'ether comes beside a token, or in another amount than is said',
    from: createWorld,
    check: async (world) => {
      const { depository, left, tokenId } = world
      const beside = depository.deposit(left.id, tokenId, 5n, { value: 1n })
      await reverts(world, beside, 'ValueWrong', 1n, 0n)
      const less = depository.deposit(left.id, etherId, 5n, { value: 4n })
      await reverts(world, less, 'ValueWrong', 4n, 5n)
    },
  },
  {
    error: 'TokenInvalid',
    when: 'an id names no ERC-20 and not ether, or nothing stands at its address',
    from: createWorld,
    check: async (world) => {
      const { left, tokenId } = world
      const erc721 = tokenId.replace('0x01', '0x02')
      const dirty = tokenId.replace('0x0100', '0x0101')
      for (const token of [erc721, dirty, `0x01${'0'.repeat(62)}`, erc20Id(anywhere)]) {
        await reverts(world, deposit(world, left, 5n, token), 'TokenInvalid', token)
      }
    },
  },
  {
    error: 'NothingArrived',
    when: 'a token keeps all that was sent',
    from: createWorld,
    check: async (world) => {
      const { token, tokenId } = await hostile(world, 'FeeToken')
      await token.getFunction('setFee')(100)
      const sent = deposit(world, world.left, 5n, tokenId)
      await reverts(world, sent, 'NothingArrived', tokenId, 5n)
    },
  },
  {
    error: 'TransferFailed',
    when: 'a token says no, or a withdrawal would stay here',
    from: createWorld,
    check: async (world) => {
      const { left, domain } = world
      const { token, tokenId } = await hostile(world, 'RevertingToken')
      await deposit(world, left, 5n, tokenId)
      for (const mode of [1, 2]) {
        await token.getFunction('setMode')(mode)
        const sent = deposit(world, left, 5n, tokenId)
        await reverts(world, sent, 'TransferFailed', tokenId, domain.depository, 5n)
        await skips(world, left, withdrawal(tokenId, 5n), 'TransferFailed')
      }
      await deposit(world, left, 5n)
      const back = withdrawal(world.tokenId, 5n, domain.depository)
      await skips(world, left, back, 'TransferFailed')
    },
  },
  {
    error: 'WithdrawalCostsMore',
    when: 'a token takes a toll from the Depository',
    from: createWorld,
    check: async (world) => {
      const { token, tokenId } = await hostile(world, 'TollToken')
      await deposit(world, world.left, 5n, tokenId)
      await token.getFunction('setToll')(1n)
      await skips(world, world.left, withdrawal(tokenId, 4n), 'WithdrawalCostsMore')
    },
  },
  {
    error: 'Reentered',
    when: 'a token calls back in the middle of a deposit or a withdrawal',
    from: createWorld,
    check: async (world) => {
      const { left, right, depository, domain } = world
      const { token, tokenId } = await hostile(world, 'ReentrantToken')
      const { interface: abi } = depository
      await deposit(world, left, 20n, tokenId)
      const proof = await counterOf(world, proofOf(1, noBody))
      const finalise = await depository.finalise.populateTransaction(finaliseOf(world, noBody))
      const ways = [
        abi.encodeFunctionData('deposit', [left.id, tokenId, 1n]),
        abi.encodeFunctionData('enforceDebts', [right.id, tokenId, 1n]),
        abi.encodeFunctionData('processBatch', [left.id, '0x', 0n, 0n, '0x']),
        abi.encodeFunctionData('counter', [proof]),
        finalise.data,
      ]
      const view = abi.encodeFunctionData('reserveOf', [right.id, tokenId])
      const moves = [
        () => deposit(world, left, 1n, tokenId),
        () => send(world, left, withdrawal(tokenId, 1n)),
      ]
      for (const move of moves) {
        // Views can be called, and tell that the token does call.
        await token.getFunction('setCall')(domain.depository, view)
        await move()
        expect(await token.getFunction('answer')()).to.equal(ZeroHash)
        for (const data of ways) {
          await token.getFunction('setCall')(domain.depository, data)
          await move()
          expect(await token.getFunction('answer')()).to.equal(selectorOf(world, 'Reentered'))
        }
      }
    },
  },
]

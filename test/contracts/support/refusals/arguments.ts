/** What keeps arguments and named tokens from being taken, or shown otherwise. */
import { id, ZeroHash } from 'ethers'
import { etherId, hashBody } from '../depository.ts'
import { argumentsOf, bodyOf, diffOf, send, settlementOf } from '../depositoryItems.ts'
import { finaliseOf, passDeadline } from '../depositoryWorld.ts'
import { disputed, type Refusal, reverts, skips, stranger } from './expect.ts'

export const argumentsRefusals: readonly Refusal[] = [
  {
    error: 'ArgumentsWrong',
    when: 'what is shown is not what was given, or is given for no body',
    from: disputed,
    check: async (world) => {
      const { depository, left, right } = world
      const body = bodyOf(world, -40n)
      await send(world, right, argumentsOf(left, hashBody(body), '0x1234'))
      await skips(world, right, argumentsOf(left, ZeroHash, '0x1234'), 'ArgumentsWrong')
      await passDeadline(world)
      const wrong = [
        { side: false, shown: {} },
        { side: false, shown: { rightArguments: '0x1235' } },
        { side: true, shown: { leftArguments: '0x00', rightArguments: '0x1234' } },
      ]
      for (const { side, shown } of wrong) {
        const item = finaliseOf(world, body, shown)
        await reverts(world, depository.finalise(item), 'ArgumentsWrong', side)
        await skips(world, stranger, { finalises: [item] }, 'ArgumentsWrong')
      }
    },
  },
  {
    error: 'ArgumentsTooLarge',
    when: 'a side gives a byte more than it may',
    from: disputed,
    check: async (world) => {
      const { depository, left, right } = world
      const most = Number((await depository.limits()).argumentsMax)
      const items = argumentsOf(left, id('body'), `0x${'00'.repeat(most + 1)}`)
      await skips(world, right, items, 'ArgumentsTooLarge')
    },
  },
  {
    error: 'ArgumentsCommittedBefore',
    when: 'a side gives arguments twice for one body, empty ones too',
    from: disputed,
    check: async (world) => {
      const { left, right } = world
      for (const data of ['0x', '0x1234']) {
        await send(world, right, argumentsOf(left, id(data), data))
        const again = argumentsOf(left, id(data), '0x5678')
        await skips(world, right, again, 'ArgumentsCommittedBefore')
      }
    },
  },
  {
    error: 'TokensInvalid',
    when: 'tokens are too many or not ascending, or nothing is given at all',
    from: disputed,
    check: async (world) => {
      const { depository, left, right, tokenId } = world
      const most = Number((await depository.limits()).namedTokensMax)
      const many = Array.from({ length: most + 1 }, (_, i) => id(`${i}`)).sort()
      const lists = [[], many, [tokenId, tokenId], [tokenId, etherId]]
      for (const tokens of lists) {
        await skips(world, right, argumentsOf(left, ZeroHash, '0x', tokens), 'TokensInvalid')
      }
      const diff = diffOf(world, 0n, 0n, 0n)
      const items = await settlementOf(world, { diffs: [diff, diff] })
      await skips(world, left, items, 'TokensInvalid')
    },
  },
  {
    error: 'TokensNamedBefore',
    when: 'a side names tokens twice in one dispute',
    from: disputed,
    check: async (world) => {
      const { left, right, tokenId } = world
      await send(world, right, argumentsOf(left, ZeroHash, '0x', [tokenId]))
      const again = argumentsOf(left, id('body'), '0x', [etherId])
      await skips(world, right, again, 'TokensNamedBefore')
    },
  },
  {
    error: 'TokensWrong',
    when: 'a named token is left out, or one is added',
    from: disputed,
    check: async (world) => {
      const { depository, left, right, tokenId } = world
      const body = bodyOf(world, -40n)
      await send(world, right, argumentsOf(left, ZeroHash, '0x', [etherId]))
      await passDeadline(world)
      const wrong = [
        { side: false, shown: {} },
        { side: false, shown: { rightTokens: [tokenId] } },
        { side: true, shown: { leftTokens: [etherId], rightTokens: [etherId] } },
      ]
      for (const { side, shown } of wrong) {
        const item = finaliseOf(world, body, shown)
        await reverts(world, depository.finalise(item), 'TokensWrong', side)
        await skips(world, stranger, { finalises: [item] }, 'TokensWrong')
      }
    },
  },
]

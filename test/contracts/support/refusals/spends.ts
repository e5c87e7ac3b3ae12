/** What keeps an entity from spending its reserve. */
import { id } from 'ethers'
import {
  argumentsOf,
  deposit,
  diffOf,
  emptyProof,
  fundingOf,
  indebtLeft,
  send,
  settlementOf,
} from '../depositoryItems.ts'
import { createWorld } from '../depositoryWorld.ts'
import { hostile, type Refusal, reverts, skips, stranger, transfer, withdrawal } from './expect.ts'

export const spendsRefusals: readonly Refusal[] = [
  {
    error: 'ReserveExceeded',
    when: 'a reserve is short',
    from: createWorld,
    check: async (world) => {
      const { left, right, tokenId } = world
      await deposit(world, left, 5n)
      const diffs = [diffOf(world, -6n, 0n, 6n)]
      const short = [
        withdrawal(tokenId, 6n),
        transfer(tokenId, right, 6n),
        fundingOf(world, 6n),
        await settlementOf(world, { diffs }),
      ]
      for (const items of short) await skips(world, left, items, 'ReserveExceeded')
    },
  },
  {
    error: 'DebtUnpaid',
    when: 'the reserve does not reach for the debts',
    from: createWorld,
    check: async (world) => {
      const { left, right, tokenId } = world
      await indebtLeft(world, 30n)
      await deposit(world, left, 29n)
      const diffs = [diffOf(world, -1n, 1n, 0n)]
      const beside = [
        withdrawal(tokenId, 1n),
        transfer(tokenId, right, 1n),
        fundingOf(world, 1n),
        await settlementOf(world, { diffs }),
      ]
      for (const items of beside) await skips(world, left, items, 'DebtUnpaid')
    },
  },
  {
    error: 'AmountTooLarge',
    when: 'a reserve or a channel would hold more than it may',
    from: createWorld,
    check: async (world) => {
      const { left, right } = world
      const { token, tokenId } = await hostile(world, 'TestToken')
      await token.getFunction('mint')(world.payer.address, 2n ** 250n)
      const most = 2n ** 248n - 1n
      const sent = deposit(world, left, most + 1n, tokenId)
      await reverts(world, sent, 'AmountTooLarge', tokenId, most + 1n)
      await deposit(world, left, most, tokenId)
      await reverts(world, deposit(world, left, 1n, tokenId), 'AmountTooLarge', tokenId, 1n)
      await deposit(world, right, 1n, tokenId)
      await skips(world, left, transfer(tokenId, right, most), 'AmountTooLarge')
      const half = 2n ** 127n
      const topUps = [1, 2].map(() => ({ peer: right.id, amount: half }))
      const twice = [{ token: tokenId, receiver: stranger.id, topUps }]
      await skips(world, left, { fundings: twice }, 'AmountTooLarge')
      const settled = { token: tokenId, leftDiff: -(2n ** 128n), rightDiff: 0n }
      const diffs = [{ ...settled, collateralDiff: 2n ** 128n, ondeltaDiff: 0n }]
      await skips(world, left, await settlementOf(world, { diffs }), 'AmountTooLarge')
    },
  },
  {
    error: 'SelfChannel',
    when: 'an entity names itself as its peer',
    from: createWorld,
    check: async (world) => {
      const { left, tokenId } = world
      await deposit(world, left, 5n)
      const topUps = [{ peer: left.id, amount: 1n }]
      const funding = { fundings: [{ token: tokenId, receiver: left.id, topUps }] }
      await reverts(world, send(world, left, funding), 'SelfChannel', left.id)
      const [settlement] = (await settlementOf(world, {})).settlements ?? []
      const own = [
        { settlements: [{ ...settlement, peer: left.id }] },
        {
          starts: [{ peer: left.id, cooperativeNonce: 0n, proof: emptyProof, peerSignature: '0x' }],
        },
        argumentsOf(left, id('body'), '0x'),
      ]
      for (const items of own) await skips(world, left, items, 'SelfChannel')
    },
  },
]

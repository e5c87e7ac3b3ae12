import { TestErc721__factory } from '@xln/shared/abi/typechain/factories/mocks/TestErc721__factory.ts'
import { TestErc1155__factory } from '@xln/shared/abi/typechain/factories/mocks/TestErc1155__factory.ts'
import { assetTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { ChainDesk, keyAddresses, members, payer, soleEntities } from './support/chainDesk.ts'

const [first = '', second = ''] = keyAddresses
const [alice = ''] = soleEntities
const abi721 = TestErc721__factory.createInterface()
const abi1155 = TestErc1155__factory.createInterface()
const stranger = `0x${'9b'.repeat(20)}`

describe('collectibles on a chain, without a node', function () {
  this.timeout(120_000)
  let desk: ChainDesk
  let cards: Address
  let coins: Address
  before(async () => {
    desk = await ChainDesk.open()
    await desk.chain.fund(first, 10n ** 18n)
    cards = await desk.contract(TestErc721__factory.bytecode)
    coins = await desk.contract(TestErc1155__factory.bytecode)
    await desk.call(cards, abi721.encodeFunctionData('mint', [first, 7]))
    await desk.call(coins, abi1155.encodeFunctionData('mint', [first, 8, 100]))
  })
  after(() => desk.close())

  const reservesOf = async (entity: string) => {
    const { reserves } = await desk.done<{ reserves: { token: string; reserve: string }[] }>(
      `entity show ${entity}`,
    )
    return Object.fromEntries(reserves.map(({ token, reserve }) => [token, reserve]))
  }

  it('come into a reserve, go to another, and leave, by their number or their id', async () => {
    const board = await desk.board(2, members(first, second))
    const { entity } = await desk.done<{ entity: string }>(`board show ${board}`)
    const [card, coin] = [`erc721:${cards}:7`, `erc1155:${coins}:8`]
    const ids = [assetTokenId('erc721', cards, 7n), assetTokenId('erc1155', coins, 8n)] as const
    const deposit = `entity deposit ${entity}`
    expect(await desk.fails(`${deposit} 1 --token ${card} ${payer}`)).to.include({
      code: 'collectible_elsewhere',
      balance: '0',
    })
    expect(await desk.fails(`${deposit} 2 --token ${card} --key-file @0.key`)).to.include({
      code: 'amount_malformed',
    })
    expect(await desk.fails(`${deposit} 1 --token ${ids[0]} --key-file @0.key`)).to.include({
      code: 'collectible_unknown',
    })
    await desk.done(`${deposit} 1 --token ${card} --key-file @0.key`)
    await desk.done(`${deposit} 60 --token ${coin} --key-file @0.key`)
    // Now the Gate knows what the id stands for.
    await desk.done(`${deposit} 30 --token ${ids[1]} --key-file @0.key`)
    expect(await reservesOf(entity)).to.deep.equal({ [ids[0]]: '1', [ids[1]]: '90' })
    expect(await desk.fails(`${deposit} 11 --token ${coin} --key-file @0.key`)).to.include({
      code: 'collectible_elsewhere',
      balance: '10',
    })

    const deed = desk.fresh()
    await desk.done(`batch withdraw ${deed} 1 ${stranger} --token ${card} --entity ${entity}`)
    await desk.done(`batch withdraw ${deed} 20 ${stranger} --token ${coin} --entity ${entity}`)
    await desk.done(`batch transfer ${deed} 5 ${alice} --token ${ids[1]} --entity ${entity}`)
    expect(await desk.signAndSend(deed, board)).to.deep.include({ skipped: [] })
    const owner = await desk.ask(cards, abi721.encodeFunctionData('ownerOf', [7]))
    expect(abi721.decodeFunctionResult('ownerOf', owner)[0].toLowerCase()).to.equal(stranger)
    expect(await reservesOf(alice)).to.deep.equal({ [ids[1]]: '5' })
    expect(await desk.done(`collectible show ${ids[1]}`)).to.deep.equal({
      ...{ token: ids[1], kind: 'erc1155', collection: coins, id: '8', held: '70' },
    })
    expect(await desk.done(`collectible show ${card}`)).to.include({ token: ids[0], held: '0' })
  })

  it('are what they were at their first arrival, and nothing where no contract is', async () => {
    const deposit = `entity deposit ${alice} 1 --key-file @0.key --token`
    expect(await desk.fails(`${deposit} erc721:${stranger}:1`)).to.include({
      code: 'collectible_elsewhere',
    })
    expect(await desk.fails(`${deposit} erc1155:${cards}:7`)).to.include({
      code: 'collectible_elsewhere',
    })
    expect(await desk.fails('collectible show ether')).to.include({ code: 'usage' })
    for (const wrong of [
      `erc721:${cards}`,
      `erc20:${cards}:1`,
      `erc721:${cards}:${'9'.repeat(78)}`,
    ]) {
      expect(await desk.fails(`collectible show ${wrong}`), wrong).to.include({
        code: 'token_malformed',
      })
    }
  })
})

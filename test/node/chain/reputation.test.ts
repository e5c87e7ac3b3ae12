import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../cli/support/cli.ts'
import {
  type Actor,
  act,
  bodyOf,
  chainTime,
  counterOf,
  deposit,
  depositoryInterface,
  ends,
  fund,
  settlementOf,
  startOf,
  startWorld,
  succeed,
  type World,
} from './support/world.ts'

const DAY = 86_400
const SECOND_ERA = 1n << 32n

/** What alice's claim of the channel with bob moves by when bob is to get `amount` of it. */
function towardsBob({ alice, bob }: World, amount: bigint): bigint {
  return ends(alice, bob).left === alice.entity ? -amount : amount
}

describe('a reputation', function () {
  this.timeout(60_000)
  let world: World
  let folder: string

  before(async () => {
    world = await startWorld()
    folder = mkdtempSync(join(tmpdir(), 'xln-reputation-'))
    mkdirSync(join(folder, 'data'))
    const { chain, deployment, token, alice, bob, carol } = world
    writeFileSync(
      join(folder, 'data', 'xln.yaml'),
      `chain:
  rpc: ['${chain.url}']
  chainId: ${deployment.chainId}
  block: ${deployment.block}
  confirmations: 0
  depository: '${deployment.depository}'
  entityProvider: '${deployment.entityProvider}'
  subcontractProvider: '${deployment.subcontractProvider}'
tokens: { TEST: { address: '${token.address}', decimals: 0 } }
names: { alice: ${alice.entity}, bob: ${bob.entity}, carol: ${carol.entity} }
`,
    )
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await world.close()
  })

  const tell = async (...words: string[]) => {
    const ended = await run(['reputation', ...words], { XLN_DATA_DIR: join(folder, 'data') })
    expect([ended.code, ended.error]).to.deep.equal([0, ''])
    return ended.out
  }

  /** Executes it on the day after, and says in which block. */
  async function finalise(by: Actor, offdelta: bigint): Promise<number> {
    await world.chain.advanceTime(DAY)
    const { left, right } = ends(world.alice, world.bob)
    const none = new Uint8Array(0)
    const given = { leftArguments: none, rightArguments: none, leftTokens: [], rightTokens: [] }
    const item = { left, right, body: bodyOf(world, offdelta), ...given }
    return await act(world, by, { finalises: [item] })
  }

  it('is nothing before anything has happened', async () => {
    expect(await tell('alice')).to.match(/^0x[0-9a-f]{64}\n {2}the chain says nothing of it\n$/)
  })

  it('is what the chain tells: settlements, forfeits, debts, what was paid back, what is still owed', async () => {
    const { alice, bob, token } = world
    await deposit(world, alice, alice.entity, 100n)
    await fund(world, alice, bob, 100n)
    // Alice starts with a state two heights old. Of the 40 that are left to her she forfeits half.
    await act(world, alice, { starts: [startOf(world, alice, bob, bodyOf(world, 0n), 1)] })
    const paid = towardsBob(world, 60n)
    await act(world, bob, { counters: [counterOf(world, alice, bob, bodyOf(world, paid), 3)] })
    await finalise(alice, paid)
    // In the next era bob loses all of his 80 and 50 more. He gets back 20 and pays with it.
    const lost = towardsBob(world, -130n)
    const start = startOf(world, bob, alice, bodyOf(world, lost), 1, SECOND_ERA)
    await act(world, bob, { starts: [start] })
    const since = await finalise(bob, lost)
    await deposit(world, alice, bob.entity, 20n)
    const pay = [bob.entity, token.id, 1n] as const
    const data = depositoryInterface.encodeFunctionData('enforceDebts', [...pay])
    await succeed(world, alice, world.domain.depository, data)

    const [told, silent] = [await tell('bob'), await tell('carol')]
    expect(silent).to.contain('the chain says nothing of it')
    expect(told.split('\n').slice(1, -1)).to.deep.equal([
      '  settlements       0',
      '  disputes started  1, forfeited 0',
      '  disputes faced    1',
      '  owed              50 base units of TEST',
      '  paid back         20 base units of TEST',
      '  was forgiven      0 base units of TEST',
      `  owes              30 base units of TEST, the oldest since block ${since}`,
    ])
    const cheat = JSON.parse(await tell('alice', '--json'))
    expect(cheat).to.deep.equal({
      entity: alice.entity,
      settlements: 0,
      disputesStarted: 1,
      disputesFaced: 1,
      forfeits: 1,
      forfeited: { [token.id]: '20' },
      debts: {},
    })
  })

  it('knows a dispute that a settlement has ended, and a debt that was forgiven', async () => {
    const { alice, bob, token } = world
    const cooperativeNonce = 2n * SECOND_ERA
    const start = startOf(world, alice, bob, bodyOf(world, 0n), 1, cooperativeNonce)
    await act(world, alice, { starts: [start] })
    const leftOwes = ends(alice, bob).left === bob.entity
    const settlement = settlementOf(world, alice, bob, {
      cooperativeNonce,
      newNonce: cooperativeNonce + 1n,
      deadline: (await chainTime(world)) + 600,
      diffs: [],
      forgiveness: [{ token: token.id, leftOwes, index: 0n }],
    })
    await act(world, alice, { settlements: [settlement] })
    const [debtor, creditor] = await Promise.all([tell('bob', '--json'), tell('alice', '--json')])
    expect(JSON.parse(creditor)).to.include({ settlements: 1, disputesStarted: 2, forfeits: 1 })
    const debts = { created: '50', paid: '20', forgiven: '30', open: '0', oldestOpen: null }
    expect(JSON.parse(debtor).debts).to.deep.equal({ [token.id]: debts })
  })
})

import { endOfLook } from '@xln/node/cli/boards/defaults.ts'
import { expect } from 'chai'
import { ChainDesk, DAY, ether, payer, soleEntities } from './support/chainDesk.ts'

const [alice = '', bob = '', carol = ''] = soleEntities
const WINDOW = 600
const keyOf = (entity: string) => `--secret-file @${soleEntities.indexOf(entity as never)}.key`
/** What right is paid is negative: the offdelta is left's. */
const owes = (debtor: string, creditor: string, amount: number) =>
  `ether=${debtor < creditor ? '-' : ''}${amount}`

describe('defaults on a chain, without a node', function () {
  this.timeout(120_000)
  let desk: ChainDesk
  let snapshot: string
  before(async () => {
    desk = await ChainDesk.open()
    await owe(100)
  })
  after(() => desk.close())
  beforeEach(async () => {
    snapshot = await desk.chain.snapshot()
  })
  afterEach(() => desk.chain.revert(snapshot))

  const sign = (deed: string, ...entities: string[]) =>
    desk.done(`deed sign ${deed} ${entities.map(keyOf).join(' ')}`)
  const send = async (deed: string, entity: string, expected = 0) => {
    await sign(deed, entity)
    return await desk.done(`deed send ${deed} ${payer}`, expected)
  }

  /** A state of two, signed by both. */
  async function state(one: string, other: string, terms: string): Promise<string> {
    const deed = desk.fresh()
    const all = `--height 1 ${terms} --base-units --window ${WINDOW}`
    await desk.done(`deed proof ${deed} ${other} ${all} --entity ${one}`)
    await sign(deed, one, other)
    return deed
  }

  async function dispute(proof: string, entity: string): Promise<void> {
    const start = desk.fresh()
    await desk.done(`batch dispute ${start} ${proof} --entity ${entity}`)
    await send(start, entity)
    await desk.chain.advanceTime(WINDOW)
  }

  async function finalise(proof: string, entity: string, expected = 0) {
    const end = desk.fresh()
    await desk.done(`batch finalise ${end} ${proof} --entity ${entity}`)
    return await send(end, entity, expected)
  }

  /** Carol owes Alice so much from now on. */
  async function owe(amount: number): Promise<void> {
    const proof = await state(carol, alice, `--offdelta ${owes(carol, alice, amount)}`)
    await dispute(proof, alice)
    await finalise(proof, alice)
  }

  const record = (amount: number) => `default record ${carol} ${amount} ${ether} ${payer}`
  const show = (amount: number) => desk.done(`default show ${carol} ${amount} ${ether}`)

  it('are recorded a week after, once, for each amount', async () => {
    const early = await desk.fails(record(100))
    expect(early).to.include({ code: 'default_none', overdue: '0', owed: '100' })
    expect(early['message']).to.match(/Of 100 base units .* 0 are older than a week/)
    await desk.chain.advanceTime(7 * DAY + 1)
    expect(await show(100)).to.include({ recordedAt: null, owed: '100', overdue: '100' })
    expect(await desk.fails(record(101))).to.include({ code: 'default_none', overdue: '100' })
    const { recordedAt, before } = await desk.done(record(100))
    expect(before).to.equal(false)
    await desk.chain.advanceTime(DAY)
    expect(await desk.done(record(100))).to.include({ before: true, recordedAt })
    expect(await show(100)).to.include({ recordedAt })
    expect(await show(99)).to.include({ recordedAt: null })
    expect(await desk.fails(record(0))).to.include({ code: 'amount_malformed' })
  })

  it('count only what the reserve cannot pay, and what is old enough', async () => {
    await desk.chain.advanceTime(7 * DAY + 1)
    await owe(50)
    await desk.done(`entity deposit ${carol} 30 ${ether} ${payer}`)
    expect(await show(70)).to.include({ owed: '120', overdue: '70' })
    expect(await desk.fails(record(71))).to.include({ code: 'default_none', overdue: '70' })
    const early = await desk.chain.snapshot()
    await desk.chain.advanceTime(7 * DAY + 1)
    expect(await show(120)).to.include({ overdue: '120' })
    await desk.done(record(120))
    await desk.chain.revert(early)
    await desk.done(record(70))
    const { reserves } = await desk.done<{ reserves: { reserve: string }[] }>(
      `entity show ${alice}`,
    )
    expect(reserves.map(({ reserve }) => reserve)).to.deep.equal(['30'])
  })

  /** Alice is protected by Bob, who has put 80 into their channel. */
  async function protectedUntil(expiry: number): Promise<string> {
    await desk.done(`entity deposit ${bob} 80 ${ether} ${payer}`)
    const open = desk.fresh()
    await desk.done(`batch collateralise ${open} 80 ${alice} ${ether} --entity ${bob}`)
    await send(open, bob)
    const buyer = alice < bob ? 'left' : 'right'
    const swap = `buyer=${buyer},pays=30:ether,debtor=${carol},owes=100:ether,until=${expiry}`
    return await state(alice, bob, `--offdelta ether=0 --default-swap ${swap}`)
  }

  const now = async () =>
    Number(
      (await desk.chain.request<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false]))
        .timestamp,
    )

  async function reserveOf(entity: string): Promise<string> {
    const { reserves } = await desk.done<{ reserves: { reserve: string }[] }>(
      `entity show ${entity}`,
    )
    return reserves[0]?.reserve ?? '0'
  }

  it('pay who is protected, in a dispute, if they were recorded in time', async () => {
    const proof = await protectedUntil((await now()) + 8 * DAY)
    await dispute(proof, alice)
    // While it may still become true, the dispute stays open.
    expect(await finalise(proof, alice, 2)).to.have.deep.property('skipped', [
      { index: 0, reason: 'ClausePending' },
    ])
    await desk.chain.advanceTime(7 * DAY + 1)
    await desk.done(record(100))
    await finalise(proof, alice)
    expect([await reserveOf(alice), await reserveOf(bob)]).to.deep.equal(['30', '50'])
  })

  it('pay nothing that were not recorded by then', async () => {
    const proof = await protectedUntil((await now()) + DAY)
    await dispute(proof, alice)
    await desk.chain.advanceTime(7 * DAY + 1)
    await desk.done(record(100))
    await finalise(proof, alice)
    expect([await reserveOf(alice), await reserveOf(bob)]).to.deep.equal(['0', '80'])
  })

  it('are protected against 64 times in one state, and no 65th', async () => {
    const terms = `buyer=left,pays=1:ether,debtor=${carol},owes=100:ether,until=1900000000`
    const times = (count: number) => Array(count).fill(`--default-swap ${terms}`).join(' ')
    const make = (deed: string) =>
      `deed proof ${deed} ${bob} --height 1 --base-units --entity ${alice} --offdelta ether=0`
    const deed = desk.fresh()
    await desk.done(`${make(deed)} ${times(64)}`)
    await desk.done(`deed show ${deed}`)
    expect(await desk.fails(`${make(desk.fresh())} ${times(65)}`)).to.include({ code: 'usage' })
  })

  it('are looked for in 500 entries of a queue, and no 501st', () => {
    expect([endOfLook(3n, 503n), endOfLook(3n, 504n)]).to.deep.equal([503n, 503n])
  })

  it('are protected against by terms that are whole', async () => {
    const terms = `buyer=left,pays=30:ether,debtor=${carol},owes=100:ether,until=1900000000`
    const proof = `deed proof ${desk.fresh()} ${bob} --height 1 --base-units --entity ${alice}`
    for (const wrong of [
      terms.replace('buyer=left,', ''),
      terms.replace('left', 'me'),
      terms.replace('30:', '0:'),
      terms.replace('30:ether', '30'),
      terms.replace('1900000000', 'soon'),
      `${terms},more=1`,
      terms.replace('30:ether', `30:0x${'11'.repeat(20)}`),
    ]) {
      const line = `${proof} --offdelta ether=0 --default-swap ${wrong}`
      expect(await desk.fails(line), wrong).to.include({ code: 'usage' })
    }
    const { defaultSwaps } = await desk.done<{ defaultSwaps: object[] }>(
      `${proof} --offdelta ether=0 --default-swap ${terms}`,
    )
    const token = `0x${'00'.repeat(32)}`
    expect(defaultSwaps).to.deep.equal([
      {
        ...{ buyerIsLeft: true, token, amount: '30', debtor: carol },
        ...{ owedToken: token, threshold: '100', expiry: 1_900_000_000 },
      },
    ])
  })
})

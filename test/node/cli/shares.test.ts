import type { EntityId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import {
  ChainDesk,
  DAY,
  ether,
  keyAddresses,
  members,
  payer,
  type Registered,
  soleEntities,
} from './support/chainDesk.ts'

const [first = '', second = '', third = ''] = keyAddresses
const key = (at: number) => `--key-file @${at}.key`
const stranger = `0x${'9b'.repeat(20)}`

interface Shown {
  readonly holders: readonly { holder: string; control: string; dividend: string; vote: object }[]
  readonly tallies: readonly object[]
  readonly decision: object | null
  readonly dividends: readonly object[]
  readonly pot: EntityId
}

describe('shares on a chain, without a node', function () {
  this.timeout(120_000)
  let desk: ChainDesk
  before(async () => {
    desk = await ChainDesk.open()
    for (const address of keyAddresses) await desk.chain.fund(address, 10n ** 18n)
  })
  after(() => desk.close())

  const show = (entity: string) => desk.done<Shown>(`shares show ${entity}`)

  /** An entity with 100 shares of each kind: 60 and 40 control, 50 and 50 dividend. */
  async function company(): Promise<Registered> {
    const made = await desk.registered(first, second)
    const deed = await articles(made)
    await desk.signAndSend(deed, made.board)
    return made
  }

  async function articles({ number }: Registered, allot = [60, 40], more = ''): Promise<string> {
    const deed = desk.fresh()
    const [some, others] = allot
    const allotments = `--allot ${first}=${some}/50 --allot ${third}=${others}/50`
    await desk.done(`shares issue ${deed} ${number} ${allotments}${more}`)
    return deed
  }

  async function electedBoard(): Promise<string> {
    const board = await desk.board(1, members(third, stranger))
    await desk.runLine(`board check ${board} ${payer}`)
    return board
  }

  it('are issued once, by the board, and sent once', async () => {
    const made = await desk.registered(first, second)
    expect(await desk.fails(`shares show ${made.number}`)).to.include({ code: 'shares_missing' })
    expect(await desk.fails(`shares show ${soleEntities[0]}`)).to.include({
      code: 'entity_unregistered',
    })
    const deed = await articles(made)
    const others = [
      await articles(made, [59, 41]),
      await articles(made, [60, 40], ' --delay 345601'),
    ]
    expect(await desk.fails(`deed send ${deed} ${payer}`)).to.include({ code: 'signature_missing' })
    expect(await desk.signAndSend(deed, made.board)).to.include({ before: false })
    expect(await desk.done(`deed send ${deed} ${payer}`)).to.include({ before: true })
    for (const other of others) {
      const keys = '--secret-file @0.key --secret-file @1.key'
      await desk.done(`deed sign ${other} --board ${made.board} ${keys}`)
      expect(await desk.fails(`deed send ${other} ${payer}`)).to.include({ code: 'shares_other' })
    }

    const { holders, decision, dividends } = await show(made.number)
    expect(holders).to.deep.equal([
      { holder: first, control: '60', dividend: '50', vote: null },
      { holder: third, control: '40', dividend: '50', vote: null },
    ])
    expect({ decision, dividends }).to.deep.equal({ decision: null, dividends: [] })
  })

  it('are not issued late, nor by articles that cannot be', async () => {
    const made = await desk.registered(first, second)
    const issue = `shares issue ${desk.fresh()} ${made.number}`
    for (const wrong of [
      `--allot ${first}=1`,
      `--allot ${first}=1/18446744073709551616`,
      `--allot ${first}=1/1 --delay 345599`,
      `--allot ${first}=1/1 --delay 7776001`,
      '',
    ]) {
      expect(await desk.fails(`${issue} ${wrong}`.trim()), wrong).to.include({ code: 'usage' })
    }
    expect(await desk.fails(`shares issue ${desk.fresh()} 99 --allot ${first}=1/1`)).to.include({
      code: 'entity_unregistered',
    })
    const none = desk.fresh()
    await desk.done(`shares issue ${none} ${made.number} --allot ${first}=0/1 --delay 7776000`)
    await desk.done(
      `deed sign ${none} --board ${made.board} --secret-file @0.key --secret-file @1.key`,
    )
    const refused = await desk.fails(`deed send ${none} ${payer}`)
    expect(refused).to.include({ code: 'call_refused' })
    expect(refused['message']).to.match(/SupplyInvalid\(control 0, dividend 1\)\. Of each kind/)
    const late = desk.fresh()
    await desk.done(`shares issue ${late} ${made.number} --allot ${first}=1/1 --valid-for 10`)
    await desk.done(
      `deed sign ${late} --board ${made.board} --secret-file @0.key --secret-file @1.key`,
    )
    await desk.chain.advanceTime(60)
    expect(await desk.fails(`deed send ${late} ${payer}`)).to.include({ code: 'deed_expired' })
  })

  it('are given on by whoever has them, but for those that vote', async () => {
    const { number } = await company()
    await desk.done(`shares transfer ${number} ${second} --control 40 --dividend 50 ${key(2)}`)
    expect((await show(number)).holders.map(({ holder }) => holder)).to.deep.equal([first, second])
    const elected = await electedBoard()
    const give = `shares transfer ${number} ${stranger}`
    await desk.done(`${give} --control 5 --dividend 7 ${key(0)}`)
    expect((await show(number)).holders).to.deep.include({
      ...{ holder: stranger, control: '5', dividend: '7', vote: null },
    })
    await desk.done(`shares vote ${number} ${elected} 50 ${key(0)}`)
    const locked = await desk.fails(`${give} --control 6 ${key(0)}`)
    expect(locked['message']).to.match(/SharesLocked\(.*free 5, needed 6\)\. The others vote/)
    await desk.done(`${give} --control 5 ${key(0)}`)
    expect(await desk.fails(`${give} --dividend 44 ${key(0)}`)).to.have.nested.property(
      'error.name',
      'ERC1155InsufficientBalance',
    )
    expect(await desk.fails(`${give} ${key(0)}`)).to.include({ code: 'usage' })
  })

  it('elect a board, which takes over after the delay of the articles', async () => {
    const { number, board } = await company()
    const next = await electedBoard()
    const { entity: boardHash } = await desk.done<{ entity: string }>(`board show ${next}`)
    const vote = (count: number, at: number) =>
      desk.done(`shares vote ${number} ${next} ${count} ${key(at)}`)
    expect(await vote(40, 2)).to.include({ tally: '40', nextFrom: null })
    expect(await vote(10, 0)).to.include({ tally: '50', nextFrom: null })
    const { nextFrom } = await vote(11, 0)
    expect(nextFrom).to.be.a('number')
    const { decision, tallies } = await show(number)
    expect(decision).to.deep.equal({ boardHash, nextFrom })
    expect(tallies).to.deep.equal([{ boardHash, shares: '51' }])
    const early = await desk.fails(`board activate ${number} ${payer}`)
    expect(early['message']).to.match(/TooEarly\(from \d+\)\. It is time at 20\d\d-.* UTC\./)

    await desk.chain.advanceTime(4 * DAY)
    expect(await desk.done(`board activate ${number} ${payer}`)).to.include({ boardHash })
    expect((await show(number)).tallies).to.deep.equal([])
    const deed = desk.fresh()
    await desk.done(`batch transfer ${deed} 1 ${soleEntities[0]} ${ether} --entity ${number}`)
    await desk.done(`deed sign ${deed} --board ${board} --secret-file @0.key --secret-file @1.key`)
    expect(await desk.done(`deed check ${deed}`, 2)).to.have.nested.property(
      'signatures[0].counts',
      false,
    )
    await desk.done(`deed sign ${deed} --board ${next} --secret-file @2.key`)
    await desk.done(`deed check ${deed}`)
  })

  it('take their votes back, which ends what they had decided', async () => {
    const { number } = await company()
    const next = await electedBoard()
    const other = await desk.board(2, members(second, third))
    expect(await desk.fails(`shares vote ${number} ${other} 60 ${key(0)}`)).to.include({
      code: 'board_unchecked',
    })
    await desk.done(`board check ${other} ${payer}`)
    expect(await desk.fails(`shares unvote ${number} ${key(0)}`)).to.include({
      code: 'vote_missing',
      holder: first,
    })
    await desk.done(`shares vote ${number} ${next} 60 ${key(0)}`)
    const stands = await desk.fails(`shares vote ${number} ${other} 60 ${key(0)}`)
    expect(stands['message']).to.match(/VoteStands.*xln shares unvote/)
    expect(await desk.done(`shares unvote ${number} ${key(0)}`)).to.include({
      ...{ shares: '0', tally: '0', nextFrom: null },
    })
    expect((await show(number)).decision).to.equal(null)
    const nothing = await desk.fails(`board activate ${number} ${payer}`)
    expect(nothing['message']).to.match(/NothingDecided.*xln shares vote/)
  })

  it('earn what the entity pays into its pot, to the unit, whoever has them later', async () => {
    const { number, board } = await company()
    await desk.done(`entity deposit ${number} 1001 ${ether} ${payer}`)
    const deed = desk.fresh()
    await desk.done(`batch dividend ${deed} 1001 ${ether} --entity ${number}`)
    const { pot } = await show(number)
    expect(pot).to.match(/^0x[0-9a-f]{64}$/)
    await desk.signAndSend(deed, board)
    // Blocks of the local chain can be of one second, and nothing is divided in that of the issue.
    await desk.chain.advanceTime(1)
    const token = `0x${'00'.repeat(32)}`
    const seen = { token, reported: '0', taken: '0', unreported: '1001' }
    expect((await show(number)).dividends).to.deep.equal([seen])

    const report = `shares report ${number} --token ether ${payer}`
    expect(await desk.done(report)).to.include({ reported: '1001', total: '1001' })
    expect(await desk.done(report)).to.include({ reported: '0', total: '1001' })
    await desk.done(`shares transfer ${number} ${second} --dividend 50 ${key(2)}`)
    await desk.chain.advanceTime(1)
    const take = (at: number, more = '') =>
      desk.done(`shares take ${number} --token ether ${key(at)}${more}`)
    expect(await take(2, ' --dry-run')).to.include({ amount: '500', taken: false })
    expect(await take(2)).to.include({ amount: '500', taken: true, to: soleEntities[2] })
    expect(await take(2)).to.include({ amount: '0', taken: false })
    expect(await take(1)).to.include({ amount: '0' })
    expect(await take(0, ` --to ${number}`)).to.include({ amount: '500', taken: true })
    const left = { token, reported: '1001', taken: '1000', unreported: '0' }
    expect((await show(number)).dividends).to.deep.equal([left])
    const { reserves } = await desk.done<{ reserves: { reserve: string }[] }>(
      `entity show ${soleEntities[2]}`,
    )
    expect(reserves.map(({ reserve }) => reserve)).to.deep.equal(['500'])
  })

  it('are paid no dividend before there are any', async () => {
    const made = await desk.registered(second, third)
    const deed = desk.fresh()
    expect(
      await desk.fails(`batch dividend ${deed} 1 ${ether} --entity ${made.number}`),
    ).to.include({ code: 'shares_missing' })
    expect(await desk.fails(`shares report ${made.number} --token ether ${payer}`)).to.include({
      code: 'shares_missing',
    })
  })
})

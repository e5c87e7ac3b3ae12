import { MoodyMember__factory } from '@xln/shared/abi/typechain/factories/mocks/MoodyMember__factory.ts'
import { expect } from 'chai'
import {
  ChainDesk,
  ether,
  keyAddresses,
  members,
  payer,
  soleEntities,
} from './support/chainDesk.ts'

const [first = '', second = '', third = ''] = keyAddresses
const [alice = ''] = soleEntities
const key = (at: number) => `--secret-file @${at}.key`

describe('nested boards on a chain, without a node', function () {
  this.timeout(120_000)
  let desk: ChainDesk
  before(async () => {
    desk = await ChainDesk.open()
  })
  after(() => desk.close())

  const entityOf = async (board: string) =>
    (await desk.done<{ entity: string }>(`board show ${board}`)).entity

  /** A batch that gives one unit of the board's entity away. */
  async function payment(entity: string): Promise<string> {
    await desk.done(`entity deposit ${entity} 10 ${ether} ${payer}`)
    const deed = desk.fresh()
    await desk.done(`batch transfer ${deed} 1 ${alice} ${ether} --entity ${entity}`)
    return deed
  }

  /** The votes of one key, in a file. */
  async function vote(deed: string, board: string, signer: string, more = ''): Promise<string> {
    const out = desk.fresh()
    await desk.done(`deed sign ${deed} --board ${board} ${signer} --out ${out}${more}`)
    return out
  }

  it('decide by the votes of a lazy, a numbered and a BLS board, each with files of its own', async () => {
    const lazy = await desk.board(2, members(first, second))
    const numbered = await desk.registered(second, third)
    await desk.done('bls create @crew --count 3')
    const bls = await desk.board(2, '--cards @crew/members.json')
    await desk.done(`board check ${bls} ${payer}`)
    const nested = `--nested ${lazy} --nested ${numbered.number}:${numbered.board} --nested ${bls}`
    const top = await desk.board(3, nested)
    const entity = await entityOf(top)
    const deed = await payment(entity)

    const votes = [
      await vote(deed, top, key(0)),
      await vote(deed, top, key(1)),
      await vote(deed, top, '--secrets @crew'),
    ]
    const combine = `deed combine ${deed} --board ${top}`
    const few = await desk.fails(`${combine} ${votes.join(' ')}`)
    expect(few).to.deep.include({
      code: 'threshold_not_reached',
      ...{ weight: '2', missing: '1' },
      short: [{ entity: numbered.entity, weight: '1', threshold: '2' }],
    })
    expect(few['message']).to.include(`${numbered.entity} has 1 of 2. Collect more`)
    const all = [...votes, await vote(deed, top, key(2))].join(' ')
    expect(await desk.done(`${combine} ${all}`)).to.include({ weight: '3', total: '3' })
    await desk.done(`deed check ${deed}`)
    expect(await desk.done(`deed send ${deed} ${payer}`)).to.deep.include({ skipped: [] })
  })

  it('decide inside a board that is inside another, for proofs too', async () => {
    const inner = await desk.board(1, members(first, second))
    const middle = await desk.board(2, `${members(third)} --nested ${inner}`)
    const top = await desk.board(1, `--nested ${middle}`)
    const entity = await entityOf(top)
    const proof = desk.fresh()
    const terms = '--height 1 --offdelta ether=0'
    await desk.done(`deed proof ${proof} ${alice} ${terms} --entity ${entity}`)
    await desk.done(`deed sign ${proof} ${key(0)}`)
    expect(await desk.fails(`deed sign ${proof} --board ${top} ${key(2)}`)).to.include({
      code: 'threshold_not_reached',
    })
    const signed = await desk.done(`deed sign ${proof} --board ${top} ${key(1)} ${key(2)}`)
    expect(signed).to.include({ votes: 2, weight: '1' })
    await desk.done(`deed check ${proof}`)
    const { boards } = await desk.done<{ boards: { within: string[]; digest: string }[] }>(
      `deed show ${proof} --board ${top}`,
    )
    expect(boards.map(({ within }) => within.length)).to.deep.equal([0, 1, 2])
    expect(new Set(boards.map(({ digest }) => digest))).to.have.property('size', 3)
  })

  it('ask contracts what they say, but never as evidence', async () => {
    const yes = await desk.contract(`${MoodyMember__factory.bytecode}${'00'.repeat(32)}`)
    const no = await desk.contract(`${MoodyMember__factory.bytecode}${'00'.repeat(31)}01`)
    const house = await desk.board(1, `--contract ${yes} --contract ${no}`)
    const top = await desk.board(2, `${members(first)} --nested ${house}`)
    const entity = await entityOf(top)
    const deed = await payment(entity)
    const sign = `deed sign ${deed} --board ${top} ${key(0)}`
    await desk.done(`${sign} --contract ${no}=0x1234`)
    expect(await desk.done(`deed check ${deed}`, 2)).to.have.nested.property(
      'signatures[0].counts',
      false,
    )
    await desk.done(`${sign} --contract ${yes}`)
    await desk.done(`deed check ${deed}`)
    expect(await desk.done(`deed send ${deed} ${payer}`)).to.deep.include({ skipped: [] })

    expect(await desk.fails(`${sign} --contract ${second}`)).to.include({
      code: 'member_unknown',
      member: second,
    })
    const proof = desk.fresh()
    const terms = '--height 1 --offdelta ether=0'
    await desk.done(`deed proof ${proof} ${alice} ${terms} --entity ${entity}`)
    const wrong = `deed sign ${proof} --board ${top} ${key(0)} --contract ${yes}`
    expect(await desk.fails(wrong)).to.include({ code: 'contract_no_evidence', member: yes })
    const votes = await vote(deed, top, `--contract ${yes}`)
    const file = JSON.parse(desk.shown(votes))
    const { digest } = await desk.done<{ digest: string }>(`deed show ${proof}`)
    desk.write('smuggled.json', { ...file, digest })
    const own = await vote(proof, top, key(0))
    expect(
      await desk.fails(`deed combine ${proof} --board ${top} ${own} @smuggled.json`),
    ).to.deep.include({ code: 'threshold_not_reached', weight: '1' })
  })

  it('refuse files that name an entity below itself, another one, or too deep a one', async () => {
    const a = await desk.registered(first, second)
    const b = await desk.registered(second, third)
    const write = (name: string, members: object[]) =>
      desk.write(name, { kind: 'listed', threshold: '1', members })
    write('a.json', [{ entity: b.number, board: 'b.json', weight: '1' }])
    write('b.json', [{ entity: a.entity, board: 'a.json', weight: '1' }])
    const claim = desk.fresh()
    await desk.done(`name claim ${claim} the-cycle ${a.number}`)
    const sign = (board: string) => `deed sign ${claim} --board ${board} ${key(0)}`
    const cyclic = await desk.fails(sign('@a.json'))
    expect(cyclic).to.include({ code: 'board_cyclic', entity: a.entity })
    expect(cyclic['message']).to.match(/sits below itself by .*b\.json: an entity counts once/)

    const inner = await desk.board(1, members(first))
    const other = await desk.board(1, members(second))
    write('wrong.json', [{ entity: await entityOf(inner), board: other.slice(1), weight: '1' }])
    expect(await desk.fails(sign('@wrong.json'))).to.include({
      code: 'board_other',
      entity: await entityOf(inner),
    })
    // One number has one board, wherever it sits.
    const seat = (file: string) => ({ entity: '7', board: file.slice(1), weight: '1' })
    write('some.json', [seat(inner)])
    const some = await desk.board(1, '--nested 8:@some.json')
    const { members: seats } = JSON.parse(desk.shown(some))
    write('two.json', [seat(other), ...seats])
    expect(await desk.fails(sign('@two.json'))).to.include({ code: 'board_other' })
    write('lost.json', [{ entity: '7', board: 'nowhere.json', weight: '1' }])
    expect(await desk.fails(sign('@lost.json'))).to.include({ code: 'file_unreadable' })

    let board = inner
    for (let depth = 2; depth <= 4; depth++) board = await desk.board(1, `--nested ${board}`)
    await desk.done(sign(board))
    const five = await desk.board(1, `--nested ${board}`)
    expect(await desk.fails(sign(five))).to.include({ code: 'board_deep', depth: 5 })
  })

  it('leave out whose board is not at hand, and say so of their votes', async () => {
    const inner = await desk.board(1, members(second))
    const top = await desk.board(2, `${members(first)} --nested ${inner}`)
    const deed = await payment(await entityOf(top))
    const votes = await vote(deed, top, key(1))
    const { members: seats, ...bare } = JSON.parse(desk.shown(top))
    const known = seats.map(({ board: _, ...seat }: { board?: string }) => seat)
    desk.write('bare.json', { ...bare, members: known })
    const combine = `deed combine ${deed} --board`
    expect(await desk.fails(`${combine} @bare.json ${votes}`)).to.include({
      code: 'seat_unknown',
      entity: await entityOf(inner),
    })
    await desk.done(`${combine} ${top} ${votes} ${await vote(deed, '@bare.json', key(0))}`)
    await desk.done(`deed send ${deed} ${payer}`)
  })

  it('are refused with a member of two kinds, or a board of nobody', async () => {
    const wrong: [member: object, reason: RegExp][] = [
      [{ address: first, contract: second }, /one of address, key, contract and entity/],
      [{ address: first, board: 'a.json' }, /only an entity has a board/],
      [{ entity: '0' }, /entity/],
    ]
    for (const [member, reason] of wrong) {
      const seat = { ...member, weight: '1' }
      desk.write('wrong.json', { kind: 'listed', threshold: '1', members: [seat] })
      const fault = await desk.fails('board show @wrong.json')
      expect(fault['code']).to.equal('file_malformed')
      expect(fault['message']).to.match(reason)
    }
  })
})

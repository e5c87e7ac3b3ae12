import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  ChainDesk,
  DAY,
  ether,
  keyAddresses,
  members,
  payer,
  soleEntities,
} from './support/chainDesk.ts'

const [first = '', second = '', third = ''] = keyAddresses
const [alice = ''] = soleEntities

describe('boards on a chain, without a node', function () {
  this.timeout(120_000)
  let desk: ChainDesk
  let chain: ChainDesk['chain']
  let folder: string

  before(async () => {
    desk = await ChainDesk.open()
    ;({ chain, folder } = desk)
  })
  after(() => desk.close())

  const runLine: ChainDesk['runLine'] = (line) => desk.runLine(line)
  const done: ChainDesk['done'] = (line, expected) => desk.done(line, expected)
  const fails: ChainDesk['fails'] = (line) => desk.fails(line)
  const fresh: ChainDesk['fresh'] = () => desk.fresh()
  const shown: ChainDesk['shown'] = (name) => desk.shown(name)
  const registered: ChainDesk['registered'] = (...addresses) => desk.registered(...addresses)
  const signAndSend: ChainDesk['signAndSend'] = (deed, board, expected) =>
    desk.signAndSend(deed, board, expected)

  it('replace each other after two days, and only by their own decision', async () => {
    const { board, number, entity } = await registered(first, second)
    const next = fresh()
    await done(`board create ${next} --threshold 2 ${members(second, third)}`)
    const deed = fresh()
    expect(await fails(`board replace ${deed} ${number} ${next}`)).to.include({
      code: 'board_unchecked',
    })
    const { boardHash } = await done<{ boardHash: string }>(`board check ${next} ${payer}`)
    await done(`board replace ${deed} ${number} ${next}`)
    expect(await fails(`deed sign ${deed} --board ${board} --secret-file @2.key`)).to.include({
      code: 'member_unknown',
    })
    expect(await signAndSend(deed, board)).to.include({ before: false })
    expect(await done(`deed send ${deed} ${payer}`)).to.include({ before: true })

    const early = await fails(`board activate ${number} ${payer}`)
    expect(early['message']).to.match(/TooEarly/)
    await chain.advanceTime(2 * DAY)
    expect(await done(`board activate ${number} ${payer}`)).to.include({ entity, boardHash })
    const stale = fresh()
    await done(`board replace ${stale} ${number} --none`)
    await done(`deed sign ${stale} --board ${board} --secret-file @0.key --secret-file @1.key`)
    expect(await done(`deed check ${stale}`, 2)).to.have.nested.property(
      'signatures[0].counts',
      false,
    )
    expect((await fails(`deed send ${stale} ${payer}`))['message']).to.match(/SignatureInvalid/)
    expect(await signAndSend(stale, next)).to.include({ before: false })
  })

  it('take names and give them away, once', async () => {
    const one = await registered(first, second)
    const two = await registered(second, third)
    const claim = fresh()
    await done(`name claim ${claim} the-guild ${one.number}`)
    await signAndSend(claim, one.board)
    expect(await done('name show the-guild')).to.include({ entity: one.entity })
    const transfer = fresh()
    await done(`name transfer ${transfer} the-guild ${two.number}`)
    await signAndSend(transfer, one.board)
    expect(await done('name show the-guild')).to.include({ entity: two.entity })
    expect(await done(`deed send ${claim} ${payer}`)).to.include({ before: true })

    const late = fresh()
    await done(`name claim ${late} the-guild ${one.number}`)
    await done(`deed sign ${late} --board ${one.board} --secret-file @0.key --secret-file @1.key`)
    expect((await fails(`deed send ${late} ${payer}`))['message']).to.match(/NameTaken/)
    for (const name of ['ab', 'The-Guild', '-abc', 'abc-', 'a'.repeat(33), 'the_guild']) {
      const { code } = await runLine(`name claim ${fresh()} ${name} ${one.number}`)
      expect(code, name).to.equal(1)
    }
    expect((await fails('name show a!'))['code']).to.equal('name_malformed')
    expect(await fails(`name claim ${fresh()} other-name 99`)).to.include({
      code: 'entity_unregistered',
    })
    expect((await fails(`name transfer ${fresh()} unclaimed 1`))['message']).to.match(/Nobody has/)
  })

  it('are registered once, unless another is asked for, and only when they are checked', async () => {
    const { board, entity } = await registered(first, third)
    expect(await fails(`board register ${board} ${payer}`)).to.deep.include({
      code: 'board_registered',
      entity,
    })
    const unchecked = fresh()
    await done(`board create ${unchecked} --threshold 1 ${members(third, first)}`)
    expect(await fails(`board register ${unchecked} ${payer}`)).to.include({
      code: 'board_unchecked',
    })
    await done('bls create @keys --count 2')
    await done(`board create @bls.json --threshold 2 --cards ${folder}/keys/members.json`)
    const bare = JSON.parse(shown('@bls.json'))
    for (const member of bare.members) delete member.possession
    writeFileSync(join(folder, 'bare.json'), JSON.stringify(bare))
    expect(await fails(`board check @bare.json ${payer}`)).to.include({
      code: 'possession_missing',
      keys: 2,
    })
    const cards = '@keys/members.json'
    expect(await done(`bls register ${cards} ${payer}`)).to.include({ registered: 2, before: 0 })
    expect(await done(`bls register ${cards} ${payer}`)).to.include({ registered: 0, before: 2 })
    expect(await done(`board check @bare.json ${payer}`)).to.include({ before: false })
    expect(await done(`board check @bls.json ${payer}`)).to.include({ before: true })
  })

  it('list addresses and BLS keys beside each other, and the chain counts both', async () => {
    await done('bls create @mixed-keys')
    const board = fresh()
    const cards = `--cards ${folder}/mixed-keys/members.json=2`
    const made = await done<{ kind: string; entity: string }>(
      `board create ${board} --threshold 3 ${members(first, second)} ${cards}`,
    )
    expect(made).to.include({ kind: 'listed', total: '4' })
    await done(`board check ${board} ${payer}`)
    expect(await done(`board show ${board}`)).to.include({ entity: made.entity })
    await done(`entity deposit ${made.entity} 10 ${ether} ${payer}`)
    const deed = fresh()
    await done(`batch transfer ${deed} 10 ${alice} ${ether} --board ${board}`)
    const sign = `deed sign ${deed} --board ${board}`
    await done(`${sign} --secret-file @1.key --out @address.votes`)
    await done(`${sign} --secrets @mixed-keys --out @key.votes`)
    const combine = `deed combine ${deed} --board ${board}`
    expect(await fails(`${combine} @key.votes`)).to.include({
      code: 'threshold_not_reached',
      missing: '1',
    })
    const votes = JSON.parse(shown('@key.votes'))
    votes.votes[0].signature = votes.votes[0].signature.replace(/.{8}$/, '00000000')
    writeFileSync(join(folder, 'forged.votes'), JSON.stringify(votes))
    expect(await fails(`${combine} @address.votes @forged.votes`)).to.include({
      code: 'vote_wrong',
    })
    await done(`${combine} @address.votes @key.votes`)
    expect(await done(`deed send ${deed} ${payer}`)).to.deep.include({ skipped: [] })
  })

  it('pay out in batches of several items, which are sent once and in their order', async () => {
    const { board, number, entity } = await registered(second, first)
    await done(`entity deposit ${number} 100 ${ether} ${payer}`)
    const payee = `0x${'9b'.repeat(20)}`
    const [one, two] = [fresh(), fresh()]
    await done(`batch withdraw ${one} 30 ${payee} ${ether} --entity ${number}`)
    await done(`batch transfer ${one} 20 ${alice} ${ether} --entity ${number}`)
    await done(`batch withdraw ${two} 10 ${payee} ${ether} --entity ${number}`)
    await signAndSend(one, board)
    expect(await fails(`batch withdraw ${one} 1 ${payee} ${ether} --entity 1`)).to.include({
      code: 'deed_signed',
    })
    await done(`deed sign ${two} --board ${board} --secret-file @0.key --secret-file @1.key`)
    expect(await fails(`deed send ${two} ${payer}`)).to.include({
      code: 'nonce_wrong',
      given: '0',
      next: '1',
    })
    expect(BigInt(await chain.request('eth_getBalance', [payee, 'latest']))).to.equal(30n)
    const { reserves, batchNonce } = await done<{ reserves: object[]; batchNonce: string }>(
      `entity show ${entity}`,
    )
    const token = `0x${'00'.repeat(32)}`
    expect({ reserves, batchNonce }).to.deep.equal({
      reserves: [{ token, reserve: '50' }],
      batchNonce: '1',
    })
  })

  it('are told what the chain skipped, what has expired, and who cannot pay', async () => {
    const { board, number, entity } = await registered(third, first)
    const state = fresh()
    const terms = '--height 1 --offdelta ether=0 --window 600'
    await done(`deed proof ${state} ${alice} ${terms} --entity ${number}`)
    await done(`deed sign ${state} --secret-file @0.key`)
    const counter = fresh()
    expect(await fails(`batch counter ${counter} ${state} --entity ${number}`)).to.include({
      code: 'signature_missing',
      entity,
    })
    await done(
      `deed sign ${state} --board ${board} --entity ${number} --secret-file @0.key --secret-file @2.key`,
    )
    expect(await fails(`deed send ${state} ${payer}`)).to.include({ code: 'dispute_none' })
    await done(`batch counter ${counter} ${state} --entity ${number}`)
    expect(await signAndSend(counter, board, 2)).to.have.deep.property('skipped', [
      { index: 0, reason: 'NoDispute' },
    ])

    expect(await fails(`batch counter ${fresh()} ${state} --entity 99`)).to.include({
      code: 'peer_missing',
    })

    const late = fresh()
    await done(`batch dispute ${late} ${state} --entity ${number} --valid-for 10`)
    await done(`deed sign ${late} --board ${board} --secret-file @0.key --secret-file @2.key`)
    expect(await fails(`deed send ${late} --key-file @poor.key`)).to.include({
      code: 'gas_key_poor',
    })
    await chain.advanceTime(11)
    expect(await fails(`deed send ${late} ${payer}`)).to.include({ code: 'deed_expired' })
    const foreign = { ...JSON.parse(shown(late)), domain: { ...JSON.parse(shown(late)).domain } }
    foreign.domain.chainId = '1'
    writeFileSync(join(folder, 'foreign.json'), JSON.stringify(foreign))
    expect(await fails(`deed send @foreign.json ${payer}`)).to.include({
      code: 'deed_of_other_chain',
      chainId: '1',
    })
  })

  it('have their disputes countered by anybody who holds what both have signed', async () => {
    const { board, number } = await registered(third, second)
    const states = [fresh(), fresh()]
    for (const [at, state] of states.entries()) {
      const terms = `--height ${at + 1} --offdelta ether=0 --window 600`
      await done(`deed proof ${state} ${alice} ${terms} --entity ${number}`)
      await done(`deed sign ${state} --secret-file @0.key`)
      const keys = '--secret-file @1.key --secret-file @2.key'
      await done(`deed sign ${state} --board ${board} --entity ${number} ${keys}`)
    }
    const start = fresh()
    await done(`batch dispute ${start} ${states[0]} --entity ${alice}`)
    await done(`deed sign ${start} --secret-file @0.key`)
    await done(`deed send ${start} ${payer}`)
    expect(await done(`deed send ${states[1]} ${payer}`)).to.include({ before: false })
    expect(await done(`deed send ${states[1]} ${payer}`)).to.include({ before: true })
    expect((await fails(`deed send ${states[0]} ${payer}`))['message']).to.match(
      /DisputeNonceNotHigher/,
    )
    await chain.advanceTime(600)
    const end = fresh()
    await done(`batch finalise ${end} ${states[1]} --entity ${number}`)
    await signAndSend(end, board)
    expect(await fails(`deed send ${states[1]} ${payer}`)).to.include({
      code: 'cooperative_nonce_wrong',
      given: '0',
      next: String(2 ** 32),
    })
  })
})

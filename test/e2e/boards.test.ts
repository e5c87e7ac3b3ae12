import { writeFileSync } from 'node:fs'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { expect } from 'chai'
import { Desk } from './support/desk.ts'

/** Members at each machine: the first three have exactly what decides. */
const machines = [25, 25, 17, 33]
const THRESHOLD = 67
const WINDOW = 600

describe('a board of 100 BLS keys, from the command line alone', function () {
  this.timeout(180_000)
  const key = `0x${'5e'.repeat(32)}`
  const single = lazyEntityId(addressOf(hexToBytes(key)))
  let desk: Desk
  let board: string

  before(async () => {
    desk = await Desk.open()
    writeFileSync(desk.path('single.key'), `${key}\n`, { mode: 0o600 })
    await desk.done('init --gas-key-file payer.key')
    await desk.done('deploy --key-file payer.key')
    await Promise.all(machines.map((count, at) => desk.done(`bls create m${at} --count ${count}`)))
    const cards = machines.map((_, at) => `--cards m${at}/members.json`).join(' ')
    const made = await desk.done<{ entity: string; total: string }>(
      `board create board.json --threshold ${THRESHOLD} ${cards}`,
    )
    expect(made.total).to.equal('100')
    board = made.entity
    expect(await desk.done('board check board.json')).to.include({ before: false })
  })
  after(() => desk.close())

  /** The votes of some machines, each with its own members only. */
  async function vote(deed: string, at: readonly number[]): Promise<string> {
    await Promise.all(
      at.map((machine) => {
        const where = `--secrets m${machine} --out ${deed}.votes${machine}`
        return desk.done(`deed sign ${deed} --board board.json ${where}`)
      }),
    )
    return at.map((machine) => `${deed}.votes${machine}`).join(' ')
  }

  async function signByBoard(deed: string, at: readonly number[]) {
    const votes = await vote(deed, at)
    return await desk.done(`deed combine ${deed} ${votes} --board board.json`)
  }

  async function act(deed: string) {
    await desk.done(`deed sign ${deed} --secret-file single.key`)
    return await desk.done(`deed send ${deed}`)
  }

  /** A state in which the single key has paid the board so much in all, by both. */
  async function agree(height: number, paid: number, at: readonly number[]): Promise<string> {
    const deed = `state-${height}.json`
    const offdelta = `ether=${single < board ? '-' : ''}${paid}`
    const terms = `--height ${height} --offdelta ${offdelta} --base-units --window ${WINDOW}`
    await desk.done(`deed proof ${deed} ${board} ${terms} --entity ${single}`)
    await desk.done(`deed sign ${deed} --secret-file single.key`)
    await signByBoard(deed, at)
    return deed
  }

  async function reserveOf(entity: string): Promise<bigint> {
    const { reserves } = await desk.done<{ reserves: { reserve: string }[] }>(
      `entity show ${entity}`,
    )
    return reserves.reduce((sum, { reserve }) => sum + BigInt(reserve), 0n)
  }

  it('wins a dispute, takes what a cheat forfeits, and is paid, to the unit', async () => {
    await desk.done(`entity deposit ${single} 1000 --base-units --token ether`)
    const money = '--base-units --token ether'
    await desk.done(`batch collateralise open.json 601 ${board} ${money} --entity ${single}`)
    await act('open.json')
    const old = await agree(1, 0, [0, 1, 2, 3])
    await agree(2, 200, [0, 1, 3])
    const newest = await agree(3, 300, [0, 1, 2])
    const { signatures } = await desk.done<{ signatures: object[] }>(`deed check ${newest}`)
    const both = [single, board].sort().map((entity) => ({ entity, counts: true, signed: true }))
    expect(signatures).to.deep.equal(both)

    await desk.done(`batch dispute start.json ${old} --entity ${single}`)
    await act('start.json')

    await desk.done(`batch counter counter.json ${newest} --board board.json`)
    const few = await vote('counter.json', [0, 1])
    expect(await desk.fails(`deed combine counter.json ${few} --board board.json`)).to.include({
      code: 'threshold_not_reached',
      weight: '50',
      missing: '17',
    })
    expect(await desk.fails('deed send counter.json')).to.include({ code: 'signature_missing' })
    const all = `${few} ${await vote('counter.json', [2])}`
    const signed = await desk.done(`deed combine counter.json ${all} --board board.json`)
    expect(signed).to.include({ weight: '67', total: '100' })
    expect(await desk.done('deed send counter.json')).to.deep.include({
      before: false,
      skipped: [],
    })
    expect(await desk.done('deed send counter.json')).to.deep.include({ before: true, skipped: [] })

    await desk.chain.advanceTime(WINDOW)
    await desk.done(`batch finalise end.json ${newest} --board board.json`)
    await signByBoard('end.json', [0, 1, 2, 3])
    await desk.done('deed send end.json')
    // Of 601, 301 were the cheat's: half of that, rounded down, is the board's.
    expect(await reserveOf(board)).to.equal(300n + 150n)
    expect(await reserveOf(single)).to.equal(399n + 151n)
    const { disputesStarted, forfeits } = await desk.done(`reputation ${single}`)
    expect({ disputesStarted, forfeits }).to.deep.equal({ disputesStarted: 1, forfeits: 1 })

    const payee = `0x${'9a'.repeat(20)}`
    await desk.done(`batch withdraw pay.json 450 ${payee} ${money} --board board.json`)
    await signByBoard('pay.json', [1, 2, 3])
    await desk.done('deed send pay.json')
    expect(await desk.balanceOf(payee)).to.equal(450n)
    expect(await reserveOf(board)).to.equal(0n)
    const { domain } = await desk.done<{ domain: { depository: string } }>('deed show pay.json')
    expect(await desk.balanceOf(domain.depository)).to.equal(550n)
  })
})

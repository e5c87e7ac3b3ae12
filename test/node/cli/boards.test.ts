import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyOf } from '@xln/shared/crypto/bls.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { addresses, members, withDesk } from './support/boardDesk.ts'
import { run } from './support/cli.ts'

const [first = '', second = '', third = ''] = addresses

describe('xln board create', () => {
  it('makes a board of addresses, whose hash is the entity, in any order of its members', async () => {
    await withDesk(async (desk) => {
      const made = await desk.done(
        `board create @a.json --threshold 2 ${members(first, second, third)}`,
      )
      const other = await desk.done(
        `board create @b.json --threshold 2 ${members(third, first, second)}`,
      )
      expect(other).to.deep.equal(made)
      expect(made).to.include({ kind: 'listed', threshold: '2', total: '3' })
      expect(await desk.done('board show @a.json')).to.deep.equal(made)
      const sole = await desk.done(`board create @c.json --threshold 1 ${members(first)}`)
      expect(sole).to.include({ entity: lazyEntityId(first as Address) })
    })
  })

  it('says why a board cannot decide, and writes nothing', async () => {
    await withDesk(async (desk) => {
      const wrong: Record<string, RegExp> = {
        '--threshold 1': /no members/,
        [`--threshold 0 ${members(first)}`]: /threshold is 0/,
        [`--threshold 2 ${members(first)}`]: /threshold is 2, and all members weigh 1/,
        [`--threshold 1 ${members(first, first)}`]: /on it twice/,
        [`--threshold 1 ${members(`${first}=0`, second)}`]: /weight is wrong/,
        [`--threshold 1 ${members(`${first}=18446744073709551616`)}`]: /weight is wrong/,
      }
      for (const [words, message] of Object.entries(wrong)) {
        const fault = await desk.fails(`board create @board.json ${words}`)
        expect(fault['code'], words).to.equal('board_invalid')
        expect(fault['message']).to.match(message)
        expect(() => statSync(desk.path('board.json'))).to.throw()
      }
      const usage = {
        'board create @board.json': /--threshold is missing/,
        'board create @board.json --threshold 1 --member 0x12': /"0x12" is no address/,
        'board create @board.json --threshold x': /"x" is no weight/,
      }
      for (const [line, message] of Object.entries(usage)) {
        expect((await desk.fails(line))['message']).to.match(message)
      }
      await desk.done(`board create @board.json --threshold 1 ${members(first)}`)
      const again = await desk.fails(`board create @board.json --threshold 1 ${members(second)}`)
      expect(again['code']).to.equal('file_exists')
      const nowhere = `board create @no/where.json --threshold 1 ${members(first)}`
      expect((await desk.fails(nowhere))['code']).to.equal('file_unwritable')
    })
  })

  it('makes a board of BLS keys from the cards of its members, and of nothing unproven', async () => {
    await withDesk(async (desk) => {
      const { keys } = await desk.done<{ keys: { id: string; key: string }[] }>(
        'bls create @ann --count 2',
      )
      await desk.done('bls create @bob')
      const cards = '--cards @ann/members.json --cards @bob/members.json=2'.replaceAll(
        '@',
        `${desk.folder}/`,
      )
      const made = await desk.done<{ members: { member: string }[] }>(
        `board create @board.json --threshold 3 ${cards}`,
      )
      expect(made).to.include({ kind: 'bls', total: '4' })
      expect(made.members.map(({ member }) => member)).to.include.members(keys.map(({ id }) => id))
      const secret = readFileSync(
        join(desk.path('ann'), `${keys[0]?.key.slice(2, 18)}.key`),
        'utf8',
      )
      expect(bytesToHex(blsKeyOf(hexToBytes(secret.trim())))).to.equal(keys[0]?.key)
      for (const name of ['board.json', 'ann/members.json']) {
        for (const part of [secret.trim(), secret.trim().slice(2)]) {
          expect(readFileSync(desk.path(name), 'utf8')).to.not.include(part)
        }
      }
      const ann = JSON.parse(readFileSync(desk.path('ann/members.json'), 'utf8'))
      ann.members[0].possession = ann.members[1].possession
      desk.write('forged.json', ann)
      const forged = `--cards ${desk.path('forged.json')}`
      const fault = await desk.fails(`board create @forged-board.json --threshold 1 ${forged}`)
      expect(fault).to.include({ code: 'possession_wrong', key: ann.members[0].key })
    })
  })
})

describe('xln bls create', () => {
  it('adds keys to a folder, and nobody else can read them', async () => {
    await withDesk(async (desk) => {
      const one = await desk.done<{ keys: object[] }>('bls create @ann')
      const three = await desk.done<{ keys: { key: string }[] }>('bls create @ann --count 2')
      expect(three.keys).to.have.length(3).and.to.deep.include(one.keys[0])
      expect(statSync(desk.path('ann')).mode & 0o777).to.equal(0o700)
      for (const { key } of three.keys) {
        const { mode } = statSync(join(desk.path('ann'), `${key.slice(2, 18)}.key`))
        expect(mode & 0o777).to.equal(0o600)
      }
    })
  })
})

describe('xln bls create --sealed', () => {
  it('keeps secrets under a password, with which alone they sign', async () => {
    await withDesk(async (desk) => {
      const environment = { XLN_DATA_DIR: desk.folder, XLN_PASSWORD: 'a password' }
      const folder = desk.path('ann')
      const create = ['bls', 'create', folder, '--sealed', '--json']
      const first = await run(create, environment)
      expect(first.code, first.out).to.equal(0)
      const wrong = await run(create, { ...environment, XLN_PASSWORD: 'another' })
      expect(wrong.code).to.equal(1)
      expect(JSON.parse(wrong.out)).to.have.nested.property('error.code', 'password_wrong')
      const second = JSON.parse((await run(create, environment)).out) as { keys: object[] }
      expect(second.keys).to.have.length(2)
      expect(readdirSync(folder).sort()).to.deep.equal(['members.json', 'secrets.vault'])
      expect(statSync(join(folder, 'secrets.vault')).mode & 0o777).to.equal(0o600)

      const { entity } = await desk.done<{ entity: string }>(
        `board create @board.json --threshold 2 --cards ${folder}/members.json`,
      )
      await desk.deed('deed.json', entity)
      const deed = [desk.path('deed.json'), '--board', desk.path('board.json'), '--secrets', folder]
      const signed = await run(['deed', 'sign', ...deed, '--json'], environment)
      expect(JSON.parse(signed.out)).to.include({ entity, votes: 2, weight: '2' })
      chmodSync(join(folder, 'secrets.vault'), 0o640)
      const exposed = await run(['deed', 'sign', ...deed, '--json'], environment)
      expect(JSON.parse(exposed.out)).to.have.nested.property('error.code', 'keystore_exposed')
    })
  })
})

describe('a board file', () => {
  const member = { address: first, weight: '1' }
  const wrong: Record<string, [data: object | string, code: string, message: RegExp]> = {
    'that is not JSON': ['{', 'file_malformed', /it is not JSON/],
    'of another kind': [{ kind: 'club' }, 'file_malformed', /kind/],
    'with a number for a weight': [
      { kind: 'listed', threshold: '1', members: [{ ...member, weight: 1 }] },
      'file_malformed',
      /members\.0\.weight/,
    ],
    'with a field too many': [
      { kind: 'listed', threshold: '1', members: [{ ...member, secret: '0x1' }] },
      'file_malformed',
      /secret/,
    ],
    'with a key that is none': [
      { kind: 'bls', threshold: '1', members: [{ key: `0x${'11'.repeat(96)}`, weight: '1' }] },
      'board_invalid',
      /a key is none/,
    ],
    'with a member of no kind': [
      { kind: 'listed', threshold: '1', members: [{ weight: '1' }] },
      'file_malformed',
      /members\.0: one of address, key, contract and entity/,
    ],
    'with a listed key that is none': [
      { kind: 'listed', threshold: '1', members: [{ key: `0x${'11'.repeat(96)}`, weight: '1' }] },
      'board_invalid',
      /a key is none/,
    ],
    'with nobody on it': [
      { kind: 'bls', threshold: '1', members: [] },
      'board_invalid',
      /no members/,
    ],
  }
  for (const [what, [data, code, message]] of Object.entries(wrong)) {
    it(`is refused: one ${what}`, async () => {
      await withDesk(async (desk) => {
        desk.write('board.json', data)
        const fault = await desk.fails('board show @board.json')
        expect(fault['code']).to.equal(code)
        expect(fault['message']).to.match(message)
      })
    })
  }

  it('is refused when it is not there', async () => {
    await withDesk(async (desk) => {
      expect(await desk.fails('board show @board.json')).to.include({ code: 'file_unreadable' })
    })
  })
})

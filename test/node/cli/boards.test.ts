import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Deed, writeDeed } from '@xln/node/cli/boards/deed.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { blsKeyOf } from '@xln/shared/crypto/bls.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Address, EntityId, Hash } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { run, withFolder } from './support/cli.ts'

const domain: ChainDomain = {
  chainId: 1n,
  depository: `0x${'d0'.repeat(20)}` as Address,
  entityProvider: `0x${'e0'.repeat(20)}` as Address,
  subcontractProvider: `0x${'50'.repeat(20)}` as Address,
}
const secrets = ['0a', '0b', '0c'].map((byte) => `0x${byte.repeat(32)}`)
const addresses = secrets.map((secret) => addressOf(hexToBytes(secret)))
const [first = '', second = '', third = ''] = addresses

/** A folder with three keys of addresses, `0.key` to `2.key`, and commands that take its files. */
async function withDesk(test: (desk: Desk) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    for (const [at, secret] of secrets.entries()) {
      writeFileSync(join(folder, `${at}.key`), secret, { mode: 0o600 })
    }
    await test(new Desk(folder))
  })
}

class Desk {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Words that start with `@` are files of the folder. */
  async run(line: string) {
    const words = line.split(' ').map((word) => word.replace(/^@/, `${this.folder}/`))
    return await run([...words, '--json'], { XLN_DATA_DIR: this.folder })
  }

  async done<Said = Record<string, unknown>>(line: string): Promise<Said> {
    const { code, out } = await this.run(line)
    expect(code, `${line}\n${out}`).to.equal(0)
    return JSON.parse(out) as Said
  }

  async fails(line: string): Promise<Record<string, unknown>> {
    const { code, out } = await this.run(line)
    expect(code, `${line}\n${out}`).to.equal(1)
    return (JSON.parse(out) as { error: Record<string, unknown> }).error
  }

  write(name: string, data: object | string): void {
    writeFileSync(this.path(name), typeof data === 'string' ? data : JSON.stringify(data))
  }

  /** A name claim of `entity`: the smallest deed. */
  async deed(name: string, entity: string, nonce = 0n): Promise<Deed> {
    const deed: Deed = {
      type: 'name',
      domain,
      entity: entity as EntityId,
      name: `0x${'61'.repeat(3).padEnd(64, '0')}` as Hash,
      to: null,
      nonce,
      signatures: new Map(),
    }
    await writeDeed(this.path(name), deed, 'replacing')
    return deed
  }
}

const members = (...ids: readonly string[]) => ids.map((id) => `--member ${id}`).join(' ')

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
      /members\.0: an address or a key/,
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

describe('xln deed sign and deed combine', () => {
  const listed = `board create @board.json --threshold 2 ${members(first, second)}`

  it('make of votes from several machines the signature that the chain takes', async () => {
    await withDesk(async (desk) => {
      const { entity } = await desk.done<{ entity: EntityId }>(listed)
      await desk.deed('deed.json', entity)
      for (const at of [0, 1]) {
        const words = `--board ${desk.path('board.json')} --secret-file ${desk.path(`${at}.key`)}`
        await desk.done(`deed sign @deed.json ${words} --out ${desk.path(`${at}.votes`)}`)
      }
      const board = `--board ${desk.path('board.json')}`
      const few = await desk.fails(`deed combine @deed.json @0.votes ${board}`)
      expect(few).to.include({ code: 'threshold_not_reached', weight: '1', missing: '1' })
      const twice = await desk.fails(`deed combine @deed.json @0.votes @0.votes ${board}`)
      expect(twice).to.include({ code: 'threshold_not_reached', weight: '1' })
      await desk.done(`deed combine @deed.json @1.votes @0.votes ${board}`)

      const shown = await desk.done<{ digest: string; signers: object[] }>('deed show @deed.json')
      expect(shown.signers).to.deep.equal([{ entity, signed: true }])
      const { signatures } = JSON.parse(readFileSync(desk.path('deed.json'), 'utf8'))
      const signature = hexToBytes(signatures[entity])
      expect(verifyEntitySignature(domain, entity, hexToBytes(shown.digest), signature)).to.equal(
        true,
      )
    })
  })

  it('sign at once where enough keys are at hand, and alone without a board', async () => {
    await withDesk(async (desk) => {
      const { entity } = await desk.done<{ entity: EntityId }>(listed)
      await desk.deed('deed.json', entity)
      const board = `--board ${desk.path('board.json')}`
      const one = `--secret-file ${desk.path('0.key')}`
      const two = `${one} --secret-file ${desk.path('1.key')}`
      expect(await desk.fails(`deed sign @deed.json ${board} ${one}`)).to.include({
        code: 'threshold_not_reached',
        missing: '1',
      })
      expect(await desk.done(`deed sign @deed.json ${board} ${two}`)).to.include({ weight: '2' })

      const sole = lazyEntityId(first as Address)
      await desk.deed('sole.json', sole)
      expect(await desk.done(`deed sign @sole.json ${one}`)).to.deep.equal({ signed: [sole] })
      const { signatures } = JSON.parse(readFileSync(desk.path('sole.json'), 'utf8'))
      expect(hexToBytes(signatures[sole])).to.have.length(65)
    })
  })

  it('refuse votes and keys that do not belong there, by name', async () => {
    await withDesk(async (desk) => {
      const { entity } = await desk.done<{ entity: EntityId }>(listed)
      await desk.deed('deed.json', entity)
      await desk.deed('other.json', entity, 1n)
      const board = `--board ${desk.path('board.json')}`
      const key = (at: number) => `--secret-file ${desk.path(`${at}.key`)}`
      await desk.done(`deed sign @deed.json ${board} ${key(0)} --out ${desk.path('0.votes')}`)
      await desk.done(`deed sign @other.json ${board} ${key(1)} --out ${desk.path('foreign')}`)
      const combine = `deed combine @deed.json @0.votes`
      expect(await desk.fails(`${combine} @foreign ${board}`)).to.include({
        code: 'votes_foreign',
        path: desk.path('foreign'),
      })
      const votes = JSON.parse(readFileSync(desk.path('0.votes'), 'utf8'))
      const forged = { ...votes, votes: [{ ...votes.votes[0], member: padded(second) }] }
      desk.write('forged', forged)
      expect(await desk.fails(`${combine} @forged ${board}`)).to.include({
        code: 'vote_wrong',
        member: second,
      })
      desk.write('stranger', { ...votes, votes: [{ ...votes.votes[0], member: padded(third) }] })
      expect(await desk.fails(`${combine} @stranger ${board}`)).to.include({
        code: 'member_unknown',
        member: third,
      })
      expect(await desk.fails(`deed sign @deed.json ${board} ${key(2)}`)).to.include({
        code: 'member_unknown',
        member: third,
      })
      expect(await desk.fails(`deed sign @deed.json ${key(2)}`)).to.include({
        code: 'signer_foreign',
        entity: lazyEntityId(third as Address),
      })
    })
  })

  it('refuse keys that others can read, that are none, or that no curve has', async () => {
    await withDesk(async (desk) => {
      const { entity } = await desk.done<{ entity: EntityId }>(listed)
      await desk.deed('deed.json', entity)
      const sign = `deed sign @deed.json --board ${desk.path('board.json')}`
      chmodSync(desk.path('0.key'), 0o644)
      expect(await desk.fails(`${sign} --secret-file ${desk.path('0.key')}`)).to.include({
        code: 'key_exposed',
        mode: 0o644,
      })
      writeFileSync(desk.path('1.key'), 'a secret')
      expect(await desk.fails(`${sign} --secret-file ${desk.path('1.key')}`)).to.include({
        code: 'key_malformed',
      })
      writeFileSync(desk.path('2.key'), `0x${'00'.repeat(32)}`)
      expect(await desk.fails(`${sign} --secret-file ${desk.path('2.key')}`)).to.include({
        code: 'key_impossible',
      })
      expect(await desk.fails(`${sign} --secrets ${desk.path('nowhere')}`)).to.include({
        code: 'file_unreadable',
      })
      mkdirSync(desk.path('empty'))
      expect((await desk.fails(`${sign} --secrets ${desk.path('empty')}`))['message']).to.match(
        /--secret-file, --secrets or --signer is missing/,
      )
    })
  })

  it('ask for which end of a channel a numbered board signs', async () => {
    await withDesk(async (desk) => {
      await desk.done(listed)
      const [left, right] = [`0x${'0'.repeat(63)}1`, `0x${'0'.repeat(63)}2`] as EntityId[]
      const proof = {
        type: 'proof',
        domain,
        left: left as EntityId,
        right: right as EntityId,
        cooperativeNonce: 0n,
        height: 1,
        byLeft: true,
        disputeWindow: 600,
        tokens: [{ token: `0x${'00'.repeat(32)}` as never, offdelta: 0n }],
        signatures: new Map(),
      } as const
      await writeDeed(desk.path('proof.json'), proof, 'new')
      const two = `--secret-file ${desk.path('0.key')} --secret-file ${desk.path('1.key')}`
      const sign = `deed sign @proof.json --board ${desk.path('board.json')} ${two}`
      expect(await desk.fails(sign)).to.include({ code: 'signer_ambiguous' })
      expect(await desk.fails(`${sign} --entity 3`)).to.include({ code: 'signer_foreign' })
      expect(await desk.done(`${sign} --entity 2`)).to.include({ entity: right })
    })
  })
})

function padded(address: string): string {
  return `0x${'00'.repeat(12)}${address.slice(2)}`
}

describe('a deed', () => {
  it('is refused with a field that is missing, wrong or unknown', async () => {
    await withDesk(async (desk) => {
      await desk.deed('deed.json', lazyEntityId(first as Address))
      const deed = JSON.parse(readFileSync(desk.path('deed.json'), 'utf8'))
      const { nonce: _, ...without } = deed
      const wrong: [data: object, message: RegExp][] = [
        [without, /nonce/],
        [{ ...deed, nonce: '18446744073709551616' }, /nonce: more than 64 bits/],
        [{ ...deed, nonce: '-1' }, /nonce/],
        [{ ...deed, entity: '0x12' }, /entity/],
        [{ ...deed, type: 'wish' }, /type/],
        [{ ...deed, more: 1 }, /more/],
        [{ ...deed, signatures: { [deed.entity]: 'x' } }, /signatures/],
      ]
      for (const [data, message] of wrong) {
        desk.write('wrong.json', data)
        const fault = await desk.fails('deed show @wrong.json')
        expect(fault['code']).to.equal('file_malformed')
        expect(fault['message']).to.match(message)
      }
    })
  })
})

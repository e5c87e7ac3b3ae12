import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Deed, writeDeed } from '@xln/node/cli/boards/deed.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { verifyEntitySignature } from '@xln/shared/entity/signature.ts'
import type { Address, EntityId, TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { addresses, domain, members, withDesk } from './support/boardDesk.ts'

const [first = '', second = '', third = ''] = addresses

const [left, right] = [`0x${'0'.repeat(63)}1`, `0x${'0'.repeat(63)}2`] as [EntityId, EntityId]
const etherId = `0x${'00'.repeat(32)}` as TokenId
const proof: Deed = {
  type: 'proof',
  domain,
  left,
  right,
  cooperativeNonce: 0n,
  height: 1,
  byLeft: true,
  disputeWindow: 600,
  tokens: [{ token: etherId, offdelta: 0n }],
  defaultSwaps: [],
  signatures: new Map(),
}

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

  it('hold 64 default swaps in one state, and no 65th', async () => {
    await withDesk(async (desk) => {
      const defaultSwap = {
        ...{ buyerIsLeft: true, token: etherId, amount: 1n, debtor: left, owedToken: etherId },
        ...{ threshold: 1n, expiry: 1_900_000_000 },
      }
      for (const [count, file] of [
        [64, 'most.json'],
        [65, 'more.json'],
      ] as const) {
        const defaultSwaps = Array.from({ length: count }, () => defaultSwap)
        await writeDeed(desk.path(file), { ...proof, defaultSwaps }, 'new')
      }
      expect(await desk.done('deed show @most.json')).to.have.property('digest')
      const refused = await desk.fails('deed show @more.json')
      expect(refused).to.include({ code: 'file_malformed' })
      expect(refused['message']).to.match(/defaultSwaps/)
    })
  })

  it('ask for which end of a channel a numbered board signs', async () => {
    await withDesk(async (desk) => {
      await desk.done(listed)
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
  it('is not taken for one of another kind', async () => {
    await withDesk(async (desk) => {
      await desk.deed('deed.json', lazyEntityId(first as Address))
      const counter = await desk.fails('batch counter @new.json @deed.json --entity 1')
      expect(counter).to.include({ code: 'deed_kind_wrong', given: 'name', expected: 'proof' })
      const payee = `0x${'9b'.repeat(20)}`
      const add = `batch withdraw @deed.json 1 ${payee} --token ether`
      writeFileSync(desk.path('xln.yaml'), '')
      expect(await desk.fails(add)).to.include({ code: 'deed_kind_wrong', given: 'name' })
    })
  })

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

/** The bounds of what users of the API and the command line have: at each of them, and one beyond. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RateLimits } from '@xln/node/api/rateLimits.ts'
import { createToken } from '@xln/node/api/tokens.ts'
import { fromJson, type Schema } from '@xln/shared/api/schema.ts'
import { api, PAGE_MAX, PAY_TIMEOUT_MAX_MS } from '@xln/shared/api.ts'
import { expect } from 'chai'
import { faultOf, withApi } from '../node/api/support/api.ts'
import { withDesk } from '../node/cli/support/boardDesk.ts'

const isValid = (schema: Schema<unknown>, json: unknown): boolean => {
  return !('invalid' in fromJson(schema, json))
}

describe('users', () => {
  it('are remembered by how fast they ask up to 10,000 of them; of one more, the first may ask anew', () => {
    const wait = (others: number) => {
      const limits = new RateLimits(1, 1)
      limits.take('first', 0)
      for (let index = 0; index < others; index++) limits.take(`${index}`, 0)
      return limits.waitOf('first', 0)
    }
    expect(wait(9_999)).to.equal(1_000)
    expect(wait(10_000)).to.equal(0)
  })

  it('have 1,000 tokens at most', async () => {
    const path = mkdtempSync(join(tmpdir(), 'xln-limits-'))
    const folder = join(path, 'api', 'tokens')
    mkdirSync(folder, { recursive: true })
    for (let index = 0; index < 999; index++) writeFileSync(join(folder, `${index}.json`), '')
    const request = { level: 'read', entities: null, label: 'one more' } as const
    expect((await createToken(path, request)).token).to.include({ level: 'read' })
    const fault = await createToken(path, request).catch((error: unknown) => error)
    expect(fault).to.have.deep.property('fault', { code: 'tokens_full', max: 1_000 })
    rmSync(path, { recursive: true })
  })

  it('are shown 200 items of a list at once, and wait for a payment for ten minutes', () => {
    const entity = `0x${'a1'.repeat(32)}`
    const { params } = api['channel.list']
    const pages = [PAGE_MAX, PAGE_MAX + 1].map((limit) => isValid(params, { entity, limit }))
    expect(pages).to.deep.equal([true, false])
    const example = api['payment.pay'].example.params
    const waits = [PAY_TIMEOUT_MAX_MS, PAY_TIMEOUT_MAX_MS + 1].map((timeoutMs) =>
      isValid(api['payment.pay'].params, { ...example, timeoutMs }),
    )
    expect(waits).to.deep.equal([true, false])
  })

  it('have so many connections as there are places in all, and no more until one leaves', async () => {
    await withApi({ limits: { connectionsMax: 2 } }, async ({ client }) => {
      const [first] = [await client('read'), await client('read')]
      expect((await faultOf(client('read'))).code).to.equal('unreachable')
      await first?.close()
      let again: unknown
      while (again === undefined) again = await client('read').catch(() => undefined)
    })
  })
})

describe('the command line', () => {
  it('makes no more than 1,000 BLS keys at once', async () => {
    await withDesk(async (desk) => {
      // A thousand take minutes.
      expect(await desk.fails('bls create @keys --count 1001')).to.include({ code: 'usage' })
      expect(await desk.done('bls create @keys --count 1')).to.have.property('keys')
    })
  })
})

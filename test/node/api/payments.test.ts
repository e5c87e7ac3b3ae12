import type { ApiClient } from '@xln/node/api/client.ts'
import { decodeInvoice, encodeInvoice, isInvoice } from '@xln/shared/invoice.ts'
import { expect } from 'chai'
import { faultOf, withApi } from './support/api.ts'
import {
  address,
  alice,
  bob,
  ether,
  hub,
  id,
  lock,
  network,
  policy,
} from './support/memoryBackend.ts'

const invoice = {
  chainId: network.chainId,
  depository: network.depository,
  entity: bob,
  token: ether,
  amount: 40n,
  hashlock: lock,
  expiresAt: 4_000_000_000,
  memo: new Uint8Array(0),
  hints: [id<typeof hub>('77'), hub],
}

const payInvoice = (client: ApiClient, changes: Partial<typeof invoice> = {}) =>
  client.call('payment.payInvoice', {
    entity: alice,
    invoice: encodeInvoice({ ...invoice, ...changes }),
  })

describe('payment.payInvoice', () => {
  it('goes through the first hint that can be paid', async () => {
    await withApi({}, async ({ client, backend }) => {
      const state = await payInvoice(await client('entity'))
      const route = [
        { entity: hub, fee: 0n },
        { entity: bob, fee: 0n },
      ]
      expect(state).to.deep.include({ status: 'settled', amount: 40n, route })
      expect(backend.paid).to.deep.equal([{ route, token: ether, amount: 40n, hashlock: lock }])
    })
  })

  it('goes to a peer directly', async () => {
    await withApi({}, async ({ client, backend }) => {
      await payInvoice(await client('entity'), { entity: hub, hints: [] })
      expect(backend.paid[0]?.route).to.deep.equal([{ entity: hub, fee: 0n }])
    })
  })

  it('goes through the hops that it is given, with their fees', async () => {
    await withApi({}, async ({ client, backend }) => {
      const via = [{ entity: id<typeof hub>('99'), fee: 3n }]
      const one = await client('entity')
      const text = encodeInvoice(invoice)
      await one.call('payment.payInvoice', { entity: alice, invoice: text, via })
      expect(backend.paid[0]?.route).to.deep.equal([...via, { entity: bob, fee: 0n }])
    })
  })

  const refused: Record<string, [changes: Partial<typeof invoice>, code: string, number: number]> =
    {
      'has expired': [{ expiresAt: 1 }, 'invoice_expired', -32_013],
      'is of another chain': [{ chainId: 5n }, 'invoice_of_other_network', -32_013],
      'is of another Depository': [
        { depository: address('dd') },
        'invoice_of_other_network',
        -32_013,
      ],
      'is its own': [{ entity: alice }, 'invoice_own', -32_013],
      'nobody leads to': [{ hints: [] }, 'route_unknown', -32_012],
      'asks for more than can be sent': [{ amount: 51n }, 'route_unknown', -32_012],
    }
  for (const [what, [changes, code, number]] of Object.entries(refused)) {
    it(`refuses an invoice that ${what}`, async () => {
      await withApi({}, async ({ client, backend }) => {
        const fault = await faultOf(payInvoice(await client('entity'), changes))
        expect(fault).to.include({ code, number })
        expect(backend.paid).to.be.empty
      })
    })
  }

  it('refuses an invoice that was mistyped', async () => {
    await withApi({}, async ({ client }) => {
      const one = await client('entity')
      const text = encodeInvoice(invoice)
      const wrong = text.slice(0, -1) + (text.endsWith('q') ? 'p' : 'q')
      const fault = await faultOf(one.call('payment.payInvoice', { entity: alice, invoice: wrong }))
      expect(fault).to.deep.equal({ code: 'invoice_checksum_wrong', number: -32_013 })
    })
  })
})

describe('payment.pay', () => {
  it('tells what the node declined', async () => {
    await withApi({}, async ({ client, backend }) => {
      backend.verdict = () => Promise.resolve({ code: 'amount_not_positive', amount: 0n })
      const one = await client('entity')
      const asked = { entity: alice, route: [], token: ether, amount: 0n, hashlock: lock }
      const fault = await faultOf(one.call('payment.pay', asked))
      expect(fault).to.deep.equal({ code: 'amount_not_positive', number: -32_012, amount: '0' })
    })
  })
})

describe('invoice.create', () => {
  const wanted = { entity: alice, token: ether, amount: 40n, expiresAt: 4_000_000_000 }

  it('names up to three peers from which so much can be received', async () => {
    await withApi({}, async ({ client }) => {
      const made = await (await client('entity')).call('invoice.create', wanted)
      const decoded = decodeInvoice(made.invoice)
      expect(isInvoice(decoded) && decoded.hints).to.have.length(3)
      expect(decoded).to.deep.include({ entity: alice, amount: 40n, hashlock: lock })
      const large = await (await client('entity')).call('invoice.create', {
        ...wanted,
        amount: 51n,
      })
      expect(decodeInvoice(large.invoice)).to.have.property('hints').that.is.empty
    })
  })

  it('names the peers that it is told to', async () => {
    await withApi({}, async ({ client }) => {
      const hints = [bob]
      const made = await (await client('entity')).call('invoice.create', { ...wanted, hints })
      expect(decodeInvoice(made.invoice)).to.have.property('hints').that.deep.equals(hints)
    })
  })
})

describe('entity.setPolicy', () => {
  it('leaves what it does not name', async () => {
    await withApi({}, async ({ client, backend }) => {
      const changes = { forwards: true, feePpm: 9n }
      await (await client('signer')).call('entity.setPolicy', { entity: alice, policy: changes })
      const [decision] = backend.decisions
      expect(decision?.action).to.deep.equal({
        type: 'setPolicy',
        policy: { ...policy, ...changes },
      })
    })
  })
})

describe('depository.deposit', () => {
  it('answers with the block that has it, and says what the chain failed at', async () => {
    await withApi({}, async ({ client, backend }) => {
      const one = await client('server')
      const asked = { entity: alice, token: ether, amount: 5n }
      expect(await one.call('depository.deposit', asked)).to.have.property('block', 7)
      const { RequestError } = await import('@xln/node/api/faults.ts')
      backend.deposits = () =>
        Promise.reject(new RequestError({ code: 'rpc_unreachable', number: null }, 'No endpoint.'))
      const fault = await faultOf(one.call('depository.deposit', asked))
      expect(fault).to.include({ code: 'rpc_unreachable', number: -32_050 })
    })
  })
})

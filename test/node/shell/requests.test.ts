import { Requests } from '@xln/node/shell/requests.ts'
import { expect } from 'chai'

describe('a request that waits for its block', () => {
  it('is answered with the last word of the block: a channel may decline what its entity took', async () => {
    const requests = new Requests(5n)
    const { id, receipt } = requests.open()
    requests.answer(id, null)
    requests.answer(id, { code: 'queue_full' })
    expect(await receipt).to.deep.equal({ code: 'queue_full' })
    expect(requests.length).to.equal(0)
  })

  it('is not answered again by a later block', async () => {
    const requests = new Requests(5n)
    const { id, receipt } = requests.open()
    requests.answer(id, null)
    expect(await receipt).to.equal(null)
    requests.answer(id, { code: 'queue_full' })
    expect(await receipt).to.equal(null)
    expect(requests.length).to.equal(0)
  })

  it('is not answered by the receipt of another', async () => {
    const requests = new Requests(5n)
    const first = requests.open()
    const second = requests.open()
    requests.answer(second.id, { code: 'queue_full' })
    requests.answer(99n, { code: 'queue_full' })
    requests.answer(first.id, null)
    expect(await first.receipt).to.equal(null)
    expect(await second.receipt).to.deep.equal({ code: 'queue_full' })
  })
})

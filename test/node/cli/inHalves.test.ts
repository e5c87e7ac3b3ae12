import { inHalves } from '@xln/node/cli/boards/inHalves.ts'
import { expect } from 'chai'
import { makeError } from 'ethers'

/** An endpoint that gives at most `most` blocks at once; every block has its number as its event. */
function endpoint(most: number) {
  const asked: [from: number, to: number][] = []
  const read = (from: number, to: number) => {
    asked.push([from, to])
    if (to - from + 1 <= most) {
      return Promise.resolve(Array.from({ length: to - from + 1 }, (_, at) => from + at))
    }
    const error = { code: -32_005, message: `query exceeds max block range ${most}` }
    return Promise.reject(
      makeError('could not coalesce error', 'UNKNOWN_ERROR', { error } as never),
    )
  }
  return { asked, read }
}

describe('a range of blocks', () => {
  it('is asked for at once where the endpoint gives so many', async () => {
    const { asked, read } = endpoint(10)
    expect(await inHalves(3, 12, read)).to.have.length(10)
    expect(asked).to.deep.equal([[3, 12]])
  })

  it('is asked for in parts where it does not, each block once and in order', async () => {
    for (const most of [1, 2, 3, 7]) {
      const found = await inHalves(5, 21, endpoint(most).read)
      expect(found, String(most)).to.deep.equal(Array.from({ length: 17 }, (_, at) => 5 + at))
    }
  })

  it('fails for another reason, and when a single block is too much', async () => {
    const broken = inHalves(1, 9, () => Promise.reject(new Error('broken')))
    expect(await broken.catch((error: Error) => error.message)).to.equal('broken')
    const never = inHalves(1, 9, endpoint(0).read)
    expect(await never.catch((error: Error) => error.message)).to.match(/coalesce/)
  })
})

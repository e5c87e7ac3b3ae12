import { Memo } from '@xln/shared/memo.ts'
import { expect } from 'chai'

describe('memo', () => {
  it('computes once while it remembers, and remembers at least as many as it says', () => {
    const memo = new Memo<number>(4)
    let computed = 0
    const get = (key: number) => memo.get(String(key), () => computed++)
    for (const key of [0, 1, 2, 3, 0, 1, 2, 3]) get(key)
    expect(computed).to.equal(4)
    for (const key of [4, 5, 6, 7, 4, 5, 6, 7]) get(key)
    expect(computed).to.equal(8)
  })

  it('forgets what was not asked for since twice as many others, and keeps what was', () => {
    const memo = new Memo<number>(2)
    const asked: number[] = []
    const get = (key: number) => memo.get(String(key), () => asked.push(key))
    for (const key of [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1]) get(key)
    expect(asked).to.deep.equal([0, 1, 2, 3, 4, 5, 1])
  })
})

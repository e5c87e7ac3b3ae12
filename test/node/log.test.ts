import { NodeError } from '@xln/node/shell/errors.ts'
import { createLogger, type LogOptions } from '@xln/node/shell/log.ts'
import { expect } from 'chai'

class DiskError extends NodeError<{ code: 'disk_full'; free: bigint }> {}

describe('the log', () => {
  const collect = (options: LogOptions) => {
    const lines: string[] = []
    return { lines, log: createLogger({ ...options, write: (line) => void lines.push(line) }) }
  }

  it('writes one JSON object an event', () => {
    const { lines, log } = collect({ format: 'json' })
    log.info('peer_up', { entities: 2, amount: 12n, bytes: Uint8Array.of(1, 255), deep: { n: 1n } })
    const line = JSON.parse(lines[0] ?? '')
    expect(new Date(line.time).toISOString()).to.equal(line.time)
    delete line.time
    expect(line).to.deep.equal({
      level: 'info',
      event: 'peer_up',
      entities: 2,
      amount: '12',
      bytes: '0x01ff',
      deep: { n: '1' },
    })
  })

  it('writes a line for people that no value can break or pretend', () => {
    const { lines, log } = collect({})
    log.warn('refused', { from: '127.0.0.1:80', reason: 'a b\nINFO fake=1', size: 7 })
    expect(lines[0]).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}refused from=127\.0\.0\.1:80 reason="a b\\nINFO fake=1" size=7$/,
    )
  })

  it('leaves out what is below its level', () => {
    const { lines, log } = collect({ level: 'warn' })
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(lines.length).to.equal(2)
    const silent = collect({ level: 'silent' })
    silent.log.error('e')
    expect(silent.lines).to.deep.equal([])
  })

  it('adds to each line what all have in common', () => {
    const { lines, log } = collect({ format: 'json' })
    log.with({ part: 'peers' }).with({ peer: 'x' }).info('up', { peer: 'y' })
    expect(JSON.parse(lines[0] ?? '')).to.include({ part: 'peers', peer: 'y', event: 'up' })
  })

  it('says of a fault its data, and of a bug where it is', () => {
    const { lines, log } = collect({ format: 'json' })
    log.error('failed', { error: new DiskError({ code: 'disk_full', free: 3n }, 'No room.') })
    log.error('failed', { error: new TypeError('no') })
    const [fault, bug] = lines.map((line) => JSON.parse(line).error)
    expect(fault).to.deep.equal({ code: 'disk_full', free: '3', message: 'No room.' })
    expect(bug).to.include({ name: 'TypeError', message: 'no' })
    expect(bug.stack).to.include('log.test.ts')
  })

  it('cuts what is endless', () => {
    const { lines, log } = collect({ format: 'json' })
    log.info('long', { text: 'x'.repeat(1e6), bytes: new Uint8Array(1e6) })
    expect(lines[0]?.length).to.be.lessThan(5_000)
  })
})

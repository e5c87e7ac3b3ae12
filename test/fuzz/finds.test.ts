/** What the fuzzer has found, each as it was found: none of it may come again. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeLog, eventTopic } from '@xln/node/shell/chain/decode.ts'
import { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainError } from '@xln/node/shell/chain/faults.ts'
import { readHead } from '@xln/node/shell/chain/header.ts'
import { decodeRevert } from '@xln/node/shell/chain/revert.ts'
import { asHash, MalformedAnswer } from '@xln/node/shell/chain/rpc.ts'
import { CONFIG_FILE } from '@xln/node/shell/config/config.ts'
import { ConfigError } from '@xln/node/shell/config/faults.ts'
import { loadSettings } from '@xln/node/shell/config/load.ts'
import { openKeystore } from '@xln/node/shell/keys/keystore.ts'
import { parseVault, seal } from '@xln/node/shell/keys/vault.ts'
import { concatBytes } from '@xln/shared/bytes.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import type { Address, Hash, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { decodeChannel, encodeChannel } from '../../node/machines/channel/record.ts'
import { Pair } from '../node/machines/channel/support/pair.ts'

/** What comes of asking an endpoint that answers every question with `body`. */
async function faultOf(body: string): Promise<unknown> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const endpoints = new Endpoints({ urls: [url], chainId: 1n })
  try {
    return await endpoints.ask(readHead)
  } catch (error) {
    return error
  } finally {
    for (const endpoint of endpoints.all) endpoint.close()
    server.close()
  }
}

const depository = `0x${'d0'.repeat(20)}` as Address
const contracts = { depository, subcontractProvider: `0x${'50'.repeat(20)}` as Address }
const word = (text: string) => text.padStart(64, '0')
const end = (byte: string) => `0x${byte.repeat(32)}` as Hash

describe('an endpoint of the chain', () => {
  const answers = ['null', '[null]', '[1]', '{"jsonrpc":"2.0","id":1,"error":null}']
  for (const body of answers) {
    it(`that answers ${body} is at fault, and stops nothing`, async () => {
      expect(await faultOf(body)).to.be.instanceOf(ChainError)
    })
  }

  it('whose error is a list is at fault, and stops nothing', async () => {
    const errors = [1, 2, 3].map((id) => `{"jsonrpc":"2.0","id":${id},"error":[null]}`)
    expect(await faultOf(`[${errors.join()}]`)).to.be.instanceOf(ChainError)
  })

  it('whose block has a time that no record holds is at fault', async () => {
    const hash = end('aa')
    const block = { number: '0x1', hash, parentHash: hash, receiptsRoot: hash, gasLimit: '0x1' }
    const logsBloom = `0x${'00'.repeat(256)}`
    const port = (timestamp: string) => async (_: string, method: string) => ({
      result:
        method === 'eth_chainId' ? '0x1' : { ...block, logsBloom, timestamp, transactions: [] },
    })
    const headAt = (timestamp: string) =>
      new Endpoints({ urls: ['http://a'], chainId: 1n, port: port(timestamp) })
        .ask(readHead)
        .catch((error: unknown) => error)
    expect(await headAt('0xffffffffffff')).to.include({ timestamp: 2 ** 48 - 1 })
    expect(await headAt('0x1000000000000')).to.be.instanceOf(ChainError)
  })

  it('whose error is nested deeply is at fault, and stops nothing', async () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000)
    const errors = [1, 2, 3].map((id) => `{"jsonrpc":"2.0","id":${id},"error":{"data":${deep}}}`)
    expect(await faultOf(`[${errors.join()}]`)).to.be.instanceOf(ChainError)
  })

  it('that nests its answer deeply has a malformed one', () => {
    const deep: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000))
    expect(() => asHash(deep, 'hash')).to.throw(MalformedAnswer, 'hash is a list of 1')
  })

  it('makes no event of a log whose data has no end', () => {
    const topics = [eventTopic('ArgumentsCommitted'), end('11'), end('22')]
    const data: Hex = `0x${word('1')}${'99'.repeat(32)}${word('ff')}`
    const read = () => decodeLog(contracts, { address: depository, topics, data })
    expect(read).to.throw(MalformedAnswer, 'does not decode')
  })

  it('makes no event of a log that the server’s own log could not hold', () => {
    const topics = [eventTopic('ChannelUpdated'), end('11'), end('22'), end('00')]
    const log = (collateral: string, ondelta: string) =>
      decodeLog(contracts, {
        address: depository,
        topics,
        data: `0x${word(collateral)}${word(ondelta)}`,
      })
    expect(log('f'.repeat(32), '5')).to.include({ type: 'channelUpdated', ondelta: 5n })
    expect(() => log('f'.repeat(33), '5')).to.throw(MalformedAnswer, 'is out of range')
  })
})

describe('a revert', () => {
  it('with a reason that is not UTF-8 is an unknown error', () => {
    const data = `0x08c379a0${word('20')}${word('2')}${'fffe'.padEnd(64, '0')}`
    expect(decodeRevert(data)).to.include({ name: '', selector: '0x08c379a0' })
  })
})

describe('a channel’s record', () => {
  const record = encodeChannel(new Pair().left.channel)
  const body = decodeRlp(record.subarray(1)) as readonly RlpItem[]
  const changed = (place: number, item: RlpItem) =>
    concatBytes(record.subarray(0, 1), encodeRlp(body.with(place, item)))

  it('with a flag that has no meaning is not read', () => {
    expect(() => decodeChannel(changed(3, Uint8Array.of(63)))).not.to.throw()
    expect(() => decodeChannel(changed(3, Uint8Array.of(64)))).to.throw(TypeError)
  })

  it('that spells out that nothing goes on is not read', () => {
    const nothing = new Uint8Array(0)
    const idle = [[], [], [], [], [], [], [], [], [], nothing, [], []]
    expect(() => decodeChannel(changed(4, idle))).to.throw(TypeError)
  })
})

describe('a configuration', () => {
  const read = async (text: string) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'xln-finds-'))
    writeFileSync(join(dataDir, CONFIG_FILE), text)
    const result = await loadSettings({ dataDir, environment: {}, flags: {} }).catch(
      (error) => error,
    )
    rmSync(dataDir, { recursive: true })
    return result as unknown
  }

  it('with an alias of nothing is invalid', async () => {
    expect(await read('names: *nobody\n')).to.be.instanceOf(ConfigError)
  })
})

describe('a keystore', () => {
  it('is opened also at the lowest cost that its form allows', async () => {
    const vault = await seal(new Map(), {}, 'password', 2)
    const dataDir = mkdtempSync(join(tmpdir(), 'xln-finds-'))
    const path = join(dataDir, 'keystore.json')
    writeFileSync(path, JSON.stringify(vault), { mode: 0o600 })
    expect((await openKeystore(path, 'password')).signers.names()).to.deep.equal([])
    rmSync(dataDir, { recursive: true })
  })

  it('of a cost that scrypt does not take is damaged', async () => {
    const vault = await seal(new Map(), {}, 'password', 2)
    const text = JSON.stringify({ ...vault, kdf: { ...vault.kdf, cost: 3 } })
    expect(parseVault(text)).to.equal('it is no keystore of version 1 (kdf,cost)')
  })
})

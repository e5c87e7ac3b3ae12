/** The bounds of the shell: at each of them, and one beyond. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admission, type Arrival } from '@xln/node/shell/admission.ts'
import { type AccountLook, GasAccount } from '@xln/node/shell/chain/account.ts'
import { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { estimateGas, TRANSACTION_GAS_MAX } from '@xln/node/shell/chain/estimate.ts'
import { HttpProvider } from '@xln/node/shell/chain/provider.ts'
import { type RpcAnswer, type RpcPort, TransportFailure } from '@xln/node/shell/chain/transport.ts'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { parseVault, seal } from '@xln/node/shell/keys/vault.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import { Positions } from '@xln/node/shell/peers/positions.ts'
import { Roster } from '@xln/node/shell/peers/roster.ts'
import { readCheckpoint } from '@xln/node/shell/store/checkpoint.ts'
import { openDatabase } from '@xln/node/shell/store/database.ts'
import { KEY_BYTES_MAX, numberKey, Prefix } from '@xln/node/shell/store/keys.ts'
import { createMemoryDraft } from '@xln/node/shell/store/live.ts'
import { concatBytes, numberToBytes } from '@xln/shared/bytes.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { type Address, parseAddress, parseId, ZERO_HASH } from '@xln/shared/ids.ts'
import { encodeEndorsement } from '@xln/shared/wire/endorsement.ts'
import { readEnvelope } from '@xln/shared/wire/envelope.ts'
import { expect } from 'chai'
import { Accounts } from '../node/store/world.ts'

const MIB = 1024 * 1024
const addressAt = (index: number): Address =>
  parseAddress(`0x${(index + 1).toString(16).padStart(40, '0')}`)

describe('a block', () => {
  it('takes inputs until it has 16 MiB of them, and the next one of each class no more', () => {
    const taken = (first: number, second: number) => {
      const admission = new Admission()
      for (const length of [first, second, 1]) {
        const arrival: Arrival = { type: 'server', bytes: new Uint8Array(length) }
        admission.admit('own', 'test', arrival)
      }
      return admission.take().length
    }
    expect(taken(8 * MIB, 8 * MIB - 1)).to.equal(3)
    expect(taken(8 * MIB, 8 * MIB)).to.equal(2)
  })
})

describe('the log', () => {
  it('has 2,000 letters of a text, and 1,000 bytes, and cuts what is longer', () => {
    const lines: string[] = []
    const log = createLogger({ format: 'json', write: (line) => lines.push(line) })
    const fieldsOf = (length: number) => {
      log.info('long', { text: 'x'.repeat(2 * length), bytes: new Uint8Array(length) })
      return JSON.parse(lines.pop() ?? '') as { text: string; bytes: string }
    }
    const [at, beyond] = [fieldsOf(1_000), fieldsOf(1_001)]
    expect([at.text.length, at.bytes.length]).to.deep.equal([2_000, 2_002])
    expect(beyond).to.include({ text: at.text, bytes: at.bytes })
  })
})

describe('a keystore', () => {
  it('may ask this machine for 1 GiB to be opened, and for no more', async () => {
    const vault = await seal(new Map(), {}, 'password', 2)
    const read = (cost: number) =>
      parseVault(JSON.stringify({ ...vault, kdf: { ...vault.kdf, cost } }))
    // Its checksum is of another cost: which is looked at once the form is right.
    expect(read(2 ** 20)).to.equal('its checksum does not match')
    expect(read(2 ** 21)).to.include('kdf,cost')
  })
})

describe('what a node knows of its peers', () => {
  before(installNativeCrypto)

  it('is how far 65,536 were taken: of one more, the one heard longest ago is asked for again', () => {
    const positions = new Positions(() => undefined)
    for (let index = 0; index < 65_536; index++) {
      positions.set(addressAt(index), { incarnation: 1, nonce: index })
    }
    expect(positions.get(addressAt(0))).to.deep.equal({ incarnation: 1, nonce: 0 })
    positions.set(addressAt(65_536), { incarnation: 1, nonce: 1 })
    expect(positions.get(addressAt(0))).to.equal(undefined)
    expect(positions.get(addressAt(1))).to.deep.equal({ incarnation: 1, nonce: 1 })
  })

  it('is an endorsement of 40 days, and none of a second more', () => {
    const network = { chainId: 31_337n, depository: addressAt(7) }
    const server = addressAt(1)
    const now = 1_700_000_000
    const added = (seconds: number) => {
      const entity = parseId<never>(`0x${'0a'.repeat(32)}`)
      const endorsement = { entity, server, validUntil: now + seconds }
      const envelope = readEnvelope(encodeEndorsement(endorsement, new Uint8Array(65)))
      if (envelope === undefined) throw new TypeError('it is read as it was written')
      return new Roster(network, server, 4, () => true).add(envelope, now)
    }
    expect([40 * 86_400, 40 * 86_400 + 1].map(added)).to.deep.equal(['added', 'refused'])
  })
})

describe('a store', () => {
  it('has keys of 255 bytes, and machines two levels below the server', () => {
    const draft = createMemoryDraft()
    const put = (bytes: number) =>
      draft.at(new Uint8Array(16)).put(Accounts, new Uint8Array(bytes), { balance: 1 })
    put(KEY_BYTES_MAX)
    expect(() => put(KEY_BYTES_MAX + 1)).to.throw(RangeError, 'a key of 256 bytes')
    expect(() => draft.at(new Uint8Array(24))).to.throw(RangeError, 'a machine path of 24 bytes')
  })

  it('holds its newest 1,000 checkpoints against each other, and none before them', async () => {
    const missing = async (place: number) => {
      const path = mkdtempSync(join(tmpdir(), 'xln-limits-'))
      const database = await openDatabase(path)
      try {
        const batch = database.batch()
        for (let number = 1; number <= 1_002; number++) {
          if (number === 1_002 - place) continue
          const value = concatBytes(new Uint8Array(32), numberToBytes(number - 1, 8))
          batch.put(numberKey(Prefix.checkpoint, number), value)
        }
        await batch.write({ sync: false })
        return await readCheckpoint(database).then(
          ({ tail }) => tail.number,
          (error: unknown) => (error as { fault?: { code: string } }).fault?.code,
        )
      } finally {
        await database.close()
        rmSync(path, { recursive: true })
      }
    }
    expect(await missing(999)).to.equal('records_incomplete')
    expect(await missing(1_000)).to.equal(1_002)
  })
})

describe('a transaction of the gas key', () => {
  before(installNativeCrypto)

  const secret = new Uint8Array(32).fill(7)
  const key = {
    get address() {
      return addressOf(secret)
    },
    sign: (digest: Uint8Array) => signDigest(digest, secret),
  }
  const head = {
    block: 9,
    hash: ZERO_HASH,
    parentHash: ZERO_HASH,
    timestamp: 1_700_000_000,
    gasLimit: 36_000_000,
    baseFeePerGas: 10n ** 9n,
  }
  const look = {
    head,
    finalBlock: 1,
    finalTimestamp: 1,
    nonce: 0,
    finalNonce: 0,
    balance: 10n ** 30n,
    market: { baseFeePerGas: 10n ** 9n, tip: 1n },
  } as unknown as AccountLook
  const call = { to: addressAt(3), data: '0x', value: 0n } as const

  function endpointsOf(answer: () => RpcAnswer): Endpoints {
    const port: RpcPort = async (_, method) =>
      method === 'eth_chainId' ? { result: '0x7a69' } : answer()
    return new Endpoints({ urls: ['http://one.sim'], chainId: 31_337n, port })
  }

  it('is offered at 12 higher prices at once when it is underpriced, and at no 13th', async () => {
    const launched = async (refusals: number) => {
      let given = 0
      const endpoints = endpointsOf(() => {
        const error = { code: -32_000, message: 'replacement transaction underpriced' }
        return ++given > refusals ? { result: ZERO_HASH } : { error }
      })
      const account = new GasAccount<string>({
        endpoints,
        key,
        confirmations: 3,
        maxFeePerGas: 10n ** 18n,
        stuckBlocks: 3,
      })
      return { isTaken: await account.launch('job', call, 50_000n, false, look), given }
    }
    expect(await launched(12)).to.deep.equal({ isTaken: true, given: 13 })
    expect(await launched(13)).to.deep.equal({ isTaken: false, given: 13 })
  })

  it('is given no more gas than the protocol lets one have', async () => {
    const limitFor = (estimate: number) => {
      const endpoints = endpointsOf(() => ({ result: `0x${estimate.toString(16)}` }))
      return estimateGas(endpoints, key.address, call, look, 'latest')
    }
    const limits = await Promise.all([10_984_810, 10_984_811, 10_984_812].map(limitFor))
    expect(limits).to.deep.equal([
      TRANSACTION_GAS_MAX - 1n,
      TRANSACTION_GAS_MAX,
      TRANSACTION_GAS_MAX,
    ])
  })
})

describe('an answer of an endpoint', () => {
  let server: Server

  before((done) => {
    server = createServer((request, response) => {
      request.on('data', () => {})
      const depth = Number(request.url?.slice(1))
      const nested = '['.repeat(depth) + ']'.repeat(depth)
      request.on('end', () => response.end(`{"jsonrpc":"2.0","id":1,"result":${nested}}`))
    }).listen(0, '127.0.0.1', done)
  })
  after(() => server.close())

  it('is nested 32 times, and with once more it is none', async () => {
    const { port } = server.address() as AddressInfo
    const sent = async (lists: number) => {
      const url = `http://127.0.0.1:${port}/${lists}`
      const bounds = { timeoutMs: 5_000, answerBytesMax: 10_000, batchMax: 1 }
      const provider = new HttpProvider({ url, chainId: 31_337n, ...bounds })
      try {
        return await provider._send({ id: 1, jsonrpc: '2.0', method: 'eth_call', params: [] })
      } catch (error) {
        return error
      } finally {
        provider.destroy()
      }
    }
    // The answer itself is one level.
    expect(await sent(31)).to.have.length(1)
    expect(await sent(32)).to.be.instanceOf(TransportFailure)
  })
})

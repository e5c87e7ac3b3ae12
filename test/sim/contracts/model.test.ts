import { depositoryAbi } from '@xln/node/sim/contracts/interfaces.ts'
import { type ContractsModel, createContracts } from '@xln/node/sim/contracts/model.ts'
import { Random } from '@xln/node/sim/random.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { batchDigest, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { DOMAIN } from '../../vectors/vectors.ts'

const alice = `0x${'a1'.repeat(20)}` as Address
const token = `0x${'70'.repeat(20)}` as Address
const entity = lazyEntityId(alice)
const block = { number: 1, timestamp: 1_000 }

function callOf(name: string, args: readonly unknown[], value = 0n) {
  const data = hexToBytes(depositoryAbi.encodeFunctionData(name, args))
  return { from: alice, to: DOMAIN.depository, value, data }
}

const depositOf = (amount: bigint) => callOf('deposit', [entity, etherTokenId, amount], amount)

function reserveIn(contracts: ContractsModel): bigint {
  const { returnData } = contracts.view(callOf('reserveOf', [entity, etherTokenId]), block)
  return depositoryAbi.decodeFunctionResult('reserveOf', returnData)[0]
}

describe('the contracts in memory', () => {
  let contracts: ContractsModel
  beforeEach(() => {
    contracts = createContracts({ domain: DOMAIN, tokens: [token] })
    contracts.addEther(alice, 10n)
  })

  it('keep what a call did, and tell it', () => {
    const { ok, logs } = contracts.execute(depositOf(3n), block)
    expect({ ok, logs: logs.length, reserve: reserveIn(contracts) }).to.deep.equal({
      ok: true,
      logs: 1,
      reserve: 3n,
    })
    expect(contracts.etherOf(alice)).to.equal(7n)
    expect(contracts.etherOf(DOMAIN.depository)).to.equal(3n)
  })

  it('keep nothing of what is only viewed', () => {
    expect(contracts.view(depositOf(3n), block).logs).to.have.length(1)
    expect(reserveIn(contracts)).to.equal(0n)
    expect(contracts.etherOf(alice)).to.equal(10n)
  })

  it('keep nothing of a call whose ether the sender does not have', () => {
    const { ok, logs, returnData } = contracts.execute(depositOf(11n), block)
    expect({ ok, logs, returnData }).to.deep.equal({
      ok: false,
      logs: [],
      returnData: new Uint8Array(0),
    })
    expect(contracts.etherOf(alice)).to.equal(10n)
  })

  it('go on apart once they were copied', () => {
    contracts.execute(depositOf(1n), block)
    const copy = contracts.fork()
    contracts.execute(depositOf(2n), block)
    copy.execute(depositOf(4n), block)
    expect([reserveIn(contracts), reserveIn(copy)]).to.deep.equal([3n, 5n])
    expect([contracts.etherOf(alice), copy.etherOf(alice)]).to.deep.equal([7n, 5n])
  })

  it('refuse to take from an account more ether than it has', () => {
    expect(() => contracts.addEther(alice, -11n)).to.throw(RangeError)
    expect(contracts.etherOf(alice)).to.equal(10n)
  })

  it('answer any bytes without throwing', () => {
    const random = new Random('any bytes')
    const names = ['deposit', 'processBatch', 'counter', 'finalise', 'enforceDebts', 'channelOf']
    for (let i = 0; i < 500; i++) {
      const selector = hexToBytes(depositoryAbi.getFunction(random.pick(names))?.selector ?? '0x')
      const rest = random.bytes(random.between(0, 300)).map((byte) => (byte < 200 ? 0 : byte))
      const data = Uint8Array.of(...selector, ...rest)
      const to = random.pick([DOMAIN.depository, DOMAIN.entityProvider, token, alice])
      expect(
        contracts.execute({ from: alice, to, value: 0n, data }, block).gasUsed > 21_000n,
      ).to.equal(true)
    }
  })

  it('believe whoever is asked for the keys behind signatures', () => {
    const batch = encodeBatch(EMPTY_BATCH)
    const expected = bytesToHex(batchDigest(DOMAIN, entity, batch, 0n, 2_000))
    const signature = new Uint8Array(65)
    const call = callOf('processBatch', [entity, batch, 0n, 2_000n, signature])
    const trusting = createContracts({
      domain: DOMAIN,
      checkSignature: (digest) => (bytesToHex(digest) === expected ? alice : undefined),
    })
    expect(trusting.execute(call, block).ok).to.equal(true)
    expect(contracts.execute(call, block).ok).to.equal(false)
  })
})

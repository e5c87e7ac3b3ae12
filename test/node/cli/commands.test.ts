import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import { parseAddress } from '@xln/shared/ids.ts'
import { encodeInvoice } from '@xln/shared/invoice.ts'
import { expect } from 'chai'
import { until, type World, withApi } from '../api/support/api.ts'
import { alice, bob, ether, hub, id, lock, network } from '../api/support/memoryBackend.ts'
import { type Ended, run } from './support/cli.ts'

type Run = (line: string) => Promise<Ended>

/** Runs command lines before an imagined node, as alice unless they say otherwise. */
function withNode(test: (run: Run, world: World) => Promise<void>): () => Promise<void> {
  return () =>
    withApi({}, async (world) => {
      const dataDir = join(world.dataDir, 'user')
      mkdirSync(dataDir)
      const contract = `0x${'a0'.repeat(20)}`
      writeFileSync(
        join(dataDir, 'xln.yaml'),
        `tokens: { USDC: { address: ${contract}, decimals: 6 } }\nnames: { hub: ${hub} }\n`,
      )
      const environment = {
        XLN_DATA_DIR: dataDir,
        XLN_API: world.url(),
        XLN_API_TOKEN: await world.token('server'),
        XLN_ENTITY: alice,
      }
      const wordsOf = (line: string) => line.split(' ')
      await test((line) => run(wordsOf(line), environment), world)
    })
}

const usdc = erc20TokenId(parseAddress(`0x${'a0'.repeat(20)}`))
const to = `0x${'99'.repeat(20)}`
const invoice = encodeInvoice({
  ...network,
  ...{ entity: hub, token: ether, amount: 40n, hashlock: lock, expiresAt: 4_000_000_000 },
  ...{ memo: new Uint8Array(0), hints: [] },
})

const decided: Record<string, [line: string, action: object]> = {
  open: ['open hub --window 3600', { type: 'openChannel', peer: hub, disputeWindow: 3_600 }],
  credit: [
    'credit hub 1.5 --token USDC',
    { type: 'extendCredit', peer: hub, token: usdc, limit: 1_500_000n },
  ],
  collateralise: [
    'collateralise hub 2 --token USDC --wait',
    { type: 'collateralise', peer: hub, token: usdc, amount: 2_000_000n },
  ],
  'collateralise --ask': [
    'collateralise hub 2 --token USDC --ask --fee 0.5',
    { type: 'requestCollateral', peer: hub, token: usdc, amount: 2_000_000n, fee: 500_000n },
  ],
  settle: [
    'settle hub 5 --token ether --base-units',
    { type: 'cashOut', peer: hub, token: ether, amount: 5n },
  ],
  close: ['close hub', { type: 'closeChannel', peer: hub }],
  dispute: ['dispute hub', { type: 'startDispute', peer: hub }],
  withdraw: [
    `withdraw 1 ${to} --token USDC`,
    { type: 'withdraw', token: usdc, to, amount: 1_000_000n },
  ],
  transfer: [
    `transfer 1 ${bob} --token USDC`,
    { type: 'transfer', token: usdc, to: bob, amount: 1_000_000n },
  ],
  'pay a peer': [
    'pay hub 3 --token USDC --memo hi',
    { type: 'payPeer', peer: hub, token: usdc, amount: 3_000_000n, memo: Uint8Array.of(104, 105) },
  ],
}

describe('a command', () => {
  for (const [name, [line, action]] of Object.entries(decided)) {
    it(
      `asks the node for what it says: ${name}`,
      withNode(async (runLine, { backend }) => {
        const { code, out, error } = await runLine(line)
        expect(code, error).to.equal(0)
        expect(out.split('\n')).to.have.length(2)
        expect(backend.decisions).to.deep.equal([{ entity: alice, action }])
        const json = await runLine(`${line} --json`)
        expect(json.code).to.equal(0)
        expect(JSON.parse(json.out)).to.be.an('object')
        expect(json.error).to.equal('')
      }),
    )
  }

  it(
    'that is refused ends with 2, the reason and its numbers in the units that were asked in',
    withNode(async (runLine, { backend }) => {
      backend.verdict = () =>
        Promise.resolve({
          code: 'reserve_exceeded',
          token: usdc,
          amount: 25_000_000n,
          reserve: 19_200_000n,
        })
      const line = `withdraw 25 ${to} --token USDC`
      expect(await runLine(line)).to.deep.equal({
        code: 2,
        out: '',
        error:
          'refused  reserve_exceeded: 25 USDC (25000000) asked, the reserve has 19.2 USDC (19200000) free\n',
      })
      const json = await runLine(`${line} --json`)
      expect(json.code).to.equal(2)
      const { error } = JSON.parse(json.out) as { error: object }
      expect(error).to.include({ code: 'reserve_exceeded', number: -32_014, reserve: '19200000' })
    }),
  )

  it(
    'that a channel refuses ends with the channel’s own reason',
    withNode(async (runLine, { backend }) => {
      const refusal = { code: 'capacity_exceeded', amount: 3_000_000n, capacity: 1n }
      backend.verdict = () => Promise.resolve({ code: 'channel_refused', refusal })
      const { code, error } = await runLine('pay hub 3 --token USDC')
      expect(code).to.equal(2)
      expect(error).to.include(
        'capacity_exceeded: 3 USDC (3000000) asked, 0.000001 USDC (1) can be',
      )
    }),
  )

  it(
    'that a token may not give ends with 2',
    withNode(async (runLine, world) => {
      const token = await world.token('read')
      const { code, error } = await runLine(`close hub --api-token ${token}`)
      expect(code).to.equal(2)
      expect(error).to.include('level_too_low')
    }),
  )

  it(
    'that the node fails at ends with 1',
    withNode(async (runLine, { backend }) => {
      backend.verdict = () => Promise.reject(new Error('a bug'))
      const { code, error } = await runLine('close hub')
      expect(code).to.equal(1)
      expect(error).to.equal('The node has a bug; its log has more.\n')
    }),
  )

  it(
    'with the same key happens once',
    withNode(async (runLine, { backend }) => {
      for (let i = 0; i < 2; i++) {
        expect((await runLine('pay hub 3 --token USDC --key k')).code).to.equal(0)
      }
      expect(backend.decisions).to.have.length(1)
    }),
  )

  it(
    'that waits says when it has waited long enough',
    withNode(async (runLine) => {
      const { code, error } = await runLine('settle hub 5 --token ether --wait --timeout 0')
      expect(code).to.equal(1)
      expect(error).to.include('After 0 s, the settlement is still under way.')
    }),
  )

  it(
    'asks for the entity when there are several and none is named',
    withNode(async (runLine) => {
      const { code, error } = await runLine('close hub --entity nobody')
      expect([code, error]).to.deep.equal([
        1,
        `"nobody" is no entity. Give its id (0x and 64 hex digits), a name under "names" in the configuration, that of a key, or the number of a registered one.\n`,
      ])
    }),
  )
})

describe('xln pay', () => {
  it(
    'pays an invoice, and shows the receipt',
    withNode(async (runLine, { backend }) => {
      const { code, out } = await runLine(`pay ${invoice}`)
      expect(code).to.equal(0)
      expect(out).to.match(/^settled {2}0\.00000000000000004 ether \(40\) to 0x4b/)
      expect(out).to.include(`receipt   ${id('5e')}`)
      expect(backend.paid[0]).to.deep.include({ amount: 40n, hashlock: lock })
    }),
  )

  it(
    'goes through the hops that are named, with their fees',
    withNode(async (runLine, { backend }) => {
      await runLine(`pay ${invoice} --via ${bob}=0.000000000000000003 --via hub`)
      const via = [
        { entity: bob, fee: 3n },
        { entity: hub, fee: 0n },
      ]
      expect(backend.paid[0]?.route.slice(0, 2)).to.deep.equal(via)
    }),
  )

  const ends: Record<string, [status: string, reason: number, code: number, text: RegExp]> = {
    'failed and why': ['failed', 6, 2, /^failed .*: noCapacity\n/],
    'failed before it left': ['failed', 255, 2, /: the first channel did not take it\n/],
    'under way': ['locked', 0, 1, /^locked /],
  }
  for (const [what, [status, reason, code, text]] of Object.entries(ends)) {
    it(
      `says that a payment is ${what}`,
      withNode(async (runLine, { backend }) => {
        const { pay } = backend
        backend.pay = async (...asked) =>
          Object.assign(await pay.apply(backend, asked), { status, reason, secret: null })
        const ended = await runLine(`pay ${invoice}`)
        expect(ended.code).to.equal(code)
        expect(ended.out).to.match(text)
      }),
    )
  }

  it(
    'needs an amount for a peer',
    withNode(async (runLine) => {
      const { code, error } = await runLine('pay hub --token ether')
      expect(code).to.equal(1)
      expect(error).to.include('<amount> is missing')
    }),
  )
})

describe('what only looks', () => {
  const shown: Record<string, [line: string, text: RegExp]> = {
    status: [
      'status',
      /^server {3}0x5e.*\n[\s\S]*gas {6}0x6a[\s\S]*reserve {2}0\.0000000000000001 ether \(100\)/,
    ],
    channels: ['channels', /^0x4b\S+ {2}left {2}ready {2}connected[\s\S]*\[={12}#={11}\] {2}send/],
    'one channel': ['channels hub', /^0x4b\S+ {2}left/],
    payments: ['payments', /settled {2}0\.000000000000000005 ether {2}to 0x4b/],
    'one payment': [`payments ${lock}`, /^settled/],
    peers: ['peers', /^0x5f\S+\n {2}0x4b/],
    'an invoice': [`invoice show ${lock}`, /^status {4}open\namount[\s\S]*memo {6}"\\u0001"\nxln1/],
    'an invoice without a node': [
      `invoice read ${invoice}`,
      /^amount {4}0\.00000000000000004 ether/,
    ],
    policy: ['policy', /^feeBase {14}0\n[\s\S]*acceptsChannels {6}true/],
  }
  for (const [what, [line, text]] of Object.entries(shown)) {
    it(
      `shows ${what}, for people and for programs`,
      withNode(async (runLine) => {
        const ended = await runLine(line)
        expect(ended.code, ended.error).to.equal(0)
        expect(ended.out).to.match(text)
        const json = await runLine(`${line} --json`)
        for (const each of json.out.trim().split('\n')) expect(JSON.parse(each)).to.be.an('object')
      }),
    )
  }

  it(
    'says so when something is not there',
    withNode(async (runLine) => {
      const { code, error } = await runLine(`channels ${bob}`)
      expect(code).to.equal(2)
      expect(error).to.match(/^refused {2}channel_unknown: there is no channel/)
    }),
  )

  it(
    'watches events until it has seen enough',
    withNode(async (runLine, { backend }) => {
      const watching = runLine('watch payments --count 2 --json')
      const data = { amount: 5n }
      const emit = () => backend.emit({ topic: 'payments', type: 'paid', entity: alice, data })
      const timer = setInterval(emit, 20)
      const { code, out } = await watching
      clearInterval(timer)
      expect(code).to.equal(0)
      const lines = out.trim().split('\n')
      expect(lines).to.have.length(2)
      expect(JSON.parse(lines[0] ?? '')).to.deep.equal({
        ...{ topic: 'payments', type: 'paid', entity: alice },
        data: { amount: '5' },
      })
    }),
  )

  it(
    'ends with 1 when the node goes away while it is watched',
    withNode(async (runLine, { restart, backend }) => {
      const watching = runLine('watch blocks')
      await until(() => backend.listeners.size > 0)
      await new Promise((resolve) => setTimeout(resolve, 100))
      await restart()
      expect((await watching).code).to.equal(1)
    }),
  )
})

describe('other commands', () => {
  it(
    'show what is under quarantine, and have a channel go on',
    withNode(async (runLine, { backend }) => {
      expect((await runLine('quarantine')).error).to.equal('Nothing is under quarantine.\n')
      const input = Uint8Array.of(1, 2)
      const cause = 'Error: a bug\n    at its place'
      backend.kept.push({ entity: alice, peer: hub, block: 7, input, cause })
      const none = new Uint8Array(0)
      backend.kept.push({ entity: null, peer: null, block: 8, input: none, cause: 'Error' })
      expect((await runLine('quarantine')).out).to.equal(
        [
          `${alice} with ${hub}  block 7`,
          '  Error: a bug',
          '      at its place',
          '  0x0102',
          'an input of this node  block 8',
          '  Error',
          '  no input that can be left out',
          '',
        ].join('\n'),
      )
      expect((await runLine('release hub')).out).to.equal(`the channel with ${hub} goes on\n`)
      expect(backend.released).to.deep.equal([{ entity: alice, peer: hub }])
      backend.verdict = () => Promise.resolve({ code: 'channel_throws_again', peer: hub })
      const { code, error } = await runLine('release hub')
      expect(code).to.equal(2)
      expect(error).to.match(/^refused {2}channel_throws_again/)
    }),
  )

  it(
    'deposit, invoice, connect, entity create and policy do what they say',
    withNode(async (runLine, { backend }) => {
      expect((await runLine('deposit 5 --token USDC')).out).to.match(
        /^deposited 5 USDC \(5000000\) in block 7/,
      )
      expect((await runLine('invoice 5 --token USDC --memo hi --hint hub')).out).to.match(
        /^xln1\w+\n$/,
      )
      expect((await runLine(`connect ws://127.0.0.1:1 --server ${to}`)).code).to.equal(0)
      expect(backend.dialled).to.deep.equal(['ws://127.0.0.1:1'])
      expect((await runLine('entity create carol')).out).to.equal(`${alice}\n`)
      expect((await runLine('policy --forwards yes --fee-ppm 9')).code).to.equal(0)
      const [decision] = backend.decisions
      expect(decision?.action)
        .to.have.property('policy')
        .that.includes({ forwards: true, feePpm: 9n })
      expect((await runLine('policy --forwards maybe')).code).to.equal(1)
    }),
  )
})

import { decodeLog } from '@xln/node/shell/chain/decode.ts'
import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import { parseLog } from '@xln/node/shell/chain/receipt.ts'
import { asObject } from '@xln/node/shell/chain/rpc.ts'
import type { Watcher } from '@xln/node/shell/chain/watcher.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import fc from 'fast-check'
import { type Behaviour, Liar, type Lie } from './support/liar.ts'
import { type Recorder, watch } from './support/recorder.ts'
import { until } from './support/until.ts'
import {
  type Actor,
  chainHead,
  depositoryInterface,
  openEndpoints,
  send,
  startWorld,
  type World,
} from './support/world.ts'

/** What may happen to a chain and to the way to it. */
type Happening =
  | { readonly type: 'deposit'; readonly to: number; readonly amount: number }
  | { readonly type: 'mine' }
  /** The newest blocks are replaced by others; `hidden`: nobody sees the chain meanwhile. */
  | {
      readonly type: 'replace'
      readonly depth: number
      readonly amount: number
      readonly hidden: boolean
    }
  /** The watcher gets time to see what there is. */
  | { readonly type: 'look' }
  | { readonly type: 'behave'; readonly behaviour: Behaviour }
  | { readonly type: 'lie'; readonly lie: keyof typeof lies }

const lies = {
  none: undefined,
  noLogs: (method) => (method === 'eth_getLogs' ? [] : undefined),
  lastLogMissing: (method, _, result) => {
    return method === 'eth_getLogs' ? (result as unknown[]).slice(0, -1) : undefined
  },
  noLogsAtAll: (method, _, result) => {
    if (method === 'eth_getLogs') return []
    return method === 'eth_getTransactionReceipt' ? { ...(result as object), logs: [] } : undefined
  },
  receiptsWithoutLogs: (method, _, result) => {
    return method === 'eth_getTransactionReceipt' ? { ...(result as object), logs: [] } : undefined
  },
  noBloom: (method, _, result) => {
    if (method !== 'eth_getBlockByNumber') return undefined
    return { ...(result as object), logsBloom: `0x${'00'.repeat(256)}` }
  },
  wrongParent: (method, _, result) => {
    if (method !== 'eth_getBlockByNumber') return undefined
    return { ...(result as object), parentHash: `0x${'ef'.repeat(32)}` }
  },
} satisfies Record<string, Lie | undefined>

const CONFIRMATIONS = 3

describe('watcher, whatever happens to the chain and to its endpoint', function () {
  this.timeout(120_000)
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())

  const amount = fc.integer({ min: 1, max: 6 })
  const happening = (depthMax: number): fc.Arbitrary<Happening> => {
    return fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('deposit'), to: fc.nat(2), amount }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('mine') }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('look') }) },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constant('replace'),
          depth: fc.integer({ min: 1, max: depthMax }),
          amount,
          hidden: fc.boolean(),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant('behave'),
          behaviour: fc.constantFrom<Behaviour>('honest', 'honest', 'down', 'garbage', 'http500'),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant('lie'),
          lie: fc.constantFrom(...(Object.keys(lies) as (keyof typeof lies)[])),
        }),
      },
    ) as fc.Arbitrary<Happening>
  }

  const actors = (): readonly Actor[] => [world.alice, world.bob, world.carol]

  const give = (to: Actor, value: number) => {
    const { domain, token, alice } = world
    const parameters = [to.entity, token.id, BigInt(value)] as const
    const data = depositoryInterface.encodeFunctionData('deposit', [...parameters])
    return send(world, alice, domain.depository, data)
  }

  /** Snapshots after each block, to go back to. */
  class History {
    readonly #snapshots: string[] = []

    async mark(): Promise<void> {
      this.#snapshots.push(await world.chain.snapshot())
    }

    /** Back by so many blocks, as far as there are any; gives how many. */
    async goBack(depth: number): Promise<number> {
      const back = Math.min(depth, this.#snapshots.length - 1)
      const at = this.#snapshots.length - 1 - back
      const snapshot = this.#snapshots[at] ?? ''
      this.#snapshots.length = at
      await world.chain.revert(snapshot)
      await this.mark()
      return back
    }
  }

  /** Waits until the watcher has seen the newest block or, if it is not let, has tried. */
  async function look(liar: Liar, watcher: Watcher): Promise<void> {
    if (liar.behaviour !== 'honest' || liar.lie !== undefined) {
      const questions = liar.asked.length + 8
      return until('it has tried', () => liar.asked.length >= questions)
    }
    return until('it has looked', async () => {
      const { tip, lag, state } = watcher.health()
      return state === 'following' && lag === 0 && tip.block === (await chainHead(world))
    })
  }

  async function happen(
    history: History,
    liar: Liar,
    watcher: Watcher,
    what: Happening,
  ): Promise<void> {
    switch (what.type) {
      case 'deposit':
        await give(actors()[what.to] ?? world.alice, what.amount)
        return history.mark()
      case 'mine':
        await world.chain.mine()
        return history.mark()
      case 'look':
        return look(liar, watcher)
      case 'replace': {
        const { behaviour } = liar
        if (what.hidden) liar.behaviour = 'down'
        const depth = await history.goBack(what.depth)
        // One more than were lost, and others: the first holds another amount.
        for (let block = 0; block <= depth; block++) {
          await give(world.bob, what.amount + 10 + block)
          await history.mark()
        }
        liar.behaviour = behaviour
        return
      }
      case 'behave':
        liar.behaviour = what.behaviour
        return
      case 'lie':
        liar.lie = lies[what.lie]
    }
  }

  /** Lets `happenings` happen, then makes all well and waits until the end is final. */
  async function play(
    happenings: readonly Happening[],
    check: (seen: Recorder, endpoints: Endpoints) => Promise<void>,
  ): Promise<void> {
    const start = await world.chain.snapshot()
    const liar = await Liar.before(world.chain.url)
    const options = { urls: [liar.url], backOff: { minMs: 1, maxMs: 10 } }
    const endpoints = openEndpoints(world, options)
    const reader = new ChainReader({ endpoints, contracts: world.domain, fromBlock: 1 })
    const { watcher, seen, running } = await watch(world, {
      endpoints,
      confirmations: CONFIRMATIONS,
      pollMs: 2,
      corrector: {
        reader,
        touchedSince: async () => ({
          channels: [],
          entities: actors().map(({ entity }) => entity),
        }),
      },
    })
    try {
      const history = new History()
      await history.mark()
      for (const what of happenings) await happen(history, liar, watcher, what)
      liar.behaviour = 'honest'
      liar.lie = undefined
      await world.chain.mine(CONFIRMATIONS)
      const last = (await chainHead(world)) - CONFIRMATIONS
      await until('the end is final', () => seen.cursor.block >= last)
      await check(seen, endpoints)
    } finally {
      await watcher.stop()
      await running
      endpoints.close()
      await liar.close()
      await world.chain.revert(start)
    }
  }

  it('delivers exactly the events of the chain that stays, each once, in order', async () => {
    const happenings = fc.array(happening(CONFIRMATIONS), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(happenings, (list) =>
        play(list, async (seen) => {
          const { depository } = world.domain
          const toBlock = `0x${seen.cursor.block.toString(16)}`
          const filter = { address: depository, fromBlock: '0x0', toBlock }
          const logs = await world.chain.request<unknown[]>('eth_getLogs', [filter])
          const expected = logs.map((log) => {
            const { blockHash, logIndex } = asObject(log, 'log')
            const event = decodeLog(world.domain, parseLog(asObject(log, 'log')))
            return { event, hash: blockHash, logIndex: Number(logIndex) }
          })
          const delivered = seen.events.map(({ event, position: { hash, logIndex } }) => {
            return { event, hash, logIndex }
          })
          expect(delivered).to.deep.equal(expected)
          expect(seen.corrections).to.deep.equal([])
        }),
      ),
      { numRuns: 25 },
    )
  })

  it('ends with the reserves of the chain, also after corrections of what was final', async () => {
    const happenings = fc.array(happening(3 * CONFIRMATIONS), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(happenings, (list) =>
        play(list, async (seen, endpoints) => {
          const reader = new ChainReader({ endpoints, contracts: world.domain, fromBlock: 1 })
          for (const { entity } of actors()) {
            const { reserves } = await reader.readEntity(entity, seen.cursor.block)
            expect(reserveOf(seen, entity)).to.equal(reserves[0]?.reserve ?? 0n)
          }
        }),
      ),
      { numRuns: 25 },
    )
  })
})

/** What a machine would hold that takes each batch and each correction as it comes. */
function reserveOf(seen: Recorder, entity: EntityId): bigint {
  let reserve = 0n
  for (const what of seen.taken) {
    if ('events' in what) {
      for (const { event } of what.events) {
        if (event.type === 'reserveUpdated' && event.entity === entity) reserve = event.reserve
      }
    } else {
      const view = what.entities.find((each) => each.entity === entity)
      reserve = view?.reserves[0]?.reserve ?? 0n
    }
  }
  return reserve
}

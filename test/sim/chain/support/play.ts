import type { SimChain } from '@xln/node/sim/chain/chain.ts'
import { type EndpointFaults, FAULTLESS, type Garble } from '@xln/node/sim/chain/faults.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import fc from 'fast-check'
import { batch, ben, deposit, entityOf, fees, GWEI, give, startChain, TOKEN } from './bottle.ts'
import { CONFIRMATIONS, Follower, Office, Way } from './follow.ts'
import { abi, DEPOSITORY } from './tiny.ts'

/** Into whose reserve strangers give, and the node. */
export const one = entityOf('01')
export const two = entityOf('02')

/** What may happen to a chain, to the way to it, and to whoever uses it. */
export type Happening =
  | { readonly type: 'mine'; readonly crowd: number; readonly blocks: number }
  | { readonly type: 'stranger' | 'deposit'; readonly amount: number }
  | { readonly type: 'batch' }
  | { readonly type: 'replace'; readonly depth: number; readonly forget: number }
  | { readonly type: 'drop'; readonly which: number }
  | { readonly type: 'fee'; readonly gwei: number }
  | { readonly type: 'pass'; readonly ms: number }
  | { readonly type: 'fail'; readonly endpoint: number; readonly faults: Partial<EndpointFaults> }

const garble = fc.record<Garble>({
  kind: fc.constantFrom('notJson', 'null', 'shortened', 'removed'),
  at: fc.nat(40),
})
/** How bad it may come. */
export interface Bounds {
  /** Blocks that are lost at once, and blocks that an endpoint invents. */
  readonly depthMax: number
  readonly aheadMax: number
  /** Endpoints that may fail. */
  readonly failing: number
  /** Whether the node's submitter is asked for anything. */
  readonly submits: boolean
}

const faults = (aheadMax: number): fc.Arbitrary<Partial<EndpointFaults>> => {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.record({ line: fc.constantFrom('refused', 'deaf', 'mute') }),
    fc.record({
      line: fc.constant('mute' as const),
      only: fc.constant(['eth_sendRawTransaction']),
    }),
    fc.record({ questionMs: fc.nat(900), answerMs: fc.nat(900) }),
    fc.record({ lagBlocks: fc.nat(2 * CONFIRMATIONS) }),
    fc.record({ aheadBlocks: fc.nat(aheadMax) }),
    fc.record({ logOmitted: fc.nat(5), receiptsToo: fc.boolean() }),
    fc.record({ refusal: fc.constant({ code: -32_000, message: 'internal error' }) }),
    fc.record({ garble }),
    fc.record({ unknownMethods: fc.constant(['eth_getBlockReceipts']) }),
  )
}

/** One thing after another that may happen. */
export function happenings(bounds: Bounds): fc.Arbitrary<Happening[]> {
  const { depthMax, aheadMax, failing, submits } = bounds
  const amount = fc.integer({ min: 1, max: 6 })
  const blocks = fc.integer({ min: 1, max: 3 })
  const depth = fc.integer({ min: 1, max: depthMax })
  const failure = { endpoint: fc.nat(failing - 1), faults: faults(aheadMax) }
  const happening = fc.oneof(
    { weight: 6, arbitrary: record('mine', { crowd: fc.nat(4), blocks }) },
    { weight: 4, arbitrary: record('pass', { ms: fc.integer({ min: 1, max: 5_000 }) }) },
    { weight: 2, arbitrary: record('stranger', { amount }) },
    { weight: submits ? 2 : 0, arbitrary: record('deposit', { amount }) },
    { weight: submits ? 2 : 0, arbitrary: record('batch', {}) },
    { weight: submits ? 2 : 4, arbitrary: record('replace', { depth, forget: fc.nat(3) }) },
    { weight: 1, arbitrary: record('drop', { which: fc.nat(2) }) },
    { weight: 1, arbitrary: record('fee', { gwei: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 3, arbitrary: record('fail', failure) },
  )
  return fc.array(happening, { minLength: submits ? 0 : 20, maxLength: 40 })
}

function record<T extends Happening['type'], R extends object>(
  type: T,
  rest: { [K in keyof R]: fc.Arbitrary<R[K]> },
) {
  return fc.record({ type: fc.constant(type), ...rest }) as unknown as fc.Arbitrary<Happening>
}

/** A chain, and a node's watcher and submitter on two ways to it. */
export class World {
  readonly chain: SimChain
  readonly way: Way
  readonly follower: Follower
  readonly office: Office
  /** Reserves of which a correction and the chain had different opinions, in this order. */
  readonly wrongViews: (readonly [bigint, bigint])[] = []
  deposited = 0n
  batches = 0n
  #asked = 0
  #performed = 0
  #failure: unknown

  constructor(chain: SimChain, way: Way, follower: Follower) {
    this.chain = chain
    this.way = way
    this.follower = follower
    this.office = new Office(way)
    follower.onCorrected = ({ entities }, { block, hash }) => {
      // An invented block that was delivered can be gone back to: of its state nobody knows better.
      if (chain.blockAt(block)?.hash !== hash) return
      for (const { entity, reserves } of entities) {
        const pair = [reserves[0]?.reserve ?? 0n, reserveOf(chain, entity, block)] as const
        if (pair[0] !== pair[1]) this.wrongViews.push(pair)
      }
    }
  }

  /** A new world in which all of this has happened, all is well again, and everything is final. */
  static async after(happenings: readonly Happening[], endpoints: number): Promise<World> {
    const chain = startChain()
    const way = new Way(chain, endpoints)
    const world = new World(chain, way, await Follower.of(way, [one, two]))
    for (const what of happenings) await world.happen(what)
    await world.settle()
    await world.stop()
    return world
  }

  happen(what: Happening): void | Promise<void> {
    const { chain, way } = this
    const { head } = chain
    switch (what.type) {
      case 'mine':
        for (let block = 1; block <= what.blocks; block++) {
          const crowd = { gas: head.gasLimit, tip: BigInt(what.crowd) * GWEI }
          chain.mine(head.timestamp + 12 * block, crowd)
        }
        return
      case 'stranger': {
        const own = chain.waiting.filter(({ from }) => from === ben.address)
        const used = chain.state.nonces.get(ben.address) ?? 0
        const nonces = own.map(({ nonce }) => nonce)
        let nonce = used
        while (nonces.includes(nonce)) nonce += 1
        give(chain, ben, { nonce, call: deposit(one, BigInt(what.amount)), fees: fees(100, 5) })
        return
      }
      case 'deposit':
        this.#deposit(BigInt(what.amount))
        return
      case 'batch': {
        const { call } = batch(one, this.batches, head.timestamp + 1_000_000)
        this.office.submitter.submit({ id: `${this.batches++}`, urgent: false, call })
        return
      }
      case 'replace': {
        const depth = Math.min(what.depth, head.number)
        const blocks = Array.from({ length: depth + 1 }, (_, index) => ({
          timestamp: head.timestamp + 1 + index,
          ...(index === 0 ? { transactions: [] } : {}),
        }))
        const forget = ({ nonce }: { nonce: number }) => nonce % 4 === what.forget
        chain.reorganise({ depth, blocks, forget })
        return
      }
      case 'drop':
        chain.dropPending(({ nonce }) => nonce % 3 === what.which)
        return
      case 'fee':
        chain.setBaseFee(BigInt(what.gwei) * GWEI)
        return
      case 'pass':
        return way.clock.pass(what.ms)
      case 'fail':
        way.at(what.endpoint % way.all.length).faults = { ...FAULTLESS, ...what.faults }
    }
  }

  #deposit(amount: bigint): void {
    this.deposited += amount
    this.#asked += 1
    const done = this.office.submitter.perform({ type: 'transaction', ...deposit(two, amount) })
    done.then(
      () => {
        this.#performed += 1
      },
      (error: unknown) => {
        this.#failure = error
      },
    )
  }

  /** Makes all well, and lets everything become final. */
  async settle(): Promise<void> {
    const { chain, way, office, follower } = this
    for (const endpoint of way.all) endpoint.faults = FAULTLESS
    const isOver = () => {
      const { waiting, underWay } = office.submitter.health()
      return waiting === 0 && underWay === 0 && this.#performed === this.#asked
    }
    for (let blocks = 0; !isOver() || blocks < 2 * CONFIRMATIONS; blocks++) {
      if (this.#failure !== undefined) throw this.#failure
      if (blocks > 100) throw new Error('it does not come to an end')
      chain.mine(chain.head.timestamp + 12)
      await way.clock.pass(5_000)
    }
    await follower.reach(chain.head.number - CONFIRMATIONS)
  }

  async stop(): Promise<void> {
    await Promise.all([this.office.stop(), this.follower.stop()])
  }
}

/** What the contracts hold for `entity` after a block. */
export function reserveOf(chain: SimChain, entity: EntityId, block: number): bigint {
  const data = hexToBytes(abi.encodeFunctionData('reserveOf', [entity, TOKEN]))
  const call = { from: DEPOSITORY, to: DEPOSITORY, value: 0n, data }
  const result = chain.stateAt(block)?.contracts.view(call, chain.head)
  if (result === undefined) throw new RangeError(`no state after block ${block}`)
  return BigInt(bytesToHex(result.returnData))
}

/** Asks the chain for absolute values as of one final block. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { ISecretRegistry__factory } from '@xln/shared/abi/typechain/factories/interfaces/ISecretRegistry__factory.ts'
import type { ChainEvent } from '@xln/shared/depository/events.ts'
import type { EntityId, Hash, Hashlock, TokenId } from '@xln/shared/ids.ts'
import { ARGUMENTS_KEPT_MAX } from '../../machines/channel/channel.ts'
import { type Contracts, eventTopic, posterOf } from './decode.ts'
import type { Endpoint } from './endpoint.ts'
import type { Endpoints } from './endpoints.ts'
import { ChainError } from './faults.ts'
import { readHeader } from './header.ts'
import { type LogFilter, type PastEvent, readHistory } from './history.ts'
import type {
  ChannelChainView,
  DebtView,
  DisputeView,
  EntityChainView,
  SecretView,
  ViewedAt,
} from './views.ts'

export interface ChainReaderOptions {
  readonly endpoints: Endpoints
  readonly contracts: Contracts
  /** The block of the deployment: nothing of ours is before it. */
  readonly fromBlock: number
}

const channelTopics = [
  eventTopic('ChannelUpdated'),
  eventTopic('Settled'),
  eventTopic('DisputeStarted'),
  eventTopic('DisputeCountered'),
  eventTopic('ArgumentsCommitted'),
  eventTopic('TokensNamed'),
  eventTopic('TokenSplit'),
  eventTopic('DisputeFinalised'),
]

/** Every method throws `ChainError` when the chain cannot be asked, or does not have the block yet. */
export class ChainReader {
  readonly #endpoints: Endpoints
  readonly #contracts: Contracts
  readonly #fromBlock: number

  constructor({ endpoints, contracts, fromBlock }: ChainReaderOptions) {
    this.#endpoints = endpoints
    this.#contracts = contracts
    this.#fromBlock = fromBlock
  }

  /** A channel as of `block`; one that nobody ever used is all zeros. `left` is the smaller id. */
  readChannel(left: EntityId, right: EntityId, block: number): Promise<ChannelChainView> {
    return this.#view(block, async (endpoint, at) => {
      const past = await this.#past(endpoint, block, [channelTopics, left, right])
      const tokens = distinct(past, (event) => {
        return event.type === 'channelUpdated' ? event.token : undefined
      })
      const depository = this.#depository(endpoint)
      const [state, ...amounts] = await Promise.all([
        depository.channelOf(left, right, { blockTag: block }),
        ...tokens.map((token) => depository.collateralOf(left, right, token, { blockTag: block })),
      ])
      const last = past.at(-1)
      const dispute: DisputeView = {
        standingNonce: state.standingNonce,
        startHeight: Number(state.startHeight),
        deadline: Number(state.deadline),
        startedByLeft: state.startedByLeft,
        poster: posterOf(state.poster),
        proofBodyHash: state.proofBodyHash as Hash,
      }
      return {
        at,
        left,
        right,
        cooperativeNonce: state.cooperativeNonce,
        tokens: tokens.map((token, index) => ({
          token,
          collateral: amounts[index]?.collateral ?? 0n,
          ondelta: amounts[index]?.ondelta ?? 0n,
        })),
        position: last ? { block: last.block, logIndex: last.logIndex } : { block: 0, logIndex: 0 },
        dispute: dispute.deadline === 0 ? null : dispute,
        ...committedIn(past),
      }
    })
  }

  /** An entity as of `block`. */
  readEntity(entity: EntityId, block: number): Promise<EntityChainView> {
    return this.#view(block, async (endpoint, at) => {
      const created = eventTopic('DebtCreated')
      const [updates, owing, owed] = await Promise.all([
        this.#past(endpoint, block, [eventTopic('ReserveUpdated'), entity]),
        this.#past(endpoint, block, [created, entity]),
        this.#past(endpoint, block, [created, null, null, entity]),
      ])
      const tokens = distinct(updates, (event) => {
        return event.type === 'reserveUpdated' ? event.token : undefined
      })
      const depository = this.#depository(endpoint)
      const [batchNonce, debts, ...reserves] = await Promise.all([
        depository.batchNonce(entity, { blockTag: block }),
        this.#readDebts(endpoint, block, [...owing, ...owed]),
        ...tokens.map((token) => depository.reserveOf(entity, token, { blockTag: block })),
      ])
      return {
        at,
        entity,
        batchNonce,
        reserves: tokens.map((token, index) => ({ token, reserve: reserves[index] ?? 0n })),
        debts,
      }
    })
  }

  /** A secret that was public by `block`. */
  readSecret(hashlock: Hashlock, block: number): Promise<SecretView | undefined> {
    return this.#view(block, async (endpoint) => {
      const { subcontractProvider: address } = this.#contracts
      const registry = ISecretRegistry__factory.connect(address, endpoint.provider)
      const revealedAt = Number(await registry.revealedAt(hashlock, { blockTag: block }))
      if (revealedAt === 0) return undefined
      const topics = [eventTopic('SecretRevealed'), hashlock]
      const [found] = await this.#past(endpoint, block, topics, address)
      if (found?.event.type !== 'secretRevealed') {
        const what = `the log of the secret of ${hashlock} is missing`
        throw new ChainError({ code: 'rpc_inconsistent', endpoint: endpoint.name, block, what })
      }
      return { secret: found.event.secret, revealedAt }
    })
  }

  /** Reads as of `block`, which must be the same block before and after. */
  #view<T>(block: number, read: (endpoint: Endpoint, at: ViewedAt) => Promise<T>): Promise<T> {
    return this.#endpoints.ask(async (endpoint) => {
      const { name } = endpoint
      const before = await readHeader(endpoint, block)
      if (before === undefined) {
        throw new ChainError({ code: 'rpc_behind', endpoint: name, head: -1, needed: block })
      }
      const { hash, timestamp } = before
      const view = await read(endpoint, { block, hash, timestamp })
      const after = await readHeader(endpoint, block)
      if (after?.hash !== hash) {
        const what = 'the block was replaced while it was read'
        throw new ChainError({ code: 'rpc_inconsistent', endpoint: name, block, what })
      }
      return view
    })
  }

  #past(
    endpoint: Endpoint,
    toBlock: number,
    topics: LogFilter['topics'],
    address = this.#contracts.depository,
  ): Promise<PastEvent[]> {
    const filter = { address, topics, fromBlock: Math.min(this.#fromBlock, toBlock), toBlock }
    return readHistory(this.#endpoints, endpoint, this.#contracts, filter)
  }

  async #readDebts(
    endpoint: Endpoint,
    block: number,
    past: readonly PastEvent[],
  ): Promise<DebtView[]> {
    const depository = this.#depository(endpoint)
    const debts = past.map(async ({ event }): Promise<DebtView[]> => {
      if (event.type !== 'debtCreated') return []
      const { debtor, creditor, token, index } = event
      // An entry that was paid or forgiven is deleted.
      const { amount } = await depository.debtAt(debtor, token, index, { blockTag: block })
      return amount === 0n ? [] : [{ debtor, creditor, token, index, remaining: amount }]
    })
    return (await Promise.all(debts)).flat()
  }

  #depository(endpoint: Endpoint) {
    return IDepository__factory.connect(this.#contracts.depository, endpoint.provider)
  }
}

/** Every value once, ascending. */
function distinct(
  past: readonly PastEvent[],
  tokenOf: (event: ChainEvent) => TokenId | undefined,
): TokenId[] {
  const values = new Set<TokenId>()
  for (const { event } of past) {
    const value = tokenOf(event)
    if (value !== undefined) values.add(value)
  }
  return [...values].sort((a, b) => (a < b ? -1 : 1))
}

/** What was committed since the channel's nonce last changed, which voids all before; as much as a channel keeps. */
function committedIn(past: readonly PastEvent[]): Pick<ChannelChainView, 'arguments' | 'named'> {
  const start = past.findLastIndex(({ event }) => {
    return event.type === 'settled' || event.type === 'disputeFinalised'
  })
  const events = past.slice(start + 1).map(({ event }) => event)
  return {
    arguments: events
      .flatMap((event) => {
        if (event.type !== 'argumentsCommitted') return []
        const { byLeft, proofBodyHash, data } = event
        return [{ byLeft, proofBodyHash, data }]
      })
      .slice(-ARGUMENTS_KEPT_MAX),
    named: events.flatMap((event) => {
      if (event.type !== 'tokensNamed') return []
      const { byLeft, tokens } = event
      return [{ byLeft, tokens }]
    }),
  }
}

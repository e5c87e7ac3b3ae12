/** What the player knows of the chain: he asks the model, and remembers what he made and heard. */
import { sharesOf } from '@xln/node/sim/contracts/accounts.ts'
import {
  depositoryAbi,
  entityProviderAbi,
  sharesAbi,
  subcontractProviderAbi,
} from '@xln/node/sim/contracts/interfaces.ts'
import type { ContractsModel, RawLog } from '@xln/node/sim/contracts/model.ts'
import type { Random } from '@xln/node/sim/random.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { type ProofBody, proofBodyHash } from '@xln/shared/channel/proofBody.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import { assetTokenId, erc20TokenId, etherTokenId } from '@xln/shared/depository/tokenIds.ts'
import { isRegistered, orderSides } from '@xln/shared/entity/board.ts'
import type { Address, EntityId, Hash, TokenId } from '@xln/shared/ids.ts'
import type { Interface, Result } from 'ethers'
import { drawBody, EMPTY_BODY, NO_HASH } from './bodies.ts'
import { BOARDS, ENTITIES, type Entity } from './cast.ts'
import type { RealChain } from './chain.ts'
import type { Defaulted } from './defaultSwaps.ts'

export interface ChannelState {
  readonly left: Entity
  readonly right: Entity
  readonly cooperativeNonce: bigint
  readonly standingNonce: bigint
  /** 0 when no dispute is open. */
  readonly deadline: number
  readonly proofBodyHash: Hash
}

const NO_CHANNEL = {
  cooperativeNonce: 0n,
  standingNonce: 0n,
  deadline: 0,
  proofBodyHash: NO_HASH,
}
/** The first second at which a debt of now is overdue. */
const DEBT_OVERDUE = 604_801
const asker = `0x${'66'.repeat(20)}` as Address

/** Those that are not ours. */
export type Contracts = Pick<RealChain, 'tokens' | 'erc721s' | 'erc1155s'>

export class Knowledge {
  readonly random: Random
  readonly domain: ChainDomain
  readonly model: ContractsModel
  /** Ether, and one ERC-20; sometimes an ERC-721, an ERC-1155 and a dividend share. Ascending. */
  readonly tokens: readonly TokenId[]
  readonly token: Address
  readonly erc721: Address
  readonly erc1155: Address
  now: number
  /** From where to where the deltas of bodies are drawn. */
  readonly offdeltas: readonly [min: number, max: number]
  /** What each entity has of each token at the beginning. */
  readonly wealth: bigint
  /** Seconds at which something ends: deadlines, and the times in clauses. */
  moments: number[] = []
  readonly defaults: Defaulted[] = []
  readonly bodies = new Map<Hash, ProofBody>()
  /** Arguments by channel, side and body; named tokens by channel and side. */
  readonly arguments = new Map<string, Uint8Array>()
  readonly named = new Map<string, readonly TokenId[]>()

  readonly #favourites = new Map<EntityId, Hash>()

  constructor(
    random: Random,
    model: ContractsModel,
    domain: ChainDomain,
    contracts: Contracts,
    now: number,
    withAssets = false,
  ) {
    this.random = random
    this.model = model
    this.domain = domain
    const [token] = contracts.tokens as [Address]
    const [erc721] = contracts.erc721s as [Address]
    const [erc1155] = contracts.erc1155s as [Address]
    this.token = token
    this.erc721 = erc721
    this.erc1155 = erc1155
    const assets = [assetTokenId('erc721', erc721, 1n), assetTokenId('erc1155', erc1155, 1n)]
    const held = [...assets, assetTokenId('erc1155', sharesOf(domain), 3n)].sort()
    this.tokens = [etherTokenId, erc20TokenId(token), ...(withAssets ? held : [])]
    this.now = now
    this.wealth = random.pick([2n, 10n, 30n])
    this.offdeltas = random.pick([
      [-2, 4],
      [-7, 7],
      [-4, -1],
    ])
  }

  /** What a view of the Depository says. */
  ask(name: string, ...args: readonly unknown[]): Result {
    return this.askAt(this.domain.depository, depositoryAbi, name, ...args) as Result
  }

  /** What a view of the EntityProvider says. */
  askProvider(name: string, ...args: readonly unknown[]): Result {
    return this.askAt(this.domain.entityProvider, entityProviderAbi, name, ...args) as Result
  }

  /** What any view says; `undefined` if it reverts. */
  askAt(
    to: Address,
    abi: Interface,
    name: string,
    ...args: readonly unknown[]
  ): Result | undefined {
    const data = hexToBytes(abi.encodeFunctionData(name, args))
    const call = { from: asker, to, value: 0n, data }
    const { ok, returnData } = this.model.view(call, { number: 0, timestamp: this.now })
    return ok ? abi.decodeFunctionResult(name, returnData) : undefined
  }

  /** An entity with its board of today; sometimes, if it is registered, with the one before. */
  inOffice(id: EntityId): Pick<Entity, 'id' | 'board'> {
    if (!isRegistered(id)) return ENTITIES.find((each) => each.id === id) as Entity
    const [{ board, outgoing }] = this.askProvider('tenureOf', id)
    const hash = outgoing !== NO_HASH && this.random.chance(0.3) ? outgoing : board
    return { id, board: BOARDS.get(hash) ?? (ENTITIES[0] as Entity).board }
  }

  /** The board that shareholders mostly want for now: else they would never agree. */
  favourite(entity: EntityId, draw: () => Hash): Hash {
    const favourite = this.#favourites.get(entity) ?? draw()
    this.#favourites.set(entity, this.random.chance(0.05) ? draw() : favourite)
    return this.random.chance(0.9) ? favourite : draw()
  }

  channelOf(a: Entity, b: Entity): ChannelState {
    if (a === b) return { left: a, right: b, ...NO_CHANNEL }
    const { left } = orderSides(a.id, b.id)
    const [one, other] = a.id === left ? [a, b] : [b, a]
    const [state] = this.ask('channelOf', one.id, other.id)
    const { cooperativeNonce, standingNonce, deadline, proofBodyHash: hash } = state
    const dispute = { standingNonce, deadline: Number(deadline), proofBodyHash: hash as Hash }
    return { left: one, right: other, cooperativeNonce, ...dispute }
  }

  pickOther(entity: Entity): Entity {
    return this.random.pick(ENTITIES.filter(({ id }) => id !== entity.id))
  }

  /** A channel: of `entity` if one is given, and such as is wanted if there is one, both nearly always. */
  pickChannel(
    entity: Entity | undefined,
    isWanted: (state: ChannelState) => boolean,
  ): ChannelState {
    const { random } = this
    const channels: ChannelState[] = []
    for (const [index, one] of ENTITIES.entries()) {
      for (const other of ENTITIES.slice(index + 1)) {
        const isOwn = entity === undefined || entity === one || entity === other
        if (isOwn || random.chance(0.1)) channels.push(this.channelOf(one, other))
      }
    }
    const wanted = channels.filter(isWanted)
    const open = channels.filter(({ deadline }) => deadline !== 0)
    const best = [wanted, open, channels].find((list) => list.length > 0) ?? channels
    return random.pick(random.chance(0.85) ? best : channels)
  }

  /** A new body, or one that was made before. */
  pickBody(): Hash {
    const known = [...this.bodies.keys()]
    if (known.length > 0 && this.random.chance(0.3)) return this.random.pick(known)
    const body = drawBody(this)
    const hash = proofBodyHash(body)
    this.bodies.set(hash, body)
    this.moments.push(...body.clauses.map(({ until }) => until))
    return hash
  }

  /** The body on which a dispute stands. */
  standingBody({ proofBodyHash: hash }: ChannelState): ProofBody {
    return this.bodies.get(hash) ?? EMPTY_BODY
  }

  /** Remembers what sides commit, which they must show again. */
  hear(logs: readonly RawLog[]): void {
    for (const { address, topics, data } of logs) {
      if (address === this.domain.subcontractProvider) this.#hearDefault([...topics], data)
      const parsed = depositoryAbi.parseLog({ topics: [...topics], data })
      if (parsed === null) {
        this.#hearRegistry([...topics], data)
        continue
      }
      const { name, args } = parsed
      const place = `${args[0]}/${args[1]}`
      if (name === 'DisputeStarted' || name === 'DisputeCountered') {
        this.moments.push(Number(args['deadline']))
      } else if (name === 'DebtCreated') {
        this.moments.push(this.now + DEBT_OVERDUE)
      } else if (name === 'ArgumentsCommitted') {
        const { byLeft, proofBodyHash: hash, data: given } = args
        this.arguments.set(`${place}/${byLeft}/${hash}`, hexToBytes(given as string))
      } else if (name === 'TokensNamed') {
        this.named.set(`${place}/${args['byLeft']}`, [...args['tokens']] as TokenId[])
      } else if (name === 'Settled' || name === 'DisputeFinalised') {
        this.#forget(place)
      }
    }
  }

  /** When boards may take over, and count no more. */
  #hearRegistry(topics: string[], data: string): void {
    const told = sharesAbi.parseLog({ topics, data })
    if (told?.name === 'ShareholdersDecided') this.moments.push(Number(told.args['nextFrom']))
    const parsed = entityProviderAbi.parseLog({ topics, data })
    if (parsed?.name === 'BoardDecided') this.moments.push(Number(parsed.args['nextFrom']))
    if (parsed?.name === 'BoardReplaced') this.moments.push(Number(parsed.args['outgoingUntil']))
  }

  #hearDefault(topics: string[], data: string): void {
    const parsed = subcontractProviderAbi.parseLog({ topics, data })
    if (parsed?.name !== 'DefaultRecorded') return
    const { debtor, token, threshold } = parsed.args.toObject()
    this.defaults.push({ debtor, token, threshold })
  }

  #forget(place: string): void {
    for (const kept of [this.arguments, this.named]) {
      for (const key of kept.keys()) if (key.startsWith(place)) kept.delete(key)
    }
  }
}

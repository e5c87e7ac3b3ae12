/** Logs of our contracts as events, decoded through their TypeChain bindings. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { ISecretRegistry__factory } from '@xln/shared/abi/typechain/factories/interfaces/ISecretRegistry__factory.ts'
import type {
  ArgumentsCommittedEvent,
  BatchItemSkippedEvent,
  BatchProcessedEvent,
  ChannelUpdatedEvent,
  DebtCreatedEvent,
  DebtForgivenEvent,
  DebtPaidEvent,
  DisputeCounteredEvent,
  DisputeFinalisedEvent,
  DisputeStartedEvent,
  IDepositoryInterface,
  ProofStructOutput,
  ReserveUpdatedEvent,
  SettledEvent,
  TokenSplitEvent,
  TokensNamedEvent,
} from '@xln/shared/abi/typechain/interfaces/IDepository.ts'
import type { SecretRevealedEvent } from '@xln/shared/abi/typechain/interfaces/ISecretRegistry.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { isChainEvent } from '@xln/shared/depository/eventCodec.ts'
import type { ChainEvent, PostedProof, Poster } from '@xln/shared/depository/events.ts'
import type { Address, EntityId, Hash, Hashlock, Hex, Secret, TokenId } from '@xln/shared/ids.ts'
import type { Interface } from 'ethers'
import type { LogBody } from './receipt.ts'
import { MalformedAnswer } from './rpc.ts'

/** The contracts whose logs count. */
export interface Contracts {
  readonly depository: Address
  readonly subcontractProvider: Address
}

const depositoryInterface = IDepository__factory.createInterface()
const registryInterface = ISecretRegistry__factory.createInterface()

/** The first topics of the events that {@link decodeLog} knows, by contract. */
export const eventTopics = {
  depository: topicsOf(depositoryInterface),
  subcontractProvider: topicsOf(registryInterface),
}

/** The first topic of the event `name`. */
export function eventTopic(name: EventName | 'SecretRevealed'): Hash {
  const event =
    name === 'SecretRevealed'
      ? registryInterface.getEvent(name)
      : depositoryInterface.getEvent(name)
  return event.topicHash as Hash
}

function topicsOf(contract: Interface): readonly Hash[] {
  const topics: Hash[] = []
  contract.forEachEvent(({ topicHash }) => topics.push(topicHash as Hash))
  return topics
}

/** What ethers gives for each event of the Depository: all of them, or this does not compile. */
type DepositoryOutputs = {
  ReserveUpdated: ReserveUpdatedEvent.OutputObject
  ChannelUpdated: ChannelUpdatedEvent.OutputObject
  BatchProcessed: BatchProcessedEvent.OutputObject
  BatchItemSkipped: BatchItemSkippedEvent.OutputObject
  Settled: SettledEvent.OutputObject
  DisputeStarted: DisputeStartedEvent.OutputObject
  DisputeCountered: DisputeCounteredEvent.OutputObject
  ArgumentsCommitted: ArgumentsCommittedEvent.OutputObject
  TokensNamed: TokensNamedEvent.OutputObject
  TokenSplit: TokenSplitEvent.OutputObject
  DisputeFinalised: DisputeFinalisedEvent.OutputObject
  DebtCreated: DebtCreatedEvent.OutputObject
  DebtPaid: DebtPaidEvent.OutputObject
  DebtForgiven: DebtForgivenEvent.OutputObject
}
type EventName = Parameters<IDepositoryInterface['getEvent']>[0]
type Readers = { readonly [Name in EventName]: (output: DepositoryOutputs[Name]) => ChainEvent }

const posters: readonly Poster[] = ['anyone', 'left', 'right']

/** ethers writes fixed bytes in lower case, so they are ids as they come. */
const readers: Readers = {
  ReserveUpdated: ({ entity, token, reserve }) => ({
    type: 'reserveUpdated',
    entity: entity as EntityId,
    token: token as TokenId,
    reserve,
  }),
  ChannelUpdated: ({ left, right, token, collateral, ondelta }) => ({
    type: 'channelUpdated',
    ...ends(left, right),
    token: token as TokenId,
    collateral,
    ondelta,
  }),
  BatchProcessed: ({ entity, nonce, batchHash }) => ({
    type: 'batchProcessed',
    entity: entity as EntityId,
    nonce,
    batchHash: batchHash as Hash,
  }),
  BatchItemSkipped: ({ entity, nonce, index, reason }) => ({
    type: 'batchItemSkipped',
    entity: entity as EntityId,
    nonce,
    index: Number(index),
    reason: reason as Hex,
  }),
  Settled: ({ left, right, cooperativeNonce }) => ({
    type: 'settled',
    ...ends(left, right),
    cooperativeNonce,
  }),
  DisputeStarted: ({ left, right, startedByLeft, cooperativeNonce, proof, deadline }) => ({
    type: 'disputeStarted',
    ...ends(left, right),
    startedByLeft,
    cooperativeNonce,
    proof: readProof(proof),
    deadline: Number(deadline),
  }),
  DisputeCountered: ({ left, right, poster, cooperativeNonce, proof, deadline }) => ({
    type: 'disputeCountered',
    ...ends(left, right),
    poster: posterOf(poster),
    cooperativeNonce,
    proof: readProof(proof),
    deadline: Number(deadline),
  }),
  ArgumentsCommitted: ({ left, right, byLeft, proofBodyHash, data }) => ({
    type: 'argumentsCommitted',
    ...ends(left, right),
    byLeft,
    proofBodyHash: proofBodyHash as Hash,
    data: hexToBytes(data),
  }),
  TokensNamed: ({ left, right, byLeft, tokens }) => ({
    type: 'tokensNamed',
    ...ends(left, right),
    byLeft,
    tokens: [...tokens] as TokenId[],
  }),
  TokenSplit: ({ left, right, token, toLeft, toRight, leftDebt, rightDebt, forfeit }) => ({
    type: 'tokenSplit',
    ...ends(left, right),
    token: token as TokenId,
    toLeft,
    toRight,
    leftDebt,
    rightDebt,
    forfeit,
  }),
  DisputeFinalised: ({ left, right, disputeNonce, cooperativeNonce, fraud }) => ({
    type: 'disputeFinalised',
    ...ends(left, right),
    disputeNonce,
    cooperativeNonce,
    fraud,
  }),
  DebtCreated: ({ debtor, token, creditor, index, amount }) => ({
    type: 'debtCreated',
    ...debt(debtor, token, creditor, index),
    amount,
  }),
  DebtPaid: ({ debtor, token, creditor, index, remaining }) => ({
    type: 'debtPaid',
    ...debt(debtor, token, creditor, index),
    remaining,
  }),
  DebtForgiven: ({ debtor, token, creditor, index }) => ({
    type: 'debtForgiven',
    ...debt(debtor, token, creditor, index),
  }),
}

function ends(left: string, right: string): { left: EntityId; right: EntityId } {
  return { left: left as EntityId, right: right as EntityId }
}

function debt(debtor: string, token: string, creditor: string, index: bigint) {
  return {
    debtor: debtor as EntityId,
    token: token as TokenId,
    creditor: creditor as EntityId,
    index,
  }
}

function readProof(proof: ProofStructOutput): PostedProof {
  return {
    disputeNonce: proof.disputeNonce,
    disputeWindow: Number(proof.disputeWindow),
    proofBodyHash: proof.proofBodyHash as Hash,
    blockHash: proof.blockHash as Hash,
  }
}

/** The enum `Poster` of IDepository by its number. Throws `MalformedAnswer` for another. */
export function posterOf(poster: bigint): Poster {
  const name = posters[Number(poster)]
  if (name === undefined) throw new MalformedAnswer(`poster is ${poster}`)
  return name
}

/**
 * The event of a log; undefined when it is not of our contracts, or none that the node follows. Throws
 * `MalformedAnswer` for what our contracts cannot have said: the endpoint made it up.
 */
export function decodeLog(contracts: Contracts, log: LogBody): ChainEvent | undefined {
  const event = attempt(contracts, log)
  // It goes into the server's log next, and has to come out of it again.
  if (event !== undefined && !isChainEvent(event)) throw malformed(log, 'is out of range')
  return event
}

/** ethers reads a value only when it is asked for, and throws then. */
function attempt(contracts: Contracts, log: LogBody): ChainEvent | undefined {
  try {
    return readLog(contracts, log)
  } catch (cause) {
    throw malformed(log, 'does not decode', { cause })
  }
}

function malformed({ address, topics }: LogBody, what: string, options?: ErrorOptions) {
  return new MalformedAnswer(`a log of ${address} with topic ${topics[0]} ${what}`, options)
}

function readLog(contracts: Contracts, log: LogBody): ChainEvent | undefined {
  const { address } = log
  const description = { topics: [...log.topics], data: log.data }
  if (address === contracts.depository) {
    const parsed = depositoryInterface.parseLog(description)
    if (parsed === null) return undefined
    const read = readers[parsed.name as EventName] as (output: unknown) => ChainEvent
    return read(parsed.args)
  }
  if (address === contracts.subcontractProvider) {
    const parsed = registryInterface.parseLog(description)
    if (parsed === null) return undefined
    return readSecret(parsed.args as unknown as SecretRevealedEvent.OutputObject)
  }
  return undefined
}

function readSecret(output: SecretRevealedEvent.OutputObject): ChainEvent {
  const { hashlock, secret, revealedAt } = output
  return {
    type: 'secretRevealed',
    hashlock: hashlock as Hashlock,
    secret: secret as Secret,
    revealedAt: Number(revealedAt),
  }
}

/** What the contracts tell, and its bytes. */
import type { ChainEvent, Poster } from '@xln/shared/depository/events.ts'
import type { Address, EntityId, Hash, Hex, TokenId } from '@xln/shared/ids.ts'
import { AbiCoder, type EventFragment, type ParamType } from 'ethers'
import { ABIS, erc721Abi } from './interfaces.ts'
import type { Default } from './world.ts'

/** What the node follows, and the rest. */
export type ContractEvent =
  | ChainEvent
  | RegistryEvent
  | SharesEvent
  | { type: 'assetNamed'; token: TokenId; kind: number; collection: Address; id: bigint }
  | { type: 'depositSigned'; owner: Address; nonce: bigint }
  | { type: 'collectibleTransfer'; from: Address; to: Address; id: bigint }
  | ({ type: 'defaultRecorded'; recordedAt: number } & Default)
  | { type: 'transfer'; from: Address; to: Address; amount: bigint }
  | { type: 'approval'; owner: Address; spender: Address; amount: bigint }

/** Of the EntityProvider. */
export type RegistryEvent =
  | { type: 'entityRegistered'; entity: EntityId; boardHash: Hash }
  | { type: 'boardChecked'; boardHash: Hash }
  | { type: 'keyRegistered'; keyId: Hash; key: Hex }
  | { type: 'boardDecided'; entity: EntityId; boardHash: Hash; nextFrom: number; nonce: bigint }
  | {
      type: 'boardReplaced'
      entity: EntityId
      boardHash: Hash
      outgoing: Hash
      outgoingUntil: number
    }
  | { type: 'nameOwned'; name: Hash; entity: EntityId; nonce: bigint }

/** Of the Shares. */
export type SharesEvent =
  | {
      type: 'sharesIssued'
      entity: EntityId
      delay: bigint
      control: bigint
      dividend: bigint
    }
  | ({ type: 'dividendReported'; total: bigint } & OfPot)
  | ({
      type: 'dividendTaken'
      holder: Address
      to: EntityId
      amount: bigint
      paid: bigint
    } & OfPot)
  | ({ type: 'transferSingle'; id: bigint; value: bigint } & OfTransfer)
  | ({ type: 'transferBatch'; ids: readonly bigint[]; values: readonly bigint[] } & OfTransfer)
  | { type: 'approvalForAll'; account: Address; operator: Address; approved: boolean }
  | {
      type: 'voted'
      entity: EntityId
      boardHash: Hash
      holder: Address
      shares: bigint
      tally: bigint
    }
  | { type: 'shareholdersDecided'; entity: EntityId; boardHash: Hash; nextFrom: number }
  | { type: 'electionEnded'; entity: EntityId; next: bigint }

interface OfPot {
  entity: EntityId
  depository: Address
  token: TokenId
}

interface OfTransfer {
  operator: Address
  from: Address
  to: Address
}

/** An event, and whose it is. */
export interface Emitted {
  readonly address: Address
  readonly event: ContractEvent
}

/** In the order of the enum `Poster`. */
export const POSTERS: readonly unknown[] = ['anyone', 'left', 'right'] satisfies Poster[]

/** Where the fields of an event go: each has the name that the ABI gives it. */
interface Layout {
  readonly topic: Hex
  readonly indexed: readonly ParamType[]
  readonly data: readonly ParamType[]
}

// Known once and for all: ethers hashes the signature anew whenever it is asked.
const layouts = new Map<string, Layout>()
for (const abi of ABIS) {
  abi.forEachEvent((event) => {
    const type = event.name.charAt(0).toLowerCase() + event.name.slice(1)
    if (!layouts.has(type)) layouts.set(type, layoutOf(event))
  })
}
// An ERC-721 calls its event as an ERC-20 does.
erc721Abi.forEachEvent((event) => layouts.set('collectibleTransfer', layoutOf(event)))

function layoutOf({ topicHash, inputs }: EventFragment): Layout {
  return {
    topic: topicHash as Hex,
    indexed: inputs.filter(({ indexed }) => indexed),
    data: inputs.filter(({ indexed }) => !indexed),
  }
}

const coder = AbiCoder.defaultAbiCoder()

/** Topics and data of an event. */
export function encodeEvent(event: ContractEvent): { topics: readonly Hex[]; data: Hex } {
  const layout = layouts.get(event.type)
  if (layout === undefined) throw new Error(`no event ${event.type} in the ABIs`)
  const fields: Readonly<Record<string, unknown>> = { ...event }
  const encode = (types: readonly ParamType[]): Hex => {
    return coder.encode(
      types,
      types.map(({ name }) => wordOf(name, fields[name])),
    ) as Hex
  }
  const topics = layout.indexed.map((type) => encode([type]))
  return { topics: [layout.topic, ...topics], data: encode(layout.data) }
}

function wordOf(name: string, value: unknown): unknown {
  return name === 'poster' ? POSTERS.indexOf(value) : value
}

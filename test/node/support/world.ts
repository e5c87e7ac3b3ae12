/**
 * Several servers in one process, made of the real machines over memory: blocks are made one at a
 * time, messages travel when the test says so, and the chain says what the test says.
 */

import type { ChannelView } from '@xln/node/machines/channel/messages.ts'
import type { ChainHead } from '@xln/node/machines/depository/depository.ts'
import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import type { EntityRefusal } from '@xln/node/machines/entity/messages.ts'
import type { EntityRecords } from '@xln/node/machines/entity/records.ts'
import { entityRecords } from '@xln/node/machines/entity/tables.ts'
import type { Draft } from '@xln/node/machines/ports.ts'
import { executeBlock } from '@xln/node/machines/server/execute.ts'
import { putGenesis } from '@xln/node/machines/server/genesis.ts'
import { encodeOwnInput, encodeServerInput } from '@xln/node/machines/server/inputCodec.ts'
import { decodeMempool, encodeMempool } from '@xln/node/machines/server/mempool.ts'
import type {
  OwnEntityInput,
  ServerInput,
  ServerOutput,
} from '@xln/node/machines/server/messages.ts'
import type { Arrival } from '@xln/node/shell/admission.ts'
import { buildMempool } from '@xln/node/shell/loop.ts'
import { messagesIn } from '@xln/node/shell/outbox.ts'
import { type Letter, writeLetters } from '@xln/node/shell/post.ts'
import { createMemoryDraft } from '@xln/node/shell/store/live.ts'
import { bytesToHex, numberToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChainEvent, LocatedEvent } from '@xln/shared/depository/events.ts'
import type { Action, Policy } from '@xln/shared/entity/action.ts'
import { encodeAction } from '@xln/shared/entity/actionCodec.ts'
import { lazyEntityId, orderSides } from '@xln/shared/entity/board.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  parseAddress,
  parseId,
  type TokenId,
  ZERO_HASH,
} from '@xln/shared/ids.ts'

export const domain: ChainDomain = {
  chainId: 31_337n,
  depository: parseAddress(`0x${'d1'.repeat(20)}`),
  entityProvider: parseAddress(`0x${'e1'.repeat(20)}`),
  subcontractProvider: parseAddress(`0x${'51'.repeat(20)}`),
}

const START: ChainHead = { block: 1, hash: ZERO_HASH, timestamp: 1_700_000_000 }
const PATH = `0x${'00'.repeat(7)}01${'00'.repeat(7)}01` as const

/** A key that a number stands for. */
export function keyOf(number: number): Uint8Array {
  return keccak256(numberToBytes(number, 8))
}

/** One server with one entity. */
export class TestServer {
  readonly name: string
  readonly key: Uint8Array
  readonly address: Address
  readonly entity: EntityId
  readonly draft: Draft = createMemoryDraft()
  /** Everything its blocks have said, in order. */
  readonly outputs: ServerOutput[] = []
  readonly receipts = new Map<bigint, EntityRefusal | null>()
  #arrivals: Arrival[] = []
  #requests = 0n
  #nonce = 0
  #messages = 0

  /** `lost`: its disk says that there was more, and has nothing of it. */
  constructor(name: string, number: number, policy: Policy = DEFAULT_POLICY, lost = false) {
    this.name = name
    this.key = keyOf(number)
    this.address = addressOf(this.key)
    this.entity = lazyEntityId(this.address)
    putGenesis(this.draft, { head: START, cursor: { ...START, trail: [] } })
    this.tell({ type: 'started', incarnation: 1, lost: lost ? [] : null })
    this.tell({ type: 'createEntity', signer: this.address, policy })
  }

  get records(): EntityRecords {
    return entityRecords(this.draft.at(Uint8Array.from(Buffer.from(PATH.slice(2), 'hex'))))
  }

  tell(input: ServerInput): void {
    this.#arrivals.push({ type: 'server', bytes: encodeServerInput(input) })
  }

  own(input: OwnEntityInput): void {
    const bytes = encodeOwnInput(input)
    this.#arrivals.push({ type: 'own', path: PATH, bytes, requestId: 0n })
  }

  /** Proposes an action; its receipt is there after the next block. */
  propose(action: Action, nonce = this.#nonce++): bigint {
    const requestId = ++this.#requests
    const from = this.address
    this.own({ type: 'propose', from, nonce, requestId, action: encodeAction(action) })
    return requestId
  }

  receive(letter: Letter): void {
    this.#arrivals.push({
      type: 'message',
      path: PATH,
      peer: letter.sender,
      bytes: letter.data,
      server: domain.depository,
      incarnation: 1,
      nonce: ++this.#messages,
    })
  }

  /** Makes a block of what has arrived, over the bytes of its mempool; gives its letters. */
  tick(timestampMs: number): Letter[] {
    const arrivals = this.#arrivals
    this.#arrivals = []
    const mempool = decodeMempool(encodeMempool(buildMempool(arrivals)))
    if (mempool === undefined) throw new Error('the mempool does not decode')
    const outputs = executeBlock(this.draft, mempool, timestampMs, domain)
    this.draft.at(new Uint8Array(0)).root()
    this.outputs.push(...outputs)
    for (const { output } of outputs) {
      if (output.type === 'receipt') this.receipts.set(output.requestId, output.refusal)
    }
    return writeLetters(messagesIn(outputs), {
      domain,
      signerOf: () => this.address,
      sign: (_, digest) => signDigest(digest, this.key),
    })
  }

  get isIdle(): boolean {
    return this.#arrivals.length === 0
  }
}

/** The servers, their wires and their chain. */
export class World {
  readonly servers: TestServer[]
  readonly chain: ChainHead[] = [START]
  nowMs = START.timestamp * 1_000
  /** Letters that wait for the next delivery. */
  wire: Letter[] = []
  /** Views that the chain gives of channels; an empty one for what is not here. */
  readonly views = new Map<string, ChannelView>()

  constructor(...servers: TestServer[]) {
    this.servers = servers
    for (const server of servers) server.tick(this.nowMs)
    this.connect(true)
  }

  /** Tells everybody that everybody else is there, or gone. */
  connect(up: boolean): void {
    const all = this.servers.map(({ entity }) => entity)
    for (const server of this.servers) {
      server.tell({ type: 'peersConnected', peers: all.filter((id) => id !== server.entity), up })
    }
  }

  /** One block of every server, its letters put on the wire. */
  tick(): void {
    this.nowMs += 10
    for (const server of this.servers) {
      this.wire.push(...server.tick(this.nowMs))
      for (const { entity, output } of server.outputs.slice(this.#answeredOf(server))) {
        if (output.type === 'readChannel') this.#answerView(server, entity, output.peer)
      }
      this.#answeredBy.set(server, server.outputs.length)
    }
  }

  readonly #answeredBy = new Map<TestServer, number>()

  #answeredOf(server: TestServer): number {
    return this.#answeredBy.get(server) ?? 0
  }

  #answerView(server: TestServer, entity: EntityId, peer: EntityId): void {
    const { left, right } = orderSides(entity, peer)
    const view = this.views.get(left + right) ?? {
      left,
      right,
      cooperativeNonce: 0n,
      tokens: [],
      position: { block: 0, logIndex: 0 },
      dispute: null,
      arguments: [],
      named: [],
    }
    server.tell({ type: 'channelView', entity, peer, view })
  }

  deliver(): void {
    const letters = this.wire
    this.wire = []
    for (const letter of letters) {
      this.servers.find(({ entity }) => entity === letter.recipient)?.receive(letter)
    }
  }

  /** Ticks and delivers until nobody has anything to say. Throws when that does not come. */
  settle(): void {
    for (let round = 0; round < 200; round++) {
      this.tick()
      const isQuiet = this.wire.length === 0 && this.servers.every(({ isIdle }) => isIdle)
      if (isQuiet) return
      this.deliver()
    }
    throw new Error('the network does not come to rest')
  }

  /** A final chain block with these events, for everybody whom they concern. */
  mine(...events: readonly ChainEvent[]): void {
    const before = this.chain.at(-1) as ChainHead
    const block = before.block + 1
    const timestamp = Math.max(before.timestamp + 1, Math.floor(this.nowMs / 1_000))
    const hash = bytesToHex(keccak256(numberToBytes(block, 8))) as Hash
    const head = { block, hash, timestamp }
    this.chain.push(head)
    const located = events.map(
      (event, logIndex): LocatedEvent => ({ event, position: { ...head, logIndex } }),
    )
    for (const server of this.servers) {
      const cursor = { block, hash, trail: [] }
      server.tell({ type: 'chain', head, cursor, events: located })
    }
  }
}

/** An ERC-20 that a number stands for. */
export function token(number: number): TokenId {
  return parseId<TokenId>(`0x01${'00'.repeat(11)}${number.toString(16).padStart(40, '0')}`)
}

/**
 * The server machine: executes one block's mempool on the draft, parents before children, children
 * in the order of their keys, and gathers what the shell must do in that same order.
 *
 * Nothing here catches a throw: a throw is a bug of ours. It is reported with the input that was at
 * work, the shell drops the whole draft, keeps that input out, and makes the block again without it.
 */

import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { ChainEvent, LocatedEvent } from '@xln/shared/depository/events.ts'
import type { Policy } from '@xln/shared/entity/action.ts'
import { decodeAction } from '@xln/shared/entity/actionCodec.ts'
import { channelKeyOf, lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address, EntityId, Hex } from '@xln/shared/ids.ts'
import { genesis as depositoryGenesis } from '../depository/depository.ts'
import { rules } from '../entity/facts.ts'
import { execute as executeEntity } from '../entity/machine.ts'
import type { EntityInput } from '../entity/messages.ts'
import { DepositoryTable, EntityTable, entityRecords } from '../entity/tables.ts'
import { beginTurn, flush, receipt, type Turn } from '../entity/turn.ts'
import type { Draft, MachinePath } from '../ports.ts'
import { entityPath, localId, ONLY as ONLY_SIGNER, SignerTable } from '../signer/signer.ts'
import { decodeOwnInput, decodeServerInput } from './inputCodec.ts'
import type { Mempool } from './mempool.ts'
import type { OwnEntityInput, ServerInput, ServerOutput } from './messages.ts'
import { namedBy } from './routing.ts'
import {
  connected,
  isConnected,
  isFurther,
  ONLY,
  PeerTable,
  putReveal,
  ResidenceTable,
  residents,
  revealOf,
  ServerTable,
  setConnected,
  watch,
  watchers,
} from './tables.ts'

/** What was at work when a machine threw. */
export type Culprit =
  | { readonly type: 'server' }
  | { readonly type: 'own'; readonly path: Hex; readonly index: number }
  | {
      readonly type: 'channel'
      readonly path: Hex
      readonly entity: EntityId
      readonly peer: EntityId
    }

/** A machine threw: a bug of ours, with the input that hit it. */
export class MachineThrew extends Error {
  readonly culprit: Culprit

  constructor(culprit: Culprit, cause: unknown) {
    super(`a machine threw at ${culprit.type} input: ${String(cause)}`, { cause })
    this.name = 'MachineThrew'
    this.culprit = culprit
  }
}

const SERVER_PATH: MachinePath = new Uint8Array(0)

interface Execution {
  readonly draft: Draft
  readonly domain: ChainDomain
  /** Unix seconds. */
  readonly now: number
  /** One turn an entity and block, by its path, begun when first needed. */
  readonly turns: Map<Hex, Turn>
  /** Of the process that makes the block. */
  incarnation: number
  culprit: Culprit
  /** Whether what is at work can be left out: somebody has asked for it, or a peer has sent it. */
  isDispensable: boolean
}

/** Executes `mempool` on `draft` at `timestampMs`. Throws {@link MachineThrew} and nothing else. */
export function executeBlock(
  draft: Draft,
  mempool: Mempool,
  timestampMs: number,
  domain: ChainDomain,
): ServerOutput[] {
  const now = Math.floor(timestampMs / 1000)
  const { incarnation = 0 } = draft.at(SERVER_PATH).get(ServerTable, ONLY) ?? {}
  const culprit: Culprit = { type: 'server' }
  const turns = new Map<Hex, Turn>()
  const execution: Execution = {
    ...{ draft, domain, now, turns, incarnation, culprit },
    isDispensable: false,
  }
  try {
    for (const value of mempool.values) onServerInput(execution, decodeServerInput(value))
    for (const signer of mempool.children) {
      for (const entity of signer.mempool.children) {
        const path: Hex = `${signer.key}${entity.key.slice(2)}` as Hex
        onEntityMempool(execution, path, entity.mempool)
      }
    }
    return finish(execution)
  } catch (error) {
    throw new MachineThrew(blame(execution), error)
  }
}

/**
 * What of the chain, the server and the deadlines cannot be left out is taken without the channel whose
 * machine throws at it: else one channel, brought there by its peer, would end the process for ever.
 */
function blame({ culprit, isDispensable, turns }: Execution): Culprit {
  if (isDispensable) return culprit
  for (const [path, { atWork, records }] of turns) {
    if (atWork === undefined) continue
    return { type: 'channel', path, entity: records.entity().id, peer: atWork }
  }
  return culprit
}

function onServerInput(execution: Execution, input: ServerInput): void {
  const records = execution.draft.at(SERVER_PATH)
  switch (input.type) {
    case 'createEntity':
      createEntity(execution, input.signer, input.policy)
      return
    case 'chain':
      onChain(execution, input)
      return
    case 'chainCorrected':
      onChainCorrected(execution, input)
      return
    case 'firstSight':
      for (const { path } of concerned(execution, input.event.event)) {
        executeEntity(turnOf(execution, bytesToHex(path)), input)
      }
      return
    case 'peersConnected':
      onPeersConnected(execution, input.peers, input.up)
      return
    case 'peerPosition': {
      const { incarnation, nonce } = input
      const before = records.get(PeerTable, hexToBytes(input.server))
      // Strangers' messages may be taken after later ones of known peers, and those of an older run
      // after those of a newer: a position never falls.
      if (before !== undefined && !isFurther(input, before)) return
      records.put(PeerTable, hexToBytes(input.server), { incarnation, nonce })
      return
    }
    case 'started':
      onStarted(execution, input)
      return
    case 'channelView': {
      const path = records.get(ResidenceTable, hexToBytes(input.entity))
      if (path !== undefined) executeEntity(turnOf(execution, bytesToHex(path)), input)
      return
    }
    case 'release':
      onRelease(execution, input)
      return
    case 'quarantine': {
      const path = records.get(ResidenceTable, hexToBytes(input.entity))
      if (path === undefined) return
      const key = channelKeyOf(input.entity, input.peer)
      turnOf(execution, bytesToHex(path)).records.quarantine(key)
      return
    }
  }
}

function onPeersConnected(execution: Execution, peers: readonly EntityId[], up: boolean): void {
  const records = execution.draft.at(SERVER_PATH)
  for (const peer of peers) setConnected(records, peer, up)
  for (const { path } of residents(records)) {
    const turn = turnOf(execution, bytesToHex(path))
    executeEntity(turn, { type: 'peersConnected', peers, up })
  }
}

/** What throws here is left out, as a peer's message is: then the channel stays under quarantine. */
function onRelease(
  execution: Execution,
  { entity, peer, messages }: Extract<ServerInput, { type: 'release' }>,
): void {
  const residence = execution.draft.at(SERVER_PATH).get(ResidenceTable, hexToBytes(entity))
  if (residence === undefined) return
  const path = bytesToHex(residence)
  execution.culprit = { type: 'channel', path, entity, peer }
  execution.isDispensable = true
  executeEntity(turnOf(execution, path), { type: 'released', peer, messages })
  execution.culprit = { type: 'server' }
  execution.isDispensable = false
}

/** A new process: nobody is connected to it yet. */
function onStarted(
  execution: Execution,
  { incarnation, lost }: Extract<ServerInput, { type: 'started' }>,
): void {
  const records = execution.draft.at(SERVER_PATH)
  const server = records.get(ServerTable, ONLY)
  if (server === undefined) return
  const isLost = lost !== null
  const lostAt = isLost ? Math.max(execution.now, server.head.timestamp) : server.lostAt
  records.put(ServerTable, ONLY, { ...server, incarnation, lostAt })
  execution.incarnation = incarnation
  onPeersConnected(execution, connected(records), false)
  for (const { entity, peers } of lost ?? []) {
    const path = records.get(ResidenceTable, hexToBytes(entity))
    if (path === undefined) continue
    executeEntity(turnOf(execution, bytesToHex(path)), { type: 'lost', peers })
  }
}

/** Makes a signer and its first entity, unless they are there. */
function createEntity({ draft }: Execution, signer: Address, policy: Policy): void {
  const records = draft.at(SERVER_PATH)
  const server = records.get(ServerTable, ONLY)
  const id = lazyEntityId(signer)
  if (server === undefined || records.get(ResidenceTable, hexToBytes(id)) !== undefined) return
  const number = server.nextSigner
  records.put(ServerTable, ONLY, { ...server, nextSigner: number + 1 })
  const path = entityPath(number, 1)
  records.put(ResidenceTable, hexToBytes(id), path)
  draft.at(localId(number)).put(SignerTable, ONLY_SIGNER, { address: signer, nextEntity: 2 })
  const entity = draft.at(path)
  const { lostAt } = server
  entity.put(EntityTable, ONLY, { id, signer, nonce: 0, policy, restoring: false, lostAt })
  entity.put(DepositoryTable, ONLY, depositoryGenesis(server.head))
}

function onChain(execution: Execution, input: Extract<ServerInput, { type: 'chain' }>): void {
  const records = execution.draft.at(SERVER_PATH)
  const server = records.get(ServerTable, ONLY)
  if (server === undefined) return
  const { head, cursor } = input
  records.put(ServerTable, ONLY, { ...server, head, cursor })

  const perEntity = new Map<EntityId, LocatedEvent[]>()
  for (const located of input.events) {
    const { event } = located
    if (event.type === 'secretRevealed') {
      const { hashlock, secret, revealedAt } = event
      putReveal(records, hashlock, { secret, revealedAt })
    }
    for (const { entity } of concerned(execution, located.event)) {
      const own = perEntity.get(entity)
      if (own === undefined) perEntity.set(entity, [located])
      else own.push(located)
    }
  }
  for (const { entity, path } of residents(records)) {
    const events = perEntity.get(entity) ?? []
    executeEntity(turnOf(execution, bytesToHex(path)), { type: 'chain', head, events })
  }
}

/** A reorganisation deeper than the confirmations: no block is undone, what the chain owns is set anew. */
function onChainCorrected(
  execution: Execution,
  { head, cursor, channels, accounts }: Extract<ServerInput, { type: 'chainCorrected' }>,
): void {
  const records = execution.draft.at(SERVER_PATH)
  const server = records.get(ServerTable, ONLY)
  if (server === undefined) return
  records.put(ServerTable, ONLY, { ...server, head, cursor })
  const turnAt = (entity: EntityId): Turn | undefined => {
    const path = records.get(ResidenceTable, hexToBytes(entity))
    return path === undefined ? undefined : turnOf(execution, bytesToHex(path))
  }
  for (const { entity, account } of accounts) {
    const turn = turnAt(entity)
    if (turn !== undefined) executeEntity(turn, { type: 'accountCorrected', head, account })
  }
  for (const view of channels) {
    for (const [entity, peer] of [
      [view.left, view.right],
      [view.right, view.left],
    ] as const) {
      const turn = turnAt(entity)
      if (turn !== undefined) executeEntity(turn, { type: 'channelView', peer, view })
    }
  }
}

/** The entities here that an event concerns, each once. */
function concerned(
  { draft }: Execution,
  event: ChainEvent,
): { entity: EntityId; path: MachinePath }[] {
  const records = draft.at(SERVER_PATH)
  const named = namedBy(event)
  if (named === 'everyone') return residents(records)
  const watching = event.type === 'reserveUpdated' ? watchers(records, event.entity) : []
  const found: { entity: EntityId; path: MachinePath }[] = []
  for (const entity of new Set([...named, ...watching])) {
    const path = records.get(ResidenceTable, hexToBytes(entity))
    if (path !== undefined) found.push({ entity, path })
  }
  return found
}

function turnOf(execution: Execution, path: Hex): Turn {
  let turn = execution.turns.get(path)
  if (turn === undefined) {
    const records = entityRecords(execution.draft.at(hexToBytes(path)))
    turn = beginTurn({
      rules,
      records,
      domain: execution.domain,
      isConnected: (peer) => isConnected(execution.draft.at(SERVER_PATH), peer),
      revealOf: (hashlock) => revealOf(execution.draft.at(SERVER_PATH), hashlock),
      now: execution.now,
      incarnation: () => execution.incarnation,
    })
    execution.turns.set(path, turn)
  }
  return turn
}

/** An entity's own inputs first, then the messages of its channels' peers. */
function onEntityMempool(execution: Execution, path: Hex, mempool: Mempool): void {
  const turn = turnOf(execution, path)
  const { id } = turn.records.entity()
  mempool.values.forEach((value, index) => {
    execution.culprit = { type: 'own', path, index }
    execution.isDispensable = true
    const input = decodeOwnInput(value)
    execution.isDispensable = input.type === 'propose'
    executeOwn(turn, input)
  })
  execution.isDispensable = true
  for (const channel of mempool.children) {
    const peer = channel.key as Hex as EntityId
    execution.culprit = { type: 'channel', path, entity: id, peer }
    for (const bytes of channel.mempool.values) {
      executeEntity(turn, { type: 'message', peer, bytes })
    }
  }
}

function executeOwn(turn: Turn, input: OwnEntityInput): void {
  if (input.type !== 'propose') {
    executeEntity(turn, input)
    return
  }
  const action = decodeAction(input.action)
  if (action === undefined) {
    receipt(turn, input.requestId, { code: 'action_malformed' })
    return
  }
  const proposal: EntityInput = { ...input, action }
  executeEntity(turn, proposal)
}

/** Flushes every entity that had a turn, and gathers the outputs, ascending by path. */
function finish(execution: Execution): ServerOutput[] {
  execution.isDispensable = false
  const outputs: ServerOutput[] = []
  for (const path of [...execution.turns.keys()].sort()) {
    const turn = execution.turns.get(path) as Turn
    const entity = turn.records.entity().id
    flush(turn, (peer) => {
      execution.culprit = { type: 'channel', path, entity, peer }
    })
    execution.culprit = { type: 'server' }
    for (const output of turn.outputs) {
      if (output.type === 'depository' && output.output.type === 'watch') {
        watch(execution.draft.at(SERVER_PATH), output.output.entity, entity)
      }
      outputs.push({ entity, output })
    }
  }
  return outputs
}

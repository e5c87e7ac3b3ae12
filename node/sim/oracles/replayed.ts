/**
 * Whoever executes a server's log again from its first block comes to the same state, with all records
 * in memory; and what the log says of money is what the channels hold.
 */
import { bytesToHex } from '@xln/shared/bytes.ts'
import { channelKeyOf } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { decodeServerBlock, statesRoot } from '../../machines/server/block.ts'
import { executeBlock } from '../../machines/server/execute.ts'
import { putGenesis } from '../../machines/server/genesis.ts'
import { decodeMempool } from '../../machines/server/mempool.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import { createMemoryDraft } from '../../shell/store/live.ts'
import { TOKENS } from '../ethereum.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import { checkItems } from './batches.ts'
import { checkForwarder } from './forwarders.ts'
import { Ledger } from './ledger.ts'
import { learn, SignedBlocks } from './oneBlock.ts'
import { checkPayments } from './payments.ts'
import { hasQuarantine } from './quarantine.ts'
import { checkWealth } from './wealth.ts'

const LAW = 'a log leads to one state'
const ROOT = new Uint8Array(0)

export function replayed(world: World): Oracle {
  return {
    name: LAW,
    async settled() {
      await durable(world)
      // What was forgotten was said all the same.
      const whole = world.honest.filter(({ name }) => !world.damaged.has(name))
      const logs = new Map<SimServer, ServerOutput[]>()
      for (const server of whole) {
        const outputs: ServerOutput[] = []
        const root = await execute(world, server, (output) => outputs.push(output))
        const live = bytesToHex(server.engine?.store.draft.at(ROOT).root() ?? ROOT)
        if (root !== live) throw new LawBroken(LAW, `${server.name}: ${root}, live ${live}`)
        learn(world.blocks, outputs)
        logs.set(server, outputs)
      }
      // What a channel under quarantine is owed, its operator has to fetch.
      const stands = new Set(whole.filter((server) => hasQuarantine(world, server)))
      const ledgers = new Map<SimServer, Ledger>()
      for (const [server, outputs] of logs) {
        const ledger = new Ledger()
        for (const output of outputs) ledger.note(output)
        ledgers.set(server, ledger)
        if (world.ethereum === undefined) compareLedger(world, server, ledger)
        checkSigned(world, server, outputs)
        if (world.ethereum !== undefined) checkItems(server, outputs)
        if (!world.isDeep) checkPayments(world, server, outputs)
        // Without a court a peer that is gone takes along what it owes.
        if (world.ethereum !== undefined && !world.isDeep && !stands.has(server))
          checkForwarder(world, server, outputs)
      }
      for (const server of stands) ledgers.delete(server)
      checkWealth(world, ledgers)
    },
  }
}

/** Goes on until no block is between its execution and the disk. */
async function durable({ scheduler, honest }: World): Promise<void> {
  const isDurable = () =>
    honest.every(({ engine, disk }) => engine?.store.tail.number === disk.syncedBlock)
  while (!isDurable()) if (!(await scheduler.step())) throw new Error('nothing happens any more')
}

async function execute(
  world: World,
  { name, engine }: SimServer,
  onOutput: (output: ServerOutput) => void,
): Promise<string> {
  const draft = createMemoryDraft()
  putGenesis(draft, world.genesis())
  draft.seal()
  for await (const { bytes, header } of engine?.store.blocksAfter(0) ?? []) {
    const block = decodeServerBlock(bytes)
    const mempool = block === undefined ? undefined : decodeMempool(block.mempool)
    if (block === undefined || mempool === undefined) {
      throw new LawBroken(LAW, `${name}: block ${header.number} does not decode`)
    }
    executeBlock(draft, mempool, block.timestampMs, world.domain).forEach(onOutput)
    draft.seal()
    if (!statesRoot(header.number)) continue
    const root = bytesToHex(draft.at(ROOT).root())
    if (root !== bytesToHex(header.stateHash)) {
      throw new LawBroken(LAW, `${name}: block ${header.number} leads to ${root}`)
    }
  }
  return bytesToHex(draft.at(ROOT).root())
}

/** All that a server has ever signed, in order; the era of each is what the log had come to. */
function checkSigned(world: World, { name }: SimServer, outputs: readonly ServerOutput[]): void {
  const signed = new SignedBlocks(
    world.blocks,
    true,
    () => false,
    () => true,
  )
  const eras = new Map<string, bigint>()
  for (const { entity, output } of outputs) {
    if (output.type !== 'channelFact' && output.type !== 'sendUpdate') continue
    const who = `${name} ${channelKeyOf(entity, output.peer).slice(0, 10)}`
    if (output.type === 'sendUpdate') signed.update(who, eras.get(who) ?? 0n, output.update)
    else if (output.fact.type === 'disputeEnded') eras.set(who, output.fact.cooperativeNonce >> 32n)
  }
}

function compareLedger(world: World, server: SimServer, ledger: Ledger): void {
  for (const entity of server.entities) {
    for (const token of TOKENS) {
      const held = claims(world, server, entity, token)
      const said = ledger.sumOf(entity, token)
      if (held !== said) {
        const text = `${server.name} holds ${held} of ${token.slice(-4)}, was told of ${said}`
        throw new LawBroken('money is what was said of it', text)
      }
    }
  }
}

/** What the channels of `entity` hold for it, off chain. */
export function claims(
  world: World,
  { engine }: SimServer,
  entity: EntityId,
  token: TokenId,
): bigint {
  let sum = 0n
  for (const peer of world.servers.flatMap(({ entities }) => entities)) {
    const channel = engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
    const held = channel?.mutual.tokens.find((each) => each.token === token)?.offdelta ?? 0n
    sum += channel?.side === 'left' ? held : -held
  }
  return sum
}

/** What a server has written of the chain is what the chain says of the block that it has come to. */
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import type { Depository } from '../../machines/depository/depository.ts'
import { reserveOf } from '../../machines/depository/depository.ts'
import type { EntityRecords } from '../../machines/entity/records.ts'
import { type Ethereum, TOKENS } from '../ethereum.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'what is written of the chain is true'

export function chainTruth(world: World): Oracle {
  /** The block as of which the records of an entity were compared last. */
  const compared = new Map<EntityId, number>()
  return {
    name: LAW,
    committed(server) {
      if (world.ethereum === undefined || world.isDeep) return
      for (const entity of server.entities) {
        const records = server.engine?.shell.records(entity)
        const head = records?.depository().head
        const last = compared.get(entity) ?? 0
        if (records === undefined || head === undefined || head.block === last) continue
        compared.set(entity, head.block)
        if (!isQuiet(world.ethereum, last, head.block)) compare(world, server, entity, records)
      }
    },
    settled() {
      if (world.ethereum === undefined || world.isDeep) return
      for (const server of world.honest) {
        for (const entity of server.entities) {
          const records = server.engine?.shell.records(entity)
          if (records !== undefined) compare(world, server, entity, records)
        }
      }
    },
  }
}

/** Whether nothing happened after block `from` up to block `to`. */
function isQuiet({ chain }: Ethereum, from: number, to: number): boolean {
  for (let block = from + 1; block <= to; block++) {
    if ((chain.blockAt(block)?.receipts.length ?? 0) > 0) return false
  }
  return true
}

function compare(world: World, server: SimServer, entity: EntityId, records: EntityRecords): void {
  const { ethereum } = world
  const depository = records.depository()
  const { block, hash } = depository.head
  // A block that was taken back since, and of which it will hear: nobody knows what it said.
  if (ethereum?.chain.blockAt(block)?.hash !== hash || !ethereum.chain.stateAt(block)) return
  const same = (what: string, written: unknown, true_: unknown) => {
    if (written === true_) return
    const text = `${server.name} at block ${block}: ${what} is ${true_}, written is ${written}`
    throw new LawBroken(LAW, text)
  }
  const nonce = ethereum.batchNonceOf(entity, block)
  same('the batch nonce', BigInt(depository.chainNonce), nonce)
  const others = world.servers.flatMap(({ entities }) => entities).filter((id) => id !== entity)
  for (const token of TOKENS) {
    const name = token.slice(-4)
    const reserve = ethereum.reserveOf(entity, token, block)
    same(`the reserve of ${name}`, reserveOf(depository, token), reserve)
    for (const peer of others) {
      const owed = ethereum.debtsOf(peer, token, block).get(entity) ?? 0n
      same(`the debt of ${name} to it`, debtOf(depository, peer, entity, token), owed)
      const owes = ethereum.debtsOf(entity, token, block).get(peer) ?? 0n
      same(`its debt of ${name}`, debtOf(depository, entity, peer, token), owes)
      const key = channelKeyOf(entity, peer)
      // It hears nothing more.
      if (records.isQuarantined(key)) continue
      const channel = records.channel(key)
      const written = channel?.view.tokens.find((each) => each.token === token)
      if (written === undefined) continue
      const { left, right } = orderSides(entity, peer)
      const held = ethereum.collateralOf(left, right, token, block)
      same(`the collateral of ${name}`, written.collateral, held.collateral)
      same(`the ondelta of ${name}`, written.ondelta, held.ondelta)
    }
  }
}

function debtOf(
  { debts }: Depository,
  debtor: EntityId,
  creditor: EntityId,
  token: TokenId,
): bigint {
  let sum = 0n
  for (const debt of debts) {
    const isIt = debt.debtor === debtor && debt.creditor === creditor && debt.token === token
    if (isIt) sum += debt.remaining
  }
  return sum
}

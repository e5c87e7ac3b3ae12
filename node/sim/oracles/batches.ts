/** What is to be done on chain: taken up again after a restart, signed once at a time, and ended once begun. */
import { IDepository__factory } from '@xln/shared/abi/typechain/factories/interfaces/IDepository__factory.ts'
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import type { QueuedItem } from '../../machines/depository/depository.ts'
import type { ServerOutput } from '../../machines/server/messages.ts'
import type { SimTransaction } from '../chain/transaction.ts'
import type { Ethereum } from '../ethereum.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import { finalTimestampOf } from '../truth.ts'
import type { World } from '../world.ts'

const LAW = 'what is under way is taken up again'
const ONE = 'an item is signed in one live batch'
const ENDED = 'what was to be done on chain comes to an end'
const depository = IDepository__factory.createInterface()

export function batches(world: World): Oracle {
  /** The `validUntil` of every batch that was signed, by entity and nonce. */
  const signed = new Map<string, Set<number>>()
  return {
    name: LAW,
    started(server) {
      for (const entity of server.entities) {
        const inFlight = server.engine?.shell.records(entity)?.depository().inFlight ?? []
        if (inFlight.length === 0 || world.ethereum === undefined) continue
        if (server.chain?.isIdle() !== false)
          throw new LawBroken(LAW, `${server.name} submits nothing`)
      }
    },
    committed(server, { outputs }) {
      const { ethereum } = world
      if (ethereum === undefined || world.isDeep || world.damaged.has(server.name)) return
      for (const { entity, output } of outputs) {
        if (output.type !== 'depository' || output.output.type !== 'submitBatch') continue
        const { nonce, validUntil } = output.output.batch
        const place = `${entity} ${nonce}`
        const before = signed.get(place) ?? new Set()
        signed.set(place, before)
        for (const until of before) {
          const isLive = until !== validUntil && until >= finalTimestampOf(world)
          if (!isLive || !isKnown(ethereum, entity, nonce, until)) continue
          throw new LawBroken(ONE, `${server.name} signs ${nonce} again, valid until ${until}`)
        }
        before.add(validUntil)
      }
    },
  }
}

/** Whether a block has the batch, or it waits for one. */
function isKnown(ethereum: Ethereum, entity: EntityId, nonce: number, until: number): boolean {
  const { chain } = ethereum
  const isIt = ({ data }: SimTransaction) => {
    const call = depository.parseTransaction({ data: bytesToHex(data) })
    if (call?.name !== 'processBatch') return false
    const [of, , itsNonce, itsUntil] = call.args as unknown as [EntityId, string, bigint, bigint]
    return of === entity && Number(itsNonce) === nonce && Number(itsUntil) === until
  }
  if (chain.waiting.some(isIt)) return true
  for (let number = 1; number <= chain.head.number; number++) {
    if (chain.blockAt(number)?.receipts.some(({ transaction }) => isIt(transaction))) return true
  }
  return false
}

/** By `outputs`, all that a server ever said, everything that was in a batch has come to an end. */
export function checkItems({ name, engine }: SimServer, outputs: readonly ServerOutput[]): void {
  const open = new Map<string, string>()
  for (const { entity, output } of outputs) {
    if (output.type !== 'depository') continue
    const { output: said } = output
    if (said.type === 'submitBatch') {
      for (const queued of said.batch.items) open.set(keyOf(entity, queued), queued.item.type)
    } else if (said.type === 'itemDone' || said.type === 'itemSkipped') {
      open.delete(keyOf(entity, said.queued))
    }
  }
  for (const entity of engine?.shell.entities() ?? []) {
    const account = engine?.shell.records(entity)?.depository()
    const left = [
      ...(account?.waiting ?? []),
      ...(account?.inFlight ?? []).flatMap((each) => each.items),
    ]
    for (const queued of left) open.delete(keyOf(entity, queued))
  }
  const [lost] = open.values()
  if (lost !== undefined) throw new LawBroken(ENDED, `${name} has forgotten a ${lost}`)
}

function keyOf(entity: EntityId, { item, requestId }: QueuedItem): string {
  const text = JSON.stringify(item, (_, value) =>
    typeof value === 'bigint'
      ? String(value)
      : value instanceof Uint8Array
        ? bytesToHex(value)
        : value,
  )
  return `${entity} ${requestId} ${text}`
}

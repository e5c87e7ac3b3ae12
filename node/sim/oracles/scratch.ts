/**
 * The root of the state, kept up to date change by change, is the one that all records together have:
 * read from disk and memory, written again, and put into a tree from scratch.
 */
import { bytesToHex, numberToBytes } from '@xln/shared/bytes.ts'
import { keccak256 } from '@xln/shared/crypto/keccak.ts'
import { type Entry, merkleRoot } from '@xln/shared/merkle/reference.ts'
import { childKey, recordKey } from '@xln/shared/merkle/stateKeys.ts'
import { entityTables } from '../../machines/entity/tables.ts'
import type { MachinePath, Table } from '../../machines/ports.ts'
import { ONLY, ServerTable, serverTables } from '../../machines/server/tables.ts'
import { entityPath, localId, SignerTable, signerTables } from '../../machines/signer/signer.ts'
import type { Store } from '../../shell/store/store.ts'
import { LawBroken, type Oracle } from '../law.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'

const LAW = 'the root is that of the records'
const MEAN_MS = 60_000
const SERVER_PATH = new Uint8Array(0)
/** Above all that a machine of these worlds has. */
const EVERYTHING = 1_000_000

export function scratch(world: World): Oracle {
  const random = world.random.fork('scratch')
  world.disturb(random, MEAN_MS, () => {
    const server = random.pick(world.servers)
    if (!server.isUp || world.damaged.has(server.name)) return
    check(server).catch((error: unknown) => world.fail(LAW, String(error)))
  })
  return {
    name: LAW,
    async settled() {
      for (const server of world.honest) {
        // A hole in a record is found by who reads it for a machine, and by nobody else.
        if (!world.damaged.has(server.name)) await check(server)
      }
    },
  }
}

async function check({ name, engine }: SimServer): Promise<void> {
  if (engine === undefined) return
  const { store } = engine
  const live = bytesToHex(store.draft.at(SERVER_PATH).root())
  const root = bytesToHex(await serverRoot(store))
  if (root !== live) throw new LawBroken(LAW, `${name}: ${live}, from scratch ${root}`)
}

async function serverRoot(store: Store): Promise<Uint8Array> {
  const entries = await recordsOf(store, SERVER_PATH, serverTables)
  const signers = store.draft.at(SERVER_PATH).get(ServerTable, ONLY)?.nextSigner ?? 1
  for (let number = 1; number < signers; number++) {
    entries.push([childKey(localId(number)), await signerRoot(store, number)])
  }
  return merkleRoot(entries)
}

async function signerRoot(store: Store, number: number): Promise<Uint8Array> {
  const path = localId(number)
  const entries = await recordsOf(store, path, signerTables)
  const next = store.draft.at(path).get(SignerTable, ONLY)?.nextEntity ?? 1
  for (let entity = 1; entity < next; entity++) {
    const records = await recordsOf(store, entityPath(number, entity), entityTables)
    entries.push([childKey(numberToBytes(entity, 8)), merkleRoot(records)])
  }
  return merkleRoot(entries)
}

async function recordsOf(
  store: Store,
  path: MachinePath,
  tables: readonly Table<never>[],
): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const table of tables) {
    if (table.local === true) continue
    for (const { key, value } of await store.page(path, table, new Uint8Array(0), EVERYTHING)) {
      entries.push([recordKey(table.id, key), keccak256(table.codec.encode(value))])
    }
  }
  return entries
}

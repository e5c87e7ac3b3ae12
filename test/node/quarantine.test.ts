/** An operator looks at a channel under quarantine, and has it go on. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Channel, genesis } from '@xln/node/machines/channel/channel.ts'
import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import { ChannelTable } from '@xln/node/machines/entity/tables.ts'
import { putGenesis } from '@xln/node/machines/server/genesis.ts'
import { quarantined, release } from '@xln/node/quarantine.ts'
import { readBlockHeader } from '@xln/node/replay.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import { ServerShell } from '@xln/node/shell/server.ts'
import { openStore } from '@xln/node/shell/store/opening.ts'
import type { Store } from '@xln/node/shell/store/store.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { addressOf } from '@xln/shared/crypto/secp256k1.ts'
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import { type EntityId, parseId, ZERO_HASH } from '@xln/shared/ids.ts'
import { encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { MessageType } from '@xln/shared/wire/envelope.ts'
import { expect } from 'chai'
import { domain, keyOf } from './support/world.ts'

const START = { block: 1, hash: ZERO_HASH, timestamp: 1_700_000_000 }
const peer = parseId<EntityId>(`0x${'77'.repeat(32)}`)
const stranger = parseId<EntityId>(`0x${'78'.repeat(32)}`)
const refusal = encodeChannelMessage({
  type: 'refuse',
  blockHash: ZERO_HASH,
  reason: 1,
  transaction: 0,
})

describe('a channel under quarantine', () => {
  let directory: string
  let store: Store
  let shell: ServerShell
  let entity: EntityId
  let nonce = 0
  const faults: unknown[] = []
  const { encode } = ChannelTable.codec

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'xln-quarantine-'))
    const opened = await openStore({
      directory,
      readHeader: readBlockHeader,
      genesis: (draft) => putGenesis(draft, { head: START, cursor: { ...START, trail: [] } }),
      rebuild: false,
    })
    store = opened.store
    shell = new ServerShell({
      store,
      domain,
      address: domain.depository,
      sign: () => new Uint8Array(65),
      newestTimestampMs: 0,
      firstRequest: 1n,
      log: createLogger({ level: 'silent' }),
      onCommitted: () => undefined,
      onFault: (error) => faults.push(error),
      gapMs: 0,
    })
    shell.start(1, null)
    entity = shell.createEntity(addressOf(keyOf(1)), DEFAULT_POLICY)
    await done()
    ChannelTable.codec.encode = () => new Uint8Array(1)
    await breakIt()
    await say()
  })

  afterEach(async () => {
    Object.assign(ChannelTable.codec, { encode })
    await shell.stop()
    await store.close().catch(() => undefined)
    await rm(directory, { recursive: true })
    expect(faults.splice(0)).to.deep.equal([])
  })

  /** All that was asked for is durable. */
  async function done(): Promise<void> {
    while (!shell.admission.isEmpty) await new Promise((resolve) => setImmediate(resolve))
    await shell.durable()
  }

  /** The peer's next message. */
  async function say(): Promise<void> {
    const envelope = { type: MessageType.channel, sender: peer, recipient: entity, data: refusal }
    const signature = new Uint8Array(0)
    shell.onMessages(domain.depository, 1, [{ ...envelope, nonce: ++nonce, signature }])
    await done()
  }

  /** Puts `channel` in the place of what is there, with a block in which nothing else happens. */
  async function put(channel: Channel): Promise<void> {
    const key = channelKeyOf(entity, peer)
    const path = shell.pathOf(entity) as Uint8Array
    store.draft.at(path).put(ChannelTable, hexToBytes(key), { ...channel, key })
    shell.createEntity(addressOf(keyOf(2)), DEFAULT_POLICY)
    await done()
  }

  /** A record that no machine of ours has written: at any input the channel's throws. */
  function breakIt(): Promise<void> {
    return put({ mutual: { left: entity, right: peer }, side: 'left' } as unknown as Channel)
  }

  function mend(): Promise<void> {
    const position = { block: 1, logIndex: 0 }
    const { left, right } = orderSides(entity, peer)
    const nothing = { cooperativeNonce: 0n, tokens: [], dispute: null, arguments: [], named: [] }
    const view = { left, right, position, ...nothing }
    return put(genesis(view, entity === left ? 'left' : 'right', domain))
  }

  const parts = () => ({ store, shell })

  it('is shown with what its machine threw at, and why', async () => {
    const [kept, more] = await quarantined(parts(), 10)
    expect(more).to.equal(undefined)
    expect(kept).to.deep.include({ entity, peer, input: refusal, block: store.tail.number })
    expect(kept?.cause).to.include('TypeError')
  })

  it('stays where it is when its machine throws again, with the new cause beside the old one', async () => {
    expect(await release(parts(), entity, peer)).to.deep.equal({
      code: 'channel_throws_again',
      peer,
    })
    const inputs = (await quarantined(parts(), 10)).map(({ input }) => input)
    expect(inputs).to.deep.equal([refusal, new Uint8Array(0)])
    expect(await quarantined(parts(), 1)).to.have.length(1)
  })

  it('goes on once it is mended, and nothing of it is kept', async () => {
    await mend()
    expect(await release(parts(), entity, peer)).to.equal(null)
    expect(shell.records(entity)?.channel(channelKeyOf(entity, peer))?.restoring).not.to.equal(null)
    expect(await quarantined(parts(), 10)).to.deep.equal([])
    for await (const row of store.quarantined()) throw new Error(`${row.number} is kept`)
  })

  it('may be quarantined again', async () => {
    await mend()
    await release(parts(), entity, peer)
    await breakIt()
    await say()
    expect(await quarantined(parts(), 10)).to.have.length(1)
  })

  it('is the only one that can be released', async () => {
    const refused = { code: 'channel_not_quarantined', peer: stranger }
    expect(await release(parts(), entity, stranger)).to.deep.equal(refused)
    await mend()
    await release(parts(), entity, peer)
    expect(await release(parts(), entity, peer)).to.deep.equal({ ...refused, peer })
  })
})

/** Servers of two versions side by side, while one after another is upgraded; and a disk of a newer one. */
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import { decodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { MessageType } from '@xln/shared/wire/envelope.ts'
import { Prefix } from '../../shell/store/keys.ts'
import type { Random } from '../random.ts'
import type { Said, SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

/** One server after another ends and starts again as the next version; all of them, when it is calm. */
function upgrade(world: World, random: Random, name: string): void {
  const { versions } = world.network
  const next = (server: SimServer, version: number) => {
    world.trace.note(server.name, `fault ${name}`, `${version}`)
    server.kill('upgraded')
    versions.set(server.name, version)
  }
  let version = 1
  world.disturb(random, random.between(10, 60) * SECOND, () => {
    const older = world.servers.filter((server) => versions.get(server.name) !== version)
    if (older.length === 0 || version === 1) version++
    next(random.pick(older.length === 0 ? world.servers : older), version)
  })
  world.atCalm.push(() => {
    for (const server of world.servers) {
      if (versions.get(server.name) !== version && version > 1) next(server, version)
    }
  })
}

/** The versions do not talk to each other: what they say first names another protocol. */
const otherProtocol: FaultClass = {
  name: 'upgrade to another protocol',
  rarity: 0.3,
  begin(world, random) {
    world.network.tellsVersions = true
    upgrade(world, random, 'upgrade to another protocol')
    world.network.onLeak = (from) => {
      world.fail('versions are told apart', `${from} goes on after a greeting of another version`)
    }
  },
}

/** The versions talk to each other, and the older one does not understand all of it. */
const otherWords: FaultClass = {
  name: 'upgrade to other messages',
  rarity: 0.3,
  begin(world, random) {
    upgrade(world, random, 'upgrade to other messages')
    const rate = random.pick([0.3, 1])
    for (const server of world.servers) {
      const before = server.twist
      server.twist = (said) => {
        const all = before(said)
        if (!isAhead(world, server, said) || !random.chance(rate)) return all
        world.trace.note(server.name, 'a newer word')
        return all.flatMap((each) => newer(each, random))
      }
    }
  },
}

function isAhead(world: World, server: SimServer, { recipient }: Said): boolean {
  const { versions } = world.network
  const other = world.serverOf(recipient)?.name ?? ''
  return (versions.get(server.name) ?? 1) > (versions.get(other) ?? 1)
}

/** The same, as only a newer version reads it. */
function newer(said: Said, random: Random): readonly Said[] {
  const unknown = random.pick([MessageType.channel + 1, MessageType.extension, MessageType.system])
  const rewritten = {
    ...said,
    data: random.pick([withField, ofOtherType, withOtherKinds])(said.data),
  }
  return random.pick([
    [rewritten],
    [{ ...said, type: unknown }],
    [{ ...said, type: unknown }, rewritten],
  ])
}

function changed(data: Uint8Array, change: (fields: readonly RlpItem[]) => RlpItem): Uint8Array {
  const message = decodeRlp(data, 16)
  return message === undefined || message instanceof Uint8Array ? data : encodeRlp(change(message))
}

function withField(data: Uint8Array): Uint8Array {
  return changed(data, (fields) => [...fields, Uint8Array.of(1)])
}

function ofOtherType(data: Uint8Array): Uint8Array {
  return changed(data, ([, ...fields]) => [Uint8Array.of(9), ...fields])
}

/** A proposal with a transaction of an unknown kind; what proposes nothing gets a field more. */
function withOtherKinds(data: Uint8Array): Uint8Array {
  const message = decodeChannelMessage(data)
  if (message?.type !== 'update' || message.proposal === undefined) return withField(data)
  return changed(data, (fields) =>
    fields.map((field, at) => (at === PROPOSAL ? kinds(field) : field)),
  )
}

/** Where an update has its proposal, and a proposal its block. */
const PROPOSAL = 2

/** Transactions are the only lists within lists of a block. */
function kinds(proposal: RlpItem): RlpItem {
  if (proposal instanceof Uint8Array) return proposal
  return proposal.map((part) => {
    if (part instanceof Uint8Array) return part
    return part.map((field) => (field instanceof Uint8Array ? field : field.map(ofOtherKind)))
  })
}

function ofOtherKind(transaction: RlpItem): RlpItem {
  if (transaction instanceof Uint8Array) return transaction
  return [Uint8Array.of(99), ...transaction.slice(1)]
}

/** For a while a disk has been written by a newer version: nothing starts, and nothing is changed. */
const newerDisk: FaultClass = {
  name: 'disk of a newer version',
  rarity: 0.3,
  begin(world, random) {
    const key = Uint8Array.of(Prefix.format)
    world.disturb(random, random.between(20, 90) * SECOND, () => {
      const server = random.pick(world.servers)
      const { disk } = server
      const format = disk.rows.get(key)
      if (!server.isUp || format === undefined) return
      world.trace.note(server.name, 'fault disk of a newer version')
      server.kill('opened by an older version')
      const put = (value: Uint8Array) =>
        disk.apply({ operations: [{ type: 'put', key, value }], sync: true })
      put(Uint8Array.from(format, (byte, at) => (at === 0 ? byte + 1 : byte)))
      const { writes, restored } = disk
      let isNewer = true
      const end = () => {
        if (!isNewer) return
        isNewer = false
        // A backup, or the disk of a second process, may have come in its place.
        if (disk.restored !== restored && server.isUp) return
        if (disk.restored === restored && (disk.writes !== writes || server.isUp)) {
          world.fail('a disk of another version is left alone', server.name)
        }
        put(format)
      }
      world.scheduler.in(random.between(1, 20) * SECOND, end)
      world.atCalm.push(end)
    })
  },
}

export const upgrades: readonly FaultClass[] = [otherProtocol, otherWords, newerDisk]

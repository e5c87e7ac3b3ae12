/** Inputs at which a machine throws: a bug of ours, and somebody who has found it. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import {
  type ChannelMessage,
  decodeChannelMessage,
  encodeChannelMessage,
} from '@xln/shared/wire/channelMessage.ts'
import { cursedSignature, NO_INPUT } from '../curse.ts'
import type { Random } from '../random.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000

/** A leaf sends what makes its peer's channel machine throw: with a block, or with an answer to one. */
const cursingPeer: FaultClass = {
  name: 'peer makes a machine throw',
  rarity: 0.15,
  begin(world, random) {
    const server = random.pick(world.servers.slice(1))
    const rate = random.pick([0.02, 0.1])
    world.dishonest.add(server.name)
    const before = server.twist
    server.twist = (said) => {
      const message = decodeChannelMessage(said.data)
      const isChosen = !world.weather.isCalm && random.chance(rate)
      if (!isChosen || message?.type !== 'update') return before(said)
      world.trace.note(server.name, 'fault peer makes a machine throw')
      return [{ ...said, data: encodeChannelMessage(cursed(message, random)) }]
    }
  },
}

function cursed(
  message: Extract<ChannelMessage, { type: 'update' }>,
  random: Random,
): ChannelMessage {
  const { ack, proposal } = message
  const signature = cursedSignature(random)
  return {
    ...message,
    ...(ack && { ack: { ...ack, signature } }),
    ...(proposal && { proposal: { ...proposal, signature } }),
  }
}

/** Behind what somebody has asked for, or a moment later, come bytes that no encoder of ours wrote. */
const cursedRequest: FaultClass = {
  name: 'own input makes a machine throw',
  rarity: 0.5,
  begin(world, random) {
    const rate = random.pick([0.05, 0.3])
    world.asked.push((server) => {
      if (world.weather.isCalm || !random.chance(rate)) return
      const delayMs = random.chance(0.5) ? 0 : SECOND * random.fraction()
      if (delayMs === 0) ask(world, server)
      else server.process?.later(delayMs, () => ask(world, server))
    })
  },
}

/** Whoever asked is told that it was our fault, and nothing else. */
function ask(world: World, { engine, entities: [self], name, process }: SimServer): void {
  const path = self === undefined ? undefined : engine?.shell.pathOf(self)
  if (engine === undefined || path === undefined) return
  world.trace.note(name, 'fault own input makes a machine throw')
  const { shell } = engine
  const { id, receipt } = shell.requests.open()
  const input = { type: 'own', path: bytesToHex(path), bytes: NO_INPUT, requestId: id } as const
  shell.admission.admit('user', 'user', input)
  receipt.then(
    (refusal) => {
      if (process?.isAlive !== true || refusal?.code === 'fault') return
      world.fail('what throws is kept apart', `${name} answers ${refusal?.code}`)
    },
    (error: unknown) => world.fail('requests are answered', String(error)),
  )
}

export const curses: readonly FaultClass[] = [cursingPeer, cursedRequest]

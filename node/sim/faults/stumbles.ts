/** What a bug of ours does: an input at which a machine throws. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { FaultClass } from './fault.ts'

/** No own input begins so. */
const UNREADABLE = Uint8Array.of(0xff)
/** What the machine says of it. */
export const STUMBLE = `${UNREADABLE.length} bytes are no input of a server`

/** Behind what somebody has asked for comes an input that no machine can read. */
export const stumble: FaultClass = {
  name: 'a machine throws',
  rarity: 0.5,
  begin(world, random) {
    const rate = random.pick([0.05, 0.3])
    world.asked.push(({ name, engine, entities: [entity] }) => {
      if (world.weather.isCalm || entity === undefined || !random.chance(rate)) return
      const path = engine?.shell.pathOf(entity)
      if (path === undefined) return
      world.trace.note(name, 'fault a machine throws')
      const input = {
        type: 'own',
        path: bytesToHex(path),
        bytes: UNREADABLE,
        requestId: 0n,
      } as const
      engine?.shell.admission.admit('user', 'user', input)
    })
  },
}

/** What a reader is told is on disk: no crash can make it untrue. */
import { LawBroken, type Oracle } from '../law.ts'

const LAW = 'what is told is on disk'

export function told(): Oracle {
  return {
    name: LAW,
    told({ name, engine, disk }) {
      const number = engine?.store.tail.number ?? 0
      const { syncedBlock } = disk
      if (number <= syncedBlock) return
      throw new LawBroken(LAW, `${name} tells of block ${number}, synced is ${syncedBlock}`)
    },
  }
}

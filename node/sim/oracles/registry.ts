/** Every law that is watched. */
import type { MakeOracle } from '../law.ts'
import { acknowledged } from './acknowledged.ts'
import { credit } from './credit.ts'
import { enforceable } from './enforceable.ts'
import { fairDeals } from './fairDeals.ts'
import { lawful } from './lawful.ts'
import { memory } from './memory.ts'
import { noLoss } from './noLoss.ts'
import { noNeedlessDispute } from './noNeedlessDispute.ts'
import { oneBlock } from './oneBlock.ts'
import { persistFirst } from './persistFirst.ts'
import { quarantine } from './quarantine.ts'
import { refusals } from './refusals.ts'
import { replayed } from './replayed.ts'
import { roundTrip } from './roundTrip.ts'
import { silence } from './silence.ts'
import { twoSides } from './twoSides.ts'
import { wealth } from './wealth.ts'

export const oracles: readonly MakeOracle[] = [
  persistFirst,
  lawful,
  fairDeals,
  refusals,
  silence,
  memory,
  oneBlock,
  twoSides,
  roundTrip,
  credit,
  enforceable,
  noNeedlessDispute,
  noLoss,
  wealth,
  acknowledged,
  replayed,
  quarantine,
]

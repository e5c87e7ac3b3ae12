/** Every law that is watched. */
import type { MakeOracle } from '../law.ts'
import { acknowledged } from './acknowledged.ts'
import { batches } from './batches.ts'
import { bounds } from './bounds.ts'
import { chainTruth } from './chainTruth.ts'
import { credit } from './credit.ts'
import { deadlines } from './deadlines.ts'
import { enforceable } from './enforceable.ts'
import { fairDeals } from './fairDeals.ts'
import { lawful } from './lawful.ts'
import { memory } from './memory.ts'
import { noLoss } from './noLoss.ts'
import { noNeedlessDispute } from './noNeedlessDispute.ts'
import { noticed } from './noticed.ts'
import { oneBlock } from './oneBlock.ts'
import { patience } from './patience.ts'
import { persistFirst } from './persistFirst.ts'
import { positions } from './positions.ts'
import { quarantine } from './quarantine.ts'
import { refusals } from './refusals.ts'
import { replayed } from './replayed.ts'
import { roundTrip } from './roundTrip.ts'
import { scratch } from './scratch.ts'
import { silence } from './silence.ts'
import { soonSaid } from './soonSaid.ts'
import { soundDisk } from './soundDisk.ts'
import { told } from './told.ts'
import { twoSides } from './twoSides.ts'
import { wealth } from './wealth.ts'

export const oracles: readonly MakeOracle[] = [
  persistFirst,
  lawful,
  fairDeals,
  refusals,
  silence,
  patience,
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
  told,
  positions,
  noticed,
  deadlines,
  soonSaid,
  chainTruth,
  batches,
  bounds,
  scratch,
  soundDisk,
]

/** Every law that is watched. */
import type { MakeOracle } from '../law.ts'
import { acknowledged } from './acknowledged.ts'
import { credit } from './credit.ts'
import { enforceable } from './enforceable.ts'
import { noLoss } from './noLoss.ts'
import { noNeedlessDispute } from './noNeedlessDispute.ts'
import { oneBlock } from './oneBlock.ts'
import { persistFirst } from './persistFirst.ts'
import { replayed } from './replayed.ts'
import { roundTrip } from './roundTrip.ts'
import { twoSides } from './twoSides.ts'
import { wealth } from './wealth.ts'

export const oracles: readonly MakeOracle[] = [
  persistFirst,
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
]

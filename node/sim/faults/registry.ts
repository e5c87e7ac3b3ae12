/** Every class of fault. A seed picks some of them. */
import { greedy } from './bursts.ts'
import { chainFaults } from './chains.ts'
import { oldState, oldStateReorganised } from './cheats.ts'
import { jumping, skewed } from './clocks.ts'
import { strangerCounters } from './courts.ts'
import { crimes } from './crimes.ts'
import { generous, outOfGas, shutOut } from './crowds.ts'
import { curses } from './curses.ts'
import { dishonestPeers } from './dishonest.ts'
import { failing, full, hole, powerCut, slow, staleBackup, tailLost } from './disks.ts'
import { endpointFaults } from './endpoints.ts'
import type { FaultClass } from './fault.ts'
import { flood } from './floods.ts'
import { dust } from './jams.ts'
import { deafPayer, keepsSecret, litigious } from './payees.ts'
import { killed, killedAtWrite, paused, stopped } from './processes.ts'
import { requestAgain } from './requests.ts'
import { startedTwice } from './twins.ts'
import { upgrades } from './versions.ts'
import {
  corrupted,
  cut,
  delayed,
  dropped,
  duplicated,
  halfOpen,
  partition,
  reordered,
  replayed,
  stalled,
  truncated,
} from './wires.ts'

export const faultClasses: readonly FaultClass[] = [
  killed,
  killedAtWrite,
  stopped,
  paused,
  cut,
  halfOpen,
  stalled,
  partition,
  delayed,
  corrupted,
  truncated,
  dropped,
  duplicated,
  replayed,
  reordered,
  slow,
  failing,
  full,
  powerCut,
  tailLost,
  hole,
  staleBackup,
  skewed,
  jumping,
  ...endpointFaults,
  ...chainFaults,
  ...dishonestPeers,
  ...crimes,
  keepsSecret,
  litigious,
  oldState,
  startedTwice,
  ...curses,
  ...upgrades,
  strangerCounters,
  dust,
  greedy,
  shutOut,
  outOfGas,
  generous,
  flood,
  requestAgain,
  deafPayer,
  oldStateReorganised,
]

/**
 * Small worlds about one thing. A seed that picks faults from all of them seldom picks those few that
 * together bring out a rare mistake; half of the seeds therefore have a theme.
 */
import type { Action } from '@xln/shared/entity/action.ts'
import type { Pace } from './ethereum.ts'
import type { Random } from './random.ts'

export interface Theme {
  readonly name: string
  /** These, and no others. */
  readonly faults: readonly string[]
  readonly chain: boolean
  /** How long users act and faults happen, virtual milliseconds. */
  readonly troubleMs: number
  readonly pace?: Pace
  /** What lies between two wishes of one user, at least and at most, on average; virtual milliseconds. */
  readonly paceMs?: readonly [number, number]
  /** What users wish at all; absent: everything. */
  readonly wishes?: readonly Action['type'][] | undefined
}

const MINUTE = 60_000
const THEME_SHARE = 0.5
/** Final only when the shortest window of a court is over: what waits for that is too late. */
const LATE: Pace = { blockMs: 30_000, confirmations: 24 }
/** Hours pass sooner. */
const SLOW: Pace = { blockMs: MINUTE }
/** Nothing that ends a channel, or has it rest. */
const PAYMENTS = [
  'openChannel',
  'extendCredit',
  'payPeer',
  'createInvoice',
  'pay',
  'collateralise',
] as const

const themes: readonly Theme[] = [
  {
    name: 'thieves',
    faults: [
      'peer collects without the secret',
      'peer takes back its payment',
      'peer overdraws',
      'peer underpays',
      'payee keeps its secret',
    ],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'forgers',
    faults: ['peer signs wrongly', 'peer proposes a wrong block', 'peer refuses and then signs'],
    chain: false,
    troubleMs: MINUTE,
  },
  {
    name: 'turncoats',
    faults: [
      'peer signs two blocks',
      'peer overdraws',
      'peer says old things again',
      'frames delayed',
    ],
    chain: false,
    troubleMs: MINUTE,
  },
  {
    name: 'late secrets',
    faults: [
      'payee keeps its secret',
      'peer shows a secret too late',
      'peer takes back its payment',
    ],
    chain: false,
    troubleMs: 100 * MINUTE,
    paceMs: [5_000, 30_000],
  },
  {
    name: 'court',
    faults: [
      'peer posts an old state',
      'peer withholds its acknowledgement',
      'payee keeps its secret',
    ],
    chain: true,
    troubleMs: 12 * MINUTE,
  },
  {
    name: 'settlements',
    faults: ['peer withholds the next proof', 'connection cut', 'fees rise'],
    chain: true,
    troubleMs: 15 * MINUTE,
  },
  {
    name: 'disputes and settlements among the honest',
    faults: ['frames delayed', 'connection cut', 'killed', 'users go to court'],
    chain: true,
    troubleMs: 15 * MINUTE,
  },
  {
    name: 'wiretappers',
    faults: ['frame replayed', 'frame duplicated', 'frame reordered', 'frame lost'],
    chain: false,
    troubleMs: MINUTE,
  },
  {
    name: 'losses',
    faults: ['power cut', 'disk loses its tail', 'frames delayed', 'connection cut'],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'losses with a court',
    faults: ['disk loses its tail', 'power cut', 'users go to court'],
    chain: true,
    troubleMs: 8 * MINUTE,
  },
  {
    name: 'throws',
    faults: [
      'peer makes a machine throw',
      'own input makes a machine throw',
      'connection cut',
      'killed at a write',
    ],
    chain: true,
    troubleMs: 8 * MINUTE,
  },
  {
    name: 'upgrades',
    faults: ['upgrade to other messages', 'disk of a newer version', 'frames delayed'],
    chain: false,
    troubleMs: 1.5 * MINUTE,
    paceMs: [50, 1_000],
  },
  {
    name: 'another protocol',
    faults: ['upgrade to another protocol', 'connection cut', 'clocks differ'],
    chain: false,
    troubleMs: 3 * MINUTE,
  },
  {
    name: 'jams',
    faults: ['peer jams with dust', 'payee keeps its secret', 'peer locks twice under one hash'],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'a chain of two minds',
    faults: [
      'endpoint lies about the tip',
      'reorganisation turns a batch around',
      'fees rise past a deadline',
      'users go to court',
      'stranger counters',
    ],
    chain: true,
    troubleMs: 25 * MINUTE,
  },
  {
    name: 'limits',
    faults: ['users want too much', 'peer jams with dust', 'payee keeps its secret', 'clock jumps'],
    chain: true,
    troubleMs: 4 * MINUTE,
  },
  {
    name: 'heavy peers',
    faults: ['peer sends huge messages', 'connection half open', 'connection not drained'],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'twins',
    faults: ['started twice', 'connection cut', 'frames delayed', 'killed'],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'kills',
    faults: [
      'killed',
      'killed at a write',
      'power cut',
      'disk slow',
      'own input makes a machine throw',
    ],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'kills with a court',
    faults: ['killed', 'killed at a write', 'stopped', 'payee keeps its secret'],
    chain: true,
    troubleMs: 15 * MINUTE,
  },
  {
    name: 'much at once on chain',
    faults: ['everybody deposits for everybody', 'paused', 'endpoint silent', 'killed'],
    chain: true,
    troubleMs: 12 * MINUTE,
  },
  {
    name: 'batches that fail',
    faults: ['shut out of the blocks', 'out of gas', 'killed'],
    chain: true,
    troubleMs: 60 * MINUTE,
    paceMs: [5_000, 40_000],
  },
  {
    name: 'floods',
    faults: ['a user floods a channel'],
    chain: false,
    troubleMs: MINUTE,
    paceMs: [3_000, 10_000],
  },
  {
    name: 'claims',
    faults: ['payer is deaf to secrets', 'frames delayed'],
    chain: true,
    troubleMs: 5 * MINUTE,
    pace: SLOW,
    wishes: PAYMENTS,
  },
  {
    name: 'late payers',
    faults: ['payer is deaf to secrets', 'peer takes back its payment'],
    chain: true,
    troubleMs: 100 * MINUTE,
    pace: { ...SLOW, confirmations: 12 },
    paceMs: [15_000, 60_000],
    wishes: PAYMENTS,
  },
  {
    name: 'late payees',
    faults: ['payee keeps its secret', 'peer shows a secret too late'],
    chain: true,
    troubleMs: 100 * MINUTE,
    pace: { ...SLOW, confirmations: 12 },
    paceMs: [15_000, 60_000],
    wishes: PAYMENTS,
  },
  {
    name: 'late finality',
    faults: ['peer posts an old state', 'shallow reorganisation'],
    chain: true,
    troubleMs: 20 * MINUTE,
    pace: LATE,
    paceMs: [2_000, 15_000],
    wishes: PAYMENTS,
  },
  {
    name: 'danger among reorganised blocks',
    faults: ['old state among reorganised blocks'],
    chain: true,
    troubleMs: 5 * MINUTE,
    pace: { ...LATE, confirmations: 40 },
    paceMs: [500, 4_000],
    wishes: PAYMENTS,
  },
  {
    name: 'clocks',
    faults: ['clock jumps', 'frames delayed', 'connection cut'],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
  {
    name: 'crossings',
    faults: ['peer overdraws', 'frames delayed'],
    chain: false,
    troubleMs: 3 * MINUTE,
    paceMs: [50, 1_000],
    wishes: ['openChannel', 'extendCredit', 'payPeer'],
  },
  {
    name: 'misers',
    faults: ['peer underpays', 'request comes again', 'frames delayed'],
    chain: false,
    troubleMs: 2 * MINUTE,
  },
]

/** The theme of a world: the one of that name, else what the seed has; undefined: it is about everything. */
export function themeOf(random: Random, name?: string): Theme | undefined {
  const theme = random.pick(themes)
  if (name === undefined) return random.chance(THEME_SHARE) ? theme : undefined
  const named = themes.find((each) => each.name === name)
  if (named === undefined) throw new Error(`no theme is called '${name}'`)
  return named
}

/** How often what comes, in which run. */

/** How often each kind of call and item comes: each run has its own weights, and so its own weather. */
export type Weights = Readonly<Record<string, number>>

/** As old as a debt may be before it is overdue, seconds; no dispute's window is longer. */
export const WEEK = 604_800
export const KINDS = [
  'deposit',
  'token',
  'batch',
  'counter',
  'finalise',
  'enforce',
  'default',
  'other',
] as const
export const DISPUTE_ITEMS = ['starts', 'counters', 'arguments', 'finalises']
export const ITEMS = [
  ...['withdrawals', 'transfers', 'fundings', 'settlements', 'secrets'],
  ...DISPUTE_ITEMS,
] as const

/** What a run is about: how often the calls come that belong to it. */
export const THEMES = {
  money: { registry: 0.5, gate: 1, shares: 0.5 },
  boards: { registry: 45 },
  gate: { gate: 45 },
  shares: { shares: 55, registry: 12, gate: 1 },
} satisfies Readonly<Record<string, Weights>>
export type Theme = keyof typeof THEMES

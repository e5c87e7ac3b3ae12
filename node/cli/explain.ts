/** Refusals and faults, in words and in the units of whoever asked. */
import type { RequestFault } from '../api/faults.ts'
import { type Asset, formatAmount } from './assets.ts'

type Words = (units: (name: string) => string, fault: RequestFault) => string

/** Where a sentence says more than the numbers. */
const sentences: Readonly<Record<string, Words>> = {
  reserve_exceeded: (units) => `${units('amount')} asked, the reserve has ${units('reserve')} free`,
  capacity_exceeded: (units) => `${units('amount')} asked, ${units('capacity')} can be sent now`,
  claim_exceeded: (units) => `${units('amount')} asked, ${units('claim')} is yours in the channel`,
  amount_not_positive: () => 'the amount is nothing',
  amount_invalid: (units) => `${units('amount')} asked, at most ${units('max')} is possible`,
  channel_unknown: () => 'there is no channel with this entity; "xln open" makes one',
  channel_exists: () => 'there is a channel with this entity already',
  entity_unknown: () => 'this entity is not on the node; "xln status" shows those that are',
  settling: () => 'the channel is in a settlement; try again when it has ended',
  disputed: () => 'the channel is in a dispute; "xln channels" says until when',
  restoring: () => 'state was lost and is being shown again by peers; try again later',
  channel_quarantined: () => 'a bug of this node was met here; "xln quarantine" shows it',
  channel_not_quarantined: () => 'the channel is under no quarantine',
  channel_throws_again: () => 'the bug is still there; "xln quarantine" shows what it says now',
  clauses_open: (_, { count }) => `${text(count)} locks or offers are still open; try again later`,
  nothing_to_dispute: () => 'nothing has been signed in this channel yet',
  route_unknown: () => 'no channel leads to the payee; name the hops with --via',
  invoice_expired: (_, { expiresAt }) => `the invoice has expired, at ${timeOf(Number(expiresAt))}`,
  invoice_of_other_network: (_, { chainId }) => `the invoice is for chain ${text(chainId)}`,
  invoice_checksum_wrong: () => 'the invoice was mistyped: its checksum is wrong',
  payment_exists: (_, { status }) => `this payment was made already, and is ${text(status)}`,
}

/** Numbers that are amounts of the token that was named. */
const amounts = new Set(['amount', 'reserve', 'capacity', 'claim', 'max', 'min', 'collateral'])

/** `reserve_exceeded: 25 USDC (25000000) asked, the reserve has 19.2 USDC (19200000) free`. */
export function explain(fault: RequestFault, asset: Asset | undefined): string {
  const { code, number: _, ...numbers } = fault
  const units = (name: string) => {
    const value = numbers[name]
    const isAmount = asset !== undefined && amounts.has(name) && /^[0-9]+$/.test(text(value))
    return isAmount ? formatAmount(BigInt(text(value)), asset) : text(value)
  }
  const words = sentences[code]
  if (words !== undefined) return `${code}: ${words(units, fault)}`
  const parts = Object.keys(numbers).map((name) => `${name} ${units(name)}`)
  return parts.length === 0 ? code : `${code}: ${parts.join(', ')}`
}

/** A unix second for people. */
export function timeOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function text(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

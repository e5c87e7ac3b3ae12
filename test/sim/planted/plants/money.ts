/** Mistakes with amounts, locks and payments. */
import type { Plant } from '../plant.ts'
import { channel, entity } from './places.ts'

export const money: readonly Plant[] = [
  {
    name: 'off by one in capacity',
    file: channel('working.ts'),
    find: 'if (amount <= free) return null',
    replace: 'if (amount <= free + 1n) return null',
  },
  {
    name: 'holds of one side only',
    file: channel('working.ts'),
    find: 'else entry.rightFree -= amount',
    replace: 'else entry.rightFree -= 0n',
  },
  {
    // Twice to the payer himself shows only where he lets it expire and pays all in one block.
    name: 'a hold given back to the wrong side',
    theme: 'thieves',
    file: channel('transactions/locks.ts'),
    find: 'hold(working, lock.token, lock.fromLeft, -lock.amount)',
    replace: 'hold(working, lock.token, !lock.fromLeft, -lock.amount)',
  },
  {
    name: 'a payment credited twice',
    theme: 'thieves',
    file: channel('working.ts'),
    find: '  entry.rightFree += down\n',
    replace: '  entry.rightFree += 2n * down\n',
  },
  {
    name: 'the secret is not checked',
    file: channel('transactions/locks.ts'),
    find: "return hashlockOf(secret) === lock.hashlock ? null : { code: 'secret_wrong' }",
    replace: 'return hashlockOf(secret) === lock.hashlock ? null : null',
  },
  {
    name: 'a lock resolved and kept',
    file: channel('transactions/locks.ts'),
    find: '  remove(working, lock)\n  move(entry',
    replace: '  hold(working, lock.token, lock.fromLeft, -lock.amount)\n  move(entry',
  },
  {
    name: 'the payer may cancel',
    theme: 'thieves',
    file: channel('transactions/locks.ts'),
    find: "if (lock.fromLeft === working.place.byLeft) return { code: 'not_payee' }\n  end",
    replace: 'end',
  },
  {
    // When only the payer's own wishes came too early, checkExpired still refused them: harmless.
    name: 'a lock expires by the wall clock',
    theme: 'late payers',
    file: channel('transactions/locks.ts'),
    find: '  if (finalTimestamp <= revealBy)\n',
    replace: '  if (sight.now <= revealBy)\n',
  },
  {
    name: 'an expiry is accepted before a final block shows it',
    theme: 'thieves',
    file: channel('transactions/locks.ts'),
    find: '  if (finalTimestamp <= revealBy)\n',
    replace: '  if (finalTimestamp <= 0)\n',
  },
  {
    // Of one alone the secret would be shown for less, and nobody would think that the invoice is paid.
    name: 'less than the invoice is enough',
    theme: 'misers',
    file: entity('forward.ts'),
    find: 'lock.amount < invoice.amount',
    replace: 'lock.amount < 0n',
    also: [
      {
        file: entity('facts.ts'),
        find: ' || amount < invoice.amount',
        replace: '',
      },
    ],
  },
  {
    name: 'forwarded for less than comes in',
    theme: 'misers',
    file: entity('forward.ts'),
    find: 'if (lock.amount < next.amount + feeOf(policy, next.amount)) return CancelReason.feeTooLow',
    replace: 'if (lock.amount < 0n) return CancelReason.feeTooLow',
  },
  {
    name: 'upstream given back while downstream is open',
    theme: 'claims',
    file: entity('facts.ts'),
    find: 'if (fact.incoming) onIncomingLock(turn, channelKey, fact.lock, fact.onion)\n',
    replace:
      "if (fact.incoming) onIncomingLock(turn, channelKey, fact.lock, fact.onion)\n      else if (fact.origin?.type === 'forward') cancelLock(turn, fact.origin, 1)\n",
  },
  {
    // A lock that is only reported too early is paid later all the same: harmless.
    name: 'one secret resolves every lock of its hash',
    theme: 'thieves',
    file: channel('transactions/locks.ts'),
    find: '  locksOf(working).delete(keyOf(lock.id))\n',
    replace:
      '  for (const other of [...locksOf(working).values()])\n    if (other.hashlock === lock.hashlock) locksOf(working).delete(keyOf(other.id))\n',
  },
  {
    name: 'a failed payment stays under way',
    theme: 'kills',
    file: entity('facts.ts'),
    find: "turn.records.putPayment({ ...payment, status: 'failed', reason })",
    replace: 'turn.records.putPayment({ ...payment, reason })',
  },
]

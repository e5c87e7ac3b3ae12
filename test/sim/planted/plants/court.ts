/** Mistakes in disputes, and in what is shown to the chain. */
import type { Plant } from '../plant.ts'
import { channel, entity } from './places.ts'

export const court: readonly Plant[] = [
  {
    name: 'counters only what is final',
    theme: 'danger among reorganised blocks',
    file: channel('chain.ts'),
    find: "const isDanger = event.type === 'disputeStarted' || event.type === 'disputeCountered'",
    replace: 'const isDanger = false',
  },
  {
    name: 'does not counter',
    theme: 'late finality',
    file: channel('dispute.ts'),
    find: 'outputs: [submit(item, true)] }',
    replace: 'outputs: [] }',
  },
  {
    name: 'never ends a dispute',
    theme: 'court',
    file: channel('finalise.ts'),
    find: 'const isDue = context.finalTimestamp >= standing.deadline',
    replace: 'const isDue = context.finalTimestamp >= standing.deadline + 1_000_000_000',
  },
  {
    name: 'an unconfirmed reveal counts as final',
    theme: 'late payees',
    file: channel('chain.ts'),
    find: '      revealFinal: final,\n',
    replace: '      revealFinal: true,\n',
  },
  {
    name: 'a secret is not shown to the chain',
    theme: 'claims',
    file: channel('time.ts'),
    find: "outputs.push({ type: 'submit', item: { type: 'secret', secret: note.secret }, urgent: true })",
    replace: "outputs.push({ type: 'claimLetGo', lock })",
  },
  {
    name: 'claims are never enforced',
    theme: 'claims',
    file: channel('time.ts'),
    find: 'return isAtRisk ? startDispute(channel, context) : { channel, outputs: [] }',
    replace: 'return isAtRisk ? { channel, outputs: [] } : { channel, outputs: [] }',
  },
  {
    name: 'the proof of before a settlement is kept',
    theme: 'settlements',
    file: channel('settle.ts'),
    find: '    counted: { ...counted, peerSignature },\n',
    replace: '',
  },
  {
    name: 'the era goes on after a judgement',
    theme: 'court',
    file: channel('finalise.ts'),
    find: 'mutual: genesisMutual(mutual.left, mutual.right, domain, cooperativeNonce),\n    counted: null,',
    replace: 'mutual: { ...mutual, cooperativeNonce },',
  },
  {
    // The entity asks the chain once more.
    name: 'a reveal is forgotten at the judgement',
    theme: 'claims',
    file: channel('finalise.ts'),
    find: 'const isPaid = note !== undefined && note.revealedAt !== 0 && note.revealedAt <= lock.revealBy',
    replace: 'const isPaid = note !== undefined && note.revealedAt > lock.revealBy',
    also: [
      {
        file: entity('facts.ts'),
        find: "if (fact.type !== 'lockEnded' || fact.reason !== 0) return fact",
        replace: "if (fact.type !== 'lockEnded' || fact.reason === 0) return fact",
      },
    ],
  },
]

/** Mistakes about what is signed, when, and what of it counts. */
import type { Plant } from '../plant.ts'
import { channel, entity } from './places.ts'

export const signing: readonly Plant[] = [
  {
    name: 'the signature of a proposal is not checked',
    theme: 'forgers',
    file: channel('receive.ts'),
    find: "if (!isSigned(cooperativeNonce, proposal.signature)) return refusal({ code: 'signature_invalid' })",
    replace: 'isSigned(cooperativeNonce, proposal.signature)',
  },
  {
    name: 'the signature of an acknowledgement is not checked',
    theme: 'forgers',
    file: channel('acknowledge.ts'),
    find: 'if (!isAcknowledged(channel, own, ack.signature, context)) {',
    replace:
      'if (!isAcknowledged(channel, own, ack.signature, context) && ack.signature.length === 0) {',
  },
  {
    // The hash is only a name: the signature decides. What must not count is a block that is dead.
    name: 'an acknowledgement of a dead block counts',
    theme: 'forgers',
    file: channel('acknowledge.ts'),
    find: 'if (own === pendingBlock(channel) && channel.dispute === null && channel.restoring === null) {',
    replace: 'if (channel.dispute === null && channel.restoring === null) {',
  },
  {
    name: 'the term is not raised after a refusal',
    theme: 'forgers',
    file: channel('propose.ts'),
    find: 'if (isFree && !channel.resumes) return term',
    replace: 'if (!channel.resumes) return term',
  },
  {
    name: 'the own refusal is forgotten when proposing',
    theme: 'forgers',
    file: channel('propose.ts'),
    find: 'return maxBigint(signed, refused)',
    replace: 'return maxBigint(signed, refused - refused)',
  },
  {
    name: 'a refused block is accepted later',
    theme: 'turncoats',
    file: channel('receive.ts'),
    find: '  if (nonce <= refused) {\n',
    replace: '  if (nonce < 0n) {\n',
  },
  {
    name: 'a block below an own one is accepted',
    theme: 'turncoats',
    file: channel('receive.ts'),
    find: "if (nonce <= signed) return ignore({ code: 'outranked', nonce, standing: signed })",
    replace: "if (nonce < 0n) return ignore({ code: 'outranked', nonce, standing: signed })",
  },
  {
    name: 'the state hash is not compared',
    theme: 'forgers',
    file: channel('receive.ts'),
    find: "if (stateHash(mutual) !== block.stateHash) return refusal({ code: 'state_differs' })",
    replace: 'stateHash(mutual)',
  },
  {
    // What is wished during a dispute is refused, and what is signed is not said: three checks of one rule.
    name: 'signs during a dispute',
    theme: 'court',
    file: channel('propose.ts'),
    find: '    channel.dispute === null &&\n',
    replace: '',
    also: [
      {
        file: channel('wishes.ts'),
        find: "  if (channel.dispute !== null) return { code: 'disputed' }\n",
        replace: '',
      },
      {
        file: channel('say.ts'),
        find: 'channel.connected && channel.dispute === null && channel.restoring === null',
        replace: 'channel.connected && channel.restoring === null',
      },
    ],
  },
  {
    name: 'acknowledges during a dispute',
    theme: 'court',
    file: channel('say.ts'),
    find: 'channel.connected && channel.dispute === null && channel.restoring === null',
    replace: 'channel.connected && channel.restoring === null',
  },
  {
    // The entity refuses its signer, the channel its wishes, the flush keeps what was signed, and nobody has been
    // asked how far the peer has come.
    name: 'proposes while it restores',
    theme: 'losses',
    file: channel('propose.ts'),
    find: '    channel.restoring === null &&\n',
    replace: '',
    also: [
      {
        file: channel('propose.ts'),
        find: ' &&\n    isCompared(channel, context.incarnation)',
        replace: '',
      },
      {
        file: entity('decide.ts'),
        find: "turn.records.entity().restoring && action.type !== 'startDispute'",
        replace: 'false',
      },
      {
        file: channel('wishes.ts'),
        find: "  if (channel.restoring !== null) return { code: 'restoring' }\n",
        replace: '',
      },
      {
        file: channel('say.ts'),
        find: 'channel.connected && channel.dispute === null && channel.restoring === null',
        replace: 'channel.connected && channel.dispute === null',
      },
      {
        file: channel('say.ts'),
        find: 'if (!isFree || !isCompared(channel, context.incarnation))',
        replace: 'if (!isFree)',
      },
    ],
  },
  {
    name: 'restores at once, while what it signed lives',
    theme: 'losses',
    file: channel('loss.ts'),
    find: 'Math.max(lostAt + LONGEST_LIFE_SECONDS, ',
    replace: 'Math.max(lostAt - LONGEST_LIFE_SECONDS, ',
  },
  {
    // What the peer shows empties the queue once more: without both, what was done is done again.
    name: 'carries on with wishes of the lost time',
    theme: 'losses',
    file: channel('loss.ts'),
    find: "return refuseQueue(next, { code: 'state_lost' })",
    replace: 'return still(next)',
    also: [
      {
        file: channel('restore.ts'),
        find: '    ...NOTHING_WAITING,\n',
        replace:
          '    ...NOTHING_WAITING,\n    queue: channel.queue,\n    settleWish: channel.settleWish,\n',
      },
    ],
  },
  {
    name: 'a taken back block keeps its place',
    theme: 'crossings',
    file: channel('waiting.ts'),
    find: 'return { ...next, queue: prepend(wishesIn(pending), channel.queue) }',
    replace: 'return { ...channel, queue: prepend(wishesIn(pending), channel.queue) }',
  },
  {
    name: 'what was taken back is forgotten',
    theme: 'misers',
    file: channel('waiting.ts'),
    find: 'return { ...next, queue: prepend(wishesIn(pending), channel.queue) }',
    replace: 'return next',
  },
  {
    // judge() lets no settlement in without it, so the check in flush.ts alone is no loss.
    name: 'settles before it holds the next proof',
    theme: 'settlements',
    file: channel('receive.ts'),
    find: 'if (signature === null || !isSigned(namedNonceOf(channel.mutual) + 1n, signature)) {',
    replace: 'if (signature === null) {',
  },
  {
    name: 'submits a settlement without the next proof',
    theme: 'settlements',
    file: channel('settle.ts'),
    find: 'if (proven.newProofSignature === null || settlementSignature === undefined || now > deadline) {',
    replace: 'if (settlementSignature === undefined || now > deadline) {',
  },
  {
    name: 'gives a settlement up before its deadline is final',
    theme: 'settlements',
    file: channel('settle.ts'),
    find: 'if (settlement === null || finalTimestamp <= settlement.transaction.deadline) {',
    replace: 'if (settlement === null || finalTimestamp <= 0) {',
  },
  {
    name: 'a nonce is proposed twice by an entity',
    theme: 'misers',
    file: entity('machine.ts'),
    find: '  if (nonce !== entity.nonce) {',
    replace: '  if (nonce > entity.nonce) {',
  },
]

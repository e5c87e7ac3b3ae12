/**
 * The bugs that the simulator must find, one at a time. Each is a mistake that somebody could make in
 * good faith: a check that looks needless, an order that looks free, a case forgotten.
 */
import type { Plant } from './plant.ts'

const channel = (file: string): string => `node/machines/channel/${file}`
const entity = (file: string): string => `node/machines/entity/${file}`
const shell = (file: string): string => `node/shell/${file}`

const money: readonly Plant[] = [
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
    name: 'less than the invoice is enough',
    theme: 'misers',
    file: entity('forward.ts'),
    find: 'lock.amount < invoice.amount',
    replace: 'lock.amount < 0n',
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

const signing: readonly Plant[] = [
  {
    name: 'the signature of a proposal is not checked',
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
    file: channel('propose.ts'),
    find: 'return maxBigint(signed, refused)',
    replace: 'return maxBigint(signed, refused - refused)',
  },
  {
    name: 'a refused block is accepted later',
    file: channel('receive.ts'),
    find: '  if (nonce <= refused) {\n',
    replace: '  if (nonce < 0n) {\n',
  },
  {
    name: 'a block below an own one is accepted',
    file: channel('receive.ts'),
    find: "if (nonce <= signed) return ignore({ code: 'outranked', nonce, standing: signed })",
    replace: "if (nonce < 0n) return ignore({ code: 'outranked', nonce, standing: signed })",
  },
  {
    name: 'the state hash is not compared',
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
    file: channel('say.ts'),
    find: 'channel.connected && channel.dispute === null && channel.restoring === null',
    replace: 'channel.connected && channel.restoring === null',
  },
  {
    // The entity refuses its signer, the channel its wishes, and the flush keeps what was signed.
    name: 'proposes while it restores',
    theme: 'losses',
    file: channel('propose.ts'),
    find: '    channel.restoring === null &&\n',
    replace: '',
    also: [
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
    ],
  },
  {
    name: 'restores at once, while what it signed lives',
    file: channel('loss.ts'),
    find: 'const until = lostAt + LONGEST_LIFE_SECONDS',
    replace: 'const until = lostAt - LONGEST_LIFE_SECONDS',
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
        find: '    queue: EMPTY_QUEUE,\n    settleWish: null,\n    settlement: null,\n',
        replace: '    settlement: null,\n',
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

const court: readonly Plant[] = [
  {
    name: 'counters only what is final',
    theme: 'late finality',
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
    name: 'a reveal is forgotten at the judgement',
    theme: 'claims',
    file: channel('finalise.ts'),
    find: 'const isPaid = note !== undefined && note.revealedAt !== 0 && note.revealedAt <= lock.revealBy',
    replace: 'const isPaid = note !== undefined && note.revealedAt > lock.revealBy',
  },
]

const around: readonly Plant[] = [
  {
    name: 'sends before it is on disk',
    theme: 'losses',
    file: shell('loop.ts'),
    find: '    await store.commit({ number, hash: serverBlockHash(bytes), bytes, ...quarantined })\n    perform(',
    replace:
      '    const written = store.commit({ number, hash: serverBlockHash(bytes), bytes, ...quarantined })\n    perform({ number, timestampMs, outputs: made.outputs, arrivals, failed: made.failed })\n    await written\n    if (number < 0) perform(',
  },
  {
    name: 'tells of what is not on disk',
    theme: 'kills',
    file: shell('loop.ts'),
    find: '      await this.#running\n      await this.#written\n    } finally {\n      this.#readers--',
    replace: '    } finally {\n      this.#readers--',
  },
  {
    name: 'the cursor runs ahead of its events',
    theme: 'much at once on chain',
    file: 'node/machines/server/execute.ts',
    find: '  const perEntity = new Map<EntityId, LocatedEvent[]>()\n  for (const located of input.events) {',
    replace:
      '  const perEntity = new Map<EntityId, LocatedEvent[]>()\n  for (const located of input.events.slice(0, 8)) {',
  },
  {
    name: 'one event of a range is passed over',
    theme: 'much at once on chain',
    file: 'node/machines/server/execute.ts',
    find: 'const events = perEntity.get(entity) ?? []',
    replace: 'const events = (perEntity.get(entity) ?? []).filter((_, i) => i !== 2)',
  },
  {
    name: 'positions of peers are forgotten',
    theme: 'kills',
    file: 'node/machines/server/execute.ts',
    find: 'records.put(PeerTable, hexToBytes(input.server), { incarnation, nonce })',
    replace: 'records.put(PeerTable, hexToBytes(input.server), { incarnation, nonce: 0 })',
  },
  {
    // The numbers alone are no loss: the cipher opens no frame a second time, and what a peer says
    // again of its own will it can number anew.
    name: 'a replayed message is taken',
    file: shell('peers/link.ts'),
    find: "if (nonce <= this.#lastNonce) return 'replayed'",
    replace: "if (nonce < 0) return 'replayed'",
    also: [
      {
        file: shell('peers/frameCipher.ts'),
        find: 'this.nonce.writeUInt32BE(this.#frames++, 8)',
        replace: 'this.nonce.writeUInt32BE(0, 8)',
      },
    ],
  },
  {
    name: 'deadlines are lost at a restart',
    theme: 'kills with a court',
    file: shell('server.ts'),
    find: '      if (next !== undefined) this.#wakes.set(path, next)\n',
    replace: '',
  },
  {
    name: 'a deadline that came early is forgotten',
    file: entity('chain.ts'),
    find: 'if (scheduledAt !== null && turn.records.deadline(key) === undefined) {',
    replace: 'if (scheduledAt !== null && turn.records.deadline(key) !== undefined) {',
  },
  {
    name: 'batches are not given again after a restart',
    theme: 'kills with a court',
    file: shell('server.ts'),
    find: '        this.#chainPort?.desk.submitBatch(entity, batch)\n',
    replace: '',
  },
  {
    // That a leaf remembers that it was a branch is no loss: the product never takes a key out of a tree.
    name: 'a leaf begins between two boundaries',
    file: 'shared/merkle/tree.ts',
    find: 'if (to - from <= this.shape.leafThreshold && isBoundary(this.shape, depth)) {',
    replace: 'if (to - from <= this.shape.leafThreshold) {',
  },
  {
    // When only one that is deleted is not: the product deletes none that is hashed.
    name: 'a record is not hashed again',
    file: shell('store/machineRecords.ts'),
    find: '      entry.stale = false\n',
    replace: '',
  },
  {
    name: 'a rolled back change stays',
    theme: 'kills',
    file: shell('store/journal.ts'),
    find: 'for (let i = this.#entries.length - 1; i >= mark; i--) {',
    replace: 'for (let i = this.#entries.length - 1; i > mark; i--) {',
  },
  {
    name: 'a checkpoint runs ahead of the log',
    theme: 'kills',
    file: shell('store/checkpoint.ts'),
    find: '      await logged\n',
    replace: '',
  },
  {
    name: 'the log is not synced',
    theme: 'losses',
    file: shell('store/store.ts'),
    find: 'await this.#parts.database.batch(operations, { sync: true })\n      this.#parts.highWater',
    replace:
      'await this.#parts.database.batch(operations, { sync: false })\n      this.#parts.highWater',
  },
  {
    name: 'a lost tail is not noticed',
    theme: 'losses',
    file: shell('store/loading.ts'),
    find: 'if (highWater.number > number) {',
    replace: 'if (highWater.number > number + 1_000_000) {',
  },
  {
    name: 'takes the head for final',
    theme: 'late finality',
    file: shell('chain/watcher.ts'),
    find: 'const finalBlock = head.block - this.#confirmations\n',
    replace: 'const finalBlock = head.block - 0 * this.#confirmations\n',
  },
  {
    // The next report takes the tip of the shortened line for what was seen: that would be enough.
    name: 'danger is not looked for again after a reorganisation',
    theme: 'late finality',
    file: shell('chain/watcher.ts'),
    find: '      this.#sighted = Math.min(this.#sighted, this.#line.tip.block)\n',
    replace: '',
    also: [
      {
        file: shell('chain/watcher.ts'),
        find: '    this.#sighted = this.#line.tip.block\n',
        replace: '    this.#sighted = Math.max(this.#sighted, this.#line.tip.block)\n',
      },
    ],
  },
  {
    name: 'a batch that reverted is given up whole',
    theme: 'batches that fail',
    file: 'node/machines/depository/machine.ts',
    find: '    waiting: [...items, ...depository.waiting],\n    inFlight,\n    itemsPerBatch,',
    replace: '    inFlight,\n    itemsPerBatch,',
  },
  {
    name: 'items are taken back while a batch may still execute',
    theme: 'batches that fail',
    file: 'node/machines/depository/machine.ts',
    find: 'if (inFlight.some((batch) => batch.validUntil >= head.timestamp)) return to(depository)',
    replace:
      'if (inFlight.some((batch) => batch.validUntil >= head.timestamp + 1_000_000)) return to(depository)',
  },
  {
    name: 'an acknowledgement is held for ever',
    file: shell('outbox.ts'),
    find: 'else this.#options.deliver(this.#takeWhere(() => true))',
    replace: 'else this.#options.deliver(this.#takeWhere(() => false))',
  },
  {
    name: 'a queue without a bound',
    theme: 'floods',
    file: channel('wishes.ts'),
    find: 'const isFull = channel.queue.length + proposed >= QUEUE_MAX',
    replace: 'const isFull = channel.queue.length + proposed < 0',
  },
]

export const plants: readonly Plant[] = [...money, ...signing, ...court, ...around]

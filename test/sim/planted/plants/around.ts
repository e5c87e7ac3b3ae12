/** Mistakes around the machines: in the shell, the store, the tree and what follows the chain. */
import type { Plant } from '../plant.ts'
import { channel, entity, shell } from './places.ts'

export const around: readonly Plant[] = [
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
    theme: 'wiretappers',
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
    theme: 'danger among reorganised blocks',
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

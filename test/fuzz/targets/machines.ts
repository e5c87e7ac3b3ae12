/** Records, blocks and inputs: what a disk gives back, which is ours, but may be damaged. */

import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import { policy as policyField } from '@xln/shared/entity/actionCodec.ts'
import type { Address, Secret } from '@xln/shared/ids.ts'
import fc from 'fast-check'
import type { Channel } from '../../../node/machines/channel/channel.ts'
import { decodeChannel, encodeChannel } from '../../../node/machines/channel/record.ts'
import { channelView } from '../../../node/machines/channel/viewCodec.ts'
import { genesis } from '../../../node/machines/depository/depository.ts'
import { accountView, depositoryCodec } from '../../../node/machines/depository/record.ts'
import { EntityTable, InvoiceTable, PaymentTable } from '../../../node/machines/entity/tables.ts'
import { decodeServerBlock, encodeServerBlock } from '../../../node/machines/server/block.ts'
import {
  decodeOwnInput,
  decodeServerInput,
  encodeOwnInput,
  encodeServerInput,
} from '../../../node/machines/server/inputCodec.ts'
import {
  decodeMempool,
  encodeMempool,
  type Mempool,
} from '../../../node/machines/server/mempool.ts'
import type { OwnEntityInput, ServerInput } from '../../../node/machines/server/messages.ts'
import { chainCursor, ServerTable } from '../../../node/machines/server/tables.ts'
import { readBlockHeader } from '../../../node/replay.ts'
import { credit, ETHER, lock, Pair, pay, START } from '../../node/machines/channel/support/pair.ts'
import { bytes, hex } from '../../shared/support/arbitraries.ts'
import { invent } from '../invent.ts'
import { mutateBytes, mutateVersioned } from '../mutate/bytes.ts'
import { accepted, codecTarget, refused, showBytes, type Target, target } from '../target.ts'
import { fieldTarget } from './codec.ts'
import { some } from './wire.ts'

const secret = (byte: string) => `0x${byte.repeat(32)}` as Secret

/** What two sides do, one after another; after each step both have a record. */
const LIFE: readonly ChannelTransaction[] = [
  { type: 'open', disputeWindow: 86_400 },
  credit(1_000n),
  pay(3n),
  lock(2n, START + 40_000, secret('01')),
  lock(1n, START + 50_000, secret('02')),
  {
    type: 'offer',
    giveToken: ETHER,
    giveAmount: 3n,
    wantToken: `0x01${'00'.repeat(11)}${'60'.repeat(20)}` as typeof ETHER,
    wantAmount: 2n,
    minFill: 1,
    fillBy: START + 60_000,
  },
]

/** The records of a channel at rest, at work, and in trouble. */
function channels(): Channel[] {
  const pair = new Pair()
  const seen: Channel[] = [pair.left.channel, pair.right.channel]
  pair.onState = ({ channel }) => seen.push(channel)
  pair.connect()
  for (const [index, transaction] of LIFE.entries()) {
    pair.wish(index % 2 === 0 ? 'left' : 'right', transaction)
    pair.deliver('left')
    pair.deliver('right')
    if (index === 3) pair.disconnect()
    if (index === 4) pair.connect()
  }
  pair.settle()
  pair.turn('left', { type: 'startDispute' })
  pair.advance(3_000)
  return seen
}

const mempool: fc.Arbitrary<Mempool> = fc.letrec<{ mempool: Mempool }>((tie) => ({
  mempool: fc.oneof(
    { maxDepth: 2 },
    fc.record({ children: fc.constant([]), values: fc.array(bytes(40), { maxLength: 3 }) }),
    fc.record({
      children: fc
        .uniqueArray(hex(8), { maxLength: 3 })
        .chain((keys) =>
          fc.tuple(
            ...[...keys]
              .sort()
              .map((key) => fc.record({ key: fc.constant(key), mempool: tie('mempool') })),
          ),
        ),
      values: fc.array(bytes(40), { maxLength: 2 }),
    }),
  ),
})).mempool

const serverBlock = fc.record({
  previous: bytes(32, 32),
  number: fc.nat(),
  timestampMs: fc.maxSafeNat(),
  mempool: mempool.map(encodeMempool),
  stateHash: bytes(32, 32),
  rulesVersion: fc.constant(1),
})

/** One text for every kind of 32 bytes. */
const ENTITY = `0x${'e1'.repeat(32)}` as never
const SIGNER = `0x${'51'.repeat(20)}` as Address

/** Inputs hold what other codecs make; a few of each kind are enough to begin with. */
function serverInputs(): ServerInput[] {
  const [view] = invent(channelView, 1)
  const [cursor] = invent(chainCursor, 1)
  const [policy] = invent(policyField, 1)
  const [account] = invent(accountView, 1)
  const head = { block: 7, hash: ENTITY, timestamp: 9 }
  return [
    { type: 'createEntity', signer: SIGNER, policy },
    { type: 'peersConnected', peers: [ENTITY, ENTITY], up: true },
    { type: 'peerPosition', server: SIGNER, incarnation: 3, nonce: 2 ** 40 },
    { type: 'started', incarnation: 1, lost: [{ entity: ENTITY, peers: [ENTITY] }] },
    { type: 'quarantine', entity: ENTITY, peer: ENTITY },
    { type: 'channelView', entity: ENTITY, peer: ENTITY, view },
    { type: 'chain', head, cursor, events: [] },
    {
      type: 'chainCorrected',
      head,
      cursor,
      channels: [view],
      accounts: [{ entity: ENTITY, account }],
    },
  ] as unknown as ServerInput[]
}

const ownInputs = [
  { type: 'propose', from: SIGNER, nonce: 1, requestId: 2n ** 63n, action: new Uint8Array(30) },
  { type: 'due' },
  { type: 'batchFailed', nonce: 4, sent: true },
] as unknown as OwnEntityInput[]

interface Record<Value> {
  readonly encode: (value: Value) => Uint8Array
  readonly decode: (bytes: Uint8Array) => Value
}

const recordTarget = <Value>(name: string, codec: Record<Value>, samples: () => readonly Value[]) =>
  codecTarget({ name, share: 50, samples, ...codec, throws: TypeError })

const policy = {
  feeBase: 1n,
  feePpm: 2n,
  forwards: true,
  acceptsChannels: false,
  hopMarginSeconds: 1,
  revealMarginSeconds: 9,
  enforceMin: 0n,
}
const payment = { hashlock: ENTITY, token: ETHER, amount: 5n, reason: 0, createdAt: 9 }

export const machineTargets: readonly Target[] = [
  codecTarget({
    name: 'channel record',
    share: 150,
    samples: channels,
    encode: encodeChannel,
    decode: decodeChannel,
    throws: TypeError,
    mutate: mutateVersioned,
  }),
  recordTarget('account record', depositoryCodec, () => [
    genesis({ block: 1, hash: ENTITY, timestamp: 3 }),
  ]),
  recordTarget('entity record', EntityTable.codec, () => [
    { id: ENTITY, signer: SIGNER, nonce: 3, policy, restoring: false, lostAt: 9 },
  ]),
  recordTarget('invoice record', InvoiceTable.codec, () => [
    { ...payment, secret: ENTITY, expiresAt: 7, memo: Uint8Array.of(1), status: 'open' as const },
  ]),
  recordTarget('payment record', PaymentTable.codec, () => [
    { ...payment, route: [{ entity: ENTITY, fee: 1n }], status: 'locked' as const, secret: null },
  ]),
  recordTarget('server record', ServerTable.codec, () => [
    {
      nextSigner: 2,
      lostAt: 0,
      incarnation: 9,
      head: { block: 1, hash: ENTITY, timestamp: 3 },
      cursor: { block: 1, hash: ENTITY, trail: [{ block: 0, hash: ENTITY }] },
    },
  ]),
  codecTarget({
    name: 'mempool',
    samples: () => some(mempool, 60),
    encode: encodeMempool,
    decode: decodeMempool,
  }),
  codecTarget({
    name: 'server block',
    samples: () => some(serverBlock),
    encode: encodeServerBlock,
    decode: decodeServerBlock,
  }),
  target({
    name: 'block header',
    share: 50,
    samples: () => some(serverBlock).map(encodeServerBlock),
    mutate: mutateBytes,
    show: showBytes,
    judge: (read) => (readBlockHeader(read) === undefined ? refused('') : accepted('')),
  }),
  codecTarget({
    name: 'server input',
    samples: serverInputs,
    encode: encodeServerInput,
    decode: decodeServerInput,
    throws: TypeError,
    kind: ({ type }) => type,
  }),
  codecTarget({
    name: 'own input',
    share: 50,
    samples: () => ownInputs,
    encode: encodeOwnInput,
    decode: decodeOwnInput,
    throws: TypeError,
    kind: ({ type }) => type,
  }),
  fieldTarget('channel view', channelView, 50),
]

/** The codecs of shared/: RLP itself, and everything that is hashed, signed or stored with it. */
import { bytesToHex, concatBytes, equalBytes, hexToBytes } from '@xln/shared/bytes.ts'
import { decodeBlock, encodeBlock } from '@xln/shared/channel/blockCodec.ts'
import { type ClauseFacts, evaluateClause } from '@xln/shared/channel/clauses.ts'
import { proofBodyOf } from '@xln/shared/channel/proofBody.ts'
import { decodeMutual, encodeMutual } from '@xln/shared/channel/stateCodec.ts'
import { decodeBech32m, encodeBech32m } from '@xln/shared/codec/bech32m.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '@xln/shared/codec/rlp.ts'
import { codecOf, type Field } from '@xln/shared/codec/schema.ts'
import { assembleBatch } from '@xln/shared/depository/assemble.ts'
import {
  batchStructs,
  type DisputeCounter,
  type DisputeFinalise,
  encodeBatch,
  proofBodyValue,
} from '@xln/shared/depository/batch.ts'
import { decodeBatch, decodeCounter, decodeFinalise } from '@xln/shared/depository/batchDecode.ts'
import { batchItem } from '@xln/shared/depository/batchItemCodec.ts'
import { locatedEvent } from '@xln/shared/depository/eventCodec.ts'
import { action } from '@xln/shared/entity/actionCodec.ts'
import type { Address } from '@xln/shared/ids.ts'
import { decodeInvoice, encodeInvoice, isInvoice } from '@xln/shared/invoice.ts'
import { verifyProof } from '@xln/shared/merkle/proof.ts'
import { MerkleTree } from '@xln/shared/merkle/tree.ts'
import fc from 'fast-check'
import { encodeAbiParameters, parseAbiParameters } from 'viem/utils'
import { block, bytes, mutual } from '../../shared/support/arbitraries.ts'
import { invent } from '../invent.ts'
import { BYTES_MAX, mutateBytes } from '../mutate/bytes.ts'
import { mutateText } from '../mutate/text.ts'
import { Random } from '../random.ts'
import {
  accepted,
  Broken,
  codecTarget,
  refused,
  showBytes,
  showText,
  type Target,
  target,
} from '../target.ts'
import { some } from './wire.ts'

/** The codec of a field of a schema. */
export function fieldTarget<T>(name: string, field: Field<T>, share?: number): Target {
  return codecTarget({
    name,
    ...(share !== undefined && { share }),
    samples: () => invent(field, 60),
    ...codecOf(field),
    kind: (value) => (value as { type?: string }).type ?? '',
  })
}

const { tree } = fc.letrec<{ tree: RlpItem }>((tie) => ({
  tree: fc.oneof({ maxDepth: 6 }, bytes(70), fc.array(tie('tree'), { maxLength: 4 })),
}))

const invoice = some(
  fc.record({
    amount: fc.bigInt(1n, 2n ** 128n - 1n),
    expiresAt: fc.nat(),
    memo: bytes(60),
    hints: fc.nat(3),
  }),
).map(({ amount, expiresAt, memo, hints }) => ({
  chainId: 31_337n,
  depository: `0x${'d0'.repeat(20)}`,
  entity: `0x${'e0'.repeat(32)}`,
  token: `0x${'00'.repeat(32)}`,
  hashlock: `0x${'10'.repeat(32)}`,
  amount,
  expiresAt,
  memo,
  hints: Array.from({ length: hints }, () => `0x${'4b'.repeat(32)}`),
})) as unknown as Parameters<typeof encodeInvoice>[0][]

/** Almost all end at the checksum; what is behind it is reached by the target of its data. */
const invoices = target({
  name: 'invoice',
  share: 30,
  samples: () => invoice.map(encodeInvoice),
  mutate: mutateText,
  show: showText,
  judge(text) {
    const decoded = decodeInvoice(text)
    if (!isInvoice(decoded)) return refused(decoded.code)
    const own = encodeInvoice(decoded)
    if (text !== own && text !== own.toUpperCase()) throw new Broken('another text says the same')
    return accepted(String(decoded.hints.length))
  },
})

const facts = (data: Uint8Array): ClauseFacts => ({
  now: 1_000,
  revealedAt: (hashlock) => (hashlock < '0x8' ? 900 : 0),
  defaultedAt: (debtor) => (debtor < '0x8' ? 900 : 0),
  left: { data, committedAt: 800 },
  right: { data: data.subarray(1), committedAt: 0 },
})

/** Of a clause there is no encoder of its own: what is taken is evaluated, twice the same. */
const clauses = target({
  name: 'clause',
  samples: () =>
    some(mutual, 60).flatMap((state) =>
      proofBodyOf(state, `0x${'51'.repeat(20)}` as Address).clauses.map((clause) => clause.batch),
    ),
  mutate: mutateBytes,
  show: showBytes,
  judge(batch) {
    const judged = () => evaluateClause([5n, -3n, 0n, 7n, 1n], batch, facts(batch.subarray(0, 64)))
    const [once, again] = [judged(), judged()]
    if (once?.deltas.join() !== again?.deltas.join()) throw new Broken('it judges in two ways')
    return once === undefined
      ? refused('')
      : accepted(`${once.pendingUntil > 0n}/${batch.length >> 6}`)
  },
})

/** Items as the contracts' types hold them: an item of ours is wider in places. */
const items = invent(batchItem, 400).filter((item) => {
  try {
    return encodeBatch(assembleBatch([item], unsigned)).length < BYTES_MAX / 4
  } catch {
    return false
  }
})

function unsigned(): Uint8Array {
  return new Uint8Array(65)
}

const invented = Array.from({ length: 30 }, (_, index) =>
  assembleBatch(items.slice(3 * index, 3 * index + 3), unsigned),
)
const batches = () => invented.map(encodeBatch)
const counters = () => invented.flatMap((batch) => batch.counters)
const finalises = () => invented.flatMap((batch) => batch.finalises)

const counterParameters = parseAbiParameters(['DisputeCounter item', ...batchStructs])
const finaliseParameters = parseAbiParameters(['DisputeFinalise item', ...batchStructs])

function encodeCounter(item: DisputeCounter): Uint8Array {
  const leftSignature = bytesToHex(item.leftSignature)
  const rightSignature = bytesToHex(item.rightSignature)
  return hexToBytes(
    encodeAbiParameters(counterParameters, [{ ...item, leftSignature, rightSignature }]),
  )
}

function encodeFinalise(item: DisputeFinalise): Uint8Array {
  const leftArguments = bytesToHex(item.leftArguments)
  const rightArguments = bytesToHex(item.rightArguments)
  const body = proofBodyValue(item.body)
  const value = { ...item, body, leftArguments, rightArguments }
  return hexToBytes(encodeAbiParameters(finaliseParameters, [value]))
}

function written<Value>(
  encode: (value: Value) => Uint8Array,
  value: Value,
): Uint8Array | undefined {
  try {
    return encode(value)
  } catch (error) {
    if (error instanceof Error && error.name === 'IntegerOutOfRangeError') return undefined
    throw error
  }
}

/** The ABI has many layouts for one value: what is read is written, and read to be written the same. */
function abiTarget<Value>(
  name: string,
  samples: () => Uint8Array[],
  decode: (read: Uint8Array) => Value | undefined,
  encode: (value: Value) => Uint8Array,
): Target {
  return target({
    name,
    share: 4,
    samples,
    mutate: mutateBytes,
    show: showBytes,
    judge(read) {
      const value = decode(read)
      if (value === undefined) return refused('')
      const encoded = written(encode, value)
      // viem reads numbers beyond their type, where the contract reverts: what no encoder writes.
      if (encoded === undefined) return refused('range')
      const second = decode(encoded)
      const rewritten = second && encode(second)
      if (rewritten === undefined || !equalBytes(rewritten, encoded)) {
        throw new Broken('what it reads, written again, is something else')
      }
      return accepted(String(encoded.length >> 7))
    },
  })
}

const PLACES = 24
const random = new Random(3)
const key = () => Uint8Array.from({ length: 32 }, () => random.below(256))
const entries = Array.from({ length: PLACES }, () => [key(), key()] as const)
const merkle = new MerkleTree()
for (const [at, value] of entries) merkle.set(at, value)
const root = merkle.root()
/** Of what is there, and of what is not. */
const proven = [...entries, [key(), undefined] as const, [key(), undefined] as const]

/** The first byte says which key the proof is for. One key has one proof. */
const proofs = target({
  name: 'Merkle proof',
  share: 25,
  samples: () => proven.map(([at], index) => concatBytes(Uint8Array.of(index), merkle.prove(at))),
  mutate: mutateBytes,
  show: showBytes,
  judge(input) {
    const [at, value] = proven[(input[0] ?? 0) % proven.length] as (typeof proven)[number]
    const proof = input.subarray(1)
    const other = value === undefined ? key() : undefined
    if (verifyProof(root, at, other, proof)) throw new Broken('it proves what is not so')
    if (!verifyProof(root, at, value, proof)) return refused('')
    if (!equalBytes(merkle.prove(at), proof))
      throw new Broken('it takes a second proof of one fact')
    return accepted('')
  },
})

export const codecTargets: readonly Target[] = [
  codecTarget({
    name: 'RLP',
    samples: () => some(tree, 60),
    encode: encodeRlp,
    decode: (read) => decodeRlp(read),
  }),
  codecTarget({
    name: 'channel block',
    share: 150,
    samples: () => some(block, 60),
    encode: encodeBlock,
    decode: decodeBlock,
    kind: ({ transactions }) => transactions.map(({ type }) => type[0]).join(''),
  }),
  codecTarget({
    name: 'channel state',
    samples: () => some(mutual, 60),
    encode: encodeMutual,
    decode: decodeMutual,
  }),
  fieldTarget('action', action),
  fieldTarget('batch item', batchItem),
  fieldTarget('chain event', locatedEvent),
  invoices,
  codecTarget({
    name: 'invoice data',
    share: 15,
    samples: () => invoice,
    encode: (value) => decodeBech32m('xln', encodeInvoice(value)) as Uint8Array,
    decode: (read) => {
      const decoded = decodeInvoice(encodeBech32m('xln', read))
      return isInvoice(decoded) ? decoded : undefined
    },
  }),
  clauses,
  abiTarget('batch', batches, decodeBatch, encodeBatch),
  abiTarget('counter', () => counters().map(encodeCounter), decodeCounter, encodeCounter),
  abiTarget('finalise', () => finalises().map(encodeFinalise), decodeFinalise, encodeFinalise),
  proofs,
  target({
    name: 'hex',
    share: 50,
    samples: () => ['0x', '0x00', `0x${'ab'.repeat(32)}`],
    mutate: mutateText,
    show: showText,
    judge(text) {
      try {
        return accepted(String(hexToBytes(text).length))
      } catch (error) {
        if (error instanceof TypeError && error.message.startsWith('not hex')) return refused('')
        throw error
      }
    },
  }),
]

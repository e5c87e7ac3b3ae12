/** What other servers send: every message, its parts, and the handshake. */
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { FrameOpener, FrameSealer } from '@xln/node/shell/peers/frameCipher.ts'
import { Handshake } from '@xln/node/shell/peers/handshake.ts'
import { concatBytes, equalBytes } from '@xln/shared/bytes.ts'
import { RlpWriter } from '@xln/shared/codec/rlp.ts'
import { signDigest } from '@xln/shared/crypto/secp256k1.ts'
import type { Address, EntityId, Hash } from '@xln/shared/ids.ts'
import { decodeChannelMessage, encodeChannelMessage } from '@xln/shared/wire/channelMessage.ts'
import { decodeEndorsement, encodeEndorsement } from '@xln/shared/wire/endorsement.ts'
import {
  type Envelope,
  readEnvelope,
  splitFrame,
  writeEnvelope,
} from '@xln/shared/wire/envelope.ts'
import {
  decodeOpening,
  decodeSignedHello,
  encodeHello,
  encodeOpening,
  type Hello,
  helloDigest,
  type Opening,
} from '@xln/shared/wire/hello.ts'
import { decodeOnion, encodeOnion, type Instruction, type Onion } from '@xln/shared/wire/onion.ts'
import fc from 'fast-check'
import { contextOf, encodeEnvelope, endorsementBy } from '../../node/peers/support/rawPeer.ts'
import { domain, identity } from '../../node/peers/support/servers.ts'
import {
  address,
  amount,
  block,
  bytes,
  hex,
  mutual,
  time,
} from '../../shared/support/arbitraries.ts'
import { mutateBytes, mutateRlp } from '../mutate/bytes.ts'
import {
  accepted,
  Broken,
  codecTarget,
  refused,
  showBytes,
  type Target,
  target,
} from '../target.ts'

const SEED = 7

/** The same values at every start. */
export function some<Value>(arbitrary: fc.Arbitrary<Value>, numRuns = 30): Value[] {
  return fc.sample(arbitrary, { seed: SEED, numRuns })
}

const alice = identity('alice')
const entity = alice.entities[0] as EntityId
const writer = new RlpWriter()

const envelope: fc.Arbitrary<Envelope> = fc.record({
  type: fc.constantFrom(1, 3, 0x10, 0x20, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x38, 0x40, 0x5f),
  sender: fc.option(hex<EntityId>(32), { nil: undefined }),
  recipient: fc.option(hex<EntityId>(32), { nil: undefined }),
  nonce: time,
  data: bytes(300),
  signature: bytes(120),
})

function encodeWhole(message: Envelope): Uint8Array {
  const { type, sender, recipient, nonce, data, signature } = message
  writer.reset()
  writeEnvelope(writer, type, sender, recipient, nonce, data, signature)
  return writer.take()
}

const FRAME_PARTS = 8

const frames: Target = target({
  name: 'frame',
  samples: () =>
    some(fc.array(envelope.map(encodeWhole), { minLength: 1, maxLength: 5 })).map((parts) =>
      concatBytes(...parts),
    ),
  mutate: mutateBytes,
  show: showBytes,
  judge(frame) {
    const parts = splitFrame(frame, FRAME_PARTS)
    if (parts === undefined) return refused('')
    if (parts.length > FRAME_PARTS) throw new Broken(`${parts.length} parts`)
    if (!equalBytes(concatBytes(...parts), frame)) throw new Broken('the parts are not the frame')
    const read = parts.filter((part) => readEnvelope(part) !== undefined).length
    return accepted(`${parts.length}/${read}`)
  },
})

const opening: fc.Arbitrary<Opening> = fc.record({
  chainId: fc.oneof(fc.bigInt(0n, 2n ** 256n - 1n), fc.constant(domain.chainId)),
  depository: fc.oneof(address, fc.constant(domain.depository)),
  challenge: bytes(32, 32),
  ephemeralKey: bytes(32, 32),
})

const hello: fc.Arbitrary<Hello> = fc.record({
  chainId: fc.constant(domain.chainId),
  depository: fc.constant(domain.depository),
  server: fc.constant(alice.server),
  incarnation: time,
  blockNumber: time,
  transcript: hex<Hash>(32),
})

const signedHello = (said: Hello) =>
  encodeHello(said, alice.signers.sign(alice.server, helloDigest(said)))

/** A hello is only taken with its one signature: nothing but the samples can be. */
const hellos = target({
  name: 'hello',
  share: 15,
  samples: async () => {
    await installNativeCrypto()
    return some(hello, 8).map(signedHello)
  },
  mutate: mutateRlp,
  show: showBytes,
  judge: uniqueUnless(
    (message) => decodeSignedHello(message) !== undefined,
    () => some(hello, 8).map(signedHello),
  ),
})

/** Judges what only a key can make: whatever is accepted is one of `known`. */
export function uniqueUnless(
  accepts: (input: Uint8Array) => boolean,
  known: () => readonly Uint8Array[],
) {
  let genuine: ReadonlySet<string> | undefined
  return (input: Uint8Array) => {
    if (!accepts(input)) return refused('')
    genuine ??= new Set(known().map(showBytes))
    if (!genuine.has(showBytes(input))) throw new Broken('it accepts what nobody made')
    return accepted('')
  }
}

const instruction: fc.Arbitrary<Instruction> = fc.record({
  entity: hex<EntityId>(32),
  amount,
  revealBy: time,
})

/** All instructions, by peeling one hop after another. */
function peeled(onion: Onion): Instruction[] {
  if (onion.type === 'payee') return []
  const rest = decodeOnion(onion.rest)
  if (rest === undefined) throw new Broken('the rest of an onion is none')
  return [onion.next, ...peeled(rest)]
}

const message = fc.oneof(
  fc.record({
    type: fc.constant('update' as const),
    proposal: fc.record({ block, signature: bytes(70, 1) }),
    newProofSignature: bytes(70, 1),
  }),
  fc.record({
    type: fc.constant('update' as const),
    ack: fc.record({ blockHash: hex<Hash>(32), signature: bytes(70, 1) }),
    settlementSignature: bytes(70, 1),
  }),
  fc.record({
    type: fc.constant('refuse' as const),
    blockHash: hex<Hash>(32),
    reason: fc.nat(0xffff),
    transaction: fc.nat(0xffff),
  }),
  fc.record({ type: fc.constant('show' as const), asksToResume: fc.boolean(), mutual }),
  fc.record({
    type: fc.constant('compare' as const),
    question: fc.nat(9),
    answer: fc.nat(9),
    cooperativeNonce: fc.bigInt(0n, 9n),
    countedNonce: fc.bigInt(0n, 9n),
    own: fc.record({ nonce: fc.bigInt(0n, 9n), hash: hex<Hash>(32) }),
    seen: fc.record({ nonce: fc.bigInt(0n, 9n), hash: hex<Hash>(32) }),
    isPending: fc.boolean(),
  }),
)

const FRAME_SECRET = new Uint8Array(32).fill(9)
const sealedFrames = () =>
  some(bytes(200), 6).map(
    (plain) => new Uint8Array(new FrameSealer(Buffer.from(FRAME_SECRET)).seal(plain)),
  )

/** Handshakes that stand where a peer's opening comes in. */
let greeting: Handshake | undefined
const aliceContext = contextOf(alice)

export const wireTargets: readonly Target[] = [
  codecTarget({
    name: 'envelope',
    samples: () => some(envelope),
    encode: encodeWhole,
    decode: readEnvelope,
    kind: ({ type }) => String(type >> 4),
  }),
  frames,
  codecTarget({
    name: 'opening',
    samples: () => some(opening),
    encode: encodeOpening,
    decode: (read) => {
      const decoded = decodeOpening(read)
      return typeof decoded === 'string' ? undefined : decoded
    },
  }),
  hellos,
  codecTarget({
    name: 'endorsement',
    samples: () =>
      some(
        fc.record({
          entity: hex<EntityId>(32),
          server: hex<Address>(20),
          validUntil: time,
          signature: bytes(66),
        }),
      ),
    encode: ({ signature, ...said }) => encodeEndorsement(said, signature),
    decode: (read) => {
      const whole = readEnvelope(read)
      const said = whole && decodeEndorsement(whole)
      return said && { ...said, signature: whole.signature }
    },
  }),
  codecTarget({
    name: 'channel message',
    share: 200,
    samples: () => some(message, 60),
    encode: encodeChannelMessage,
    decode: decodeChannelMessage,
    kind: ({ type }) => type,
  }),
  codecTarget({
    name: 'onion',
    samples: () => some(fc.array(instruction, { maxLength: 5 })),
    encode: encodeOnion,
    decode: (read) => {
      const onion = decodeOnion(read)
      return onion && peeled(onion)
    },
    kind: ({ length }) => String(length),
  }),
  target({
    name: 'sealed frame',
    share: 25,
    samples: sealedFrames,
    mutate: mutateBytes,
    show: showBytes,
    judge: uniqueUnless(
      (frame) => new FrameOpener(Buffer.from(FRAME_SECRET)).open(frame) !== undefined,
      sealedFrames,
    ),
  }),
  target({
    name: 'handshake',
    share: 5,
    samples: () => [
      new Handshake(contextOf(identity('bob')), false).opening,
      signDigest(new Uint8Array(32).fill(1), new Uint8Array(32).fill(5)),
      signedHello(some(hello, 1)[0] as Hello),
      encodeEnvelope({ type: 0x33 }),
      endorsementBy(alice, entity, alice.server, 2_000_000_000),
    ],
    mutate: mutateRlp,
    show: showBytes,
    judge(heard) {
      greeting ??= new Handshake(aliceContext, true)
      const answer = greeting.answer(heard)
      const check = greeting.check(heard)
      if (typeof check !== 'string') throw new Broken('it takes a hello for another connection')
      if (typeof answer === 'string') return refused(answer)
      return accepted('ciphers')
    },
  }),
]

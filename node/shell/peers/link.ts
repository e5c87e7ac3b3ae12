/**
 * One connection to another server: the handshake, then messages.
 *
 * Whatever arrives is foreign: it is taken, or counted under the reason why not. What makes the
 * connection itself worthless (an altered frame, bytes that are no messages) ends it; a message that
 * alone is wrong is left out.
 */
import { SIGNATURE_LENGTH } from '@xln/shared/crypto/secp256k1.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import {
  type Envelope,
  isNetworkType,
  MessageType,
  readEnvelope,
  splitFrame,
} from '@xln/shared/wire/envelope.ts'
import { decodeSignedHello, isNewer, type SignedHello } from '@xln/shared/wire/hello.ts'
import { isSameNetwork } from '@xln/shared/wire/network.ts'
import { unixSeconds } from '../clock.ts'
import { encodeOwn, type Outgoing, packEncoded, packMessages } from './framePacker.ts'
import { FrameSocket } from './frameSocket.ts'
import { Handshake } from './handshake.ts'
import type { FrameCiphers } from './keyAgreement.ts'
import type { LinkContext } from './linkContext.ts'
import { Roster } from './roster.ts'
import type { PeerSocket } from './socket.ts'
import type { PeerRefusal } from './stats.ts'

export interface LinkEvents {
  /** The other side has proved who it is. Gives the nonce that its messages must be above, or refuses. */
  greeted(link: Link, hello: SignedHello): number | PeerRefusal
  /** Both sides are content. */
  up(link: Link): void
  messages(link: Link, batch: readonly Envelope[]): void
  entities(link: Link): void
  shown(link: Link, hello: SignedHello): void
  /** The other side's log has come further: it has signed so. */
  renewed(link: Link, hello: SignedHello): void
  closed(link: Link, code: number): void
}

const NOTHING = new Uint8Array(0)

export class Link {
  /** Whether this side made the connection. */
  readonly dialled: boolean
  readonly #socket: FrameSocket
  readonly #context: LinkContext
  readonly #events: LinkEvents
  readonly #handshake: Handshake
  readonly #gone = Promise.withResolvers<void>()
  /** What is awaited: the other side's opening, its hello, its welcome; then messages. */
  #phase: 'opening' | 'greeting' | 'welcome' | 'up' = 'opening'
  #ciphers: FrameCiphers | undefined
  #hello: SignedHello | undefined
  #roster: Roster | undefined
  #lastNonce = 0
  #checksLeft = 0

  constructor(socket: PeerSocket, dialled: boolean, context: LinkContext, events: LinkEvents) {
    this.dialled = dialled
    this.#context = context
    this.#events = events
    this.#handshake = new Handshake(context, dialled)
    const { limits, counters, clock } = context
    const frames = {
      opened: () => this.#open(),
      frame: (bytes: Buffer) => this.#receive(bytes),
      beat: () => this.#beat(),
      closed: (code: number) => {
        this.#gone.resolve()
        events.closed(this, code)
      },
    }
    this.#socket = new FrameSocket(socket, limits, counters, frames, clock)
    if (!dialled) this.#open()
  }

  /** The other side's hello, once it has greeted. */
  get hello(): SignedHello | undefined {
    return this.#hello
  }

  get ended(): boolean {
    return this.#socket.ended
  }

  /** The nonce of the last message taken. */
  get lastNonce(): number {
    return this.#lastNonce
  }

  entities(): EntityId[] {
    return this.#roster?.entities() ?? []
  }

  /** False when not all of them were handed to the system: what was not is dropped and counted. */
  send(messages: readonly Outgoing[]): boolean {
    return packMessages(messages, this.#context, this.#send)
  }

  /** Shows the other side an own endorsement; those from before the own hello went with it. */
  endorse(encoded: Uint8Array): void {
    if (this.#phase !== 'opening') packEncoded([encoded], this.#context, this.#send)
  }

  /** Shows the other side a hello of its own. */
  show(hello: Uint8Array): void {
    packEncoded([encodeOwn(MessageType.shown, hello)], this.#context, this.#send)
  }

  refuse(reason: PeerRefusal): void {
    this.#socket.refuse(reason)
  }

  /** Refuses, and resolves when the connection is gone. */
  goodbye(reason: PeerRefusal): Promise<void> {
    this.refuse(reason)
    return this.#gone.promise
  }

  probe(): void {
    this.#socket.probe()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  #open(): void {
    this.#socket.send(Buffer.from(this.#handshake.opening))
  }

  #receive(bytes: Buffer): void {
    if (this.#phase === 'opening') {
      this.#receiveOpening(bytes)
      return
    }
    const frame = this.#ciphers?.opener.open(bytes)
    if (frame === undefined) {
      this.refuse('tampered')
      return
    }
    const parts = splitFrame(frame, this.#context.limits.messagesPerFrameMax)
    if (parts === undefined) this.refuse('malformed')
    else if (this.#phase === 'greeting') this.#receiveGreeting(parts)
    else this.#receiveMessages(parts)
  }

  #receiveOpening(bytes: Uint8Array): void {
    const answer = this.#handshake.answer(bytes)
    if (typeof answer === 'string') {
      this.refuse(answer)
      return
    }
    this.#ciphers = answer.ciphers
    this.#phase = 'greeting'
    const parts = [answer.hello, ...this.#context.endorsements()]
    packEncoded(parts, this.#context, this.#send)
  }

  #receiveGreeting(parts: readonly Uint8Array[]): void {
    const signed = this.#handshake.check(parts[0] as Uint8Array)
    if (typeof signed === 'string') {
      this.refuse(signed)
      return
    }
    this.#hello = signed
    const greeted = this.#events.greeted(this, signed)
    if (typeof greeted === 'string') {
      this.refuse(greeted)
      return
    }
    this.#lastNonce = greeted
    const { network, limits, verify } = this.#context
    this.#roster = new Roster(network, signed.hello.server, limits.entitiesPerPeerMax, verify)
    this.#checksLeft = limits.checksMax
    this.#phase = 'welcome'
    packEncoded([encodeOwn(MessageType.welcome, NOTHING)], this.#context, this.#send)
    this.#receiveMessages(parts.slice(1))
  }

  #receiveMessages(parts: readonly Uint8Array[]): void {
    const batch: Envelope[] = []
    for (const part of parts) {
      const envelope = this.#read(part)
      if (envelope === undefined) continue
      if (isNetworkType(envelope.type)) {
        this.#receiveOwn(envelope, part)
        if (this.ended) return
        continue
      }
      const refusal = this.#check(envelope)
      if (refusal === undefined) {
        this.#lastNonce = envelope.nonce
        batch.push(envelope)
      } else {
        this.#context.counters.refused[refusal]++
      }
    }
    this.#context.counters.received.messages += batch.length
    if (batch.length > 0) this.#events.messages(this, batch)
  }

  #read(part: Uint8Array): Envelope | undefined {
    const { limits, counters } = this.#context
    if (part.length > limits.messageBytesMax) {
      counters.refused.oversized++
      return undefined
    }
    const envelope = readEnvelope(part)
    if (envelope === undefined) counters.refused.malformed++
    return envelope
  }

  #check({ sender, recipient, nonce }: Envelope): PeerRefusal | undefined {
    if (this.#phase !== 'up') return 'malformed'
    if (nonce <= this.#lastNonce) return 'replayed'
    if (sender !== undefined && this.#roster?.has(sender) !== true) return 'unendorsed'
    if (recipient !== undefined && !this.#context.hosts(recipient)) return 'misdirected'
    return undefined
  }

  /** What is for the network itself. */
  #receiveOwn(envelope: Envelope, part: Uint8Array): void {
    if (envelope.type === MessageType.endorsement) {
      this.#takeEndorsement(envelope)
    } else if (envelope.type === MessageType.hello && this.#phase === 'up') {
      this.#takeRenewed(part)
    } else if (envelope.type === MessageType.shown) {
      this.#takeShown(envelope)
    } else if (envelope.type === MessageType.welcome && this.#phase === 'welcome') {
      this.#phase = 'up'
      this.#socket.keepAlive()
      this.#events.up(this)
    } else {
      this.#context.counters.refused.malformed++
    }
  }

  /** A hello of the same run, for this very connection, of a later block. */
  #takeRenewed(part: Uint8Array): void {
    const before = this.#hello
    if (before === undefined || !this.#mayCheck(1)) return
    const signed = this.#handshake.check(part)
    const isLater =
      typeof signed !== 'string' &&
      signed.hello.server === before.hello.server &&
      signed.hello.incarnation === before.hello.incarnation &&
      signed.hello.blockNumber > before.hello.blockNumber
    if (!isLater) {
      this.#context.counters.refused.malformed++
      return
    }
    this.#hello = signed
    this.#events.renewed(this, signed)
  }

  #takeEndorsement(envelope: Envelope): void {
    // The signature of a board holds those of its members.
    if (!this.#mayCheck(Math.ceil(envelope.signature.length / SIGNATURE_LENGTH))) return
    const result = this.#roster?.add(envelope, unixSeconds(this.#context.clock))
    if (result === 'refused') this.#context.counters.refused.endorsement++
    if (result === 'added') this.#events.entities(this)
  }

  /** Only this server's own signature counts, and only on something newer than it knows of itself. */
  #takeShown(envelope: Envelope): void {
    if (!this.#mayCheck(1)) return
    const { network, server, incarnation, newestBlock, counters } = this.#context
    const signed = decodeSignedHello(envelope.data)
    const isOwn =
      signed !== undefined &&
      signed.hello.server === server &&
      isSameNetwork(signed.hello, network) &&
      isNewer(signed.hello, { incarnation, blockNumber: newestBlock() })
    if (isOwn) this.#events.shown(this, signed)
    else counters.refused.malformed++
  }

  /** Signatures cost time: who has more of them checked than a peer can need is no peer. */
  #mayCheck(signatures: number): boolean {
    this.#checksLeft -= signatures
    if (this.#checksLeft >= 0) return true
    this.refuse('excessive')
    return false
  }

  #beat(): void {
    this.#checksLeft = this.#context.limits.checksMax
    const now = unixSeconds(this.#context.clock)
    if (this.#roster?.expire(now) === true) this.#events.entities(this)
    this.#renew()
  }

  /** Says how far the own log has come: what the other side keeps of it proves a loss one day. */
  #renew(): void {
    const hello = this.#phase === 'up' ? this.#handshake.renewed() : undefined
    if (hello !== undefined) packEncoded([hello], this.#context, this.#send)
  }

  readonly #send = (frame: Uint8Array): boolean => {
    const sealer = this.#ciphers?.sealer
    return sealer !== undefined && this.#socket.send(sealer.seal(frame))
  }
}

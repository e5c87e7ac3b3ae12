/** A peer that knows the protocol and need not keep to it. */

import { systemClock } from '@xln/node/shell/clock.ts'
import { createLogger } from '@xln/node/shell/log.ts'
import { Handshake } from '@xln/node/shell/peers/handshake.ts'
import type { FrameCiphers } from '@xln/node/shell/peers/keyAgreement.ts'
import { DEFAULT_PEER_LIMITS } from '@xln/node/shell/peers/limits.ts'
import type { LinkContext } from '@xln/node/shell/peers/linkContext.ts'
import { newCounters, type PeerRefusal, refusalOf } from '@xln/node/shell/peers/stats.ts'
import { concatBytes } from '@xln/shared/bytes.ts'
import { RlpWriter } from '@xln/shared/codec/rlp.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { encodeEndorsement, endorsementDigest } from '@xln/shared/wire/endorsement.ts'
import {
  type Envelope,
  MessageType,
  readEnvelope,
  splitFrame,
  writeEnvelope,
} from '@xln/shared/wire/envelope.ts'
import { domain, type Identity, signAs } from './servers.ts'
import { until } from './until.ts'

const NOTHING = new Uint8Array(0)

/** A {@link Handshake}'s context for `who`, with whatever a test wants to be different. */
export function contextOf(who: Identity, overrides: Partial<LinkContext> = {}): LinkContext {
  return {
    network: domain,
    server: who.server,
    incarnation: 1,
    limits: DEFAULT_PEER_LIMITS,
    counters: newCounters(),
    sign: (digest) => who.signers.sign(who.server, digest),
    verify: () => true,
    newestBlock: () => 0,
    nextNonce: () => 0,
    endorsements: () => [],
    hosts: () => true,
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    ...overrides,
  }
}

/** An endorsement by `entity`, which `who` holds the key of, for `server`. */
export function endorsementBy(
  who: Identity,
  entity: EntityId,
  server: Address,
  validUntil = Math.floor(Date.now() / 1000) + 1_000,
): Uint8Array {
  const endorsement = { entity, server, validUntil }
  const signature = signAs(who, entity, endorsementDigest(domain, endorsement))
  return encodeEndorsement(endorsement, signature)
}

export function encodeEnvelope(envelope: Partial<Envelope> & { type: number }): Uint8Array {
  const writer = new RlpWriter()
  const { type, sender, recipient, nonce = 1, data = NOTHING, signature = NOTHING } = envelope
  writeEnvelope(writer, type, sender, recipient, nonce, data, signature)
  return writer.take()
}

export class RawPeer {
  /** Frames as they came. */
  readonly frames: Uint8Array[] = []
  readonly #socket: WebSocket
  readonly #context: LinkContext
  readonly #handshake: Handshake
  #closeCode: number | undefined
  #ciphers: FrameCiphers | undefined
  #hello: Uint8Array | undefined

  private constructor(url: string, context: LinkContext) {
    this.#context = context
    this.#handshake = new Handshake(context, true)
    this.#socket = new WebSocket(url)
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onmessage = ({ data }) => void this.frames.push(new Uint8Array(data))
    this.#socket.onclose = ({ code }) => {
      this.#closeCode = code
    }
  }

  /** Connected, and nothing sent. */
  static async dial(url: string, context: LinkContext): Promise<RawPeer> {
    const peer = new RawPeer(url, context)
    await until(() => peer.#socket.readyState === WebSocket.OPEN, 'the socket opens')
    return peer
  }

  /** Connected, with the handshake done as an honest peer does it. */
  static async greet(url: string, who: Identity, overrides: Partial<LinkContext> = {}) {
    const peer = await RawPeer.dial(url, contextOf(who, overrides))
    peer.sendRaw(peer.opening)
    await peer.agree()
    const endorsements = who.entities.map((entity) => endorsementBy(who, entity, who.server))
    peer.sendSealed(peer.hello, ...endorsements)
    peer.sendWelcome()
    return peer
  }

  get opening(): Uint8Array {
    return this.#handshake.opening
  }

  /** The own hello, after {@link agree}. */
  get hello(): Uint8Array {
    return this.#hello ?? NOTHING
  }

  get isClosed(): boolean {
    return this.#closeCode !== undefined
  }

  /** Takes the server's opening. */
  async agree(): Promise<void> {
    await until(() => this.frames.length > 0, 'the server opens')
    const answer = this.#handshake.answer(this.frames[0] as Uint8Array)
    if (typeof answer === 'string') throw new Error(`the server's opening is ${answer}`)
    this.#ciphers = answer.ciphers
    this.#hello = answer.hello
  }

  sendRaw(bytes: Uint8Array | string): void {
    this.#socket.send(bytes)
  }

  seal(...parts: readonly Uint8Array[]): Uint8Array {
    return this.#ciphers?.sealer.seal(concatBytes(...parts)) ?? NOTHING
  }

  /** One frame with `parts`, as an honest peer seals it. */
  sendSealed(...parts: readonly Uint8Array[]): void {
    this.sendRaw(this.seal(...parts))
  }

  sendWelcome(): void {
    this.sendSealed(encodeEnvelope({ type: MessageType.welcome, nonce: 0 }))
  }

  /** Shows the server a hello. */
  sendShown(hello: Uint8Array): void {
    this.sendSealed(encodeEnvelope({ type: MessageType.shown, nonce: 0, data: hello }))
  }

  /** The messages of frame `index`; they open only in order, each once. */
  async opened(index: number): Promise<Envelope[]> {
    await until(() => this.frames.length > index, `frame ${index} comes`)
    const plain = this.#ciphers?.opener.open(this.frames[index] as Uint8Array)
    const parts = splitFrame(plain ?? NOTHING, this.#context.limits.messagesPerFrameMax) ?? []
    return parts.map((part) => readEnvelope(part) as Envelope)
  }

  /** Why the server has closed the connection. */
  async refusal(): Promise<PeerRefusal | number> {
    await until(() => this.isClosed, 'the server closes the connection')
    const code = this.#closeCode as number
    return refusalOf(code) ?? code
  }

  close(): void {
    this.#socket.close()
  }
}

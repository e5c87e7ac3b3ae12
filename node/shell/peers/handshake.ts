/** The handshake of one connection, from one end: see hello.ts for what goes to and fro. */
import { randomBytes } from 'node:crypto'
import type { Hash } from '@xln/shared/ids.ts'
import {
  decodeOpening,
  decodeSignedHello,
  encodeHello,
  encodeOpening,
  helloDigest,
  type SignedHello,
  transcriptOf,
} from '@xln/shared/wire/hello.ts'
import { isSameNetwork } from '@xln/shared/wire/network.ts'
import { agreeCiphers, type FrameCiphers, newEphemeralKey } from './keyAgreement.ts'
import type { LinkContext } from './linkContext.ts'
import type { PeerRefusal } from './stats.ts'

export class Handshake {
  /** What this end sends first, in the clear. */
  readonly opening: Uint8Array
  readonly #context: LinkContext
  readonly #dialled: boolean
  readonly #ephemeral = newEphemeralKey()
  #transcript: Hash | undefined
  /** The newest block that the other end has been told of. */
  #told = 0

  constructor(context: LinkContext, dialled: boolean) {
    this.#context = context
    this.#dialled = dialled
    this.opening = encodeOpening({
      ...context.network,
      challenge: randomBytes(32),
      ephemeralKey: this.#ephemeral.publicKey,
    })
  }

  /** Takes the other end's opening: the ciphers for all that follows, and the own hello to send. */
  answer(bytes: Uint8Array): { ciphers: FrameCiphers; hello: Uint8Array } | PeerRefusal {
    const opening = decodeOpening(bytes)
    if (typeof opening === 'string') return opening
    if (!isSameNetwork(opening, this.#context.network)) return 'networkMismatch'
    const transcript = this.#dialled
      ? transcriptOf(this.opening, bytes)
      : transcriptOf(bytes, this.opening)
    const ciphers = agreeCiphers(this.#ephemeral, opening.ephemeralKey, transcript, this.#dialled)
    if (ciphers === undefined) return 'malformed'
    this.#transcript = transcript
    return { ciphers, hello: this.#ownHello(transcript) }
  }

  /** Takes the other end's hello: it must be signed, and for this very connection. */
  check(bytes: Uint8Array): SignedHello | PeerRefusal {
    const signed = decodeSignedHello(bytes)
    if (signed === undefined || signed.hello.transcript !== this.#transcript) return 'wrongKey'
    return isSameNetwork(signed.hello, this.#context.network) ? signed : 'networkMismatch'
  }

  /** The own hello anew, when the log has come further since the last one; undefined when it has not. */
  renewed(): Uint8Array | undefined {
    const hasCome = this.#context.newestBlock() > this.#told
    return hasCome && this.#transcript !== undefined ? this.#ownHello(this.#transcript) : undefined
  }

  #ownHello(transcript: Hash): Uint8Array {
    const { network, server, incarnation, newestBlock, sign } = this.#context
    const { chainId, depository } = network
    const blockNumber = newestBlock()
    this.#told = blockNumber
    const hello = { chainId, depository, server, incarnation, blockNumber, transcript }
    return encodeHello(hello, sign(helloDigest(hello)))
  }
}

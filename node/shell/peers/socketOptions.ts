import type { ClientOptions, ServerOptions } from 'ws'
import type { PeerLimits } from './limits.ts'

/** How the library is used on both sides: nothing that costs, nothing without a bound. */
export function socketOptions(limits: PeerLimits) {
  return {
    maxPayload: limits.frameBytesMax,
    // A frame is sent in one piece, and the system gives it in chunks of many KiB.
    maxFragments: 16,
    maxBufferedChunks: 4_096,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    autoPong: false,
  } as const satisfies ServerOptions
}

export function dialOptions(limits: PeerLimits): ClientOptions {
  return {
    ...socketOptions(limits),
    handshakeTimeout: limits.handshakeMs,
    followRedirects: false,
    // Masks keep pages of a browser from steering proxies by what they send. Ours is encrypted; a
    // mask of zeros costs nothing.
    generateMask: (mask) => void mask.fill(0),
  }
}

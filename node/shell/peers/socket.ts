/** The edge of the peer network: what it needs of WebSockets, so that others can stand in for them. */
import { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import type { Ticket } from './admission.ts'
import type { PeerLimits } from './limits.ts'
import { type ListenAddress, Listener } from './listener.ts'
import { dialOptions } from './socketOptions.ts'
import type { PeerCounters } from './stats.ts'

/** `readyState` of a socket that can send. */
export const OPEN = 1

/** One connection that carries whole frames in order, or ends. `WebSocket` is one. */
export interface PeerSocket {
  readonly readyState: number
  /** Bytes that were given to `send` and not to the system. */
  readonly bufferedAmount: number
  on(event: 'open', listener: () => void): unknown
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  on(event: 'ping' | 'pong', listener: (data: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Last, also when it was never open. 1006: without a goodbye. */
  on(event: 'close', listener: (code: number) => void): unknown
  send(frame: Buffer, options: { readonly binary: true }): void
  ping(): void
  pong(data: Buffer): void
  /** Says goodbye after what was sent. */
  close(code: number, reason: string): void
  /** Ends at once. */
  terminate(): void
  /** Stops reading, and starts again. */
  pause(): void
  resume(): void
}

/** Who lets others connect. */
export interface PeerListener {
  /** How many are connected, and how many of them have not proved who they are. */
  readonly admission: { readonly open: number; readonly unauthenticated: number }
  /** The port. Throws `listen_failed`. */
  start(address: ListenAddress): Promise<number>
  /** Resolves when nobody can connect and no connection is open. */
  stop(): Promise<void>
}

/** How connections are made: both ways. */
export interface PeerTransport {
  dial(url: string, limits: PeerLimits): PeerSocket
  listener(
    limits: PeerLimits,
    counters: PeerCounters,
    clock: Clock,
    onSocket: (socket: PeerSocket, ticket: Ticket) => void,
  ): PeerListener
}

/** Over the network of the machine. */
export const webSockets: PeerTransport = {
  dial: (url, limits) => new WebSocket(url, dialOptions(limits)),
  listener: (limits, counters, clock, onSocket) => new Listener(limits, counters, clock, onSocket),
}

/** What a peer network has done since its start, and what it declined. */

/** Why something was refused or a connection ended; the number is the close code on the wire. */
export const refusalCodes = {
  /** Bytes that are no frame, no message, or not what belongs here. */
  malformed: 4000,
  versionMismatch: 4001,
  networkMismatch: 4002,
  /** A hello not signed by whom it names, or another server than the one that was dialled. */
  wrongKey: 4003,
  /** A newer process with the same key is known. */
  fenced: 4004,
  /** Two connections of one pair: the other one stays. */
  duplicate: 4005,
  /** This server has dialled itself. */
  self: 4006,
  /** No handshake in time, or no sign of life. */
  timedOut: 4007,
  /** A frame that does not carry the code of this connection at this place: altered or replayed. */
  tampered: 4008,
  /** More waits to be sent than the bound. */
  slow: 4009,
  stopping: 4010,
  oversized: 4011,
  /** More endorsements and such than one peer may have checked. */
  excessive: 4012,
  /** Too many connections, in all or from one address, or too fast. */
  crowded: 4013,
  /** A message of an entity that this peer does not speak for. */
  unendorsed: 4014,
  /** A message for an entity that this server does not speak for. */
  misdirected: 4015,
  /** A message whose nonce is not above the last. */
  replayed: 4016,
  /** An endorsement that does not count, or of one entity too many. */
  endorsement: 4017,
  /** A message for which there was no room: the connection ends, and with the next it comes again. */
  full: 4018,
} as const

export type PeerRefusal = keyof typeof refusalCodes

/** The reason behind a close code, if it is one of ours. */
export function refusalOf(code: number): PeerRefusal | undefined {
  const names = Object.keys(refusalCodes) as PeerRefusal[]
  return names.find((name) => refusalCodes[name] === code)
}

export interface PeerTraffic {
  messages: number
  frames: number
  bytes: number
}

export interface PeerStats {
  /** Peers that are up. */
  readonly peers: number
  /** Accepted connections now: all of them, and those before the end of their handshake. */
  readonly accepted: number
  readonly unauthenticated: number
  readonly sent: Readonly<PeerTraffic>
  readonly received: Readonly<PeerTraffic>
  /** Messages given to `send` that went nowhere: no connection, or cut off, or too large. */
  readonly dropped: number
  /** Things declined, by reason; those that ended a connection and those that did not. */
  readonly refused: Readonly<Record<PeerRefusal, number>>
}

/** The counters behind {@link PeerStats}. */
export interface PeerCounters {
  readonly sent: PeerTraffic
  readonly received: PeerTraffic
  dropped: number
  readonly refused: Record<PeerRefusal, number>
}

export function newCounters(): PeerCounters {
  const names = Object.keys(refusalCodes) as PeerRefusal[]
  return {
    sent: { messages: 0, frames: 0, bytes: 0 },
    received: { messages: 0, frames: 0, bytes: 0 },
    dropped: 0,
    refused: Object.fromEntries(names.map((name) => [name, 0])) as Record<PeerRefusal, number>,
  }
}

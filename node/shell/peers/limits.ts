/** What a peer network spends on others, at most. All of it can be configured; these are for a server. */
export interface PeerLimits {
  /** Bytes of a frame on the wire. */
  readonly frameBytesMax: number
  /** Bytes of one message, encoded. */
  readonly messageBytesMax: number
  readonly messagesPerFrameMax: number
  /** Bytes that wait to be sent to one peer; beyond, it is cut off. */
  readonly queueBytesMax: number
  /** Entities that one peer may speak for. */
  readonly entitiesPerPeerMax: number
  /** Signatures that are checked for one peer between two heartbeats. */
  readonly checksMax: number
  /** From the connection to the end of the handshake. */
  readonly handshakeMs: number
  /** Between two pings. A peer that is silent for `heartbeatMissesMax` of them is cut off. */
  readonly heartbeatMs: number
  readonly heartbeatMissesMax: number
  /** How soon a connection must answer when another of the same peer claims its place. */
  readonly probeMs: number
  /** How long a closed connection may take to say goodbye. */
  readonly closeMs: number
  /** Between attempts to dial: doubled each time from the first to the second of these. */
  readonly redialMinMs: number
  readonly redialMaxMs: number
  /** A connection that held this long lets the next attempts start over from `redialMinMs`. */
  readonly stableMs: number
  /** Accepted connections in all, from one address (an IPv6 /64 is one), and before their handshake. */
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  readonly unauthenticatedMax: number
  /** New connections per second, and at once: from one address, and from all unknown ones together. */
  readonly addressPerSecond: number
  readonly addressBurst: number
  readonly strangersPerSecond: number
  readonly strangersBurst: number
  /** How long an own endorsement counts, seconds; it is renewed after half of it. */
  readonly endorsementSeconds: number
}

export const DEFAULT_PEER_LIMITS: PeerLimits = {
  frameBytesMax: 2 ** 20,
  messageBytesMax: 2 ** 19,
  messagesPerFrameMax: 8_192,
  queueBytesMax: 2 ** 24,
  entitiesPerPeerMax: 32,
  checksMax: 64,
  handshakeMs: 5_000,
  heartbeatMs: 15_000,
  heartbeatMissesMax: 3,
  probeMs: 2_000,
  closeMs: 1_000,
  redialMinMs: 250,
  redialMaxMs: 30_000,
  stableMs: 10_000,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 256,
  unauthenticatedMax: 512,
  addressPerSecond: 50,
  addressBurst: 256,
  strangersPerSecond: 200,
  strangersBurst: 2_048,
  endorsementSeconds: 86_400,
}

/** What a client may use of a node at most. */
export interface ApiLimits {
  /** Requests of one token, and twice as many of one address. */
  readonly requestsPerSecond: number
  /** Connections in all and of one address. */
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** Wrong tokens of one address: so many at once, and one more each second. */
  readonly wrongTokensBurst: number
  /** Of one request. */
  readonly messageBytesMax: number
  /** Of one connection: requests without an answer, after which no more are read. */
  readonly inFlightMax: number
  /** Of one connection: answers that the client has not read; beyond, no more requests are read. */
  readonly unreadBytesPause: number
  /** Beyond, the connection ends: only events get here, as they do not wait for a request. */
  readonly unreadBytesMax: number
  readonly subscriptionsMax: number
  /** Between two pings; a client that leaves one unanswered is gone. */
  readonly heartbeatMs: number
}

export const API_LIMITS: ApiLimits = {
  requestsPerSecond: 2_000,
  connectionsMax: 512,
  connectionsPerAddressMax: 128,
  wrongTokensBurst: 10,
  messageBytesMax: 65_536,
  inFlightMax: 1_024,
  unreadBytesPause: 1_048_576,
  unreadBytesMax: 16_777_216,
  subscriptionsMax: 32,
  heartbeatMs: 30_000,
}

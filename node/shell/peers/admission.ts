/**
 * Which connections are let in before anybody has proved who he is: bounded in number and in rate,
 * by address and in all. When too many wait in their handshake, the one that has waited longest goes.
 */
import { type Clock, systemClock } from '../clock.ts'
import type { PeerLimits } from './limits.ts'

/** Addresses that are remembered though no connection of theirs is open. */
const ADDRESSES_MAX = 10_000

/** A permit for one connection. */
export interface Ticket {
  /** The handshake is done; `isKnown`: by a peer whose address may come again when strangers may not. */
  authenticated(isKnown: boolean): void
  /** The connection is gone. */
  leave(): void
}

class Bucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}

interface AddressRecord {
  readonly bucket: Bucket
  open: number
  isKnown: boolean
}

export class Admission {
  readonly #limits: PeerLimits
  readonly #clock: Clock
  readonly #strangers: Bucket
  readonly #addresses = new Map<string, AddressRecord>()
  /** In order of arrival. */
  readonly #unauthenticated = new Map<Ticket, () => void>()
  #open = 0

  constructor(limits: PeerLimits, clock: Clock = systemClock) {
    this.#limits = limits
    this.#clock = clock
    this.#strangers = new Bucket(
      limits.strangersPerSecond,
      limits.strangersBurst,
      clock.monotonicMs(),
    )
  }

  get open(): number {
    return this.#open
  }

  get unauthenticated(): number {
    return this.#unauthenticated.size
  }

  /** A ticket for a connection from `address`, or undefined. `evict` ends the connection. */
  enter(address: string, evict: () => void): Ticket | undefined {
    const now = this.#clock.monotonicMs()
    const record = this.#recordOf(address, now)
    if (this.#open >= this.#limits.connectionsMax) return undefined
    if (record.open >= this.#limits.connectionsPerAddressMax || !record.bucket.take(now)) {
      return undefined
    }
    if (!record.isKnown && !this.#strangers.take(now)) return undefined
    this.#makeRoom()

    this.#open++
    record.open++
    let isOpen = true
    const ticket: Ticket = {
      authenticated: (isKnown) => {
        this.#unauthenticated.delete(ticket)
        if (isKnown) record.isKnown = true
      },
      leave: () => {
        if (!isOpen) return
        isOpen = false
        this.#open--
        record.open--
        this.#unauthenticated.delete(ticket)
      },
    }
    this.#unauthenticated.set(ticket, evict)
    return ticket
  }

  /** Honest handshakes take a moment; what has waited longest is the least likely to be one. */
  #makeRoom(): void {
    if (this.#unauthenticated.size < this.#limits.unauthenticatedMax) return
    for (const [oldest, evict] of this.#unauthenticated) {
      this.#unauthenticated.delete(oldest)
      evict()
      return
    }
  }

  #recordOf(address: string, now: number): AddressRecord {
    const known = this.#addresses.get(address)
    if (known !== undefined) {
      // Moved to the end: the first ones are those not seen for longest.
      this.#addresses.delete(address)
      this.#addresses.set(address, known)
      return known
    }
    const { addressPerSecond, addressBurst } = this.#limits
    const record = {
      bucket: new Bucket(addressPerSecond, addressBurst, now),
      open: 0,
      isKnown: false,
    }
    this.#addresses.set(address, record)
    if (this.#addresses.size > ADDRESSES_MAX + this.#open) this.#forgetOne()
    return record
  }

  #forgetOne(): void {
    for (const [address, record] of this.#addresses) {
      this.#addresses.delete(address)
      if (record.open === 0) return
      // To the end with it, or every call would pass by all that are open.
      this.#addresses.set(address, record)
    }
  }
}

/** What stands for one customer of a provider: an IPv4 address, or the first half of an IPv6 one. */
export function addressKey(remoteAddress: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(remoteAddress)
  if (v4?.[1] !== undefined) return v4[1]
  const [head = '', tail] = remoteAddress.split('::')
  const groups = head === '' ? [] : head.split(':')
  const tailLength = tail === undefined || tail === '' ? 0 : tail.split(':').length
  while (tail !== undefined && groups.length < 8 - tailLength) groups.push('0')
  return groups.slice(0, 4).join(':')
}

/**
 * The wires between servers: connections that carry frames in order or end, as TCP does. What can go
 * wrong with one: it is slow, it ends, one side does not hear of the end, it stands still, or somebody
 * on the way changes what it carries.
 */
import { Admission, type Ticket } from '../shell/peers/admission.ts'
import type { PeerListener, PeerSocket, PeerTransport } from '../shell/peers/socket.ts'
import type { NetworkMood } from './moods.ts'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import { SimSocket, type Wire } from './socket.ts'

interface Listening {
  readonly process: Process
  accept(socket: SimSocket, from: string): void
}

export class SimNetwork {
  readonly #scheduler: Scheduler
  /** More than one under a name: a server that was started twice. */
  readonly #listening = new Map<string, readonly Listening[]>()
  readonly #wires = new Set<Wire>()
  /** Pairs of servers that do not reach each other. */
  readonly #parted = new Set<string>()
  /** The version that each server runs, by name; 1 when absent. */
  readonly versions = new Map<string, number>()
  /** Whether servers of two versions say so when they meet. */
  tellsVersions = false
  /** Told when a server says more than a greeting to one of another version. */
  onLeak: (from: string) => void = () => undefined
  readonly random: Random
  mood: NetworkMood

  constructor(scheduler: Scheduler, random: Random, mood: NetworkMood) {
    this.#scheduler = scheduler
    this.random = random
    this.mood = mood
  }

  /** The connections there are, in the order in which they were made. */
  wires(): readonly Wire[] {
    return [...this.#wires]
  }

  areParted(a: string, b: string): boolean {
    return this.#parted.has(pairOf(a, b))
  }

  /** Nothing passes between the two; neither hears of it. */
  part(a: string, b: string): void {
    this.#parted.add(pairOf(a, b))
    for (const wire of this.#wires) {
      if (pairOf(wire.from, wire.to) === pairOf(a, b)) wire.goDark()
    }
  }

  /** New connections pass; those that went dark stay so. */
  heal(): void {
    this.#parted.clear()
  }

  /** The network as a process on the server `name` sees it. */
  transport(name: string, process: Process): PeerTransport {
    return {
      dial: (url) => this.#dial(name, process, new URL(url).hostname),
      listener: (limits, _counters, clock, onSocket) => {
        const admission = new Admission(limits, clock)
        return this.#listener(name, process, admission, onSocket)
      },
    }
  }

  #listener(
    name: string,
    process: Process,
    admission: Admission,
    onSocket: (socket: PeerSocket, ticket: Ticket) => void,
  ): PeerListener {
    const accept = (socket: SimSocket, from: string) => {
      const ticket = admission.enter(from, () => socket.terminate())
      if (ticket === undefined) {
        socket.terminate()
        return
      }
      socket.on('close', () => ticket.leave())
      onSocket(socket, ticket)
    }
    const stop = async () => {
      this.#listening.set(
        name,
        this.#listenersAt(name).filter((other) => other.process !== process),
      )
    }
    return {
      admission,
      start: async ({ port }) => {
        this.#listening.set(name, [...this.#listenersAt(name), { process, accept }])
        process.onEnd(() => void stop())
        return port
      },
      stop,
    }
  }

  #listenersAt(name: string): readonly Listening[] {
    return (this.#listening.get(name) ?? []).filter(({ process }) => process.isAlive)
  }

  #whoAnswers(name: string): Listening | undefined {
    const all = this.#listenersAt(name)
    return all.length > 1 ? this.random.pick(all) : all[0]
  }

  #dial(from: string, process: Process, to: string): SimSocket {
    const wire = this.#wire(from, to)
    const near = new SimSocket(wire, process, 'dialler')
    this.#scheduler.in(this.mood.latencyMs(), () => this.#arrive(wire, near))
    return near
  }

  #arrive(wire: Wire, near: SimSocket): void {
    if (!near.isOpening) return
    const listening = this.#whoAnswers(wire.to)
    if (this.areParted(wire.from, wire.to)) {
      // Nobody answers; the dialler gives up by itself.
      wire.goDark()
      return
    }
    if (listening === undefined) {
      near.fail()
      return
    }
    const far = new SimSocket(wire, listening.process, 'accepter')
    near.join(far)
    near.open()
    listening.process.reach(() => listening.accept(far, wire.from))
  }

  #wire(from: string, to: string): Wire {
    let isDark = false
    const wire: Wire = {
      from,
      to,
      mood: () => this.mood,
      scheduler: this.#scheduler,
      sockets: [],
      isTampered: false,
      areOfTwoVersions: () =>
        this.tellsVersions && this.versions.get(from) !== this.versions.get(to),
      onLeak: () => this.onLeak(from),
      get isDark() {
        return isDark
      },
      goDark() {
        isDark = true
      },
      cut() {
        for (const socket of wire.sockets) socket.fail()
      },
      end: () => void this.#wires.delete(wire),
    }
    this.#wires.add(wire)
    return wire
  }
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`
}

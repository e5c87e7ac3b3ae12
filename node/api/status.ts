/** What /health and /metrics say. */
import { getHeapStatistics } from 'node:v8'
import type { Backend, NodeStatus } from './backend.ts'
import type { ApiCounters } from './counters.ts'

/** The node's status is asked no more often, however often it is shown. */
const FRESH_MS = 1_000
/** More of the heap than this, and the node is about to end. */
const HEAP_SHARE_MAX = 0.95

export interface Health {
  readonly status: 'ok' | 'unfit'
  readonly checks: Readonly<Record<'node' | 'chain' | 'state' | 'memory', string>>
}

export class StatusPage {
  readonly #backend: Backend
  readonly #counters: ApiCounters
  #status: NodeStatus | undefined
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(backend: Backend, counters: ApiCounters) {
    this.#backend = backend
    this.#counters = counters
  }

  health(): Health {
    const status = this.#ask()
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
    const checks = {
      node: status === undefined ? 'its status cannot be read' : 'ok',
      chain: status?.chain.healthy === false ? 'not followed' : 'ok',
      state: status?.restoring === true ? 'restoring what was lost' : 'ok',
      memory: used > HEAP_SHARE_MAX * limit ? 'nearly used up' : 'ok',
    }
    const isFit = Object.values(checks).every((check) => check === 'ok')
    return { status: isFit ? 'ok' : 'unfit', checks }
  }

  /** In the text format of Prometheus. */
  metrics(): string {
    const lines: string[] = []
    const metric = (name: string, type: 'gauge' | 'counter', values: readonly Value[]) => {
      lines.push(`# TYPE xln_${name} ${type}`)
      for (const [labels, value] of values) lines.push(`xln_${name}${labels} ${value}`)
    }
    const status = this.#ask()
    if (status !== undefined) {
      metric('block_number', 'gauge', [['', status.block.number]])
      metric('chain_block', 'gauge', [['', status.chain.block]])
      metric('chain_timestamp_seconds', 'gauge', [['', status.chain.timestamp]])
      metric('chain_healthy', 'gauge', [['', status.chain.healthy ? 1 : 0]])
      metric('peers', 'gauge', [['', status.peers.length]])
      metric('restoring', 'gauge', [['', status.restoring ? 1 : 0]])
      const counters = Object.entries(status.counters)
      metric(
        'node',
        'gauge',
        counters.map(([name, value]) => [labels({ name }), value]),
      )
    }
    const { connections, subscriptions, events, ended } = this.#counters
    metric('api_connections', 'gauge', [['', connections]])
    metric('api_subscriptions', 'gauge', [['', subscriptions]])
    metric('api_events_total', 'counter', [['', events]])
    const reasons = Object.entries(ended)
    metric(
      'api_ended_total',
      'counter',
      reasons.map(([reason, n]) => [labels({ reason }), n]),
    )
    const requests = [...this.#counters.requests()].flatMap(([method, counts]) =>
      Object.entries(counts).map(([outcome, n]): Value => [labels({ method, outcome }), n]),
    )
    metric('api_requests_total', 'counter', requests)
    const { heapUsed, rss } = process.memoryUsage()
    metric('heap_used_bytes', 'gauge', [['', heapUsed]])
    metric('resident_memory_bytes', 'gauge', [['', rss]])
    return `${lines.join('\n')}\n`
  }

  #ask(): NodeStatus | undefined {
    if (performance.now() - this.#askedAt < FRESH_MS) return this.#status
    this.#askedAt = performance.now()
    try {
      this.#status = this.#backend.status()
    } catch {
      // That it cannot be asked is what /health says then.
      this.#status = undefined
    }
    return this.#status
  }
}

type Value = readonly [labels: string, value: number]

function labels(named: Readonly<Record<string, string>>): string {
  const parts = Object.entries(named).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `{${parts.join(',')}}`
}

/** What an endpoint of the chain answers: anything at all, also lies that hang together. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { ChainError } from '@xln/node/shell/chain/faults.ts'
import { readHead } from '@xln/node/shell/chain/header.ts'
import { LogReader } from '@xln/node/shell/chain/logs.ts'
import { ChainReader } from '@xln/node/shell/chain/reader.ts'
import { parseReceipt } from '@xln/node/shell/chain/receipt.ts'
import { receiptsRoot } from '@xln/node/shell/chain/receiptsRoot.ts'
import { decodeRevert } from '@xln/node/shell/chain/revert.ts'
import { readSegment } from '@xln/node/shell/chain/segment.ts'
import type { RpcAnswer } from '@xln/node/shell/chain/transport.ts'
import { type Clock, systemClock } from '@xln/node/shell/clock.ts'
import { decodeLocatedEvent, encodeLocatedEvent } from '@xln/shared/depository/eventCodec.ts'
import type { LocatedEvent } from '@xln/shared/depository/events.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { mutateJson, mutateText } from '../mutate/text.ts'
import { Random } from '../random.ts'
import {
  accepted,
  Broken,
  jsonTarget,
  refused,
  showText,
  type Target,
  target,
  type Verdict,
} from '../target.ts'
import {
  ALL_BITS,
  CHAIN_ID,
  contracts,
  depository,
  honest,
  inventedOf,
  PARENT,
  type Said,
  SECOND,
  word,
} from './honestEndpoint.ts'

let said: Partial<Record<keyof Said, unknown>> = {}

const at = (list: unknown, index: number): unknown => (Array.isArray(list) ? list[index] : list)

/** By the function that is called: that of its selector. */
function resultOf(call: unknown): unknown {
  const { data = '' } = (call ?? {}) as { data?: string }
  const name = depository.getFunction(data.slice(0, 10) as 'batchNonce')?.name ?? ''
  return (said.calls as Record<string, unknown> | null | undefined)?.[name]
}

/** What the endpoint of the moment answers. */
function answerTo(method: string, params: readonly unknown[]): unknown {
  switch (method) {
    case 'eth_chainId':
      return '0x7a69'
    case 'eth_getBlockByNumber':
      return at(said.blocks, params[0] === '0x1' ? 0 : 1)
    case 'eth_getBlockReceipts':
      return at(said.receipts, params[0] === SECOND ? 1 : 0)
    case 'eth_getLogs':
      return said.logs
    default:
      return resultOf(params[0])
  }
}

async function port(_: string, method: string, params: readonly unknown[]): Promise<RpcAnswer> {
  const result = answerTo(method, params)
  if (typeof result === 'object' && result !== null && 'error' in result) return result as RpcAnswer
  return { result: result ?? null }
}

/** Each input at a time of its own, so that nobody rests. */
let now = 0
const clock: Clock = { ...systemClock, nowMs: () => now, random: () => 0 }

const endpoints = new Endpoints({ urls: ['http://fuzz:1'], chainId: CHAIN_ID, clock, port })
const reader = new LogReader(contracts)
const chainReader = new ChainReader({ endpoints, contracts, fromBlock: 0 })

/** Runs `ask` before an endpoint that says `text`. Only a fault of the chain may come of it. */
async function judged(text: string, ask: () => Promise<string>): Promise<Verdict> {
  now += 1e6
  try {
    said = JSON.parse(text) ?? {}
  } catch {
    said = {}
  }
  try {
    return accepted(await ask())
  } catch (error) {
    if (!(error instanceof ChainError)) throw error
    if (error.message.length > 2_000) throw new Broken('a long message')
    const { cause } = error
    const inner = cause instanceof ChainError ? cause.fault.code : ''
    return refused(`${error.fault.code} ${inner}`)
  }
}

/** What is read must be fit for the log of the server: that is where it goes. */
function checkLoggable(events: readonly LocatedEvent[]): void {
  for (const event of events) {
    if (decodeLocatedEvent(encodeLocatedEvent(event)) === undefined) {
      throw new Broken(`the log cannot hold ${event.event.type}`)
    }
  }
}

async function readBlocks(): Promise<string> {
  const blocks = await endpoints.ask((endpoint) => {
    return readSegment(endpoint, reader, contracts, { block: 0, hash: PARENT }, 2)
  })
  for (const { events } of blocks ?? []) checkLoggable(events)
  return `${blocks?.length} ${blocks?.map(({ events }) => events.map(({ event }) => event.type).join())}`
}

/** An endpoint that makes its headers fit its receipts: what no root finds out. */
function consistent(text: string): string {
  try {
    const lie = JSON.parse(text) as Said
    const blocks = lie.blocks.map((block, index) => {
      const own = (lie.receipts[index] ?? []).map(parseReceipt)
      return { ...block, receiptsRoot: receiptsRoot(own), logsBloom: ALL_BITS }
    })
    return JSON.stringify({ ...lie, blocks, logs: [] })
  } catch {
    return text
  }
}

const LEFT = `0x${'11'.repeat(32)}` as EntityId
const RIGHT = `0x${'22'.repeat(32)}` as EntityId

async function readViews(): Promise<string> {
  const view = await chainReader.readChannel(LEFT, RIGHT, 1)
  const entity = await chainReader.readEntity(LEFT, 1)
  return `${view.tokens.length} ${view.dispute === null} ${entity.reserves.length}`
}

let server: Server | undefined
let overHttp: Endpoints | undefined
let body = ''

/** Gives `body`, for the request that it comes to: without its number it would answer no question. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  const [first] = [JSON.parse(Buffer.concat(chunks).toString())].flat() as { id: number }[]
  response.end(body.replace('"id":1,', `"id":${first?.id},`))
}

/** Everything between a socket and the caller: what is no JSON-RPC at all. */
const answers = target({
  name: 'RPC answer',
  share: 1,
  samples: async () => {
    server = createServer((request, response) => void answer(request, response))
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    overHttp = new Endpoints({
      urls: [url],
      chainId: CHAIN_ID,
      clock,
      backOff: { minMs: 0, maxMs: 0 },
    })
    const block = { jsonrpc: '2.0', id: 1, result: honest()[0]?.blocks[0] }
    return [
      JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x7a69' }),
      JSON.stringify(block),
      JSON.stringify([block]),
      JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32_000, message: 'busy' } }),
      '[null]',
    ]
  },
  mutate: mutateJson,
  show: showText,
  close: async () => {
    for (const endpoint of overHttp?.all ?? []) endpoint.close()
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  },
  judge(text) {
    body = text
    return judged('{}', async () => {
      const head = await overHttp?.ask(readHead)
      return String(head?.block)
    })
  },
})

const reverts = target({
  name: 'revert',
  share: 8,
  samples: () => [
    '0x',
    `0x08c379a0${word(32)}${word(3)}${'616263'.padEnd(64, '0')}`,
    `0x4e487b71${word(17)}`,
    ...depositoryErrors(),
  ],
  mutate: mutateText,
  show: showText,
  judge(text) {
    const { name, text: shown } = decodeRevert(text)
    if (shown.length > 16_384) throw new Broken('a reason without end')
    return name === '' ? refused('') : accepted(name)
  },
})

function depositoryErrors(): string[] {
  const random = new Random(6)
  const errors: string[] = []
  depository.forEachError((error) => {
    errors.push(
      depository.encodeErrorResult(
        error,
        error.inputs.map((input) => inventedOf(random, input)),
      ),
    )
  })
  return errors
}

export const chainTargets: readonly Target[] = [
  jsonTarget({
    name: 'chain blocks',
    share: 4,
    samples: honest,
    judge: (text) => judged(text, readBlocks),
  }),
  jsonTarget({
    name: 'chain lies',
    share: 8,
    samples: honest,
    judge: (text) => judged(consistent(text), readBlocks),
  }),
  jsonTarget({
    name: 'chain views',
    share: 2,
    samples: honest,
    judge: (text) => judged(text, readViews),
  }),
  answers,
  reverts,
]

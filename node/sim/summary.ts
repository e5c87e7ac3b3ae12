/** What one block did, in a few words, for the trace. */
import type { ChannelFact } from '../machines/channel/messages.ts'
import type { EntityOutput } from '../machines/entity/messages.ts'
import type { Committed } from '../shell/loop.ts'
import type { SimServer } from './server.ts'

export function summaryOf({ engine }: SimServer, { number, arrivals, outputs }: Committed): string {
  const said = outputs.map(({ output }) => wordOf(output))
  const hash = Buffer.from(engine?.store.tail.hash ?? []).toString('hex', 0, 4)
  return `${number} ${hash} ${arrivals.length} in: ${said.join(' ')}`
}

function wordOf(output: EntityOutput): string {
  switch (output.type) {
    case 'channelFact':
      return factOf(output.fact)
    case 'sendUpdate': {
      const { ack, proposal } = output.update
      const block = proposal?.block
      const place = block === undefined ? '' : ` proposes ${block.term}/${block.height}`
      return `[update${ack === null ? '' : ' acknowledges'}${place}]`
    }
    case 'send':
      return output.message.type === 'refuse'
        ? `[refuses for ${output.message.reason}]`
        : `[${output.message.type}]`
    case 'messageDropped':
      return `messageDropped(${output.code})`
    case 'receipt':
      return output.refusal === null ? 'taken' : `declined(${output.refusal.code})`
    case 'paymentFailed':
      return `paymentFailed(${output.refusal?.code ?? output.reason})`
    case 'depository':
      return `depository(${output.output.type})`
    default:
      return output.type
  }
}

function factOf(fact: ChannelFact): string {
  if (fact.type === 'wishRefused')
    return `wishRefused(${fact.transaction.type} ${fact.refusal.code})`
  if (fact.type === 'messageRefused')
    return `messageRefused(${JSON.stringify(fact.refusal, plain)})`
  if (fact.type === 'committed') return `committed(${fact.height})`
  return fact.type
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** What a durable block of a server did, for people to read. */
import type { ChannelFact } from '@xln/node/machines/channel/messages.ts'
import type { DepositoryOutput } from '@xln/node/machines/depository/machine.ts'
import type { EntityOutput, EntityRefusal } from '@xln/node/machines/entity/messages.ts'
import type { Names } from './names.ts'
import { cancelWord, errorWord, wordsOf } from './words.ts'

/** One line, with the peer's name if `peers`; undefined for what is heard elsewhere: on the wire, or at the next block. */
export function outputWords(
  output: EntityOutput,
  names: Names,
  peers: boolean,
): string | undefined {
  switch (output.type) {
    case 'sendUpdate':
    case 'sendShow':
    case 'send':
    case 'wake':
    case 'readChannel':
      return undefined
    case 'channelFact':
      return `${peers ? `with ${names.of(output.peer)}: ` : ''}${factWords(output.fact, names)}`
    case 'channelOpened':
      return `channelOpened with ${names.of(output.peer)}`
    case 'receipt':
      return receiptWords(output.refusal, names)
    case 'depository':
      return depositoryWords(output.output, names)
    case 'paymentFailed': {
      const { reason, refusal, ...rest } = output
      const why = refusal === null ? `reason ${cancelWord(reason)}` : wordsOf(refusal, names)
      return `${wordsOf(rest, names)}, ${why}`
    }
    default:
      return wordsOf(output, names)
  }
}

/** What a channel refuses, it says itself. */
function receiptWords(refusal: EntityRefusal | null, names: Names): string | undefined {
  if (refusal === null || refusal.code === 'channel_refused') return undefined
  return `declined: ${wordsOf(refusal, names)}`
}

function factWords(fact: ChannelFact, names: Names): string {
  if (fact.type === 'wishRefused') {
    const { transaction, refusal } = fact
    return `wishRefused: ${wordsOf(transaction, names)}: ${wordsOf(refusal, names)}`
  }
  if (fact.type === 'messageRefused') return `messageRefused: ${wordsOf(fact.refusal, names)}`
  if ('incoming' in fact) {
    const { incoming, ...rest } = fact
    return `${directed(rest, names)}, ${incoming ? 'incoming' : 'outgoing'}`
  }
  return wordsOf(fact, names)
}

function directed(fact: { readonly type: string; readonly reason?: number }, names: Names): string {
  const { reason, ...rest } = fact
  if (reason === undefined) return wordsOf(rest, names)
  return `${wordsOf(rest, names)}, reason ${reason === 0 ? 'expired' : cancelWord(reason)}`
}

function depositoryWords(output: DepositoryOutput, names: Names): string | undefined {
  switch (output.type) {
    case 'submitBatch': {
      const { nonce, items } = output.batch
      const words = items.map(({ item }) => itemWords(item, names))
      return `submitBatch ${nonce} [${words.join('; ')}]`
    }
    case 'itemDone':
    case 'itemSkipped':
    case 'itemRefused': {
      const { queued, type, ...rest } = output
      const more = 'reason' in rest ? ` for ${errorWord(rest.reason)}` : ''
      return `${type} ${queued.item.type}${more}`
    }
    case 'watch':
      return undefined
    default:
      return wordsOf(output, names)
  }
}

/** An item without what only the contract reads. */
function itemWords(item: object, names: Names): string {
  const { peerSignature, leftSignature, rightSignature, body, ...rest } = item as Record<
    string,
    unknown
  >
  return wordsOf(rest, names)
}

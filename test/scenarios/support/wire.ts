/** What goes over a wire, by its kind. */
import type { ChannelBlock } from '@xln/shared/channel/block.ts'
import { blockHash, headerHash } from '@xln/shared/channel/blockCodec.ts'
import type { ChannelTransaction } from '@xln/shared/channel/transaction.ts'
import type { Hash } from '@xln/shared/ids.ts'
import {
  type ChannelMessage,
  type Compare,
  NO_TRANSACTION,
  type Refuse,
  type Show,
  type Update,
} from '@xln/shared/wire/channelMessage.ts'
import { type Names, placeWord } from './names.ts'
import { cancelWord, wordsOf } from './words.ts'

function compareWords({ question, answer }: Compare): string {
  if (question === 0) return 'answers'
  return answer === 0 ? 'asks' : 'answers and asks'
}

export class Wire {
  readonly #names: Names
  /** Where each block that was ever on a wire stands. */
  readonly #places = new Map<Hash, string>()

  constructor(names: Names) {
    this.#names = names
  }

  wordsOf(message: ChannelMessage): string {
    switch (message.type) {
      case 'update':
        return this.#update(message)
      case 'refuse':
        return this.#refuse(message)
      case 'show':
        return this.#show(message)
      case 'compare':
        return `compare: ${compareWords(message)}`
    }
  }

  #update({ ack, proposal, newProofSignature, settlementSignature }: Update): string {
    const parts = [
      ack && `ack ${this.#places.get(ack.blockHash) ?? 'of an unknown block'}`,
      proposal && this.#proposal(proposal.block),
      newProofSignature && 'signature on the new proof',
      settlementSignature && 'signature on the settlement',
    ]
    return `update: ${parts.filter((part) => part !== undefined).join('; ')}`
  }

  #proposal(block: ChannelBlock): string {
    const place = placeWord(block.term, block.height)
    this.#places.set(blockHash(block), place)
    const transactions = block.transactions.map((each) => this.#transaction(each))
    return `proposal ${place} [${transactions.join('; ')}]`
  }

  #transaction(transaction: ChannelTransaction): string {
    if (transaction.type !== 'cancel') return wordsOf(transaction, this.#names)
    const { reason, ...rest } = transaction
    return `${wordsOf(rest, this.#names)}, reason ${cancelWord(reason)}`
  }

  #refuse({ blockHash: hash, reason, transaction }: Refuse): string {
    const place = this.#places.get(hash) ?? 'of an unknown block'
    const which = transaction === NO_TRANSACTION ? '' : `, transaction ${transaction}`
    return `refuse ${place}: reason ${reason}${which}`
  }

  #show({ asksToResume, counted, mutual }: Show): string {
    const place = placeWord(mutual.term, mutual.height)
    if (counted !== undefined) this.#places.set(headerHash(counted.header), place)
    const asks = asksToResume ? ', asks to resume' : ''
    const proof = counted === undefined ? 'nothing signed' : `${place}, signed by both`
    return `show: ${proof}${asks}`
  }
}

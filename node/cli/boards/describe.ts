/** What a deed says, for those who are to sign it. */
import { bytesToHex } from '@xln/shared/bytes.ts'
import type { Batch } from '@xln/shared/depository/batch.ts'
import { decodeBatch } from '@xln/shared/depository/batchDecode.ts'
import { decodeName } from '@xln/shared/entity/name.ts'
import type { EntityId, TokenId } from '@xln/shared/ids.ts'
import { assetOfToken, formatAmount, type Tokens } from '../assets.ts'
import { timeOf } from '../explain.ts'
import type { BatchDeed, Deed, ProofDeed } from './deed.ts'

/** Lines for people; amounts in whole tokens where the configuration knows them. */
export function describeDeed(deed: Deed, tokens: Tokens): readonly string[] {
  switch (deed.type) {
    case 'batch':
      return describeBatch(deed, tokens)
    case 'proof':
      return describeProof(deed, tokens)
    case 'replacement':
      return [
        `board      of ${deed.entity}, nonce ${deed.nonce}`,
        BigInt(deed.boardHash) === 0n
          ? '           no other one is to follow'
          : `           is to be followed by ${deed.boardHash}`,
      ]
    case 'name':
      return [
        `name       "${decodeName(deed.name)}", nonce ${deed.nonce}`,
        deed.to === null
          ? `           is taken by ${deed.entity}`
          : `           goes from ${deed.entity} to ${deed.to}`,
      ]
    case 'articles':
      return [
        `articles   of ${deed.entity}, to be issued until ${timeOf(deed.validUntil)}`,
        `delay      ${deed.delay} s until a board of the shareholders takes over`,
        ...deed.allotments.map(({ to, control, dividend }) => {
          return `  ${to}  ${control} control, ${dividend} dividend`
        }),
      ]
  }
}

function describeProof(deed: ProofDeed, tokens: Tokens): readonly string[] {
  const { left, right, height, byLeft, cooperativeNonce, disputeWindow } = deed
  return [
    `proof      height ${height}, proposed by ${byLeft ? 'left' : 'right'}, cooperative nonce ${cooperativeNonce}`,
    `left       ${left}`,
    `right      ${right}`,
    `window     ${disputeWindow} s`,
    ...deed.tokens.map(({ token, offdelta }) => {
      const amount = formatAmount(offdelta < 0n ? -offdelta : offdelta, assetOfToken(token, tokens))
      const [payer, payee] = offdelta < 0n ? ['left', 'right'] : ['right', 'left']
      return `offdelta   ${offdelta}: ${payer} has paid ${payee} ${amount} in all`
    }),
    ...deed.defaultSwaps.map((swap) => {
      const amount = formatAmount(swap.amount, assetOfToken(swap.token, tokens))
      const owed = formatAmount(swap.threshold, assetOfToken(swap.owedToken, tokens))
      const [seller, buyer] = swap.buyerIsLeft ? ['right', 'left'] : ['left', 'right']
      return `protects   ${seller} pays ${buyer} ${amount} if it is recorded by ${timeOf(swap.expiry)} that ${swap.debtor} defaults on ${owed}`
    }),
  ]
}

function describeBatch({ entity, batch, nonce, validUntil }: BatchDeed, tokens: Tokens) {
  const decoded = decodeBatch(batch)
  const head = `batch      of ${entity}, nonce ${nonce}, until ${timeOf(validUntil)}`
  if (decoded === undefined) return [head, `           which nobody can read: ${bytesToHex(batch)}`]
  const atomic = decoded.atomic ? ['           all of it or nothing'] : []
  const items = itemsOf(decoded, tokens)
  return [head, ...atomic, ...items.map((item, index) => `  item ${index}   ${item}`)]
}

function itemsOf(batch: Batch, tokens: Tokens): readonly string[] {
  const amount = (value: bigint, token: TokenId) => formatAmount(value, assetOfToken(token, tokens))
  const ends = ({ left, right }: { left: EntityId; right: EntityId }) => `${left} and ${right}`
  return [
    ...batch.withdrawals.map((item) => `withdraw ${amount(item.amount, item.token)} to ${item.to}`),
    ...batch.transfers.map((item) => `transfer ${amount(item.amount, item.token)} to ${item.to}`),
    ...batch.fundings.map(({ token, receiver, topUps }) => {
      const each = topUps.map((topUp) => `${amount(topUp.amount, token)} with ${topUp.peer}`)
      return `collateralise for ${receiver}: ${each.join(', ')}`
    }),
    ...batch.settlements.map(({ peer, newNonce }) => `settle with ${peer}, nonce ${newNonce}`),
    ...batch.starts.map(({ peer, proof }) => `dispute with ${peer}, nonce ${proof.disputeNonce}`),
    ...batch.counters.map(
      (item) => `counter between ${ends(item)}, nonce ${item.proof.disputeNonce}`,
    ),
    ...batch.arguments.map(({ peer, data }) => `${data.length} bytes of arguments against ${peer}`),
    ...batch.finalises.map((item) => `finalise between ${ends(item)}`),
    ...batch.secrets.map((secret) => `reveal ${secret}`),
  ]
}

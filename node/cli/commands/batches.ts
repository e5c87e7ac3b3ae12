/** Batches of entities that no node runs: made item by item, then signed and sent as deeds. */
import { type Batch, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import { decodeBatch } from '@xln/shared/depository/batchDecode.ts'
import { type EntityId, parseAddress } from '@xln/shared/ids.ts'
import type { Arguments } from '../arguments.ts'
import {
  type BatchDeed,
  bodyOf,
  digestOf,
  type ProofDeed,
  proofOf,
  readDeed,
  writeDeed,
} from '../boards/deed.ts'
import { describeDeed } from '../boards/describe.ts'
import { counterOf, signatureOf } from '../boards/send.ts'
import { ChainSession } from '../boards/session.ts'
import { actorOf, actorOptions } from '../boards/who.ts'
import type { Command } from '../command.ts'
import type { Context } from '../context.ts'
import { CliError } from '../faults.ts'
import type { Option } from '../syntax.ts'
import { baseUnitsOption, tokenOption } from '../syntax.ts'
import { chainOptions } from './blsKeys.ts'

const DAY = 86_400
const YEAR = 365 * DAY
export const validForOption: Option = {
  name: 'valid-for',
  value: '<seconds>',
  summary: 'How long a new deed may wait for its votes',
  default: String(DAY),
}
export const batchOptions: readonly Option[] = [
  ...actorOptions,
  validForOption,
  { name: 'atomic', summary: 'A part that the chain would skip is to undo all of it' },
  ...chainOptions,
]
const notes =
  'Makes the deed, or puts one more item into it while nobody has signed it. Then: "xln deed sign", and\n"xln deed send".'
const seeAlso = ['deed sign', 'deed send', 'deed show']

export const batchWithdraw: Command = {
  name: 'batch withdraw',
  summary: 'have an entity pay out of its reserve to an address',
  parameters: [{ name: 'deed' }, { name: 'amount' }, { name: 'address' }],
  options: [tokenOption, baseUnitsOption, ...batchOptions],
  examples: [
    'batch withdraw deed.json 1.5 0x1111111111111111111111111111111111111111 --token ether --board board.json',
  ],
  notes,
  seeAlso,
  async run(args, context) {
    const address = args.word('address')
    if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw args.usage(`"${address}" is no address`)
    const { token } = await context.assetAsked()
    const item = { token, to: parseAddress(address), amount: await amountOf(args, context) }
    return await add(args, context, (batch) => {
      return { ...batch, withdrawals: [...batch.withdrawals, item] }
    })
  },
}

export const batchTransfer: Command = {
  name: 'batch transfer',
  summary: 'have an entity pay out of its reserve to the reserve of another',
  parameters: [{ name: 'deed' }, { name: 'amount' }, { name: 'to' }],
  options: [tokenOption, baseUnitsOption, ...batchOptions],
  examples: ['batch transfer deed.json 1.5 hub --token ether --board board.json'],
  notes,
  seeAlso,
  async run(args, context) {
    const to = await context.entityNamed(args.word('to'))
    return await addTransfer(args, context, () => Promise.resolve(to))
  },
}

/** Adds a payment of `<amount>` to the reserve of whomever the acting entity's payee is. */
export async function addTransfer(
  args: Arguments,
  context: Context,
  payeeOf: (entity: EntityId) => Promise<EntityId>,
): Promise<0> {
  const { token } = await context.assetAsked()
  const amount = await amountOf(args, context)
  return await add(args, context, async (batch, entity) => {
    const to = await payeeOf(entity)
    return { ...batch, transfers: [...batch.transfers, { token, to, amount }] }
  })
}

export const batchCollateralise: Command = {
  name: 'batch collateralise',
  summary: 'have an entity move reserve into a channel, as its own share',
  parameters: [{ name: 'deed' }, { name: 'amount' }, { name: 'peer' }],
  options: [tokenOption, baseUnitsOption, ...batchOptions],
  examples: ['batch collateralise deed.json 100 hub --token USDC --board board.json'],
  notes,
  seeAlso,
  async run(args, context) {
    const { token } = await context.assetAsked()
    const peer = await context.entityNamed(args.word('peer'))
    const amount = await amountOf(args, context)
    return await add(args, context, (batch, receiver) => {
      if (receiver === peer) throw args.usage('A channel has two different ends')
      const item = { token, receiver, topUps: [{ peer, amount }] }
      return { ...batch, fundings: [...batch.fundings, item] }
    })
  },
}

async function amountOf(args: Arguments, context: Context): Promise<bigint> {
  const amount = context.amountOf(args.word('amount'), await context.assetAsked())
  if (amount === 0n) {
    const reason = 'nothing would move'
    throw new CliError({ code: 'amount_malformed', text: args.word('amount'), reason })
  }
  return amount
}

const proofParameters = [{ name: 'deed' }, { name: 'proof' }]

export const batchDispute: Command = {
  name: 'batch dispute',
  summary: 'have an entity start a dispute with a state that its peer has signed',
  parameters: proofParameters,
  options: batchOptions,
  examples: ['batch dispute deed.json state-3.json --board board.json'],
  notes: `${notes}\nWho starts with a state two or more below one that it has signed itself forfeits half of its share.`,
  seeAlso: ['batch counter', 'batch finalise', ...seeAlso],
  async run(args, context) {
    const proof = await readProof(args)
    return await add(args, context, (batch, entity) => {
      const peer = peerIn(proof, entity)
      const { cooperativeNonce } = proof
      const peerSignature = signatureOf(proof, peer)
      const item = { peer, cooperativeNonce, proof: proofOf(proof), peerSignature }
      return { ...batch, starts: [...batch.starts, item] }
    })
  },
}

export const batchCounter: Command = {
  name: 'batch counter',
  summary: 'have an entity answer a dispute with a newer state that both ends have signed',
  parameters: proofParameters,
  options: batchOptions,
  examples: ['batch counter deed.json state-3.json --board board.json'],
  notes: `${notes}\nAnybody may counter with "xln deed send state-3.json"; countering as an end lets the other end finish early.`,
  seeAlso: ['batch dispute', 'batch finalise', ...seeAlso],
  async run(args, context) {
    const proof = await readProof(args)
    return await add(args, context, (batch, entity) => {
      peerIn(proof, entity)
      return { ...batch, counters: [...batch.counters, counterOf(proof)] }
    })
  },
}

export const batchFinalise: Command = {
  name: 'batch finalise',
  summary: 'have an entity end a dispute with the state that stands in it',
  parameters: proofParameters,
  options: batchOptions,
  examples: ['batch finalise deed.json state-3.json --entity 1'],
  notes: `${notes}\nFrom the deadline on; before it, only by the end that has not posted that state.`,
  seeAlso: ['batch dispute', 'batch counter', ...seeAlso],
  async run(args, context) {
    const proof = await readProof(args)
    const nothing = new Uint8Array(0)
    const { left, right } = proof
    const body = bodyOf(proof)
    const given = {
      leftArguments: nothing,
      rightArguments: nothing,
      leftTokens: [],
      rightTokens: [],
    }
    return await add(args, context, (batch) => {
      return { ...batch, finalises: [...batch.finalises, { left, right, body, ...given }] }
    })
  },
}

async function readProof(args: Arguments): Promise<ProofDeed> {
  const deed = await readDeed(args.word('proof'))
  if (deed.type === 'proof') return deed
  throw new CliError({ code: 'deed_kind_wrong', given: deed.type, expected: 'proof' })
}

function peerIn({ left, right }: ProofDeed, entity: EntityId): EntityId {
  if (entity !== left && entity !== right) throw new CliError({ code: 'peer_missing', entity })
  return entity === left ? right : left
}

/** Puts an item into the batch of the deed that was named, or into a new one. */
async function add(
  args: Arguments,
  context: Context,
  change: (batch: Batch, entity: EntityId) => Batch | Promise<Batch>,
): Promise<0> {
  const path = args.word('deed')
  const known = await existing(path)
  const deed = known ?? (await newBatch(args, context))
  const decoded = decodeBatch(deed.batch)
  if (decoded === undefined) {
    throw new CliError({ code: 'file_malformed', path, what: 'deed', reason: 'batch: unreadable' })
  }
  const atomic = decoded.atomic || args.flag('atomic')
  const batch = encodeBatch(await change({ ...decoded, atomic }, deed.entity))
  const next: BatchDeed = { ...deed, batch }
  await writeDeed(path, next, known === undefined ? 'new' : 'replacing')
  const { entity, nonce, validUntil } = next
  const text = describeDeed(next, await context.settings()).join('\n')
  context.output.say({ entity, nonce, validUntil, digest: digestOf(next) }, text)
  return 0
}

/** The deed at `path`, if there is one. Throws `deed_signed` or `deed_kind_wrong`. */
async function existing(path: string): Promise<BatchDeed | undefined> {
  const deed = await readDeed(path).catch((error: unknown) => {
    const isMissing = error instanceof CliError && error.fault.code === 'file_unreadable'
    if (isMissing) return undefined
    throw error
  })
  if (deed === undefined) return undefined
  if (deed.type !== 'batch') {
    throw new CliError({ code: 'deed_kind_wrong', given: deed.type, expected: 'batch' })
  }
  if (deed.signatures.size > 0) throw new CliError({ code: 'deed_signed' })
  return deed
}

/** Seconds. */
export function validForOf(args: Arguments): number {
  return args.number('valid-for', DAY, YEAR)
}

async function newBatch(args: Arguments, context: Context): Promise<BatchDeed> {
  const entity = await actorOf(args, context)
  const seconds = validForOf(args)
  return await ChainSession.use(context, async (session) => {
    const nonce = await session.ask((endpoint) => session.depository(endpoint).batchNonce(entity))
    const validUntil = (await session.now()) + seconds
    const batch = encodeBatch(EMPTY_BATCH)
    const { domain } = session
    return { type: 'batch', domain, entity, batch, nonce, validUntil, signatures: new Map() }
  })
}

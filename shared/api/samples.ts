/** What the examples of the API show; each is valid JSON of its kind, and a test says so. */

import type { Address, EntityId, Hashlock, TokenId } from '../ids.ts'
import { encodeInvoice } from '../invoice.ts'

const id = (byte: string) => `0x${byte.repeat(32)}` as const
const at = (byte: string) => `0x${byte.repeat(20)}` as Address

const alice = id('a1') as EntityId
const hub = id('4b') as EntityId
const bob = id('b0') as EntityId
const usdc = `0x01${'00'.repeat(11)}${'c0'.repeat(20)}` as TokenId
const lock = id('10') as Hashlock
const server = at('5e')
const amount = '25000000'
const expiresAt = 1_800_000_000

const invoice = encodeInvoice({
  chainId: 1n,
  depository: at('de'),
  entity: bob,
  token: usdc,
  amount: BigInt(amount),
  hashlock: lock,
  expiresAt,
  memo: new Uint8Array(0),
  hints: [hub],
})

const route = [
  { entity: hub, fee: '2500' },
  { entity: bob, fee: '0' },
]

const reserve = { token: usdc, amount: '100000000' }
const debt = { debtor: bob, creditor: alice, token: usdc, index: '0', remaining: '1500000' }

export const samples = {
  alice,
  hub,
  bob,
  usdc,
  lock,
  server,
  expiresAt,
  invoice,
  route,
  debt,
  nodeInfo: {
    version: '0.0.0',
    server,
    network: {
      chainId: '1',
      depository: at('de'),
      entityProvider: at('e0'),
      subcontractProvider: at('50'),
    },
    block: { number: 4711, timestampMs: 1_799_999_990_250, stateHash: id('57') },
    chain: { block: 812, timestamp: 1_799_999_900, healthy: true, detail: 'following' },
    listening: 'ws://192.0.2.7:7800',
    peers: 1,
    counters: { blocks: 4711 },
    restoring: false,
  },
  entityState: {
    id: alice,
    signer: server,
    nonce: 7,
    policy: {
      feeBase: '0',
      feePpm: '0',
      forwards: false,
      acceptsChannels: true,
      hopMarginSeconds: 3_600,
      revealMarginSeconds: 1_800,
      enforceMin: '0',
    },
    restoring: false,
    reserves: [reserve],
    debts: [debt],
    waitingItems: 0,
    batchesInFlight: [{ nonce: 3, validUntil: 1_800_000_900, items: ['withdrawal'] }],
  },
  channelState: {
    key: id('c4'),
    peer: hub,
    side: 'right',
    status: 'ready',
    connected: true,
    term: 0,
    height: 12,
    cooperativeNonce: '1',
    disputeWindow: 86_400,
    locks: 0,
    tokens: [
      {
        token: usdc,
        collateral: '100000000',
        ondelta: '0',
        offdelta: amount,
        leftCreditLimit: '0',
        rightCreditLimit: '0',
        canSend: '75000000',
        canReceive: amount,
      },
    ],
    disputeDeadline: null,
  },
  channelProof: {
    left: hub,
    right: alice,
    cooperativeNonce: '1',
    proof: {
      disputeNonce: '25',
      disputeWindow: 86_400,
      proofBodyHash: id('9b'),
      blockHash: id('b1'),
    },
    leftSignature: `0x${'00'.repeat(64)}1b`,
    rightSignature: `0x${'00'.repeat(64)}1c`,
    body: { tokenIds: [usdc], offdeltas: [amount], clauses: [] },
    mutual: '0xc0',
  },
  quarantinedInput: {
    entity: alice,
    peer: hub,
    block: 4_711,
    input: '0xc3010203',
    cause: 'Error: an own signed block cannot be applied again',
  },
  paymentState: {
    hashlock: lock,
    token: usdc,
    amount,
    route,
    status: 'settled',
    reason: 0,
    secret: id('5e'),
    createdAt: 1_799_999_980,
  },
  invoiceState: {
    hashlock: lock,
    token: usdc,
    amount,
    expiresAt,
    memo: '0x',
    status: 'paid',
    invoice,
  },
} as const

/** The bounds of what the machines hold and take at once: at each of them, and one beyond. */
import { genesis as genesisChannel } from '@xln/node/machines/channel/channel.ts'
import { startDispute } from '@xln/node/machines/channel/dispute.ts'
import type { ChannelView } from '@xln/node/machines/channel/messages.ts'
import { withToken } from '@xln/node/machines/channel/view.ts'
import { RULES_VERSION } from '@xln/node/machines/codec.ts'
import {
  BATCH_ITEMS_MAX,
  BATCHES_IN_FLIGHT_MAX,
  type Depository,
  genesis,
  ITEMS_WAITING_MAX,
} from '@xln/node/machines/depository/depository.ts'
import {
  type DepositoryInput,
  type DepositoryOutput,
  transition,
} from '@xln/node/machines/depository/machine.ts'
import {
  DEFAULT_POLICY,
  OPENING_MESSAGE_MAX,
  OPENINGS_MAX,
} from '@xln/node/machines/entity/entity.ts'
import { checkPolicy } from '@xln/node/machines/entity/policy.ts'
import { decodeServerBlock, encodeServerBlock } from '@xln/node/machines/server/block.ts'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import type { BatchItem } from '@xln/shared/depository/batchItem.ts'
import type { ArgumentsCommitted } from '@xln/shared/depository/events.ts'
import { channelKeyOf, orderSides } from '@xln/shared/entity/board.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  parseId,
  type Secret,
  ZERO_HASH,
} from '@xln/shared/ids.ts'
import { CHANNEL_TOKENS_MAX, DISPUTE_WINDOW_DEFAULT, NAMED_TOKENS_MAX } from '@xln/shared/limits.ts'
import { expect } from 'chai'
import { entities, Pair, uncommitted } from '../node/machines/channel/support/pair.ts'
import { domain, TestServer, token } from '../node/support/world.ts'

const idAt = <Id extends `0x${string}`>(index: number): Id =>
  parseId(`0x${(index + 1).toString(16).padStart(64, '0')}`) as unknown as Id
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))

describe('an entity', () => {
  before(installNativeCrypto)

  /** One that waits for the chain to tell of `count` channels. */
  function withOpenings(count: number): TestServer {
    const server = new TestServer('busy', 1)
    server.tick(1_700_000_000_000)
    for (const peer of times(count, (at) => idAt<EntityId>(at))) {
      const key = channelKeyOf(server.entity, peer)
      server.records.putOpening({ key, peer, disputeWindow: 0, message: null })
    }
    return server
  }

  it('opens 10,000 channels at once, and refuses one more, to its owner and to a stranger', () => {
    const server = withOpenings(OPENINGS_MAX - 1)
    const open = (byte: string) => {
      const peer = parseId<EntityId>(`0x${byte.repeat(32)}`)
      return server.propose({ type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_DEFAULT })
    }
    const asked = [open('aa'), open('bb')]
    const stranger = parseId<EntityId>(`0x${'cc'.repeat(32)}`)
    server.receive({ sender: stranger, recipient: server.entity, data: new Uint8Array(3) })
    server.tick(1_700_000_000_001)
    expect(asked.map((id) => server.receipts.get(id)?.code)).to.deep.equal([
      undefined,
      'queue_full',
    ])
    const dropped = server.outputs.flatMap(({ output }) =>
      output.type === 'messageDropped' ? [output.code] : [],
    )
    expect(dropped).to.deep.equal(['openings_full'])
    expect(server.records.openingPeers()).to.have.length(OPENINGS_MAX)
  })

  it('keeps 16,384 bytes of a stranger’s first message, and drops a longer one', () => {
    const first = (length: number) => {
      const server = withOpenings(0)
      const sender = parseId<EntityId>(`0x${'cc'.repeat(32)}`)
      server.receive({ sender, recipient: server.entity, data: new Uint8Array(length) })
      server.tick(1_700_000_000_001)
      return server.outputs.at(-1)?.output
    }
    expect(first(OPENING_MESSAGE_MAX)).to.have.property('type', 'readChannel')
    expect(first(OPENING_MESSAGE_MAX + 1)).to.include({ code: 'unknown_channel' })
  })

  it('looks at 1,000 channels whose time has come, and at the next ones in the next turn', () => {
    const server = withOpenings(0)
    const { records } = server
    for (const key of times(1_001, (at) => idAt<ReturnType<typeof channelKeyOf>>(at))) {
      records.setDeadline(key, 1_700_000_000)
    }
    const left = () => records.due(1_700_000_000, 2_000).length
    const turn = (ms: number) => {
      server.own({ type: 'due' })
      server.tick(1_700_000_000_000 + ms)
    }
    turn(1)
    expect(left()).to.equal(1)
    expect(server.outputs.at(-1)?.output).to.deep.equal({ type: 'wake', at: 1_700_000_000 })
    turn(2)
    expect(left()).to.equal(0)
  })

  it('takes a fee of all that it forwards at most, and margins of a minute to a day', () => {
    const refused = (changes: Partial<typeof DEFAULT_POLICY>) =>
      checkPolicy({ ...DEFAULT_POLICY, hopMarginSeconds: 86_400, ...changes })
    const around = [{ feePpm: 1_000_000n }, { feePpm: 1_000_001n }].map(refused)
    expect(around).to.deep.equal([null, 'feePpm'])
    const margins = [60, 59].map((revealMarginSeconds) => refused({ revealMarginSeconds }))
    expect(margins).to.deep.equal([null, 'revealMarginSeconds'])
    const hops = [86_400, 86_401].map((hopMarginSeconds) => refused({ hopMarginSeconds }))
    expect(hops).to.deep.equal([null, 'hopMarginSeconds'])
  })
})

describe('an account on chain', () => {
  const to = `0x${'11'.repeat(20)}` as Address
  const entity = idAt<EntityId>(0)
  const start = genesis({ block: 1, hash: ZERO_HASH, timestamp: 1_000 })

  function queued(at: number, urgent = false): DepositoryInput {
    const withdrawal: BatchItem = { type: 'withdrawal', token: token(1), to, amount: BigInt(at) }
    const item: BatchItem = urgent ? { type: 'secret', secret: idAt<Secret>(at) } : withdrawal
    return { type: 'queue', queued: { item, requestId: 7n, urgent } }
  }

  function play(...inputs: readonly DepositoryInput[]) {
    let state: Depository = start
    const outputs: DepositoryOutput[] = []
    for (const input of inputs) {
      const next = transition(state, input, entity)
      state = next.state
      outputs.push(...next.outputs)
    }
    return { state, outputs }
  }

  const flush: DepositoryInput = { type: 'flush', now: 1_000 }

  it('lets 4,096 items wait, and no further one but what is urgent', () => {
    const full = times(ITEMS_WAITING_MAX, (at) => queued(at))
    const { state, outputs } = play(...full, queued(9_999), queued(1, true))
    expect(outputs.map((each) => each.type)).to.deep.equal(['itemRefused'])
    expect(state.waiting).to.have.length(ITEMS_WAITING_MAX + 1)
    expect(play(...full).outputs).to.deep.equal([])
  })

  it('signs a batch of 48 items, and leaves the 49th for the next', () => {
    const { state } = play(...times(BATCH_ITEMS_MAX + 1, (at) => queued(at)), flush)
    expect(state.inFlight[0]?.items).to.have.length(BATCH_ITEMS_MAX)
    expect(state.waiting).to.have.length(1)
    expect(play(...times(BATCH_ITEMS_MAX, (at) => queued(at)), flush).state.waiting).to.be.empty
  })

  it('has four batches under way, and what is urgent waits for one of them then', () => {
    const each = times(BATCHES_IN_FLIGHT_MAX + 1, (at) => [queued(at, true), flush])
    const { state } = play(...each.flat())
    expect(state.inFlight).to.have.length(BATCHES_IN_FLIGHT_MAX)
    expect(state.waiting).to.have.length(1)
  })
})

describe('a channel', () => {
  before(installNativeCrypto)

  function viewOf(tokens: number): ChannelView {
    return {
      ...entities,
      cooperativeNonce: 0n,
      tokens: times(tokens, (at) => ({ token: token(at + 1), collateral: 1n, ondelta: 0n })),
      position: { block: 10, logIndex: 0 },
      dispute: null,
      ...uncommitted,
    }
  }

  it('knows eight tokens that neither side has named, and says that there are more', () => {
    const [full, beyond] = [8, 9].map((count) => genesisChannel(viewOf(count), 'left', domain))
    expect(full?.view).to.include({ incomplete: false })
    expect(beyond?.view).to.include({ incomplete: true })
    expect(beyond?.view.tokens).to.have.length(8)
    if (full === undefined) return
    const more = withToken(full, { token: token(99), collateral: 1n, ondelta: 0n })
    expect(more).to.include({ incomplete: true })
    expect(more.tokens).to.have.length(8)
  })

  it('names 16 further tokens in a dispute that it starts', () => {
    const named = (count: number) => {
      const pair = new Pair()
      const { tokens, position } = viewOf(count)
      const channel = { ...pair.left.channel, view: { tokens, position, incomplete: false } }
      const { outputs } = startDispute(channel, pair.context('left'))
      return outputs.flatMap((each) =>
        each.type === 'submit' && each.item.type === 'arguments' ? each.item.tokens : [],
      ).length
    }
    expect([16, 17, CHANNEL_TOKENS_MAX].map(named)).to.deep.equal([16, 16, NAMED_TOKENS_MAX])
  })

  it('keeps the newest 16 arguments of a dispute', () => {
    const pair = new Pair()
    const { left, right } = orderSides(entities.left, entities.right)
    pair.mine({
      type: 'disputeStarted',
      left,
      right,
      startedByLeft: true,
      cooperativeNonce: 0n,
      proof: {
        disputeNonce: 0n,
        disputeWindow: 600,
        proofBodyHash: ZERO_HASH,
        blockHash: ZERO_HASH,
      },
      deadline: 1_700_009_999,
    })
    const given = (at: number): ArgumentsCommitted => ({
      type: 'argumentsCommitted',
      left,
      right,
      byLeft: false,
      proofBodyHash: idAt<Hash>(at),
      data: new Uint8Array(4),
    })
    for (const at of times(16, (index) => index)) pair.mine(given(at))
    pair.see('left')
    const kept = () => pair.left.channel.dispute?.arguments.map((each) => each.proofBodyHash) ?? []
    expect(kept()[0]).to.equal(idAt(0))
    pair.mine(given(16))
    pair.see('left')
    expect(kept()).to.have.length(16)
    expect(kept()[0]).to.equal(idAt(1))
  })
})

describe('a server block', () => {
  it('has 64 MiB of inputs at most', () => {
    const read = (bytes: number) =>
      decodeServerBlock(
        encodeServerBlock({
          previous: new Uint8Array(32),
          number: 1,
          timestampMs: 1,
          mempool: new Uint8Array(bytes),
          stateHash: new Uint8Array(32),
          rulesVersion: RULES_VERSION,
        }),
      )
    const most = 64 * 1024 * 1024
    expect(read(most)?.mempool).to.have.length(most)
    expect(read(most + 1)).to.equal(undefined)
  })
})

/** The stage: a chain, the contracts, a token, three nodes; and its end, whatever happens. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Deployment, deployContracts } from '@xln/deploy/contracts.ts'
import { type LocalAccount, type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { deployTestToken, mintTestToken } from '@xln/deploy/testToken.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, TokenId } from '@xln/shared/ids.ts'
import { type StoryFailure, until } from './failure.ts'
import { Ledger } from './ledger.ts'
import { NodeProcess } from './nodeProcess.ts'
import { DECIMALS, type Plan, SYMBOL } from './plan.ts'

/** A block of the chain comes so often, and is final with so many on top. */
export const BLOCK_MS = 250
export const CONFIRMATIONS = 2
const POLL_MS = 50
/** For the gas that a node spends. */
const ETHER = 10n ** 18n

export interface Token {
  readonly address: Address
  readonly id: TokenId
}

export interface Stage {
  readonly directory: string
  readonly chain: LocalChain
  readonly deployment: Deployment
  readonly token: Token
  readonly ledger: Ledger
  readonly sender: NodeProcess
  readonly hub: NodeProcess
  readonly receiver: NodeProcess
  /** Pays for what the story itself does on chain, and is no party to it. */
  readonly account: LocalAccount
}

/** Everything that must be ended, in the order in which it was begun. */
export class Theatre {
  readonly #ends: (() => Promise<void>)[] = []
  readonly #nodes = new Map<string, NodeProcess>()
  #reject: (failure: StoryFailure) => void = () => undefined
  #isClosing = false
  /** Rejects when a node dies that should live. */
  readonly death = new Promise<never>((_, reject) => {
    this.#reject = reject
  })

  readonly #keep: boolean
  /** Where the nodes' data is. */
  directory: string | undefined

  /** `keep`: whether the nodes' data stays when everything has ended. */
  constructor({ keep }: { keep: boolean }) {
    this.#keep = keep
    this.death.catch(() => undefined)
  }

  /** Sets the stage. What it has begun stands in this object, also when it fails half-way. */
  async open(plan: Plan): Promise<Stage> {
    const directory = await mkdtemp(join(tmpdir(), 'xln-story-'))
    this.directory = directory
    if (!this.#keep) this.#ends.push(() => rm(directory, { recursive: true, force: true }))

    const chain = await startLocalChain({ accounts: 2 })
    this.#ends.push(() => chain.stop())
    const [deployer, account] = chain.accounts as [LocalAccount, LocalAccount]
    const keys = { rpcUrl: chain.url, deployerKey: deployer.key }
    const deployment = await deployContracts(keys)
    const address = await deployTestToken({ ...keys, symbol: SYMBOL })
    const ledger = new Ledger(chain, deployment)
    this.#ends.push(async () => ledger.close())

    const password = randomBytes(16).toString('hex')
    const prepare = async (name: string) => {
      const dataDir = join(directory, name)
      const node = await NodeProcess.prepare({
        name,
        dataDir,
        password,
        rpcUrl: chain.url,
        deployment,
        confirmations: CONFIRMATIONS,
        pollMs: POLL_MS,
        onDeath: (failure) => this.#onDeath(failure),
      })
      await chain.fund(node.wallet, ETHER)
      this.#nodes.set(name, node)
      this.#ends.push(() => node.stop())
      return node
    }
    const [sender, hub, receiver] = [
      await prepare('sender'),
      await prepare('hub'),
      await prepare('receiver'),
    ]
    for (const { wallet } of [sender, hub]) await mintTestToken(keys, address, wallet, plan.wallet)
    const nodes = [sender, hub, receiver]
    const names = Object.fromEntries(nodes.map(({ name, entity }) => [name, entity]))
    const known = { names, tokens: { [SYMBOL]: { address, decimals: DECIMALS } } }
    await hub.configure({ ...known, peers: 'listens' })
    await hub.start()
    for (const node of [sender, receiver]) {
      await node.configure({ ...known, peers: [hub.peerUrl] })
    }
    await Promise.all([sender.start(), receiver.start()])

    await chain.setMining({ type: 'interval', ms: BLOCK_MS })
    await untilConnected(hub)
    const token = { address, id: erc20TokenId(address) }
    return { directory, chain, deployment, token, ledger, sender, hub, receiver, account }
  }

  /** The last lines of the logs of some nodes; of all, when none is named. */
  async logTails(names: readonly string[], lines: number): Promise<Map<string, string[]>> {
    const nodes = [...this.#nodes.values()].filter(
      ({ name }) => names.length === 0 || names.includes(name),
    )
    return new Map(
      await Promise.all(nodes.map(async (node) => [node.name, await node.logTail(lines)] as const)),
    )
  }

  /** Ends everything. Throws the first thing that did not end well, after the rest has ended. */
  async close(): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    const faults: unknown[] = []
    for (const end of this.#ends.reverse()) {
      await end().catch((error: unknown) => faults.push(error))
    }
    if (faults.length > 0) throw faults[0]
  }

  #onDeath(failure: StoryFailure): void {
    if (!this.#isClosing) this.#reject(failure)
  }
}

/** Waits until the hub has a connection with the nodes of both others. */
export async function untilConnected(hub: NodeProcess): Promise<void> {
  let entities = 0
  await until(
    'the nodes are connected',
    async () => {
      const peers = await hub.call('peer.list', {})
      entities = peers.flatMap((peer) => peer.entities).length
      return entities >= 2 ? true : undefined
    },
    ['hub', 'sender', 'receiver'],
    () => `${entities} entities are`,
  )
}

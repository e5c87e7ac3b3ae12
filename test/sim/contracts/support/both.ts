/** The same call to the model and to the contracts: results, logs and all that was touched must agree. */
import { sharesOf } from '@xln/node/sim/contracts/accounts.ts'
import { isAtGate } from '@xln/node/sim/contracts/gate.ts'
import {
  ABIS,
  depositoryAbi,
  entityProviderAbi,
  erc721Abi,
  gateAbi,
  sharesAbi,
  subcontractProviderAbi,
  tokenAbi,
} from '@xln/node/sim/contracts/interfaces.ts'
import type { Call, CallResult, ContractsModel } from '@xln/node/sim/contracts/model.ts'
import { bytesToHex, hexToBytes } from '@xln/shared/bytes.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import type { Address } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import type { Interface, LogDescription } from 'ethers'
import { SECRETS } from './bodies.ts'
import { ENTITIES } from './cast.ts'
import type { RealChain } from './chain.ts'

const TIMELESS = new Set<string | undefined>([
  depositoryAbi.getFunction('enforceDebts')?.selector,
  ...['approve', 'transfer', 'transferFrom'].map((name) => tokenAbi.getFunction(name)?.selector),
  ...['register', 'registerChecked', 'checkBoard', 'registerKey', 'checkKeys'].map(
    (name) => entityProviderAbi.getFunction(name)?.selector,
  ),
  ...['onERC721Received', 'onERC1155Received', 'onERC1155BatchReceived'].map(
    (name) => gateAbi.getFunction(name)?.selector,
  ),
])
const asker = `0x${'66'.repeat(20)}` as Address

export class Both {
  readonly model: ContractsModel
  readonly chain: RealChain
  /** How many calls and views were compared; how often each event, skip reason and revert was seen. */
  readonly seen = new Map<string, number>()

  constructor(model: ContractsModel, chain: RealChain) {
    this.model = model
    this.chain = chain
  }

  async execute(call: Call, timestamp: number): Promise<CallResult> {
    if (this.#isTimeless(call)) await this.#viewCall(call)
    const expected = await this.chain.execute(call, timestamp)
    const found = this.model.execute(call, { number: 0, timestamp })
    const { ok, returnData, logs } = found
    // A mined transaction does not tell what its function returned.
    const told = ok ? new Uint8Array(0) : returnData
    expect({ ok, returnData: bytesToHex(told), logs }).to.deep.equal({
      ok: expected.ok,
      returnData: bytesToHex(expected.returnData),
      logs: expected.logs,
    })
    this.#note('calls')
    this.#count(found)
    for (const log of logs) await this.#viewTouched(log.address, [...log.topics], log.data)
    return found
  }

  /** Asks both for the same. */
  async view(to: Address, abi: Interface, name: string, ...args: readonly unknown[]) {
    const data = hexToBytes(abi.encodeFunctionData(name, args))
    await this.#viewCall({ from: asker, to, value: 0n, data }, `${name} ${args}`)
  }

  async #viewCall(call: Call, what = ''): Promise<void> {
    const expected = await this.chain.view(call)
    const { ok, returnData } = this.model.view(call, { number: 0, timestamp: 0 })
    this.#note('views')
    expect({ what, ok, returnData: bytesToHex(returnData) }).to.deep.equal({ what, ...expected })
  }

  /** What a call returns is told by `eth_call` alone, whose clock is another; these do not look at it. */
  #isTimeless({ data }: Call): boolean {
    return TIMELESS.has(bytesToHex(data.subarray(0, 4)))
  }

  /** Everything that the small world holds. */
  async viewAll(tokens: readonly string[], accounts: readonly Address[]): Promise<void> {
    for (const account of accounts) {
      expect(this.model.etherOf(account)).to.equal(await this.chain.etherOf(account))
    }
    for (const [index, { id }] of ENTITIES.entries()) {
      await this.#ask('batchNonce', id)
      for (const token of tokens) {
        await this.#ask('reserveOf', id, token)
        await this.#ask('debtsOf', id, token)
      }
      for (const { id: other } of ENTITIES.slice(index + 1)) {
        const [left, right] = [id, other].sort()
        await this.#ask('channelOf', left, right)
        for (const token of tokens) await this.#ask('collateralOf', left, right, token)
      }
    }
    const [token] = this.chain.tokens as [Address]
    const { depository, subcontractProvider } = this.chain.domain
    for (const account of [...accounts, depository]) {
      await this.view(token, tokenAbi, 'balanceOf', account)
      await this.view(token, tokenAbi, 'allowance', account, depository)
    }
    for (const each of tokens.slice(2)) {
      await this.view(gateOf(depository), gateAbi, 'assetOf', each)
    }
    for (const secret of SECRETS) {
      const hashlock = hashlockOf(secret)
      await this.view(subcontractProvider, subcontractProviderAbi, 'revealedAt', hashlock)
    }
  }

  #ask(name: string, ...args: readonly unknown[]): Promise<void> {
    return this.view(this.chain.domain.depository, depositoryAbi, name, ...args)
  }

  /** What an event says has changed. */
  async #viewTouched(address: Address, topics: string[], data: string): Promise<void> {
    const { depository, entityProvider, subcontractProvider } = this.chain.domain
    if (address === sharesOf(this.chain.domain)) return this.#viewShares(address, topics, data)
    if (address === gateOf(depository)) return this.#viewGate(address, topics, data)
    if (address === depository) return this.#viewLedger(topics, data)
    const abi = address === entityProvider ? entityProviderAbi : subcontractProviderAbi
    if (address !== entityProvider && address !== subcontractProvider) return
    const { name, args } = abi.parseLog({ topics, data }) as LogDescription
    if (name === 'DefaultRecorded')
      await this.view(address, abi, 'defaultedAt', ...args.slice(0, 4))
    if (name === 'NameOwned') await this.view(address, abi, 'ownerOf', args[0])
    if (name === 'BoardDecided' || name === 'BoardReplaced') {
      await this.view(address, abi, 'tenureOf', args[0])
    }
  }

  async #viewShares(address: Address, topics: string[], data: string): Promise<void> {
    const { name, args } = sharesAbi.parseLog({ topics, data }) as LogDescription
    const ask = (view: string, ...given: readonly unknown[]) => {
      return this.view(address, sharesAbi, view, ...given)
    }
    const { entity, depository, token, boardHash, holder } = args
    if (name === 'SharesIssued') {
      await ask('termsOf', entity)
      await ask('potOf', entity)
    } else if (name === 'TransferSingle') {
      for (const side of [args['from'], args['to']]) await ask('balanceOf', side, args['id'])
    } else if (name === 'TransferBatch') {
      const owners = args['ids'].map(() => args['to'])
      await ask('balanceOfBatch', owners, [...args['ids']])
    } else if (name === 'ApprovalForAll') await ask('isApprovedForAll', args[0], args[1])
    else if (name === 'Voted') {
      await ask('voteOf', entity, holder)
      await ask('tallyOf', entity, boardHash)
    } else if (name.startsWith('Dividend')) {
      await ask('dividendsOf', { entity, depository, token })
    } else await ask('shareholdersDecision', entity)
  }

  async #viewGate(address: Address, topics: string[], data: string): Promise<void> {
    const { name, args } = gateAbi.parseLog({ topics, data }) as LogDescription
    if (name === 'DepositSigned') return this.view(address, gateAbi, 'depositNonceOf', args[0])
    await this.view(address, gateAbi, 'assetOf', args['token'])
    await this.view(address, gateAbi, 'kindOf', args['collection'])
    await this.view(address, gateAbi, 'tokenIdOf', args['kind'], args['collection'], args['id'])
  }

  async #viewLedger(topics: string[], data: string): Promise<void> {
    const { name, args } = depositoryAbi.parseLog({ topics, data }) as LogDescription
    if (name === 'ReserveUpdated') {
      await this.#ask('reserveOf', args[0], args[1])
      const gate = gateOf(this.chain.domain.depository)
      if (isAtGate(args[1])) await this.view(gate, gateAbi, 'assetOf', args[1])
    } else if (name === 'BatchProcessed') await this.#ask('batchNonce', args[0])
    else if (name.startsWith('Debt')) {
      await this.#ask('debtsOf', args[0], args[1])
      await this.#ask('debtAt', args[0], args[1], args['index'])
    } else if (name === 'ChannelUpdated') {
      await this.#ask('collateralOf', args[0], args[1], args[2])
    } else if (name !== 'BatchItemSkipped') await this.#ask('channelOf', args[0], args[1])
  }

  #count({ ok, returnData, logs }: CallResult): void {
    if (!ok) this.#note(`revert ${errorOf(bytesToHex(returnData))}`)
    for (const { address, topics, data } of logs) {
      const isCollectible = this.chain.erc721s.includes(address)
      const parsed = isCollectible ? null : parse([...topics], data)
      if (isCollectible) this.#note('event Transfer of an ERC-721')
      if (parsed === null) continue
      if (parsed?.name === 'BatchItemSkipped') this.#note(`skip ${errorOf(parsed.args['reason'])}`)
      else this.#note(`event ${parsed?.name}`)
      if (parsed?.name === 'DisputeFinalised' && parsed.args['fraud']) this.#note('fraud')
      if (parsed?.name === 'TokenSplit' && parsed.args['forfeit'] > 0n) this.#note('forfeit')
      if (parsed?.name === 'DebtCreated' && parsed.args['index'] > 16n) this.#note('long queue')
    }
  }

  #note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }
}

/** An ERC-721 calls its event as an ERC-20 does: it is told by its address. */
const abis = ABIS.filter((abi) => abi !== erc721Abi)

function parse(topics: string[], data: string): LogDescription | null {
  return abis.map((abi) => abi.parseLog({ topics, data })).find((log) => log !== null) ?? null
}

function errorOf(data: string): string {
  const selector = data.slice(0, 10)
  if (selector === '0x') return 'without a reason'
  return ABIS.map((abi) => abi.getError(selector)?.name).find(Boolean) ?? selector
}

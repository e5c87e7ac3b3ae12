import { sharesOf } from '@xln/node/sim/contracts/accounts.ts'
import {
  depositoryAbi,
  erc721Abi,
  erc1155Abi,
  gateAbi,
  sharesAbi,
} from '@xln/node/sim/contracts/interfaces.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import type { Batch } from '@xln/shared/depository/batch.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import { assetTokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, TokenId } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import type { Interface } from 'ethers'
import { ACCOUNTS, ENTITIES, type Entity } from './support/cast.ts'
import { batchCall, openStages, type Stage, setStage } from './support/stage.ts'

const [account] = ACCOUNTS as [Address]
const [holder, peer, , registered] = ENTITIES as [Entity, Entity, Entity, Entity]

describe('what the Gate holds', () => {
  let stage: Stage
  let gate: Address
  before(async () => {
    stage = await setStage('collectibles', await (await openStages())())
    gate = gateOf(stage.known.domain.depository)
  })

  it('is the same for the model after a collectible came in by its hook and left', async () => {
    const { erc721 } = stage.known
    const token = assetTokenId('erc721', erc721, 7n)
    await send(account, erc721, erc721Abi, 'mint', [account, 7n])
    const name = 'safeTransferFrom(address,address,uint256,bytes)'
    await send(account, erc721, erc721Abi, name, [account, gate, 7n, holder.id])
    expect(await heldOf(token)).to.equal(1n)
    expect(await withdraw(token, 1n, gate)).to.equal('TransferFailed')
    expect(await withdraw(token, 1n, account)).to.equal(undefined)
    expect(await heldOf(token)).to.equal(0n)
  })

  it('is what came in several at once, less what left from a channel', async () => {
    const { erc1155 } = stage.known
    const token = assetTokenId('erc1155', erc1155, 7n)
    await send(account, erc1155, erc1155Abi, 'mint', [account, 7n, 9n])
    const lists = [
      [7n, 7n],
      [2n, 3n],
    ] as const
    const args = [account, gate, ...lists, holder.id]
    await send(account, erc1155, erc1155Abi, 'safeBatchTransferFrom', args)
    const topUps = [{ peer: peer.id, amount: 4n }]
    await act({ fundings: [{ token, receiver: holder.id, topUps }] })
    expect(await heldOf(token)).to.equal(5n)
    expect(await withdraw(token, 2n, account)).to.equal('ReserveExceeded')
    expect(await withdraw(token, 1n, account)).to.equal(undefined)
    expect(await heldOf(token)).to.equal(4n)
  })

  it('may be shares, which leave like any other', async () => {
    const { domain, now } = stage.known
    const shares = sharesOf(domain)
    const owner = registered.signers[0]?.address as Address
    const allotments = [{ to: owner, control: 3n, dividend: 5n }]
    await send(owner, shares, sharesAbi, 'issue', [registered.id, 345_600, allotments, now, '0x'])
    await send(owner, shares, sharesAbi, 'safeTransferFrom', [owner, gate, 3n, 4n, holder.id])
    const token = assetTokenId('erc1155', shares, 3n)
    expect(await withdraw(token, 3n, account)).to.equal(undefined)
    expect(await heldOf(token)).to.equal(1n)
    expect(stage.known.askAt(shares, sharesAbi, 'balanceOf', account, 3n)?.[0]).to.equal(3n)
  })

  async function send(
    from: Address,
    to: Address,
    abi: Interface,
    name: string,
    args: readonly unknown[],
  ): Promise<void> {
    const data = hexToBytes(abi.encodeFunctionData(name, args))
    const { ok } = await stage.both.execute({ from, to, value: 0n, data }, stage.known.now)
    expect(ok, name).to.equal(true)
  }

  async function heldOf(token: TokenId): Promise<bigint> {
    await stage.both.view(gate, gateAbi, 'assetOf', token)
    return stage.known.askAt(gate, gateAbi, 'assetOf', token)?.[0].held
  }

  function withdraw(token: TokenId, amount: bigint, to: Address): Promise<string | undefined> {
    return act({ withdrawals: [{ token, to, amount }] })
  }

  /** Executes on both sides, and tells why an item was skipped. */
  async function act(items: Partial<Batch>): Promise<string | undefined> {
    const { both, known } = stage
    const { ok, logs } = await both.execute(batchCall(known, holder, items), known.now)
    expect(ok).to.equal(true)
    const skipped = logs
      .filter(({ address }) => address === known.domain.depository)
      .map(({ topics, data }) => depositoryAbi.parseLog({ topics: [...topics], data }))
      .find((log) => log?.name === 'BatchItemSkipped')
    return depositoryAbi.getError(skipped?.args['reason'] ?? '0x00000000')?.name
  }
})

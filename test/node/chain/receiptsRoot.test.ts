import { type LocalChain, startLocalChain } from '@xln/deploy/localChain.ts'
import { deployTestToken } from '@xln/deploy/testToken.ts'
import { bloomEntry, bloomHas } from '@xln/node/shell/chain/bloom.ts'
import { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import { type Header, readHead, readHeaders } from '@xln/node/shell/chain/header.ts'
import { readProvenLogs } from '@xln/node/shell/chain/receipts.ts'
import { receiptsRoot } from '@xln/node/shell/chain/receiptsRoot.ts'
import { TestToken__factory } from '@xln/shared/abi/typechain/factories/mocks/TestToken__factory.ts'
import type { Address, Hash } from '@xln/shared/ids.ts'
import { expect } from 'chai'

describe('receipts of a block', function () {
  this.timeout(60_000)
  const tokens = TestToken__factory.createInterface()
  let chain: LocalChain
  let endpoints: Endpoints
  let token: Address

  before(async () => {
    chain = await startLocalChain()
    endpoints = new Endpoints({ urls: [chain.url], chainId: BigInt(chain.chainId) })
    const deployerKey = chain.accounts[0]?.key ?? '0x'
    token = await deployTestToken({ rpcUrl: chain.url, deployerKey })
    await chain.setMining({ type: 'manual' })
  })
  after(async () => {
    endpoints.close()
    await chain.stop()
  })

  const head = (): Promise<Header> => endpoints.ask(readHead)

  /** A block with so many transactions of all kinds, some of which fail. */
  async function mine(count: number): Promise<Header> {
    const from = chain.accounts[1]?.address
    for (let index = 0; index < count; index++) {
      const mint = tokens.encodeFunctionData('mint', [from ?? '', index])
      const transfer = tokens.encodeFunctionData('transfer', [token, 10n ** 30n])
      const data = [mint, transfer, '0x'][index % 3]
      const to = data === '0x' ? from : token
      const legacy = index % 2 === 0 ? { gasPrice: '0x4a817c800' } : {}
      const transaction = { from, to, data, gas: '0x30d40', ...legacy }
      await chain.request('eth_sendTransaction', [transaction])
    }
    await chain.mine()
    return head()
  }

  // 16 and 17, 128 and 129: where the keys of the tree, which are RLP, change their shape.
  for (const count of [0, 1, 2, 3, 15, 16, 17, 127, 128, 129, 200]) {
    it(`give the root in the header of a block of ${count}`, async () => {
      const header = await mine(count)
      expect(header.transactions.length).to.equal(count)
      const logs = await endpoints.ask((endpoint) => readProvenLogs(endpoint, header))
      expect(logs.length).to.equal(Math.ceil(count / 3))
      expect(logs.map(({ logIndex }) => logIndex)).to.deep.equal(logs.map((_, index) => index))
    })
  }

  it('have the root of the empty tree when there are none', () => {
    const empty = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
    expect(receiptsRoot([])).to.equal(empty)
  })

  it('are in the bloom of the header, by address and by topic; others almost never are', async () => {
    const header = await mine(3)
    const minted = tokens.getEvent('Transfer').topicHash as Hash
    const approved = tokens.getEvent('Approval').topicHash as Hash
    expect(bloomHas(header.logsBloom, bloomEntry(token))).to.equal(true)
    expect(bloomHas(header.logsBloom, bloomEntry(minted))).to.equal(true)
    expect(bloomHas(header.logsBloom, bloomEntry(approved))).to.equal(false)
  })

  it('hang together from block to block', async () => {
    const { block } = await head()
    const headers = await endpoints.ask((endpoint) => readHeaders(endpoint, 1, block + 5))
    expect(headers.length).to.equal(block)
    for (const [index, header] of headers.entries()) {
      if (index > 0) expect(header.parentHash).to.equal(headers[index - 1]?.hash)
    }
  })
})

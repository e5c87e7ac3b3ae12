import { SignedToken__factory } from '@xln/shared/abi/typechain/factories/mocks/SignedToken__factory.ts'
import { hexToBytes } from '@xln/shared/bytes.ts'
import { recover } from '@xln/shared/crypto/secp256k1.ts'
import { permitDigest } from '@xln/shared/depository/signedTransfers.ts'
import { erc20TokenId } from '@xln/shared/depository/tokenIds.ts'
import type { Address, Hex } from '@xln/shared/ids.ts'
import { expect } from 'chai'
import { AbiCoder, keccak256, toUtf8Bytes } from 'ethers'
import { ChainDesk, keyAddresses, payer, soleEntities } from './support/chainDesk.ts'

const [first = ''] = keyAddresses
const [, bob = ''] = soleEntities
const abi = SignedToken__factory.createInterface()
const owner = '--key-file @0.key'

describe('signed deposits on a chain, without a node', function () {
  this.timeout(120_000)
  let desk: ChainDesk
  let token: Address
  let separator: string
  before(async () => {
    desk = await ChainDesk.open()
    token = await desk.contract(SignedToken__factory.bytecode)
    await desk.call(token, abi.encodeFunctionData('mint', [first, 100]))
    const type = keccak256(toUtf8Bytes('EIP712Domain(uint256 chainId,address verifyingContract)'))
    const words = [type, desk.chain.chainId, token]
    separator = keccak256(
      AbiCoder.defaultAbiCoder().encode(['bytes32', 'uint256', 'address'], words),
    )
  })
  after(() => desk.close())

  const reserve = async () => {
    const { reserves } = await desk.done<{ reserves: { reserve: string }[] }>(`entity show ${bob}`)
    return reserves.reduce((sum, each) => sum + BigInt(each.reserve), 0n)
  }

  /** A deposit of the first key, who has tokens and no ether, for another entity. */
  async function signed(how: 'permit' | 'authorize', amount: number, more = ''): Promise<string> {
    const file = desk.fresh()
    const terms = `--token ${token} --domain-separator ${separator} ${owner}${more}`
    await desk.done(`deposit ${how} ${file} ${bob} ${amount} ${terms}`)
    return file
  }

  for (const how of ['permit', 'authorize'] as const) {
    it(`are brought by anybody, for whom they were signed, once (${how})`, async () => {
      const before = await reserve()
      const file = await signed(how, 30)
      expect(await desk.done(`deposit relay ${file} ${payer}`)).to.include({
        ...{ owner: first, entity: bob, token: erc20TokenId(token), amount: '30' },
      })
      expect(await reserve()).to.equal(before + 30n)
      expect(await desk.fails(`deposit relay ${file} ${payer}`)).to.include({
        code: 'deposit_used',
        owner: first,
      })
      expect(await reserve()).to.equal(before + 30n)
    })

    it(`are not brought late, changed, or beyond what the owner has (${how})`, async () => {
      const late = await signed(how, 1, ' --valid-for 10')
      const changed = JSON.parse(desk.shown(await signed(how, 1)))
      desk.write('changed.json', { ...changed, entity: soleEntities[2] })
      const poor = await signed(how, 101)
      expect(await desk.fails(`deposit relay ${poor} ${payer}`)).to.include({
        code: 'owner_poor',
        amount: '101',
      })
      await desk.fails(`deposit relay @changed.json ${payer}`)
      desk.write('foreign.json', { ...changed, domain: { ...changed.domain, chainId: '1' } })
      expect(await desk.fails(`deposit relay @foreign.json ${payer}`)).to.include({
        code: 'deed_of_other_chain',
      })
      await desk.chain.advanceTime(11)
      expect(await desk.fails(`deposit relay ${late} ${payer}`)).to.include({
        code: 'deed_expired',
      })
    })
  }

  it('say why the Gate does not take a changed one', async () => {
    const file = JSON.parse(desk.shown(await signed('permit', 1)))
    desk.write('stolen.json', { ...file, entity: soleEntities[2] })
    const stolen = await desk.fails(`deposit relay @stolen.json ${payer}`)
    expect(stolen['message']).to.match(/DepositSignatureInvalid.*have the owner sign anew/)
  })

  it('ask the token for its domain and nonce, and say so when it does not tell', async () => {
    const silent = `deposit permit ${desk.fresh()} ${bob} 1 ${owner} --token`
    expect(await desk.fails(`${silent} ${token}`)).to.include({
      code: 'token_silent',
      question: 'DOMAIN_SEPARATOR',
    })
    expect(await desk.fails(`${silent} ether`)).to.include({ code: 'token_unsigned' })
    expect(await desk.fails(`${silent} ${token} --domain-separator 0x12`)).to.include({
      code: 'usage',
    })
    // A contract that answers 0x…0009 to whatever it is asked: PUSH1 9, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
    const talker = await desk.contract('0x6760095f5260205ff35f5260086018f3')
    const file = desk.fresh()
    await desk.done(`deposit permit ${file} ${bob} 1 ${owner} --token ${talker}`)
    const { permit, domain, deadline } = JSON.parse(desk.shown(file))
    const asked = { owner: first as Address, spender: domain.depository, amount: 1n, deadline }
    const digest = permitDigest(hexToBytes(`0x${'09'.padStart(64, '0')}`), { ...asked, nonce: 9n })
    expect(recover(digest, hexToBytes(permit as Hex))).to.equal(first)
  })
})

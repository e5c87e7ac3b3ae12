import { access, readFile, rm } from 'node:fs/promises'
import { addressesFile } from '@xln/deploy/addresses.ts'
import { expect } from 'chai'
import { Stranger } from './support/command.ts'

const guide = new URL('../../deploy/README.md', import.meta.url)
// Nobody's: the record goes to the project's own folder, as in the guide.
const CHAIN_ID = 3_133_742

describe('the guide to a public testnet', function () {
  this.timeout(180_000)
  let stranger: Stranger
  beforeEach(async () => {
    stranger = await Stranger.come({ type: 'interval', ms: 200 }, CHAIN_ID)
  })
  afterEach(async () => {
    await stranger.leave()
    await rm(addressesFile(CHAIN_ID), { force: true })
  })

  /** The commands of the guide, with this chain's URL and folder. */
  async function commands(): Promise<string[][]> {
    const text = await readFile(guide, 'utf8')
    return [...text.matchAll(/^\$ npm run xln -- (.+)$/gm)].map(([, line = '']) =>
      line
        .split(' ')
        .map((word) =>
          word.replace('~/.xln', stranger.folder).replace('https://…', stranger.chain.url),
        ),
    )
  }

  it('works, command by command, on a local chain', async () => {
    const [dry = [], deploy = [], verify = [], own = [], ...rest] = await commands()
    expect(rest).to.deep.equal([])
    expect(dry).to.include('--dry-run')
    expect(await stranger.run(...dry)).to.include({ code: 0 })
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(0)
    expect(await stranger.run(...deploy)).to.include({ code: 0 })
    await access(addressesFile(CHAIN_ID))
    const sent = await stranger.sent(stranger.payer)
    const verified = await stranger.run(...verify)
    expect(verified).to.include({ code: 0 })
    expect(verified.out.match(/the same, at the address of its code$/gm)).to.have.length(4)
    expect(verified.out).to.match(/^shares .* the same$/m)
    expect(verified.out).to.match(/^gate .* the same$/m)
    expect(await stranger.run(...own)).to.include({ code: 0 })
    expect(await stranger.sent(stranger.payer, 'pending')).to.equal(sent)
    expect(await readFile(`${stranger.folder}/xln.yaml`, 'utf8')).to.include('depository: "0x')
  })
})

import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createKeystore, listKeys, openKeystore } from '@xln/node/shell/keys/keystore.ts'
import { Signers } from '@xln/node/shell/keys/signers.ts'
import { addressOf, recover, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { expect } from 'chai'

const PASSWORD = 'correct horse battery staple'
// scrypt at full cost takes half a second a time.
const quick = { scryptCost: 2 ** 4 }
const key = new Uint8Array(32).fill(7)
const digest = new Uint8Array(32).fill(9)

describe('the keystore', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keystore-'))
    path = join(folder, 'keys.json')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const faultOf = async (action: Promise<unknown>) => {
    try {
      await action
    } catch (error) {
      return (error as { fault?: { code?: string } }).fault
    }
    return undefined
  }

  it('gives back what was put in, under the same names', async () => {
    const written = await createKeystore(path, PASSWORD, quick)
    const server = await written.generate('server')
    const signer = await written.add('signer.1', key)
    expect(signer).to.equal(addressOf(key))

    const { signers } = await openKeystore(path, PASSWORD)
    expect(signers.names()).to.deep.equal(['server', 'signer.1'])
    expect(signers.addressOf('server')).to.equal(server)
    expect(signers.has(server) && signers.has(signer)).to.equal(true)
    expect(signers.entityOf('signer.1')).to.equal(lazyEntityId(signer))
    expect(signers.sign(signer, digest)).to.deep.equal(signDigest(digest, key))
    expect(recover(digest, signers.sign(server, digest))).to.equal(server)
  })

  it('can be used as soon as a key is in it, without opening it again', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    const address = await keystore.generate('server')
    expect(recover(digest, keystore.signers.sign(address, digest))).to.equal(address)
  })

  it('keeps all of many changes made at once', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    const names = Array.from({ length: 20 }, (_, i) => `key${i}`)
    const addresses = await Promise.all(names.map((name) => keystore.generate(name)))
    expect(new Set(addresses).size).to.equal(names.length)
    const { signers } = await openKeystore(path, PASSWORD)
    expect(signers.names()).to.deep.equal(names)
    expect(names.map((name) => signers.addressOf(name))).to.deep.equal(addresses)
  })

  it('is opened by no other password', async () => {
    await (await createKeystore(path, PASSWORD, quick)).generate('server')
    for (const password of ['', PASSWORD.toUpperCase(), `${PASSWORD} `]) {
      expect(await faultOf(openKeystore(path, password))).to.deep.equal({
        code: 'password_wrong',
        path,
      })
    }
  })

  it('is opened by the same letters typed in another way', async () => {
    await createKeystore(path, 'Zürich', quick)
    await openKeystore(path, 'Zu\u0308rich')
  })

  it('is opened by the new password alone once that is changed', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    const address = await keystore.generate('server')
    await keystore.changePassword('another')
    await keystore.generate('later')
    expect(await faultOf(openKeystore(path, PASSWORD))).to.have.property('code', 'password_wrong')
    const { signers } = await openKeystore(path, 'another')
    expect(signers.addressOf('server')).to.equal(address)
    expect(signers.names()).to.deep.equal(['server', 'later'])
  })

  it('tells a damaged file from a wrong password, wherever the damage is', async () => {
    await (await createKeystore(path, PASSWORD, quick)).add('server', key)
    const text = await readFile(path, 'utf8')
    for (let at = 0; at < text.length; at += 7) {
      const other = text[at] === '0' ? '1' : '0'
      const damaged = text.slice(0, at) + other + text.slice(at + 1)
      // Space between the members means nothing.
      if (/\s/.test(text[at] ?? '')) continue
      await writeFile(path, damaged)
      const fault = await faultOf(openKeystore(path, PASSWORD))
      expect(fault, `at ${at}: ${damaged}`).to.have.property('code', 'keystore_damaged')
    }
    for (const cut of ['', '{', text.slice(0, text.length / 2), '[]', 'null', '{"version":2}']) {
      await writeFile(path, cut)
      const fault = await faultOf(openKeystore(path, PASSWORD))
      expect(fault, cut).to.have.property('code', 'keystore_damaged')
    }
  })

  it('notices names or costs that were changed by who knows the format', async () => {
    await (await createKeystore(path, PASSWORD, quick)).add('server', key)
    const vault = JSON.parse(await readFile(path, 'utf8'))
    const forged = { ...vault, addresses: { other: vault.addresses.server } }
    const { checksum: _, ...rest } = forged
    const sorted = (inner: unknown): unknown =>
      typeof inner === 'object' && inner !== null
        ? Object.fromEntries(
            Object.entries(inner)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, value]) => [name, sorted(value)]),
          )
        : inner
    const checksum = createHash('sha256')
      .update(JSON.stringify(sorted(rest)))
      .digest('hex')
    await writeFile(path, JSON.stringify({ ...rest, checksum }))
    expect(await listKeys(path)).to.have.property('other')
    // With a checksum that fits, it is not damage: the seal does not hold.
    expect(await faultOf(openKeystore(path, PASSWORD))).to.have.property('code', 'password_wrong')
  })

  it('can be read by its owner alone, and is not opened when others can', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    await keystore.generate('server')
    expect((await stat(path)).mode & 0o777).to.equal(0o600)
    await chmod(path, 0o640)
    expect(await faultOf(openKeystore(path, PASSWORD))).to.deep.equal({
      code: 'keystore_exposed',
      path,
      mode: 0o640,
    })
  })

  it('lists its keys without the password, and nothing more', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    const address = await keystore.add('server', key)
    expect(await listKeys(path)).to.deep.equal({ server: address })
    expect(await readFile(path, 'utf8')).not.to.include(Buffer.from(key).toString('hex'))
  })

  it('is never written over by a new one', async () => {
    await (await createKeystore(path, PASSWORD, quick)).generate('server')
    const before = await readFile(path, 'utf8')
    const fault = await faultOf(createKeystore(path, 'another', quick))
    expect(fault).to.deep.equal({ code: 'keystore_exists', path })
    expect(await readFile(path, 'utf8')).to.equal(before)
  })

  it('leaves no other file behind', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    await keystore.generate('server')
    await faultOf(createKeystore(path, PASSWORD, quick))
    expect(await readdir(folder)).to.deep.equal(['keys.json'])
  })

  it('says when it is not there, and when it cannot be written', async () => {
    expect(await faultOf(openKeystore(path, PASSWORD))).to.deep.equal({
      code: 'keystore_missing',
      path,
    })
    const nowhere = join(folder, 'no', 'keys.json')
    expect(await faultOf(createKeystore(nowhere, PASSWORD, quick))).to.deep.equal({
      code: 'keystore_unwritable',
      path: nowhere,
    })
  })

  it('holds what it held when a change cannot be written', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    await keystore.generate('server')
    await rm(folder, { recursive: true })
    const fault = await faultOf(keystore.generate('more'))
    expect(fault).to.have.property('code', 'keystore_unwritable')
    expect(keystore.signers.names()).to.deep.equal(['server'])
    await mkdir(folder)
    await keystore.generate('more')
    expect((await openKeystore(path, PASSWORD)).signers.names()).to.deep.equal(['server', 'more'])
  })

  it('refuses a name twice, a name that is none, and a key that is none', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    await keystore.add('server', key)
    expect(await faultOf(keystore.generate('server'))).to.deep.equal({
      code: 'key_exists',
      name: 'server',
    })
    for (const name of ['', '__proto__', '1', 'a b', 'x'.repeat(65)]) {
      const fault = await faultOf(keystore.add(name, key))
      expect(fault, name).to.deep.equal({ code: 'key_invalid', name })
    }
    for (const wrong of [
      new Uint8Array(32),
      new Uint8Array(31).fill(1),
      new Uint8Array(32).fill(255),
    ]) {
      expect(await faultOf(keystore.add('other', wrong))).to.have.property('code', 'key_invalid')
    }
    expect((await openKeystore(path, PASSWORD)).signers.names()).to.deep.equal(['server'])
  })

  it('shows no private key to who prints it', async () => {
    const keystore = await createKeystore(path, PASSWORD, quick)
    await keystore.add('server', key)
    const printed = inspect(keystore, { depth: 9, showHidden: true }) + JSON.stringify(keystore)
    expect(printed).not.to.match(/07,? ?07|7, 7|0707/)
    expect(printed).not.to.include(PASSWORD)
  })

  it('at its full cost still opens', async function () {
    this.timeout(20_000)
    await (await createKeystore(path, PASSWORD)).add('server', key)
    expect((await openKeystore(path, PASSWORD)).signers.names()).to.deep.equal(['server'])
  })
})

describe('signers', () => {
  it('sign with no key that they do not hold, and say which', () => {
    const signers = Signers.of({ server: key })
    const stranger = addressOf(new Uint8Array(32).fill(8))
    expect(() => signers.sign(stranger, digest))
      .to.throw()
      .with.deep.property('fault', { code: 'key_unknown', key: stranger })
    expect(() => signers.addressOf('other'))
      .to.throw()
      .with.deep.property('fault', { code: 'key_unknown', key: 'other' })
  })

  it('lend one key to who needs no other', () => {
    const signers = Signers.of({ server: key })
    const lent = signers.keyOf('server')
    expect(lent.address).to.equal(addressOf(key))
    expect(lent.sign(digest)).to.deep.equal(signDigest(digest, key))
  })

  it('keep their own copy of a key', () => {
    const mine = key.slice()
    const signers = Signers.of({ server: mine })
    mine.fill(0)
    expect(signers.sign(addressOf(key), digest)).to.deep.equal(signDigest(digest, key))
  })
})

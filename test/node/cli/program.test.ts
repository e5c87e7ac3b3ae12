import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host, RunningNode } from '@xln/node/cli/host.ts'
import { openKeystore } from '@xln/node/shell/keys/keystore.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import { expect } from 'chai'
import { withApi } from '../api/support/api.ts'
import { address, alice, hub } from '../api/support/memoryBackend.ts'
import { noHost, program, run, runProgram, withFolder } from './support/cli.ts'

const environment = { XLN_PASSWORD: 'a password' }

describe('the program xln', () => {
  it('can be run as it is', () => {
    expect(readFileSync(program, 'utf8').split('\n')[0]).to.equal('#!/usr/bin/env node')
    expect(statSync(program).mode & 0o111).to.equal(0o111)
  })

  it('ends with 0 when done, 1 on a fault, 2 when it was refused', async () => {
    await withApi({}, async ({ url, token, backend }) => {
      const world = { XLN_API: url(), XLN_API_TOKEN: await token('server'), XLN_ENTITY: alice }
      const [help, fault, done] = await Promise.all([
        runProgram(['pay', '--help']),
        runProgram(['peers'], { XLN_API: 'ws://127.0.0.1:9/' }),
        runProgram(['close', hub], world),
      ])
      expect(help).to.include({ code: 0, error: '' })
      expect(help.out).to.match(/^xln pay: /)
      expect(fault).to.include({ code: 1, out: '' })
      expect(fault.error).to.match(/^No node answers at /)
      expect(done).to.include({ code: 0, error: '' })
      backend.verdict = () => Promise.resolve({ code: 'clauses_open', count: 3 })
      const refused = await runProgram(['close', hub], world)
      expect(refused).to.deep.equal({
        code: 2,
        out: '',
        error: 'refused  clauses_open: 3 locks or offers are still open; try again later\n',
      })
    })
  })

  it('makes the folder of a node, once, and works in it', async () => {
    await withFolder(async (folder) => {
      const dataDir = join(folder, 'node')
      const gasKey = `0x${'42'.repeat(32)}`
      writeFileSync(join(folder, 'gas.key'), `${gasKey}\n`)
      const init = ['init', '--data-dir', dataDir, '--entity', 'alice', '--entity', 'bob', '--json']
      const rest = ['--gas-key-file', join(folder, 'gas.key'), '--api-listen', '127.0.0.1:0']
      const made = await runProgram([...init, ...rest], environment)
      expect(made).to.include({ code: 0, error: '' })
      const { server, gas, entities } = JSON.parse(made.out) as {
        server: string
        gas: string
        entities: { name: string; id: string }[]
      }
      const { signers } = await openKeystore(join(dataDir, 'keystore.json'), 'a password')
      expect(signers.names()).to.deep.equal(['server', 'gas', 'alice', 'bob'])
      expect([server, gas]).to.deep.equal([signers.addressOf('server'), signers.addressOf('gas')])
      const ids = ['alice', 'bob'].map((name) => ({
        name,
        id: lazyEntityId(signers.addressOf(name)),
      }))
      expect(entities).to.deep.equal(ids)
      for (const name of ['console.token', 'keystore.json']) {
        expect(statSync(join(dataDir, name)).mode & 0o777, name).to.equal(0o600)
      }
      expect(readFileSync(join(dataDir, 'xln.yaml'), 'utf8')).to.include('"127.0.0.1:0"')

      const again = await runProgram([...init, ...rest], environment)
      expect(again.code).to.equal(1)
      expect(JSON.parse(again.out)).to.have.nested.property('error.code', 'config_exists')

      const inFolder = { XLN_DATA_DIR: dataDir }
      const keys = await run(['keys', '--json'], inFolder)
      expect(
        keys.out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line).name),
      ).to.deep.equal(signers.names())
      const wrong = await run(['keys', 'create', 'carol'], { ...inFolder, XLN_PASSWORD: 'wrong' })
      expect(wrong.error).to.match(/^The password does not open /)
      const missing = await runProgram(['keys', 'create', 'carol'], inFolder)
      expect(missing.error).to.match(
        /^The password of the keystore is not known\. Set XLN_PASSWORD/,
      )
    })
  }).timeout(30_000)

  it('leaves nothing behind when a folder cannot be made', async () => {
    await withFolder(async (folder) => {
      const dataDir = join(folder, 'node')
      const init = ['init', '--data-dir', dataDir, '--gas-key-file', join(folder, 'none')]
      const { code, error } = await run(init, environment)
      expect(code).to.equal(1)
      expect(error).to.match(/none cannot be read/)
      expect(() => statSync(dataDir)).to.throw()
    })
  })
})

describe('xln token', () => {
  it('makes tokens that a running node takes, shows them without their text, and ends them', async () => {
    await withApi({}, async ({ dataDir, url }) => {
      writeFileSync(join(dataDir, 'xln.yaml'), `names: { alice: ${alice} }`)
      const inFolder = { XLN_DATA_DIR: dataDir }
      const create = ['token', 'create', '--level', 'entity', '--for', 'alice', '--label', 'shop']
      const made = await run([...create, '--json'], inFolder)
      const { id, token } = JSON.parse(made.out) as { id: string; token: string }
      const as = { XLN_API: url(), XLN_API_TOKEN: token }
      expect((await run(['close', hub], as)).code).to.equal(0)
      const list = await run(['token', 'list'], inFolder)
      expect(list.out).to.match(new RegExp(`^${id} {2}entity {2}.* 0xa1a1a1…a1a1 {2}shop\n$`))
      expect(list.out).to.not.include(token.slice(0, 12))
      expect((await run(['token', 'revoke', id], inFolder)).code).to.equal(0)
      expect((await run(['token', 'revoke', id], inFolder)).code).to.equal(1)
      expect((await run(['token', 'list'], inFolder)).out).to.equal('')
    })
  })
})

const chain = [
  'chain:',
  '  rpc: [http://127.0.0.1:1]',
  '  chainId: 1',
  '  block: 1',
  `  entityProvider: ${address('e0')}`,
  `  subcontractProvider: ${address('50')}`,
  `  depository: ${address('de')}`,
].join('\n')

describe('xln node', () => {
  const started = (over: Partial<RunningNode>) => {
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const node: RunningNode = {
      server: address('5e'),
      entities: [alice],
      peerUrl: null,
      apiUrl: 'ws://127.0.0.1:4711/api/v1/ws',
      stop: () => Promise.resolve(end()),
      ended,
      ...over,
    }
    return node
  }

  it('says in one line where it is, writes it down, and ends when it is asked to', async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'xln.yaml'), chain)
      let written = ''
      const host: Host = {
        ...noHost,
        startNode: async (config) => {
          expect(config).to.have.nested.property('deployment.chainId', 1)
          expect(config).to.have.property('confirmations', 3)
          expect(await config.keystore.password()).to.equal('a password')
          return started({})
        },
        onSignal: (stop) => {
          setTimeout(() => {
            written = readFileSync(join(folder, 'running.json'), 'utf8')
            stop()
          }, 50)
          return () => undefined
        },
      }
      const words = ['node', '--data-dir', folder, '--confirmations', '3', '--json']
      const { code, out } = await run(words, environment, host)
      expect(code).to.equal(0)
      const [ready, ended] = out
        .trim()
        .split('\n')
        .map((line): unknown => JSON.parse(line))
      const apiUrl = 'ws://127.0.0.1:4711/api/v1/ws'
      const where = { server: address('5e'), peerUrl: null, apiUrl, entities: [alice] }
      expect(ready).to.deep.equal({ event: 'ready', ...where })
      expect(ended).to.deep.equal({ event: 'ended' })
      expect(JSON.parse(written)).to.include({ apiUrl })
      expect(() => statSync(join(folder, 'running.json'))).to.throw()
    })
  })

  it('ends with 1 when the node had to end', async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'xln.yaml'), chain)
      const ended = Promise.reject(new Error('the disk is full'))
      // Before the command comes to wait for it.
      ended.catch(() => undefined)
      const host = { ...noHost, startNode: () => Promise.resolve(started({ ended })) }
      const { code, error } = await run(['node', '--data-dir', folder], environment, host)
      expect(code).to.equal(1)
      expect(error).to.include('the disk is full')
    })
  })

  it('says what is missing', async () => {
    await withFolder(async (folder) => {
      const none = await run(['node', '--data-dir', folder])
      expect(none.error).to.match(/^There is no configuration at .* "xln init"/)
      writeFileSync(join(folder, 'xln.yaml'), '')
      const empty = await run(['node', '--data-dir', folder])
      expect(empty.error).to.match(/^"chain" is not set\. Run "xln deploy"/)
    })
  })
})

describe('xln verify', () => {
  for (const ok of [true, false]) {
    it(`ends with ${ok ? 0 : 1} when ${ok ? 'every block is right' : 'a block is wrong'}`, async () => {
      await withFolder(async (folder) => {
        writeFileSync(join(folder, 'xln.yaml'), chain)
        const result = ok ? { blocks: 7, ok } : { blocks: 7, ok, firstBad: 8 }
        const host = { ...noHost, verifyLog: () => Promise.resolve(result) }
        const { code, out } = await run(['verify', '--data-dir', folder, '--json'], {}, host)
        expect(code).to.equal(ok ? 0 : 1)
        expect(JSON.parse(out)).to.deep.equal(result)
      })
    })
  }
})

/**
 * A local chain as a process of its own: Hardhat's, without Hardhat's command line.
 *
 * Started by localChain.ts with an IPC channel and its options as JSON. Says its address once it
 * answers, and ends when the channel closes: so it never outlives its parent, however that ends.
 */
import process from 'node:process'
import { createHardhatRuntimeEnvironment } from 'hardhat/hre'

/** What localChain.ts passes as the only argument. */
export interface LocalChainServerOptions {
  readonly port: number
  readonly chainId: number
  /** 0: a block per transaction. */
  readonly blockIntervalMs: number
  readonly accounts: readonly { readonly privateKey: string; readonly balance: string }[]
}

async function serve(options: LocalChainServerOptions): Promise<void> {
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      default: {
        type: 'edr-simulated',
        chainType: 'l1',
        hardfork: 'osaka',
        chainId: options.chainId,
        accounts: [...options.accounts],
        // Blocks faster than one a second must not make the chain's clock run ahead of the world's.
        allowBlocksWithSameTimestamp: true,
        // As on any other chain: a failing transaction is included, and its receipt says so.
        throwOnTransactionFailures: false,
        mining: { auto: options.blockIntervalMs === 0, interval: options.blockIntervalMs },
      },
    },
  })
  const server = await hre.network.createServer('default', '127.0.0.1', options.port)
  const { port } = await server.listen()
  process.send?.({ url: `http://127.0.0.1:${port}` })
}

process.on('disconnect', () => process.exit(0))
// A terminal sends its Ctrl-C to the whole group: the parent decides when the chain ends.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => process.exit(0))

await serve(JSON.parse(process.argv[2] ?? '{}') as LocalChainServerOptions)

import { startLocalChain } from '@xln/deploy/localChain.ts'

// Says the process id of its chain, and stays until it is killed.
const chain = await startLocalChain()
process.stdout.write(`${chain.pid}\n`)
setInterval(() => {}, 1_000)

import type { HardhatPlugin } from 'hardhat/types/plugins'

/**
 * What our builds do beyond Hardhat's: a compiler warning is an error, and a successful build
 * writes `shared/abi/`. Being a plugin, it holds for every command that compiles, not only for
 * `npm run compile`.
 */
export const xlnCompile: HardhatPlugin = {
  id: 'xln-compile',
  // Listed so that its hook, which writes what ours reads, runs first.
  dependencies: () => [import('@nomicfoundation/hardhat-typechain')],
  hookHandlers: { solidity: () => import('./hooks.ts') },
}

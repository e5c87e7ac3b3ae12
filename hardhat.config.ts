import { createRequire } from 'node:module'
import hardhatToolboxMochaEthers from '@nomicfoundation/hardhat-toolbox-mocha-ethers'
import { defineConfig } from 'hardhat/config'
import { xlnCompile } from './deploy/compile/plugin.ts'
import { evmVersion, ownSettings, productionSettings } from './deploy/compile/settings.ts'

const require = createRequire(import.meta.url)

// The compiler comes from npm at an exact version, so that nothing is downloaded.
const solc = {
  version: (require('solc/package.json') as { version: string }).version,
  path: require.resolve('solc/soljson.js'),
}

// `--build-profile` has this environment variable too, and only that is known here. Each profile
// has folders of its own, so that going from one to the other does not compile everything again.
const profile = process.env['HARDHAT_BUILD_PROFILE'] ?? 'default'

/** `XLN_DEEP=1`: fuzzing and invariants for the night, not for every commit. */
const isDeep = process.env.XLN_DEEP === '1'

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers, xlnCompile],
  solidity: {
    profiles: {
      // Quick to compile, for tests.
      default: {
        ...solc,
        settings: { evmVersion, viaIR: false, optimizer: { enabled: true, runs: 10_000 } },
      },
      // Cheap to run, for everything that is deployed and for the gas figures.
      production: {
        // One job for all files: quicker, and a job with types alone would have no contracts, which Hardhat's
        // network cannot read.
        isolated: false,
        compilers: [{ ...solc, settings: productionSettings }],
        overrides: Object.fromEntries(
          Object.entries(ownSettings).map(([file, settings]) => [file, { ...solc, settings }]),
        ),
      },
    },
  },
  networks: {
    default: {
      type: 'edr-simulated',
      chainType: 'l1',
      hardfork: 'osaka',
      // Only the production build must fit on a chain.
      allowUnlimitedContractSize: profile === 'default',
    },
  },
  paths: {
    sources: 'contracts',
    tests: { solidity: 'test/contracts', mocha: 'test/contracts' },
    artifacts: profile === 'default' ? 'artifacts' : `artifacts-${profile}`,
    cache: profile === 'default' ? 'cache' : `cache-${profile}`,
  },
  test: {
    solidity: {
      // The runner keeps every call of a campaign in memory: deep ones are for a command of their own.
      fuzz: { runs: isDeep ? 5_000 : 256 },
      invariant: {
        runs: isDeep ? 64 : 12,
        depth: isDeep ? 400 : 32,
        failOnRevert: false,
        shrinkRunLimit: 100,
      },
    },
    // The reporter counts for `npm test`; to people it shows what mocha's own does.
    mocha: { timeout: 60_000, reporter: require.resolve('./deploy/bootstrap/reporter.cjs') },
  },
  // A folder of this process alone, from where our plugin takes it to shared/abi/typechain.
  typechain: { outDir: `cache/typechain-${process.pid}` },
})

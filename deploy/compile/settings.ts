/** How what is deployed is compiled: read by the build, written beside the addresses, used to verify them. */

/** The instructions of the chain that the code may use. */
export const evmVersion = 'osaka'

/** With 1,000 runs the Depository is 900 bytes larger for some twenty gas; with a million, beyond what a chain takes. */
const RUNS_OF_THE_DEPOSITORY = 800
const RUNS = 1_000_000

export interface CompilerSettings {
  readonly evmVersion: string
  readonly viaIR: boolean
  readonly optimizer: { readonly enabled: boolean; readonly runs: number }
}

function withRuns(runs: number): CompilerSettings {
  return { evmVersion, viaIR: true, optimizer: { enabled: true, runs } }
}

/** The production profile. */
export const productionSettings = withRuns(RUNS)

/** Those of some files of their own. The Depository makes the Gate: it is compiled like it. */
export const ownSettings: Readonly<Record<string, CompilerSettings>> = {
  'contracts/Depository.sol': withRuns(RUNS_OF_THE_DEPOSITORY),
  'contracts/Gate.sol': withRuns(RUNS_OF_THE_DEPOSITORY),
}

/** Those of the contract of this name, such as `Depository`. */
export function settingsOf(contract: string): CompilerSettings {
  return ownSettings[`contracts/${contract}.sol`] ?? productionSettings
}

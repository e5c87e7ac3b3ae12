/** How what is deployed is compiled: read by the build, written beside the addresses, used to verify them. */

/** The instructions of the chain that the code may use. */
export const evmVersion = 'osaka'

const RUNS_OF_THE_DEPOSITORY = 800
const RUNS = 1_000_000

/**
 * The compiler's own order of its steps, without the one that makes a copy of a function for each constant that it is
 * called with (F): with it the Depository is 1,300 bytes larger, for one to three hundred gas of a hundred thousand.
 */
const STEPS_OF_THE_DEPOSITORY =
  'dhfoDgvulfnTUtnIf[xa[r]EscLMcCTUtTOntnfDIulLculVcul[j]Tpeulxa[rul]xa[r]cLgvifCTUca[r]LSsTOtfDnca[r]Iulc]jmul[jul]VcTOculjmul:fDnTOcmu'

export interface CompilerSettings {
  readonly evmVersion: string
  readonly viaIR: boolean
  readonly optimizer: {
    readonly enabled: boolean
    readonly runs: number
    readonly details?: OptimizerDetails
  }
}

interface OptimizerDetails {
  readonly yul: boolean
  readonly yulDetails: { readonly optimizerSteps: string }
}

function withRuns(runs: number, details?: OptimizerDetails): CompilerSettings {
  const optimizer = { enabled: true, runs, ...(details !== undefined && { details }) }
  return { evmVersion, viaIR: true, optimizer }
}

const settingsOfTheDepository = withRuns(RUNS_OF_THE_DEPOSITORY, {
  yul: true,
  yulDetails: { optimizerSteps: STEPS_OF_THE_DEPOSITORY },
})

/** The production profile. */
export const productionSettings = withRuns(RUNS)

/** Those of some files of their own. The Depository makes the Gate: it is compiled like it. */
export const ownSettings: Readonly<Record<string, CompilerSettings>> = {
  'contracts/Depository.sol': settingsOfTheDepository,
  'contracts/Gate.sol': settingsOfTheDepository,
}

/** Those of the contract of this name, such as `Depository`. */
export function settingsOf(contract: string): CompilerSettings {
  return ownSettings[`contracts/${contract}.sol`] ?? productionSettings
}

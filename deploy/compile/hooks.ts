import type { HookContext, SolidityHooks } from 'hardhat/types/hooks'
import type { CompilerOutput, CompilerOutputError } from 'hardhat/types/solidity'
import { writeAbis, writeBytecode, writeTypechain } from './generated.ts'

/** solc says where; Hardhat's type leaves it out. */
function fileOf(error: CompilerOutputError & { sourceLocation?: { file: string } }): string {
  return error.sourceLocation?.file ?? ''
}

/** Warnings of packages are not ours to mend; coverage adds code of its own to our files. */
function isOurs(context: HookContext, error: CompilerOutputError): boolean {
  return !context.globalOptions.coverage && !fileOf(error).startsWith('npm/')
}

/**
 * A test may be longer than a contract on the chain can be; and so may any contract in a build that
 * is only quick to make. What is deployed is built with `viaIR`, and held to the limit.
 */
function isSizeThatMayBe(error: CompilerOutputError, deployable: boolean): boolean {
  const sizeCodes = ['5574', '3860']
  const isTest = /^project\/(test|contracts\/mocks)\//.test(fileOf(error))
  return sizeCodes.includes(error.errorCode ?? '') && (isTest || !deployable)
}

function promote(
  context: HookContext,
  output: CompilerOutput,
  deployable: boolean,
): CompilerOutput {
  const errors = (output.errors ?? [])
    .filter((error) => !isSizeThatMayBe(error, deployable))
    .map((error) =>
      error.severity === 'warning' && isOurs(context, error)
        ? { ...error, severity: 'error' as const, type: 'WarningIsError' }
        : error,
    )
  return { ...output, errors }
}

// A default export because Hardhat loads hook handlers that way.
export default async (): Promise<Partial<SolidityHooks>> => ({
  async invokeSolc(context, compiler, input, config, next) {
    const output = await next(context, compiler, input, config)
    return promote(context, output, input.settings.viaIR === true)
  },

  async processArtifactsAfterSuccessfulBuild(context, artifactPaths, _roots, options) {
    const root = context.config.paths.root
    if (options.buildProfile === 'production') return writeBytecode(root, artifactPaths)
    await writeAbis(root, artifactPaths)
    if (!context.globalOptions.noTypechain) {
      await writeTypechain(root, context.config.typechain.outDir ?? '')
    }
  },
})

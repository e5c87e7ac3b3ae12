/** `xln deploy verify`: whether what stands on a chain is what the sources compile to. */
import type { VerifiedContract } from '@xln/deploy/verify.ts'
import type { Command } from '../command.ts'
import { deployTarget, targetOptions } from '../deployTarget.ts'
import { CliError } from '../faults.ts'
import { table } from '../output.ts'

export const deployVerify: Command = {
  name: 'deploy verify',
  summary: 'compile the contracts again and compare them with what stands on a chain',
  options: targetOptions,
  examples: ['deploy verify', 'deploy verify --network sepolia'],
  notes: [
    'Takes half a minute, and needs no key. Byte by byte, also of what the contracts create (Shares, Gate); where a',
    'constructor fills in an immutable, the Depository is asked whom it names, and an address that follows from the',
    'code proves all of it. Ends with 1 when anything differs.',
  ].join('\n'),
  seeAlso: ['deploy'],
  async run(args, context) {
    const target = await deployTarget(args, context)
    const { addressesFile, readDeployment } = await import('@xln/deploy/addresses.ts')
    const { chainId, folder, rpcUrl } = target
    const deployment = (await readDeployment(chainId, folder)) ?? target.configured
    if (deployment === undefined) {
      throw new CliError({ code: 'deployment_unknown', path: addressesFile(chainId, folder) })
    }
    context.output.note('compiling …')
    const { reasonOf } = await import('@xln/deploy/transactions.ts')
    const { recompile } = await import('@xln/deploy/recompile.ts')
    const { verifyDeployment } = await import('@xln/deploy/verify.ts')
    const verification = await verifyDeployment(rpcUrl, deployment, recompile).catch(
      (cause: unknown) => {
        throw new CliError({ code: 'verification_failed', reason: reasonOf(cause) }, { cause })
      },
    )
    const { contracts, misconnected, isWhole } = verification
    const rows = contracts.map((each) => [each.name, each.address, verdictText(each)])
    const lines = [table(rows), ...(misconnected === null ? [] : [misconnected])]
    context.output.say(verification, lines.join('\n'))
    return isWhole ? 0 : 1
  },
}

function verdictText(contract: VerifiedContract): string {
  switch (contract.verdict) {
    case 'same':
      return contract.isAtItsPlace ? 'the same, at the address of its code' : 'the same'
    case 'missing':
      return 'nothing stands there'
    case 'different': {
      const { at, length, expectedLength, isMetadataOnly } = contract
      if (isMetadataOnly) return 'the same instructions, of other sources or settings'
      return `differs from byte ${at} on (${length} bytes, compiled ${expectedLength})`
    }
  }
}

/** Whether what stands on a chain is what the sources compile to. */
import type { Address, Hex } from '@xln/shared/ids.ts'
import type { Provider } from 'ethers'
import {
  type ContractName,
  type CreatedName,
  constructorDataOf,
  contractNames,
  createdBy,
  createdNames,
} from './codes.ts'
import { type Deployment, requireConnected } from './contracts.ts'
import { deterministicAddressOf } from './factory.ts'
import type { Recompiled, RecompiledAll } from './recompile.ts'
import { openProvider } from './transactions.ts'

export type Verdict =
  | { readonly verdict: 'same' }
  | { readonly verdict: 'missing' }
  | {
      readonly verdict: 'different'
      /** The first byte that differs. */
      readonly at: number
      /** How long the code is on the chain, and how long it is compiled. */
      readonly length: number
      readonly expectedLength: number
      /** The instructions are the same: only the hash of sources and settings, at the end, differs. */
      readonly isMetadataOnly: boolean
    }

export type VerifiedContract = Verdict & {
  readonly name: ContractName | CreatedName
  readonly address: Address
  /**
   * Whether the address is that of the recompiled creation code: this proves the constructor's data and
   * immutables too. Always false for what is created by another, and for a deployment by nonce.
   */
  readonly isAtItsPlace: boolean
}

export interface Verification {
  readonly chainId: number
  readonly contracts: readonly VerifiedContract[]
  /** What the Depository names instead of the others; null when it is as it should be. */
  readonly misconnected: string | null
  readonly isWhole: boolean
}

/** Throws when the endpoint does not answer, or serves another chain. */
export async function verifyDeployment(
  rpcUrl: string,
  deployment: Deployment,
  recompile: () => Promise<RecompiledAll>,
): Promise<Verification> {
  const { provider, chainId } = await openProvider(rpcUrl)
  try {
    if (chainId !== deployment.chainId) {
      throw new Error(`The endpoint serves chain ${chainId}, not ${deployment.chainId}.`)
    }
    // All is read first: the compiler holds this thread for so long that connections would break off.
    const places = placesOf(deployment)
    const there = await Promise.all(places.map(([, address]) => provider.getCode(address)))
    const misconnected = await misconnection(provider, deployment)
    const recompiled = await recompile()
    const contracts = places.map(([name, address], index): VerifiedContract => {
      const isAtItsPlace = leadsTo(name, deployment, recompiled[name]) === address
      const verdict = compareCode(there[index] as Hex, recompiled[name])
      return { name, address, isAtItsPlace, ...verdict }
    })
    const isSame = contracts.every(({ verdict }) => verdict === 'same')
    return { chainId, contracts, misconnected, isWhole: isSame && misconnected === null }
  } finally {
    provider.destroy()
  }
}

function placesOf(deployment: Deployment): [ContractName | CreatedName, Address][] {
  const created = createdBy(deployment)
  const sent = contractNames.flatMap((name): [ContractName, Address][] => {
    const address = deployment[name]
    return address === undefined ? [] : [[name, address]]
  })
  return [...sent, ...createdNames.map((name): [CreatedName, Address] => [name, created[name]])]
}

function leadsTo(
  name: ContractName | CreatedName,
  deployment: Deployment,
  { creationCode }: Recompiled,
): Address | undefined {
  if (name === 'shares' || name === 'gate') return undefined
  const data = constructorDataOf(name, deployment).slice(2)
  return deterministicAddressOf(`${creationCode}${data}`)
}

/** Compares byte by byte, but where the constructor fills in. */
export function compareCode(code: Hex, { runtimeCode, immutables }: Recompiled): Verdict {
  if (code === '0x') return { verdict: 'missing' }
  const there = masked(code, immutables)
  const ours = masked(runtimeCode, immutables)
  if (there.equals(ours)) return { verdict: 'same' }
  const longest = Math.max(there.length, ours.length)
  let at = 0
  while (at < longest && there[at] === ours[at]) at++
  const isMetadataOnly = there.length === ours.length && at >= ours.length - metadataLength(ours)
  const lengths = { length: there.length, expectedLength: ours.length }
  return { verdict: 'different', at, ...lengths, isMetadataOnly }
}

function masked(code: Hex, immutables: Recompiled['immutables']): Buffer {
  const bytes = Buffer.from(code.slice(2), 'hex')
  // Other code may be shorter than where ours has them.
  for (const { start, length } of immutables) bytes.subarray(start, start + length).fill(0)
  return bytes
}

/** The compiler ends its code with CBOR, and that with its length. */
function metadataLength(code: Buffer): number {
  return code.length < 2 ? 0 : code.readUInt16BE(code.length - 2) + 2
}

async function misconnection(provider: Provider, deployment: Deployment): Promise<string | null> {
  try {
    await requireConnected(provider, deployment)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

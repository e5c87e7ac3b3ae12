/** Since when a contract stands: what nobody has written down, the chain still knows. */
import type { Address } from '@xln/shared/ids.ts'
import type { Provider } from 'ethers'

/**
 * The block in which `address` got its code, by halving; it has some now. Throws when the endpoint no
 * longer knows the states of old blocks.
 */
export async function firstBlockWith(provider: Provider, address: Address): Promise<number> {
  let without = -1
  let withCode = await provider.getBlockNumber()
  while (withCode - without > 1) {
    const middle = Math.floor((without + withCode) / 2)
    if (await hadCode(provider, address, middle)) withCode = middle
    else without = middle
  }
  return withCode
}

async function hadCode(provider: Provider, address: Address, block: number): Promise<boolean> {
  try {
    return (await provider.getCode(address, block)) !== '0x'
  } catch (cause) {
    throw new Error(
      `The contracts stand already, and the endpoint does not tell since when: it has no state of block ${block}. Name the block of their deployment with --from-block, or use an endpoint that keeps old states.`,
      { cause },
    )
  }
}

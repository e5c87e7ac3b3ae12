import { UINT128_MAX } from '@xln/shared/amounts.ts'
import type { Policy } from '@xln/shared/entity/action.ts'

const FEE_PPM_MAX = 1_000_000n
const MARGIN_MIN_SECONDS = 60
const MARGIN_MAX_SECONDS = 86_400

/** The first field of `policy` that is out of its range, or null. */
export function checkPolicy(policy: Policy): keyof Policy | null {
  if (policy.feeBase < 0n || policy.feeBase > UINT128_MAX) return 'feeBase'
  if (policy.feePpm < 0n || policy.feePpm > FEE_PPM_MAX) return 'feePpm'
  if (policy.enforceMin < 0n || policy.enforceMin > UINT128_MAX) return 'enforceMin'
  if (!isMargin(policy.revealMarginSeconds)) return 'revealMarginSeconds'
  // A hop that learns a secret at the last moment must still have its own time to reveal.
  const enough = policy.hopMarginSeconds >= policy.revealMarginSeconds
  if (!isMargin(policy.hopMarginSeconds) || !enough) return 'hopMarginSeconds'
  return null
}

function isMargin(seconds: number): boolean {
  return (
    Number.isSafeInteger(seconds) && seconds >= MARGIN_MIN_SECONDS && seconds <= MARGIN_MAX_SECONDS
  )
}

import type { Parameters } from 'fast-check'

/**
 * How often a property is tried. `RUNS=5000` tries harder; `SEED=… REPLAY=…` plays the seed and path of
 * a failure again.
 */
export function runs<Values>(usual: number): Parameters<Values> {
  const { RUNS, SEED, REPLAY } = process.env
  const numRuns = Number(RUNS ?? usual)
  if (SEED === undefined || REPLAY === undefined) return { numRuns }
  return { numRuns, seed: Number(SEED), path: REPLAY, endOnFailure: true }
}

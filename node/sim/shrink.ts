/** The smallest world that still breaks the law: less time, fewer parties, fewer faults. */
import type { Shape } from './shape.ts'

/** What of an outcome says how its world was made, and what became of it. */
export interface Played {
  readonly failure: { readonly law: string } | undefined
  readonly virtualMs: number
  readonly shape: Shape
}

type Play = (shape: Shape) => Promise<Played>

/** The shortest trouble is found up to this, milliseconds. */
const PRECISION_MS = 500

/** Takes away from `whole`, which broke a law, whatever that law is broken without. */
export async function shrink(whole: Played, play: Play): Promise<Shape> {
  const law = whole.failure?.law
  let best = whole.shape
  const tries = async (smaller: Partial<Shape>): Promise<boolean> => {
    const shape = { ...best, ...smaller }
    if ((await play(shape)).failure?.law !== law) return false
    best = shape
    return true
  }
  // Time first: every play after it is shorter.
  await tries({ troubleMs: Math.min(best.troubleMs, Math.ceil(whole.virtualMs)) })
  await shorten(() => best.troubleMs, tries)
  while (best.leaves > 1 && (await tries({ leaves: best.leaves - 1 })));
  for (const name of whole.shape.faults) {
    await tries({ faults: best.faults.filter((each) => each !== name) })
  }
  await shorten(() => best.troubleMs, tries)
  return best
}

/** Halves what lies between a time that is too short and one that is not, as if all between were alike. */
async function shorten(
  best: () => number,
  tries: (smaller: Partial<Shape>) => Promise<boolean>,
): Promise<void> {
  let tooShort = 0
  while (best() - tooShort > PRECISION_MS) {
    const troubleMs = Math.ceil((tooShort + best()) / 2)
    if (!(await tries({ troubleMs }))) tooShort = troubleMs
  }
}

/** What plays a world of this shape again. */
export function commandOf({ seed, chain, theme, faults, leaves, troubleMs }: Shape): string {
  const parts = [
    `pnpm sim --seed ${seed}`,
    ...(theme === undefined ? [] : [`--theme '${theme}'`]),
    `--chain ${chain ? 'yes' : 'no'}`,
    `--faults '${faults.join(',')}'`,
    `--leaves ${leaves}`,
    `--trouble ${troubleMs / 1_000}`,
  ]
  return parts.join(' ')
}

/** One change of one file. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Occurs in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** A bug put into the product on purpose, to see that the simulator finds it. */
export interface Plant extends Edit {
  readonly name: string
  /** The theme whose worlds bring it out soonest; absent: those of no theme. */
  readonly theme?: string
  /** What else must go, where the product checks the same thing in more than one place. */
  readonly also?: readonly Edit[]
}

/** Every change that makes the bug. */
export function editsOf({ file, find, replace, also = [] }: Plant): readonly Edit[] {
  return [{ file, find, replace }, ...also]
}

/** `source` of a file with `edit` made. Throws when its place is not there, or is there twice. */
export function applyEdit(name: string, { find, replace }: Edit, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2) {
    throw new Error(`'${name}' finds its place ${parts.length - 1} times; see test/sim/planted`)
  }
  return parts.join(replace)
}

/** A bug put into the product on purpose, to see that the simulator finds it. */
export interface Plant {
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  /** Occurs in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** `source` with the bug in it. Throws when the place is not there, or is there twice. */
export function applyPlant({ name, find, replace }: Plant, source: string): string {
  const parts = source.split(find)
  if (parts.length !== 2) {
    throw new Error(`'${name}' finds its place ${parts.length - 1} times; see test/sim/planted`)
  }
  return parts.join(replace)
}

/** Waits for a condition instead of a time; the time is only where it gives up. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  giveUpMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + giveUpMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

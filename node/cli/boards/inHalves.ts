/** Logs of long ranges, from endpoints that give only so many blocks at once. */
import { isTooMuch } from '../../shell/chain/history.ts'

/**
 * What `read` finds in the blocks `from` to `to`: asked for at once, and in halves when that is too much for the
 * endpoint. Throws what it throws for another reason, and when one block is too much.
 */
export async function inHalves<Found>(
  from: number,
  to: number,
  read: (from: number, to: number) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  try {
    return await read(from, to)
  } catch (error) {
    if (!isTooMuch(error) || from >= to) throw error
    const middle = Math.floor((from + to) / 2)
    return [...(await inHalves(from, middle, read)), ...(await inHalves(middle + 1, to, read))]
  }
}

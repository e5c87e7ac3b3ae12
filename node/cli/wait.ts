/** Waits until the chain has what was decided. */
import type { EntityId } from '@xln/shared/ids.ts'
import type { ApiClient } from '../api/client.ts'
import type { Arguments } from './arguments.ts'
import type { Context } from './context.ts'
import { CliError } from './faults.ts'
import type { Option } from './syntax.ts'

export const waitOptions: readonly Option[] = [
  { name: 'wait', summary: 'Wait until the chain has it, finally' },
  {
    name: 'timeout',
    value: '<seconds>',
    summary: 'Wait no longer; what was begun goes on',
    default: '600',
  },
]

const POLL_MS = 200

/** If `--wait` was given: until nothing of the entity is on its way to the chain. */
export async function waitForBatches(
  args: Arguments,
  context: Context,
  entity: EntityId,
): Promise<void> {
  const client = await context.client()
  await wait(args, context, 'the transaction', async () => {
    const state = await client.call('entity.getState', { entity })
    return state.waitingItems === 0 && state.batchesInFlight.length === 0
  })
}

/** What tells a settlement that was carried out: the next nonce. */
export async function nonceOf(
  client: ApiClient,
  entity: EntityId,
  peer: EntityId,
): Promise<bigint> {
  return (await client.call('channel.get', { entity, peer })).cooperativeNonce
}

/** If `--wait` was given: until the channel's nonce is above `before`. */
export async function waitForSettlement(
  args: Arguments,
  context: Context,
  { entity, peer, before }: { entity: EntityId; peer: EntityId; before: bigint },
): Promise<void> {
  const client = await context.client()
  await wait(args, context, 'the settlement', async () => {
    return (await nonceOf(client, entity, peer)) > before
  })
}

async function wait(
  args: Arguments,
  { output }: Context,
  waitingFor: string,
  isDone: () => Promise<boolean>,
): Promise<void> {
  if (!args.flag('wait')) return
  const seconds = args.number('timeout', 600)
  const end = performance.now() + seconds * 1_000
  output.note(`waiting for ${waitingFor} …`)
  while (!(await isDone())) {
    if (performance.now() > end) throw new CliError({ code: 'timed_out', seconds, waitingFor })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

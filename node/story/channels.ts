/** What nodes say of the channels between them, checked from both ends. */
import { expectEqual, expectThat, until } from './failure.ts'
import type { NodeProcess } from './nodeProcess.ts'
import type { Token } from './stage.ts'

/** A channel as one of its ends has it, in one token. */
export interface End {
  readonly height: number
  readonly status: string
  readonly locks: number
  readonly collateral: bigint
  /** What this end would get if the channel ended now; below zero: what it owes beyond the collateral. */
  readonly claim: bigint
  readonly canSend: bigint
  readonly canReceive: bigint
}

/** Opens a channel, and waits until it is there: the node asks the chain about it first. */
export async function open(
  node: NodeProcess,
  peer: NodeProcess,
  disputeWindow: number,
): Promise<void> {
  const { entity } = node
  await node.call('channel.open', { entity, peer: peer.entity, disputeWindow })
  await until(`${node.name} has its channel with ${peer.name}`, async () => {
    const { items } = await node.call('channel.list', { entity })
    return items.find((channel) => channel.peer === peer.entity)
  }, [node.name])
}

/** What `node` has to say of its channel with `peer`. */
export async function endOf(node: NodeProcess, peer: NodeProcess, token: Token): Promise<End> {
  const channel = await node.call('channel.get', { entity: node.entity, peer: peer.entity })
  const { height, status, locks, side } = channel
  const state = channel.tokens.find((each) => each.token === token.id)
  if (state === undefined) {
    return { height, status, locks, collateral: 0n, claim: 0n, canSend: 0n, canReceive: 0n }
  }
  const { collateral, ondelta, offdelta, canSend, canReceive } = state
  const delta = ondelta + offdelta
  const claim = side === 'left' ? delta : collateral - delta
  return { height, status, locks, collateral, claim, canSend, canReceive }
}

/** `closed`: nobody claims anything, and the channel may be used again. */
const restful: ReadonlySet<string> = new Set(['ready', 'closed'])

/** Waits until the channel rests: nothing under way, and both ends tell the same story. */
export async function atRest(
  one: NodeProcess,
  other: NodeProcess,
  token: Token,
): Promise<readonly [End, End]> {
  const names = [one.name, other.name]
  let seen: readonly End[] = []
  const ends = await until(
    `the channel of ${one.name} and ${other.name} rests`,
    async () => {
      const a = await endOf(one, other, token)
      const b = await endOf(other, one, token)
      seen = [a, b]
      const isIdle = ({ status, locks }: End) => locks === 0 && restful.has(status)
      const agree = a.height === b.height && a.collateral === b.collateral
      return isIdle(a) && isIdle(b) && agree ? ([a, b] as const) : undefined
    },
    names,
    () => seen,
  )
  const [a, b] = ends
  expectEqual(
    `what ${one.name} and ${other.name} claim together`,
    a.claim + b.claim,
    a.collateral,
    names,
  )
  expectThat(
    'both ends see the same room to pay',
    a.canSend === b.canReceive && b.canSend === a.canReceive,
    names,
  )
  return ends
}

/** What an entity holds in the Depository, as its own node has it. */
export async function reserveOf(node: NodeProcess, token: Token): Promise<bigint> {
  const reserves = await node.call('depository.reserves', { entity: node.entity })
  return reserves.find((reserve) => reserve.token === token.id)?.amount ?? 0n
}

/** Waits until the node of an entity sees `amount` in its reserve. */
export async function untilReserve(node: NodeProcess, token: Token, amount: bigint): Promise<void> {
  const what = `the reserve of ${node.name} is ${amount}`
  await until(what, async () => ((await reserveOf(node, token)) === amount ? true : undefined), [
    node.name,
  ])
}

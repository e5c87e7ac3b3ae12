/** Somebody who is no party of a dispute, and brings to court what was signed. Only in worlds with a chain. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { disputeProofDigest } from '@xln/shared/channel/digests.ts'
import {
  batchDigest,
  type DisputeCounter,
  EMPTY_BATCH,
  encodeBatch,
} from '@xln/shared/depository/batch.ts'
import { channelKeyOf, lazyEntityId } from '@xln/shared/entity/board.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { countedProof } from '../../machines/channel/proofs.ts'
import { signTransaction } from '../../shell/chain/broadcast.ts'
import { encodeCall } from '../../shell/chain/calls.ts'
import { type Ethereum, OUTSIDER } from '../ethereum.ts'
import type { SimServer } from '../server.ts'
import type { World } from '../world.ts'
import type { FaultClass } from './fault.ts'

const SECOND = 1_000
const GWEI = 10n ** 9n
const GAS = 8_000_000n
const BATCH_SECONDS = 600
const KEPT_MAX = 60

/** A stranger, such as a tower, has proofs with both signatures, and counters with any of them. */
export const strangerCounters: FaultClass = {
  name: 'stranger counters',
  rarity: 0.5,
  begin(world, random) {
    const { ethereum } = world
    if (ethereum === undefined) return
    const kept: DisputeCounter[] = []
    world.disturb(random, 5 * SECOND, () => {
      const server = random.pick(world.honest)
      const seen = countersOf(world, server).filter(
        (counter) => !kept.some(({ proof }) => proof.blockHash === counter.proof.blockHash),
      )
      kept.push(...seen)
      kept.splice(0, Math.max(0, kept.length - KEPT_MAX))
    })
    world.disturb(random.fork('posts'), 20 * SECOND, () => {
      const disputed = kept.filter((counter) => isDisputed(world, counter))
      if (disputed.length === 0) return
      world.trace.note('stranger', 'fault stranger counters')
      post(world, ethereum, random.pick(disputed))
    })
  },
}

/** What would counter in each of the channels of `server`, as they stand now. */
function countersOf(world: World, server: SimServer): DisputeCounter[] {
  const peers = world.servers.flatMap(({ entities }) => entities)
  return server.entities.flatMap((entity) =>
    peers.flatMap((peer) => counterOf(world, server, entity, peer) ?? []),
  )
}

function counterOf(
  { domain }: World,
  server: SimServer,
  entity: EntityId,
  peer: EntityId,
): DisputeCounter | undefined {
  const channel = server.engine?.shell.records(entity)?.channel(channelKeyOf(entity, peer))
  if (channel?.counted == null) return undefined
  const { key: channelKey, mutual, side } = channel
  const { left, right, cooperativeNonce } = mutual
  const proof = countedProof(channel, domain)
  const digest = disputeProofDigest(domain, { channelKey, cooperativeNonce, ...proof })
  const own = server.signFor(entity, digest)
  const { peerSignature } = channel.counted
  const [leftSignature, rightSignature] =
    side === 'left' ? [own, peerSignature] : [peerSignature, own]
  return { left, right, cooperativeNonce, proof, leftSignature, rightSignature }
}

function isDisputed(world: World, { left, right }: DisputeCounter): boolean {
  const records = world.serverOf(left)?.engine?.shell.records(left)
  return records?.channel(channelKeyOf(left, right))?.dispute?.standing != null
}

function post({ domain }: World, ethereum: Ethereum, counter: DisputeCounter): void {
  const entity = lazyEntityId(OUTSIDER.address)
  const batch = encodeBatch({ ...EMPTY_BATCH, counters: [counter] })
  const nonce = ethereum.batchNonceOf(entity)
  const validUntil = ethereum.now() + BATCH_SECONDS
  const signature = OUTSIDER.sign(batchDigest(domain, entity, batch, nonce, validUntil))
  const call = { type: 'processBatch', entity, batch, nonce, validUntil, signature } as const
  const fees = { maxFeePerGas: 10_000n * GWEI, maxPriorityFeePerGas: 40n * GWEI }
  const place = ethereum.nextNonceOf(OUTSIDER.address)
  const encoded = encodeCall(domain.depository, call)
  const { raw } = signTransaction(OUTSIDER, domain.chainId, place, encoded, GAS, fees)
  ethereum.chain.accept(hexToBytes(raw))
}

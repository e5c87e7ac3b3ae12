/**
 * The cheat. A malicious operator needs no node: it has the hub's key and an old state that the other
 * side has signed, and goes to the contract with it.
 */

import type { Result } from '@xln/shared/api.ts'
import { batchDigest, EMPTY_BATCH, encodeBatch } from '@xln/shared/depository/batch.ts'
import type { EntityId } from '@xln/shared/ids.ts'
import { Wallet } from 'ethers'
import { openKeystore } from '../shell/keys/keystore.ts'
import { StoryFailure } from './failure.ts'
import type { NodeProcess } from './nodeProcess.ts'
import { keystorePath } from './nodeSpec.ts'
import type { Stage } from './stage.ts'

/** How long the batch is good for, seconds. */
const LIFE_SECONDS = 600

/** Starts a dispute of `cheat` against `victim` with a proof of its own choice. Returns the transaction's hash. */
export async function startDispute(
  { ledger, deployment, account }: Stage,
  cheat: NodeProcess,
  victim: EntityId,
  old: Result<'channel.proof'>,
): Promise<string> {
  const { entity, spec } = cheat
  const { left, leftSignature, rightSignature, cooperativeNonce, proof } = old
  const batch = encodeBatch({
    ...EMPTY_BATCH,
    starts: [
      {
        peer: victim,
        cooperativeNonce,
        proof,
        peerSignature: victim === left ? leftSignature : rightSignature,
      },
    ],
  })
  const nonce = await ledger.depository.batchNonce(entity)
  const validUntil = (await ledger.now()) + LIFE_SECONDS
  const domain = { ...deployment, chainId: BigInt(deployment.chainId) }
  const { signers } = await openKeystore(keystorePath(spec), spec.password)
  const digest = batchDigest(domain, entity, batch, nonce, validUntil)
  const signature = signers.sign(signers.addressOf(spec.name), digest)

  // Anyone may relay it.
  const relay = new Wallet(account.key, ledger.provider)
  const sent = await ledger.depository
    .connect(relay)
    .processBatch(entity, batch, nonce, validUntil, signature)
  const receipt = await sent.wait()
  if (receipt?.status !== 1) throw new StoryFailure(`the contract did not take ${sent.hash}`)
  return sent.hash
}

/** What a dishonest server keeps and says. */
import type { Said } from '@xln/node/sim/server.ts'
import type { Proof } from '@xln/shared/depository/batchItem.ts'

/** What is said in place of one message. */
export type Trick = (said: Said) => readonly Said[]

/** What the peer has signed for the time after a settlement. */
export interface KeptProof {
  readonly cooperativeNonce: bigint
  readonly proof: Proof
  readonly peerSignature: Uint8Array
}

/** What a server has to do with the chain: it follows it, and brings its batches there. */
import type { ChainDomain } from '@xln/shared/depository/domain.ts'
import type { Address } from '@xln/shared/ids.ts'
import { touchedSince } from './channels.ts'
import type { GasKey } from './shell/chain/broadcast.ts'
import type { Correction } from './shell/chain/correction.ts'
import type { Endpoints } from './shell/chain/endpoints.ts'
import { ChainReader } from './shell/chain/reader.ts'
import type { SubmitResult } from './shell/chain/request.ts'
import { Submitter } from './shell/chain/submitter.ts'
import { Watcher } from './shell/chain/watcher.ts'
import type { Clock } from './shell/clock.ts'
import { ChainDesk } from './shell/desk.ts'
import type { Logger } from './shell/log.ts'
import type { ChainPort, ServerShell } from './shell/server.ts'
import type { Store } from './shell/store/store.ts'

export interface ChainSideOptions {
  readonly shell: ServerShell
  readonly store: Store
  readonly domain: ChainDomain
  readonly endpoints: Endpoints
  /** The block of the deployment. */
  readonly fromBlock: number
  readonly confirmations: number
  readonly pollMs: number
  readonly gasKey: GasKey
  readonly sign: (signer: Address, digest: Uint8Array) => Uint8Array
  readonly clock: Clock
  readonly log: Logger
}

export interface ChainSide {
  readonly port: ChainPort
  readonly reader: ChainReader
  readonly watcher: Watcher
  readonly submitter: Submitter
}

/** Puts it together; nothing runs yet. */
export function createChainSide(options: ChainSideOptions): ChainSide {
  const { shell, store, domain, endpoints, fromBlock, sign, log, ...rest } = options
  const { confirmations, pollMs, gasKey, clock } = rest
  const shared = { endpoints, contracts: domain, fromBlock, confirmations, pollMs, clock }
  const reader = new ChainReader({ endpoints, contracts: domain, fromBlock })
  const submitter: Submitter = new Submitter({
    ...shared,
    gasKey,
    log: log.with({ part: 'submitter' }),
    report: (result) => onSubmitted(result),
    sighted: () => watcher.poke(),
  })
  const desk = new ChainDesk({
    domain,
    sign,
    signerOf: (entity) => shell.signerOf(entity),
    submit: (request) => submitter.submit(request),
  })
  const onSubmitted = (result: SubmitResult) => {
    log.info('submitted', { ...result })
    if (result.status === 'reverted') shell.onBatchFailed(result.id, true)
    else if (result.status === 'refused') shell.onBatchFailed(result.id, false)
    else desk.ended(result.id)
  }
  const watcher: Watcher = new Watcher({
    ...shared,
    cursor: shell.state().cursor,
    interest: {
      hosts: (entity) => shell.hosts(entity),
      watches: (entity) => shell.watches(entity),
    },
    corrector: { reader, touchedSince: (block) => touchedSince(block, shell, store) },
    sink: {
      final: (batch, cursor) => shell.onFinal(batch, cursor),
      corrected: (correction, cursor) => onCorrected(shell, correction, cursor),
      firstSight: (event) => shell.onFirstSight(event),
    },
    log: log.with({ part: 'watcher' }),
  })
  const port: ChainPort = {
    desk,
    readChannel: (left, right, block) => reader.readChannel(left, right, block),
  }
  return { port, reader, watcher, submitter }
}

async function onCorrected(
  shell: ServerShell,
  { fromBlock, channels, entities }: Correction,
  cursor: Parameters<ServerShell['onCorrected']>[1],
): Promise<void> {
  const { timestamp } = channels[0]?.at ?? entities[0]?.at ?? shell.state().head
  const head = { block: fromBlock - 1, hash: cursor.hash, timestamp }
  const accounts = entities.map(({ entity, batchNonce, reserves, debts }) => ({
    entity,
    account: {
      batchNonce: Number(batchNonce),
      reserves: reserves.map(({ token, reserve }) => ({ token, amount: reserve })),
      debts,
    },
  }))
  await shell.onCorrected(head, cursor, channels, accounts)
}

/** The functions of each contract: what they take, do and return, as ethers has it. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { type Arguments, evaluateClause } from '@xln/shared/channel/clauses.ts'
import { decodeCounter, decodeFinalise } from '@xln/shared/depository/batchDecode.ts'
import { separatorsOf } from '@xln/shared/depository/domain.ts'
import { gateOf } from '@xln/shared/depository/gate.ts'
import {
  type EntityId,
  type Hashlock,
  type Hex,
  parseAddress,
  type Secret,
  type TokenId,
} from '@xln/shared/ids.ts'
import {
  ARGUMENTS_MAX,
  BODY_BYTES_MAX,
  BODY_GAS_MAX,
  CHANNEL_TOKENS_MAX,
  DISPUTE_WINDOW_MAX,
  DISPUTE_WINDOW_MIN,
  NAMED_TOKENS_MAX,
  PENDING_MAX,
} from '@xln/shared/limits.ts'
import { processBatch, revealSecret } from './batches.ts'
import { pairOf } from './channels.ts'
import { defaultedAt, OVERDUE_AFTER, recordDefault } from './defaults.ts'
import { counter } from './disputes.ts'
import { POSTERS } from './events.ts'
import { BODY_CLAUSES_MAX, finalise } from './finalises.ts'
import type { Frame } from './frame.ts'
import { arrive, DEBTS_PER_EXIT_MAX, pay } from './reserves.ts'
import { raise, revert, revertWithoutReason } from './reverts.ts'
import { pull } from './tokens.ts'

/** A function by its name: `input` are the bytes behind the selector, from which `args` are decoded. */
export type Functions = Readonly<
  Record<string, (frame: Frame, args: readonly unknown[], input: Uint8Array) => readonly unknown[]>
>

// ─── Depository ─────────────────────────────────────────────────────────────────────────────────

export const depositoryFunctions: Functions = {
  deposit(frame, [entity, token, amount]) {
    deposit(frame, entity as EntityId, token as TokenId, amount as bigint)
    return []
  },
  processBatch(frame, [entity, batch, nonce, validUntil, signature]) {
    const [encoded, signed] = [hexToBytes(batch as Hex), hexToBytes(signature as Hex)]
    processBatch(frame, entity as EntityId, encoded, nonce as bigint, validUntil as bigint, signed)
    return []
  },
  counter(frame, _, input) {
    raise(counter(frame, undefined, decodeCounter(input) ?? revertWithoutReason()))
    return []
  },
  finalise(frame, _, input) {
    raise(finalise(frame, undefined, decodeFinalise(input) ?? revertWithoutReason()))
    return []
  },
  enforceDebts(frame, [entity, token, max]) {
    return [pay(frame, entity as EntityId, token as TokenId, max as bigint).paid]
  },
  payOut: ({ sender }) => revert('NotSelf', sender),
  beginArrival: ({ sender }) => revert('NotSelf', sender),
  endArrival: ({ sender }) => revert('NotSelf', sender),
  bring: ({ sender }) => revert('NotSelf', sender),

  reserveOf: ({ world }, [entity, token]) => [
    world.reserveOf(entity as EntityId, token as TokenId),
  ],
  collateralOf({ world }, [left, right, token]) {
    const { key } = orderedPair(left as EntityId, right as EntityId)
    const { collateral, ondelta } = world.holdingOf(key, token as TokenId)
    return [[collateral, ondelta]]
  },
  channelOf({ world }, [left, right]) {
    const { key } = orderedPair(left as EntityId, right as EntityId)
    const channel = world.channelOf(key)
    return [{ ...channel, poster: POSTERS.indexOf(channel.poster) }]
  },
  batchNonce: ({ world }, [entity]) => [world.batchNonces.get(entity as EntityId) ?? 0n],
  debtsOf({ world }, [entity, token]) {
    const { head, tail, total } = world.queueOf(entity as EntityId, token as TokenId)
    return [head, tail, total]
  },
  debtAt({ world }, [entity, token, index]) {
    return [world.debtAt(entity as EntityId, token as TokenId, index as bigint)]
  },
  domainSeparator: ({ domain }) => [separatorsOf(domain).depository],
  entityProvider: ({ domain }) => [domain.entityProvider],
  secretRegistry: ({ domain }) => [domain.subcontractProvider],
  gate: ({ domain }) => [gateOf(domain.depository)],

  limits: () => [
    {
      windowMin: DISPUTE_WINDOW_MIN,
      windowMax: DISPUTE_WINDOW_MAX,
      argumentsMax: ARGUMENTS_MAX,
      namedTokensMax: NAMED_TOKENS_MAX,
      bodyTokensMax: CHANNEL_TOKENS_MAX,
      bodyClausesMax: BODY_CLAUSES_MAX,
      bodyBytesMax: BODY_BYTES_MAX,
      bodyGasMax: BODY_GAS_MAX,
      pendingMax: PENDING_MAX,
      debtsPerExitMax: DEBTS_PER_EXIT_MAX,
    },
  ],
}

function deposit(frame: Frame, entity: EntityId, token: TokenId, amount: bigint): void {
  if (amount === 0n) revert('AmountZero')
  pull(frame, token, amount)
  arrive(frame, entity, token, amount)
}

function orderedPair(left: EntityId, right: EntityId) {
  return left < right ? pairOf(left, right) : revert('LeftNotBelowRight', left, right)
}

// ─── SubcontractProvider ────────────────────────────────────────────────────────────────────────

export const subcontractProviderFunctions: Functions = {
  revealSecret(frame, [secret]) {
    revealSecret(frame, secret as Secret)
    return []
  },
  revealedAt: ({ world }, [hashlock]) => [world.revealedAt.get(hashlock as Hashlock) ?? 0],
  recordDefault(frame, [depository, debtor, token, threshold, max, entries]) {
    const claimed = defaultOf(depository, debtor, token, threshold)
    recordDefault(frame, claimed, max as bigint, entries as bigint[])
    return []
  },
  defaultedAt: (frame, [depository, debtor, token, threshold]) => [
    defaultedAt(frame, defaultOf(depository, debtor, token, threshold)),
  ],
  OVERDUE_AFTER: () => [OVERDUE_AFTER],
  /** Where the contract reverts, so does this, but without telling why. */
  evaluate(frame, [deltas, batch, left, right]) {
    const facts = {
      now: frame.now,
      revealedAt: (hashlock: Hashlock) => frame.world.revealedAt.get(hashlock) ?? 0,
      // Of the Depository that asks: nobody else has defaults.
      defaultedAt: (debtor: EntityId, token: TokenId, threshold: bigint) => {
        return defaultedAt(frame, { depository: frame.sender, debtor, token, threshold })
      },
      left: argumentsOf(left),
      right: argumentsOf(right),
    }
    const given = [...(deltas as readonly bigint[])]
    const answer = evaluateClause(given, hexToBytes(batch as Hex), facts) ?? revertWithoutReason()
    return [answer.deltas, answer.pendingUntil]
  },
}

function defaultOf(depository: unknown, debtor: unknown, token: unknown, threshold: unknown) {
  return {
    depository: parseAddress(depository as string),
    debtor: debtor as EntityId,
    token: token as TokenId,
    threshold: threshold as bigint,
  }
}

function argumentsOf(value: unknown): Arguments {
  const [data, committedAt] = value as [Hex, bigint]
  return { data: hexToBytes(data), committedAt: Number(committedAt) }
}

/** The commands of a conversation: what each line that begins with `>` does. */

import { DEFAULT_POLICY } from '@xln/node/machines/entity/entity.ts'
import { TOKENS } from '@xln/node/sim/ethereum.ts'
import { EPOCH_MS } from '@xln/node/sim/process.ts'
import type { SimServer } from '@xln/node/sim/server.ts'
import { hashlockOf } from '@xln/shared/crypto/hashlock.ts'
import type { Action } from '@xln/shared/entity/action.ts'
import type { Hashlock, TokenId } from '@xln/shared/ids.ts'
import { DISPUTE_WINDOW_MIN } from '@xln/shared/limits.ts'
import type { Stage } from './stage.ts'
import {
  disputeByHand,
  proofOfSettlement,
  proposeByHand,
  submitByHand,
  withholdsAcknowledgements,
  withholdsSecrets,
} from './tricks.ts'

/** What a command is carried out with: its words, by their places in the pattern. */
type Run = (stage: Stage, ...words: readonly string[]) => void | Promise<void>

const NOTHING = new Uint8Array(0)
/** How long a command is given until the next one, unless that one comes `meanwhile`. */
const REST_MS = 1_000
const MEANWHILE = 'meanwhile '
const INVOICE_SECONDS = 86_400
const UNITS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 }

/** `A`, `B`, `C` name servers, `N` is a number, `T` a token. */
const commands: readonly (readonly [pattern: string, run: Run])[] = [
  ['A opens a channel with B', opens],
  ['A lends B N T', lends],
  ['A pays B N T', pays],
  ['A pays B N T by lock', paysByLock],
  ['A pays B N T by lock over C', paysByLock],
  ['A pays B N T by lock over C, who keeps N', paysByLock],
  ['A pays B N T by a lock that B does not know over C, who keeps N', paysUnknown],
  ['A keeps N of what it forwards', keeps],
  ['A deposits N T', deposits],
  ['A puts N T into the channel with B', collateralises],
  ['A asks B for N T of collateral, and pays N for it', asksForCollateral],
  ['A cashes N T out of the channel with B', cashesOut],
  ['A closes the channel with B', closes],
  ['A disputes the channel with B', disputes],
  ['A sends B a block by hand that pays N T', paysByHand],
  ['A keeps the proof of the settlement with B', keepsProof],
  ['A disputes by hand with B by that proof', disputesByHand],
  ['A shows the next secret to the chain by hand', showsSecret],
  ['A withholds every acknowledgement', withholdsAcks],
  ['A withholds every secret', withholdsAllSecrets],
  ['A is honest again', (stage, a = '') => void stage.tricks.delete(stage.server(a))],
  ['cut A and B', cut],
  ['mend the wires', ({ network }) => network.heal()],
  ['kill A', (stage, a = '') => stage.server(a).kill('killed')],
  ['start A', (stage, a = '') => stage.server(a).start()],
  ['the power of A fails right before its next write', losesPower('killedBefore')],
  ['the power of A fails right after its next write', losesPower('killedAfter')],
  ["copy A's disk", copies],
  ["A's disk goes back to the copy", goesBack],
  ["A's clock is N seconds ahead", clockAhead],
  ['pass N seconds', passes('second')],
  ['pass N minutes', passes('minute')],
  ['pass N hours', passes('hour')],
  ['mine N blocks', (stage, n = '') => stage.mine(Number(n))],
  ['reorganise N blocks', (stage, n = '') => stage.reorganise(Number(n), true)],
  ['reorganise N blocks, and their transactions are forgotten', forgets],
  ['no transaction gets into a block', fills(true)],
  ['transactions get into blocks again', fills(false)],
]

/** What README.md lists. */
export const commandPatterns: readonly string[] = commands.map(([pattern]) => pattern)

const table = commands.map(([pattern, run]) => ({ expression: expressionOf(pattern), run }))

function expressionOf(pattern: string): RegExp {
  const seen = new Set<string>()
  const source = pattern.replace(/\b(A|B|C|N|T)\b/g, (_, letter: string) => {
    if (letter === 'N') return '(\\d+)'
    if (letter === 'T') return '(USD|EUR)'
    // A name that comes again is the same name, and no further word.
    if (seen.has(letter)) return '[a-z]+'
    seen.add(letter)
    return '([a-z]+)'
  })
  return new RegExp(`^${source}$`)
}

/** Carries `line` out and lets what follows from it happen. Throws for what is no command. */
export async function carryOut(
  stage: Stage,
  line: string,
  next: string | undefined,
): Promise<void> {
  const command = line.startsWith(MEANWHILE) ? line.slice(MEANWHILE.length) : line
  for (const { expression, run } of table) {
    const match = expression.exec(command)
    if (match === null) continue
    await run(stage, ...match.slice(1))
    if (next?.startsWith(MEANWHILE) !== true) await stage.pass(REST_MS)
    return
  }
  throw new Error(`no such command: ${line}`)
}

/** The cast of a line `start alice, bob and hub`. */
export function castOf(line: string | undefined): string[] {
  const [, names] = /^start ([a-z, ]+)$/.exec(line ?? '') ?? []
  if (names === undefined) throw new Error('a conversation begins with: > start alice and bob')
  return names.split(/, | and /)
}

// ─── What owners want ───────────────────────────────────────────────────────────────────────────

function ask(stage: Stage, name: string, action: Action): void {
  const server = stage.server(name)
  if (server.engine === undefined) throw new Error(`${name} does not run`)
  // The answer stands among the outputs of the block that decided it.
  stage.ask(name, server.engine.shell.propose(stage.entity(name), action, 'golden'))
}

function tokenOf(name: string): TokenId {
  return TOKENS[name === 'EUR' ? 1 : 0] as TokenId
}

function opens(stage: Stage, a = '', b = ''): void {
  const peer = stage.entity(b)
  ask(stage, a, { type: 'openChannel', peer, disputeWindow: DISPUTE_WINDOW_MIN })
}

function lends(stage: Stage, a = '', b = '', amount = '', token = ''): void {
  const limit = BigInt(amount)
  ask(stage, a, { type: 'extendCredit', peer: stage.entity(b), token: tokenOf(token), limit })
}

function pays(stage: Stage, a = '', b = '', n = '', token = ''): void {
  const what = { token: tokenOf(token), amount: BigInt(n), memo: NOTHING }
  ask(stage, a, { type: 'payPeer', peer: stage.entity(b), ...what })
}

/** The payee makes an invoice, which is not news; then the payer pays it. */
async function paysByLock(
  stage: Stage,
  a = '',
  b = '',
  n = '',
  t = '',
  hub?: string,
  fee = '0',
): Promise<void> {
  const secret = stage.names.takeSecret()
  const what = { token: tokenOf(t), amount: BigInt(n) }
  const expiresAt = Math.floor((EPOCH_MS + stage.scheduler.nowMs) / 1_000) + INVOICE_SECONDS
  ask(stage, b, { type: 'createInvoice', secret, ...what, expiresAt, memo: NOTHING })
  await stage.pass(REST_MS / 10)
  payAlong(stage, [a, b, hub], what, hashlockOf(secret), BigInt(fee))
}

function paysUnknown(stage: Stage, a = '', b = '', n = '', t = '', hub = '', fee = ''): void {
  const what = { token: tokenOf(t), amount: BigInt(n) }
  payAlong(stage, [a, b, hub], what, hashlockOf(stage.names.takeSecret()), BigInt(fee))
}

function payAlong(
  stage: Stage,
  [from = '', to = '', hub]: readonly (string | undefined)[],
  what: { readonly token: TokenId; readonly amount: bigint },
  hashlock: Hashlock,
  fee: bigint,
): void {
  const first = hub === undefined ? [] : [{ entity: stage.entity(hub), fee }]
  const route = [...first, { entity: stage.entity(to), fee: 0n }]
  ask(stage, from, { type: 'pay', route, ...what, hashlock })
}

function keeps(stage: Stage, a = '', fee = ''): void {
  ask(stage, a, { type: 'setPolicy', policy: { ...DEFAULT_POLICY, feeBase: BigInt(fee) } })
}

function deposits(stage: Stage, a = '', n = '', token = ''): void {
  const { chain } = stage.server(a)
  if (chain === undefined) throw new Error(`${a} does not run`)
  stage.ask(a, chain.deposit(stage.entity(a), tokenOf(token), BigInt(n)))
}

function collateralises(stage: Stage, a = '', n = '', t = '', b = ''): void {
  const what = { token: tokenOf(t), amount: BigInt(n) }
  ask(stage, a, { type: 'collateralise', peer: stage.entity(b), ...what })
}

function asksForCollateral(stage: Stage, a = '', b = '', n = '', t = '', fee = ''): void {
  const what = { token: tokenOf(t), amount: BigInt(n), fee: BigInt(fee) }
  ask(stage, a, { type: 'requestCollateral', peer: stage.entity(b), ...what })
}

function cashesOut(stage: Stage, a = '', n = '', t = '', b = ''): void {
  const what = { token: tokenOf(t), amount: BigInt(n) }
  ask(stage, a, { type: 'cashOut', peer: stage.entity(b), ...what })
}

function closes(stage: Stage, a = '', b = ''): void {
  ask(stage, a, { type: 'closeChannel', peer: stage.entity(b) })
}

function disputes(stage: Stage, a = '', b = ''): void {
  ask(stage, a, { type: 'startDispute', peer: stage.entity(b) })
}

// ─── What goes wrong ────────────────────────────────────────────────────────────────────────────

function paysByHand(stage: Stage, a = '', b = '', n = '', t = ''): void {
  const pay = { type: 'pay', token: tokenOf(t), amount: BigInt(n), memo: NOTHING } as const
  proposeByHand(stage, stage.server(a), stage.server(b), [pay])
}

function withholdsAcks(stage: Stage, a = ''): void {
  stage.tricks.set(stage.server(a), withholdsAcknowledgements(stage))
}

function withholdsAllSecrets(stage: Stage, a = ''): void {
  stage.tricks.set(stage.server(a), withholdsSecrets(stage))
}

/** Both hear of it, and neither reaches the other. */
function cut({ network }: Stage, a = '', b = ''): void {
  network.part(a, b)
  for (const wire of network.wires()) {
    if ([wire.from, wire.to].sort().join() === [a, b].sort().join()) wire.cut()
  }
}

function losesPower(fate: 'killedBefore' | 'killedAfter'): Run {
  return (stage, a = '') => stage.cutPowerAt(stage.server(a), fate)
}

function copies(stage: Stage, a = ''): void {
  const server = stage.server(a)
  stage.images.set(server, server.disk.image())
}

function goesBack(stage: Stage, a = ''): void {
  const server: SimServer = stage.server(a)
  const image = stage.images.get(server)
  if (image === undefined) throw new Error(`there is no copy of ${a}'s disk`)
  server.kill('its disk is replaced')
  server.disk.restore(image)
}

function clockAhead(stage: Stage, a = '', seconds = ''): void {
  stage.server(a).skew.ms = Number(seconds) * 1_000
}

function passes(unit: string): Run {
  const unitMs = UNITS[unit] ?? 0
  return (stage, n = '') => stage.pass(Number(n) * unitMs)
}

function forgets(stage: Stage, n = ''): void {
  stage.reorganise(Number(n), false)
}

function fills(isFull: boolean): Run {
  return (stage) => {
    stage.isFull = isFull
  }
}

function keepsProof(stage: Stage, a = '', b = ''): void {
  stage.keptProof = proofOfSettlement(stage, stage.server(a), stage.server(b))
}

/** The secret of the lock that somebody will make next: whoever chose it may show it at any time. */
function showsSecret(stage: Stage, a = ''): void {
  const item = { type: 'secret', secret: stage.names.nextSecret() } as const
  submitByHand(stage.server(a), item)
}

function disputesByHand(stage: Stage, a = '', b = ''): void {
  if (stage.keptProof === undefined) throw new Error('nobody has kept a proof')
  disputeByHand(stage.server(a), stage.server(b), stage.keptProof)
}

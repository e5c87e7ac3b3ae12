/** The chapters in their order, and the invitation to go on from there. */
import { shortId } from './amounts.ts'
import { closeBooks, openBooks } from './chapters/books.ts'
import { cashOut } from './chapters/cashOut.ts'
import { cheatAndPunish } from './chapters/cheat.ts'
import { crashHub } from './chapters/crash.ts'
import { openChannels } from './chapters/open.ts'
import { payMany } from './chapters/pay.ts'
import { sum } from './outcome.ts'
import { type Plan, SYMBOL } from './plan.ts'
import { BLOCK_MS, CONFIRMATIONS, type Stage, type Theatre } from './stage.ts'
import type { Teller } from './teller.ts'

export async function play(theatre: Theatre, plan: Plan, teller: Teller): Promise<Stage> {
  teller.title('XLN: a chain, three nodes, and one cheat')
  teller.plain()
  const stage = await theatre.open(plan)
  describe(stage, teller)
  const before = await openBooks(stage)
  await openChannels(stage, plan, teller)
  const first = await payMany(stage, plan, teller)
  const second = await crashHub(stage, plan, first, teller)
  const all = sum(first, second)
  await cashOut(stage, all.paid, teller)
  const verdict = await cheatAndPunish(stage, teller)
  await closeBooks(stage, before, all, verdict, teller)
  return stage
}

function describe({ deployment, token, sender, hub, receiver }: Stage, teller: Teller): void {
  const pace = `a block every ${BLOCK_MS} ms, final with ${CONFIRMATIONS} on top`
  teller.say('chain', 'runs on this machine', pace)
  const { depository, entityProvider, subcontractProvider } = deployment
  teller.say('', 'Depository', shortId(depository))
  teller.say('', 'EntityProvider', shortId(entityProvider))
  teller.say('', 'SubcontractProvider', shortId(subcontractProvider))
  teller.say('', `${SYMBOL}, a test token`, shortId(token.address))
  for (const node of [sender, hub, receiver]) {
    teller.say(node.name, `is entity ${shortId(node.entity)}`, `process ${node.pid}`)
  }
}

/** Says where everything is, for whoever wants to go on by hand. */
export async function invite(stage: Stage, teller: Teller): Promise<void> {
  const { chain, deployment, token, hub } = stage
  teller.plain()
  teller.plain('The network stays up until Ctrl-C.')
  teller.plain()
  teller.say('chain', chain.url, `chain id ${chain.chainId}`)
  teller.say('', deployment.depository, 'Depository')
  teller.say('', deployment.entityProvider, 'EntityProvider')
  teller.say('', deployment.subcontractProvider, 'SubcontractProvider')
  teller.say('', token.address, SYMBOL)
  for (const node of [stage.sender, hub, stage.receiver]) {
    teller.plain()
    teller.say(node.name, node.apiUrl, 'API')
    teller.say('', await node.token(), 'its token')
    teller.say('', node.entity)
    teller.say('', node.spec.dataDir, 'data directory')
  }
  teller.plain()
  teller.plain(`Try: npm run xln -- channels --data-dir ${hub.spec.dataDir}`)
}

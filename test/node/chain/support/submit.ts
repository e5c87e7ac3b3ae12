import type { Endpoints } from '@xln/node/shell/chain/endpoints.ts'
import type { Sighting, SubmitResult } from '@xln/node/shell/chain/request.ts'
import { Submitter, type SubmitterOptions } from '@xln/node/shell/chain/submitter.ts'
import { silent } from './recorder.ts'
import { until } from './until.ts'
import { type Actor, gasKeyOf, type World } from './world.ts'

/** A submitter at work and what it reported. */
export class Desk {
  readonly results = new Map<string, SubmitResult>()
  readonly sightings: Sighting[] = []
  readonly submitter: Submitter
  readonly running: Promise<void>

  constructor(
    world: World,
    endpoints: Endpoints,
    actor: Actor,
    options: Partial<SubmitterOptions> = {},
  ) {
    this.submitter = new Submitter({
      endpoints,
      contracts: world.domain,
      fromBlock: world.deployment.block,
      gasKey: gasKeyOf(actor),
      log: silent,
      confirmations: 1,
      pollMs: 10,
      ...options,
      report: (result) => {
        if (this.results.has(result.id)) throw new Error(`${result.id} was reported twice`)
        this.results.set(result.id, result)
      },
      sighted: (sighting) => this.sightings.push(sighting),
    })
    this.running = this.submitter.run()
  }

  async result(id: string): Promise<SubmitResult> {
    await until(`${id} is over`, () => this.results.has(id))
    const result = this.results.get(id)
    if (result === undefined) throw new Error('unreachable')
    return result
  }

  async sighting(id: string): Promise<Sighting> {
    await until(`${id} is in a block`, () => this.sightings.some((each) => each.id === id))
    const sighting = this.sightings.findLast((each) => each.id === id)
    if (sighting === undefined) throw new Error('unreachable')
    return sighting
  }
}

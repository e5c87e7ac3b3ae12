/** What keeps a dispute from being ended. */
import { expect } from 'chai'
import type { Hex } from '../boards.ts'
import { erc20Id, etherId, hashBody, type ProofBody } from '../depository.ts'
import { bodyOf, finaliseBy, noBody, start } from '../depositoryItems.ts'
import {
  createWorld,
  finaliseOf,
  networkHelpers,
  passDeadline,
  stateOf,
} from '../depositoryWorld.ts'
import {
  anywhere,
  collateralised,
  disputed,
  pendingBody,
  type Refusal,
  reverts,
  skips,
  stranger,
} from './expect.ts'

export const finalisesRefusals: readonly Refusal[] = [
  {
    error: 'DisputeOpen',
    when: 'the window is not over, and whoever posted or a stranger wants to end it',
    from: disputed,
    check: async (world) => {
      const { depository, left } = world
      const { deadline } = await stateOf(world, world)
      const item = finaliseOf(world, bodyOf(world, -40n))
      await reverts(world, depository.finalise(item), 'DisputeOpen', deadline)
      for (const by of [left, stranger]) {
        await skips(world, by, { finalises: [item] }, 'DisputeOpen')
      }
    },
  },
  {
    error: 'ProofBodyWrong',
    when: 'another body stands',
    from: disputed,
    check: async (world) => {
      const { depository } = world
      const [standing, other] = [bodyOf(world, -40n), bodyOf(world, -41n)]
      await passDeadline(world)
      const item = finaliseOf(world, other)
      const hashes = [hashBody(other), hashBody(standing)]
      await reverts(world, depository.finalise(item), 'ProofBodyWrong', ...hashes)
      await skips(world, stranger, { finalises: [item] }, 'ProofBodyWrong')
    },
  },
  {
    error: 'ProofBodyTooLarge',
    when: 'a body is beyond a limit by one',
    from: createWorld,
    check: async (world) => {
      const { depository, left } = world
      const limits = await depository.limits()
      const clause = { provider: anywhere, gasLimit: 0n, until: 0, batch: '0x', allowances: [] }
      const tokenIds = Array.from({ length: Number(limits.bodyTokensMax) + 1 }, (_, i) =>
        erc20Id(`0x${(i + 1).toString(16).padStart(40, '0')}`),
      )
      const bytes: Hex = `0x${'11'.repeat(Number(limits.bodyBytesMax) + 1)}`
      const gasLimit = limits.bodyGasMax + 1n
      const bodies = [
        { ...noBody, tokenIds, offdeltas: tokenIds.map(() => 0n) },
        {
          ...noBody,
          clauses: Array.from({ length: Number(limits.bodyClausesMax) + 1 }, () => clause),
        },
        { ...noBody, clauses: [{ ...clause, batch: bytes }] },
        { ...noBody, clauses: [{ ...clause, gasLimit }] },
      ]
      for (const [i, body] of bodies.entries()) {
        await start(world, left, i + 1, body)
        await skips(
          world,
          world.right,
          { finalises: [finaliseOf(world, body)] },
          'ProofBodyTooLarge',
        )
      }
      await passDeadline(world)
      const last = finaliseOf(world, bodies[3] ?? noBody)
      await reverts(world, depository.finalise(last), 'ProofBodyTooLarge')
    },
  },
  {
    error: 'ProofBodyInvalid',
    when: 'the lists of a body do not fit together',
    from: createWorld,
    check: async (world) => {
      const { depository, left, right, tokenId } = world
      const allowance = { deltaIndex: 0, leftAllowance: 1n, rightAllowance: 1n }
      const clause = { provider: anywhere, gasLimit: 0n, until: 0, batch: '0x', allowances: [] }
      const withAllowances = (allowances: readonly (typeof allowance)[]): ProofBody => ({
        ...bodyOf(world, 0n),
        clauses: [{ ...clause, allowances }],
      })
      const bodies: readonly ProofBody[] = [
        { ...noBody, tokenIds: [tokenId], offdeltas: [] },
        { ...noBody, tokenIds: [tokenId, tokenId], offdeltas: [0n, 0n] },
        { ...noBody, tokenIds: [tokenId, etherId], offdeltas: [0n, 0n] },
        withAllowances([allowance, allowance]),
        withAllowances([{ ...allowance, deltaIndex: 1 }]),
      ]
      for (const [i, body] of bodies.entries()) {
        await start(world, left, i + 1, body)
        await skips(world, right, { finalises: [finaliseOf(world, body)] }, 'ProofBodyInvalid')
      }
      await passDeadline(world)
      const last = finaliseOf(world, bodies[4] ?? noBody)
      await reverts(world, depository.finalise(last), 'ProofBodyInvalid')
    },
  },
  {
    error: 'ClausePending',
    when: 'a secret may still come',
    from: collateralised,
    check: async (world) => {
      const { depository, left, right } = world
      const revealBy = (await networkHelpers.time.latest()) + 3 * 86_400
      const body = pendingBody(world, revealBy)
      await start(world, left, 1, body)
      const item = finaliseOf(world, body)
      await skips(world, right, { finalises: [item] }, 'ClausePending')
      await passDeadline(world)
      await reverts(world, depository.finalise(item), 'ClausePending', revealBy)
      await networkHelpers.time.setNextBlockTimestamp(revealBy)
      await reverts(world, depository.finalise(item), 'ClausePending', revealBy)
      await networkHelpers.time.setNextBlockTimestamp(revealBy + 1)
      await finaliseBy(world, stranger, body)
      expect((await stateOf(world, world)).deadline).to.equal(0n)
    },
  },
]

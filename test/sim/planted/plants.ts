/**
 * The bugs that the simulator must find, one at a time. Each is a mistake that somebody could make in
 * good faith: a check that looks needless, an order that looks free, a case forgotten.
 */
import type { Plant } from './plant.ts'
import { around } from './plants/around.ts'
import { court } from './plants/court.ts'
import { money } from './plants/money.ts'
import { signing } from './plants/signing.ts'

export const plants: readonly Plant[] = [...money, ...signing, ...court, ...around]

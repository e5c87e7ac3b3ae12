import { describeBls } from '../support/blsVectors.ts'

describe('BLS in TypeScript', describeBls)

import { installNativeBls } from '@xln/node/shell/bls.ts'
import { type Bls, useBls } from '@xln/shared/crypto/bls.ts'
import { describeBls } from '../../shared/support/blsVectors.ts'

describe('BLS in C', () => {
  let replaced: Bls
  before(() => {
    replaced = installNativeBls()
  })
  after(() => useBls(replaced))

  describeBls()
})

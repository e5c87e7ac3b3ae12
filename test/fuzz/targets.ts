/** Everything that parses bytes, text or JSON from outside. */
import type { Target } from './target.ts'
import { apiTargets } from './targets/api.ts'
import { chainTargets } from './targets/chain.ts'
import { codecTargets } from './targets/codec.ts'
import { fileTargets } from './targets/files.ts'
import { machineTargets } from './targets/machines.ts'
import { signatureTargets } from './targets/signatures.ts'
import { wireTargets } from './targets/wire.ts'

export const targets: readonly Target[] = [
  ...wireTargets,
  ...codecTargets,
  ...signatureTargets,
  ...machineTargets,
  ...apiTargets,
  ...chainTargets,
  ...fileTargets,
]

import type { Address } from '@xln/shared/ids.ts'
import { NodeError } from '../errors.ts'

export type KeystoreFault =
  | { readonly code: 'keystore_missing'; readonly path: string }
  | { readonly code: 'keystore_exists'; readonly path: string }
  | { readonly code: 'keystore_exposed'; readonly path: string; readonly mode: number }
  | { readonly code: 'keystore_damaged'; readonly path: string; readonly reason: string }
  | { readonly code: 'keystore_unwritable'; readonly path: string }
  | { readonly code: 'password_wrong'; readonly path: string }
  | { readonly code: 'key_exists'; readonly name: string }
  | { readonly code: 'key_invalid'; readonly name: string }
  | { readonly code: 'key_unknown'; readonly key: Address | string }

export class KeystoreError extends NodeError<KeystoreFault> {
  constructor(fault: KeystoreFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

/** One sentence on what happened, one on what to do about it. */
function explain(fault: KeystoreFault): string {
  switch (fault.code) {
    case 'keystore_missing':
      return `There is no keystore at ${fault.path}. Create one with "xln init".`
    case 'keystore_exists':
      return `${fault.path} exists already. Move it away first: it may hold the only copy of its keys.`
    case 'keystore_exposed':
      return `${fault.path} can be read by others (mode ${fault.mode.toString(8)}). Run: chmod 600 ${fault.path}`
    case 'keystore_damaged':
      return `${fault.path} is damaged: ${fault.reason}. Restore it from a backup.`
    case 'keystore_unwritable':
      return `${fault.path} could not be written; what it held before is untouched. Check the disk and its permissions.`
    case 'password_wrong':
      return `The password does not open ${fault.path}. Try again.`
    case 'key_exists':
      return `The keystore holds a key named "${fault.name}" already. Choose another name.`
    case 'key_invalid':
      return `"${fault.name}" is not a letter followed by at most 63 letters, digits, ".", "_" or "-", or its private key is not one of secp256k1.`
    case 'key_unknown':
      return `The keystore holds no key "${fault.key}". List the keys with "xln keys".`
  }
}

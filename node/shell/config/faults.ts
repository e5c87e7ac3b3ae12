import { NodeError } from '../errors.ts'

export type ConfigFault =
  | { readonly code: 'config_missing'; readonly path: string }
  | { readonly code: 'config_exists'; readonly path: string }
  | { readonly code: 'config_invalid'; readonly source: string; readonly reason: string }
  | { readonly code: 'setting_missing'; readonly setting: string }
  | { readonly code: 'password_missing' }

export class ConfigError extends NodeError<ConfigFault> {
  constructor(fault: ConfigFault, options?: ErrorOptions) {
    super(fault, explain(fault), options)
  }
}

/** One sentence on what happened, one on what to do about it. */
function explain(fault: ConfigFault): string {
  switch (fault.code) {
    case 'config_missing':
      return `There is no configuration at ${fault.path}. Make one with "xln init", or name another folder with --data-dir.`
    case 'config_exists':
      return `${fault.path} exists already. Name another folder with --data-dir.`
    case 'config_invalid':
      return `${fault.source}: ${fault.reason}. Correct it and try again.`
    case 'setting_missing':
      return `"${fault.setting}" is not set. Run "xln deploy", or write it into the configuration.`
    case 'password_missing':
      return 'The password of the keystore is not known. Set XLN_PASSWORD or XLN_PASSWORD_FILE, or run this in a terminal.'
  }
}

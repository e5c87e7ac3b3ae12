/** How command lines are written: parameters, options, and those that many commands share. */

/** A word after the command. */
export interface Parameter {
  readonly name: string
  readonly isOptional?: boolean
  /** Takes all that follow. */
  readonly isList?: boolean
}

export interface Option {
  readonly name: string
  /** Such as `<amount>`; absent for a flag. */
  readonly value?: string
  readonly summary: string
  /** What is so when it is not given; only shown. */
  readonly default?: string
  /** May be given several times. */
  readonly isList?: boolean
}

/** How a command line of one command is written, and what its help says. */
export interface Syntax {
  /** One or two words. */
  readonly name: string
  /** Lower case, without a full stop. */
  readonly summary: string
  readonly parameters?: readonly Parameter[]
  readonly options?: readonly Option[]
  /** Whole lines after `xln `; a test parses them. */
  readonly examples: readonly string[]
  /** A paragraph below the examples. */
  readonly notes?: string
  readonly seeAlso?: readonly string[]
}

/** What every command takes. */
export const commonOptions: readonly Option[] = [
  {
    name: 'data-dir',
    value: '<path>',
    summary: "The node's folder",
    default: 'XLN_DATA_DIR, or ~/.xln',
  },
  {
    name: 'api',
    value: '<url>',
    summary: 'The node to talk to',
    default: 'XLN_API, or the one that runs in the folder',
  },
  {
    name: 'api-token',
    value: '<token>',
    summary: 'Its token',
    default: 'XLN_API_TOKEN, or that of the folder',
  },
  { name: 'json', summary: 'One JSON object per output line' },
  { name: 'help', summary: 'Show this' },
]

/** For commands of one entity. */
export const entityOption: Option = {
  name: 'entity',
  value: '<entity>',
  summary: 'Whose: an id or a name',
  default: 'XLN_ENTITY, or the only one',
}

export const tokenOption: Option = {
  name: 'token',
  value: '<token>',
  summary: 'ether, a name of the configuration, a contract, or erc721:<collection>:<id> (erc1155)',
}

export const baseUnitsOption: Option = {
  name: 'base-units',
  summary: 'Amounts are in base units, not in whole tokens',
}

export const keyOption: Option = {
  name: 'key',
  value: '<key>',
  summary: 'Idempotency key: repeated with the same key, it happens once',
}

/** The settings that a flag may override, as options. */
import { overrides } from '../shell/config/load.ts'
import type { Option } from './syntax.ts'

export const settingOptions: readonly Option[] = overrides.map(
  ({ flag, value, summary, variable }) => ({
    name: flag,
    value,
    summary,
    default: `${variable}, or the configuration`,
  }),
)

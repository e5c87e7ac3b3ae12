import { filesUnder } from './setup.mjs'

const solidity = [...filesUnder('contracts', '.sol'), ...filesUnder('test', '.sol')]

/** Each check is a command and its arguments; it holds when the exit code is 0. */
export const checks = {
  'biome (format and lint of TypeScript)': ['biome', ['ci', '--error-on-warnings', '.']],
  ...(solidity.length > 0 && {
    'prettier (format of Solidity)': ['prettier', ['--check', ...solidity]],
    // --disc: do not ask the network for a newer solhint.
    'solhint (lint of Solidity)': [
      'solhint',
      ['--disc', '--noPoster', '--max-warnings', '0', ...solidity],
    ],
    'write Solidity': ['prettier', ['--write', '--log-level', 'warn', ...solidity]],
  }),
  'tsc (types)': ['tsc', ['-p', '.']],
  'tsc (shared/ without Node)': ['tsc', ['-p', 'shared']],
  'write TypeScript': ['biome', ['check', '--write', '.']],
}

const named = (start) => Object.keys(checks).filter((name) => name.startsWith(start))

export const checkNames = {
  lint: [...named('biome'), ...named('prettier'), ...named('solhint')],
  types: named('tsc'),
  format: named('write'),
}

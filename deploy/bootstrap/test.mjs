import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { checkNames, checks } from './checks.mjs'
import { root, run, say, toolEnvironment, wasStopped } from './processes.mjs'
import { compile, filesUnder } from './setup.mjs'

// Far above what a suite needs: it is there so that a suite that hangs ends as a failure.
const suiteTimeoutMs = 30 * 60_000
const reporter = join(root, 'deploy/bootstrap/reporter.cjs')

/**
 * `npm test [-- <part or test file> …]`: the parts are lint, types, solidity, contracts and unit,
 * in this order; without arguments all of them. Ends with one line, `N passed, N failed`, in which
 * each check and each test case counts one.
 */
export async function test(args) {
  const files = args.filter((arg) => arg.endsWith('.ts') || arg.endsWith('.sol'))
  const parts = args.filter((arg) => !files.includes(arg))
  const unknown = parts.filter((part) => !Object.hasOwn(suites, part))
  if (unknown.length > 0) {
    say(`Unknown part ${unknown.join(', ')}. Parts: ${Object.keys(suites).join(', ')}.`)
    return 2
  }
  const total = { passed: 0, failed: 0, failures: [] }
  const compiled = await compile()
  if (compiled !== 0) add(total, 'compile', { passed: 0, failed: 1 })
  for (const [part, suite] of Object.entries(suites)) {
    const wanted = args.length === 0 || parts.includes(part) || files.some(suite.takes)
    if (!wanted || (suite.needsContracts && compiled !== 0)) continue
    const stopped = await suite.run(total, files.filter(suite.takes))
    if (stopped) return stopped
  }
  for (const failure of total.failures) say(`FAILED  ${failure}`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

function add(total, name, { passed, failed }) {
  total.passed += passed
  total.failed += failed
  if (failed > 0) total.failures.push(`${name}: ${failed}`)
}

const inContracts = (file) => file.startsWith('test/contracts/')
const unitTests = () => filesUnder('test', '.test.ts').filter((file) => !inContracts(file))

const suites = {
  lint: { takes: () => false, run: (total) => runChecks(total, checkNames.lint) },
  types: { takes: () => false, run: (total) => runChecks(total, checkNames.types) },
  solidity: {
    needsContracts: true,
    takes: (file) => file.endsWith('.t.sol'),
    run: (total, files) => {
      if (filesUnder('test/contracts', '.t.sol').length === 0) return 0
      return runTests(total, 'Solidity', ['hardhat', ['test', 'solidity', ...files]], readSolidity)
    },
  },
  contracts: {
    needsContracts: true,
    takes: (file) => file.endsWith('.test.ts') && inContracts(file),
    run: (total, files) => {
      if (filesUnder('test/contracts', '.test.ts').length === 0) return 0
      return runTests(total, 'contracts', ['hardhat', ['test', 'mocha', ...files]], readReport)
    },
  },
  unit: {
    takes: (file) => file.endsWith('.test.ts') && !inContracts(file),
    run: (total, files) => {
      const tests = files.length > 0 ? files : unitTests()
      if (tests.length === 0) return 0
      return runTests(total, 'unit', ['mocha', ['--reporter', reporter, ...tests]], readReport)
    },
  },
}

/** Two at a time, as the smallest machine we test on has two cores; output is shown when done. */
async function runChecks(total, names) {
  const waiting = [...names]
  let stopped = 0
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined && !stopped; name = waiting.shift()) {
      const { code, output } = await runHeard(checks[name], {}, () => {})
      if (wasStopped(code)) stopped = code
      say(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name}`)
      if (code !== 0) process.stdout.write(output)
      add(total, name, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 })
    }
  }
  await Promise.all([worker(), worker()])
  return stopped
}

async function runTests(total, name, command, read) {
  say(`\nTests: ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'xln-test-'))
  const report = join(folder, 'report.json')
  const env = { XLN_TEST_REPORT: report }
  const { code, output } = await runHeard(command, env, (text) => process.stdout.write(text))
  const counts = read({ output, report })
  rmSync(folder, { recursive: true })
  if (wasStopped(code)) return code
  // A suite that failed without a failed test did not get as far as its tests, or not to its end.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  add(total, `tests: ${name}`, counts)
  return 0
}

async function runHeard([command, args], extra, onText) {
  let output = ''
  const onOutput = (text) => {
    output += text
    onText(text)
  }
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const env = { ...toolEnvironment(), ...colour, ...extra }
  const stdio = ['ignore', 'pipe', 'pipe']
  const code = await run(command, args, { env, stdio, onOutput, timeoutMs: suiteTimeoutMs })
  return { code, output }
}

/** What reporter.cjs wrote. Nothing, if the suite ended before its tests did. */
function readReport({ report }) {
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  return JSON.parse(readFileSync(report, 'utf8'))
}

/** Hardhat has no report for Solidity tests but its own last lines, `2 passing`, `1 failing`. */
function readSolidity({ output }) {
  const plain = stripVTControlCharacters(output)
  const count = (word) => {
    const lines = [...plain.matchAll(new RegExp(`^ +(\\d+) ${word}\\b`, 'gm'))]
    return Number(lines.at(-1)?.[1] ?? 0)
  }
  return { passed: count('passing'), failed: count('failing') }
}

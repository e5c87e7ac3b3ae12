// CommonJS, because Hardhat's mocha loads its reporter by `require` and takes the module itself.
const { writeFileSync } = require('node:fs')
const Mocha = require('mocha')

/** Mocha's usual output for people, and the counts as JSON for test.mjs. */
module.exports = class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const file = process.env.XLN_TEST_REPORT
    if (file === undefined) return
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures }))
    })
  }
}

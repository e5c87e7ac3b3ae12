/**
 * Property tests play the same runs at every commit, so that a red build says something of the commit.
 * The search for what is still unknown is a command of its own: `XLN_DEEP=1 npm test -- unit` draws new
 * seeds, and prints those that fail.
 */
import fc from 'fast-check'

if (process.env.XLN_DEEP !== '1') fc.configureGlobal({ seed: 20_261_120 })

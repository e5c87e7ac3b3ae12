import type { Theatre } from '@xln/node/story/stage.ts'

const LINES = 40

/** After a test that has failed: the last words of every node. */
export async function showLogs(test: Mocha.Runnable | undefined, theatre: Theatre): Promise<void> {
  if (test?.isFailed() !== true) return
  for (const [name, lines] of await theatre.logTails([], LINES)) {
    process.stderr.write(`\n${name}:\n${lines.join('\n')}\n`)
  }
}

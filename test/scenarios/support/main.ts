/** Plays the pages that are named, and prints what came of them: `node test/scenarios/support/main.ts page.md …`. */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { play } from './conversation.ts'

await installNativeCrypto()
for (const path of process.argv.slice(2)) {
  process.stdout.write(await play(readFileSync(path, 'utf8')))
}

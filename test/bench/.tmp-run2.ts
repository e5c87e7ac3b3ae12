import { installNativeCrypto } from '@xln/node/shell/crypto.ts'
import { benchMerkle } from './merkle.ts'
import { benchScale } from './.tmp-scale.ts'
await installNativeCrypto()
const [what, ...ns] = process.argv.slice(2)
for (const n of ns.map(Number)) console.log(what === 'merkle' ? benchMerkle(n) : await benchScale(n), process.memoryUsage().rss/1e6)

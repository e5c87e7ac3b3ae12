/**
 * `npm run rivals`: gas of the same flows in XLN's contracts and in those of other two-way channel systems
 * whose contracts are published with their code; printed, and written to RIVALS.md.
 */
import { writeFileSync } from 'node:fs'
import { type Flows, flowNames, newToken } from './flows.ts'
import { measureNitro, nitroPackage } from './nitro.ts'
import { measureOwn } from './own.ts'
import { type Package, type Unpacked, unpack } from './packages.ts'
import { measureVector, vectorPackage } from './vector.ts'

async function measure(
  published: Package,
  flowsOf: (contracts: Unpacked, token: Awaited<ReturnType<typeof newToken>>) => Promise<Flows>,
): Promise<Flows> {
  const contracts = unpack(published)
  try {
    return await flowsOf(contracts, await newToken())
  } finally {
    contracts.remove()
  }
}

const own = await measureOwn()
const nitro = await measure(nitroPackage, measureNitro)
const vector = await measure(vectorPackage, measureVector)

const thousands = (gas: number | undefined) => (gas === undefined ? '–' : (gas / 1_000).toFixed(1))
const rows = flowNames.map(
  (name) =>
    `| ${name} | ${[own, nitro, vector].map((flows) => thousands(flows[name])).join(' | ')} |`,
)
const page = `# Beside others

Gas, in thousand, of the same flows with the same ERC-20 on the same chain: whole transactions, everything that a flow
takes summed up, from money that lies with people to money that lies with people. Both have had the token before, and
allowances are given. Made by \`npm run rivals\`, which fetches what others published (\`${nitroPackage.name}\`,
\`${vectorPackage.name}\`) and runs their own bytecode; XLN is the production build.

| flow | XLN | Nitro | Vector |
|---|---|---|---|
${rows.join('\n')}

What stands behind the figures:

- Money enters XLN by a reserve (a deposit, then a batch) and leaves by it (a withdrawal of each): that is dearer for one
  channel alone, and what makes the next channel, a settlement or a debt cost a fraction. Nitro and Vector pay straight out of a
  channel, and every channel is funded by itself.
- An XLN batch withdraws before it settles, so what a settlement gives back leaves with the next batch: a transaction more.
- XLN's batches carry a signature of an entity and a nonce each; in the others anybody who holds the signed state sends it.
- What a dispute does differs. XLN judges credit and debts beside collateral, takes half from whoever started with an old state,
  and gives the whole window again after each newer state. Nitro forgets the challenge when a newer state is shown. Vector has a second
  window, in which everything must be taken out.
- Locks: XLN's is the first of a dispute, its clause and secret included; each further one is in
  [\`contracts/README.md\`](../../../contracts/README.md). Vector disputes each alone. Nitro has an example for hash locks, no flow.
- Neither has credit, debts, boards or swaps.
`
console.log(page)
writeFileSync(new URL('RIVALS.md', import.meta.url), page)

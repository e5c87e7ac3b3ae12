/** The configuration that `xln init` writes: what was said, the rest as it is when nothing is said. */

import type { Deployment } from '@xln/deploy/contracts.ts'
import { type Document, isMap, parseDocument } from 'yaml'
import type { Settings } from './config.ts'

/** Valid as it stands; a test reads it. */
export function configTemplate(settings: Settings): string {
  const { rpcUrls, listen, api, log, confirmations, pollMs, passwordFile } = settings
  return `# The configuration of an XLN node. The environment and flags override it: see "xln node --help".

# The encrypted private keys, and, if there is nobody to type it, a file that holds their password.
keystore: keystore.json
${passwordFile === null ? '# passwordFile: /run/secrets/xln' : `passwordFile: ${quote(passwordFile)}`}

# The chain. "xln deploy" writes the addresses of the contracts here.
chain:
  rpc:${rpcUrls.length === 0 ? ' []' : rpcUrls.map((url) => `\n    - ${quote(url)}`).join('')}
  # Blocks on top of one before it counts; and how often to look, milliseconds.
  confirmations: ${confirmations}
  pollMs: ${pollMs}

# Chains by name, for "xln deploy --network <name>"; "local" is known: port 8545, chain 31337.
networks: {}
#  sepolia: { rpc: ["https://…"], chainId: 11155111 }

# Where other servers dial this one; "none": it only dials.
listen: ${listen === null ? 'none' : quote(at(listen))}

# Where programs and the command line connect. There is no encryption: keep it to this machine, or
# put a proxy with TLS before it.
api:
  listen: ${quote(at(api))}
  # Programs of this machine may read without a token.
  loopbackReads: ${api.loopbackReads}
  requestsPerSecond: ${api.requestsPerSecond}

# Servers to dial from the start on.
peers: []
#  - url: wss://hub.example:7800
#    server: "0x…"

log:
  level: ${log.level}
  format: ${log.format}

# What the command line calls tokens: amounts are then in whole ones. "ether" is known.
tokens: {}
#  USDC: { address: "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", decimals: 6 }

# What it calls entities.
names: {}
#  hub: "0x…"
`
}

/** Writes the addresses into a configuration and leaves the rest, comments too, as it is. */
export function withDeployment(
  text: string,
  deployment: Deployment,
  rpcUrls: readonly string[],
): string {
  const document: Document = parseDocument(text)
  if (!isMap(document.get('chain'))) document.set('chain', document.createNode({}))
  if (!document.hasIn(['chain', 'rpc', 0])) document.setIn(['chain', 'rpc'], [...rpcUrls])
  const { chainId, block, entityProvider, subcontractProvider, depository } = deployment
  const written = { chainId, block, entityProvider, subcontractProvider, depository }
  for (const [name, value] of Object.entries(written)) document.setIn(['chain', name], value)
  return document.toString({ lineWidth: 0 })
}

function at({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Safe in YAML whatever it holds. */
function quote(text: string): string {
  return JSON.stringify(text)
}

/** Every command, in the order in which a new user meets them. */
import type { Command } from './command.ts'
import { channels, credit, open, proof } from './commands/channels.ts'
import { verify, watch } from './commands/checking.ts'
import { close, collateralise, dispute, settle } from './commands/closing.ts'
import { deploy } from './commands/deploy.ts'
import { entityCreate, policy } from './commands/entities.ts'
import { init } from './commands/init.ts'
import { invoice, invoiceRead, invoiceShow } from './commands/invoices.ts'
import { keys, keysCreate, keysImport, keysPassword } from './commands/keys.ts'
import { node } from './commands/node.ts'
import { pay, payments } from './commands/payments.ts'
import { connect, peers } from './commands/peers.ts'
import { reputation } from './commands/reputation.ts'
import { deposit, transfer, withdraw } from './commands/reserves.ts'
import { status } from './commands/status.ts'
import { tokenCreate, tokenList, tokenRevoke } from './commands/tokens.ts'

export const commands: readonly Command[] = [
  init,
  deploy,
  node,
  status,
  deposit,
  withdraw,
  transfer,
  connect,
  peers,
  open,
  credit,
  collateralise,
  channels,
  pay,
  payments,
  invoice,
  invoiceShow,
  invoiceRead,
  settle,
  close,
  dispute,
  proof,
  reputation,
  policy,
  entityCreate,
  keys,
  keysCreate,
  keysImport,
  keysPassword,
  tokenCreate,
  tokenList,
  tokenRevoke,
  watch,
  verify,
]

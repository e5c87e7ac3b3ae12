/** Every command, in the order in which a new user meets them. */
import type { Command } from './command.ts'
import {
  batchCollateralise,
  batchCounter,
  batchDispute,
  batchFinalise,
  batchTransfer,
  batchWithdraw,
} from './commands/batches.ts'
import { blsCreate, blsRegister } from './commands/blsKeys.ts'
import { boardCheck, boardCreate, boardRegister, boardShow } from './commands/boards.ts'
import { channels, credit, open, proof } from './commands/channels.ts'
import { verify, watch } from './commands/checking.ts'
import { close, collateralise, dispute, settle } from './commands/closing.ts'
import { deedCheck, deedCombine, deedSend, deedShow, deedSign } from './commands/deeds.ts'
import { defaultRecord, defaultShow } from './commands/defaults.ts'
import { deploy } from './commands/deploy.ts'
import { deployVerify } from './commands/deployVerify.ts'
import { collectibleShow, entityDeposit, entityShow } from './commands/direct.ts'
import { batchDividend, sharesReport, sharesTake } from './commands/dividends.ts'
import { entityCreate, policy } from './commands/entities.ts'
import { init } from './commands/init.ts'
import { invoice, invoiceRead, invoiceShow } from './commands/invoices.ts'
import { keys, keysCreate, keysImport, keysPassword } from './commands/keys.ts'
import { nameClaim, nameShow, nameTransfer } from './commands/names.ts'
import { node } from './commands/node.ts'
import { pay, payments } from './commands/payments.ts'
import { connect, peers } from './commands/peers.ts'
import { deedProof } from './commands/proofs.ts'
import { quarantine, release } from './commands/quarantine.ts'
import { reputation } from './commands/reputation.ts'
import { deposit, transfer, withdraw } from './commands/reserves.ts'
import { boardActivate, boardReplace } from './commands/rotation.ts'
import { sharesIssue, sharesShow, sharesTransfer } from './commands/shares.ts'
import { sharesUnvote, sharesVote } from './commands/shareVotes.ts'
import { depositAuthorize, depositPermit, depositRelay } from './commands/signedDeposits.ts'
import { status } from './commands/status.ts'
import { tokenCreate, tokenList, tokenRevoke } from './commands/tokens.ts'

export const commands: readonly Command[] = [
  init,
  deploy,
  deployVerify,
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
  quarantine,
  release,
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
  entityShow,
  entityDeposit,
  collectibleShow,
  depositPermit,
  depositAuthorize,
  depositRelay,
  blsCreate,
  blsRegister,
  boardCreate,
  boardShow,
  boardCheck,
  boardRegister,
  boardReplace,
  boardActivate,
  nameClaim,
  nameTransfer,
  nameShow,
  sharesIssue,
  sharesShow,
  sharesTransfer,
  sharesVote,
  sharesUnvote,
  sharesReport,
  sharesTake,
  defaultRecord,
  defaultShow,
  deedProof,
  batchCollateralise,
  batchWithdraw,
  batchTransfer,
  batchDividend,
  batchDispute,
  batchCounter,
  batchFinalise,
  deedShow,
  deedSign,
  deedCombine,
  deedCheck,
  deedSend,
  watch,
  verify,
]

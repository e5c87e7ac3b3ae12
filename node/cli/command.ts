/** What a command is: data, from which come its parsing, its help and the reference; and what it does. */
import type { Arguments } from './arguments.ts'
import type { Context } from './context.ts'
import type { Syntax } from './syntax.ts'

/** 0 done; 1 a fault; 2 refused, with a reason. */
export type ExitCode = 0 | 1 | 2

export interface Command extends Syntax {
  /** Throws what went wrong. */
  run(args: Arguments, context: Context): Promise<ExitCode>
}

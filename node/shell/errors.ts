/** Faults: what the world failed at (the disk, the wire, the chain, the command line), as data. */

/** Base of every error that the shell throws on purpose; anything else that is thrown is a bug of ours. */
export abstract class NodeError<Fault extends { readonly code: string }> extends Error {
  /** What failed, as data: for logs, the API and `switch`. Never parse the message. */
  readonly fault: Fault

  constructor(fault: Fault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.fault = fault
  }
}

/** Why the log signs no more. Each means that what it would sign next could contradict what it has signed. */
export type LogRefusalCode =
  /** The bucket is further than the log's own state: the state was rolled back. */
  | 'rollback'
  /** The log's own state is further than the bucket: the bucket was rolled back. */
  | 'bucket_rollback'
  /** The published checkpoint is not one that this log made. */
  | 'fork'
  /** An object of the log has other octets than it must have. */
  | 'conflict'
  /** An object of the log is missing, or does not belong to it. */
  | 'missing'
  /** None of the keys that are to sign was announced by the log. */
  | 'keys'

/** The log has stopped. A person must find out what happened before it may go on. */
export class LogRefusal extends Error {
  readonly code: LogRefusalCode

  constructor(code: LogRefusalCode, detail: string) {
    super(detail)
    this.name = 'LogRefusal'
    this.code = code
  }
}

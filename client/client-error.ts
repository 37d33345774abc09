export type ClientErrorCode =
  | 'temporal-unreachable'
  | 'temporal-refused'
  | 'namespace-unknown'
  | 'no-worker'
  | 'run-failed'
  | 'misconfigured'
  | 'unknown-target'
  | 'unknown-parked'
  | 'wrong-options'
  | 'not-found'
  | 'bad-heads'
  | 'refused'
  | 'not-signed'
  | 'interrupted';

/** `message` says what went wrong and where, `hint` what to do about it. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  readonly hint: string;

  constructor(code: ClientErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}

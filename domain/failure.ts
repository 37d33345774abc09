/**
 * The one closed list of what can go wrong outside. Connectors raise it, activities translate it once into an
 * `ApplicationFailure` of the same `type`, workflows decide on that type. docs/failures.md tells operators what to do.
 */
export const failureKinds = [
  'RateLimited',
  'Unavailable',
  'UnexpectedResponse',
  'AccessDenied',
  'Conflict',
  'Rejected',
  'GuardTripped',
  'Misconfigured',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface FailureDetails {
  /** Who answered: `okta`, a target's name, `store`. */
  readonly system?: string;
  /** What was asked, as a verb phrase without personal data: `create account`. */
  readonly operation?: string;
  /** Immutable id of the subject, never a name or an address. */
  readonly subject?: string;
  /** HTTP status, when there was an answer. */
  readonly status?: number;
  /** The vendor's own code, such as Okta's `E0000011` or SCIM's `uniqueness`. */
  readonly code?: string;
  /** The vendor's request id, for its support. */
  readonly requestId?: string;
  /** Milliseconds after which asking again makes sense. */
  readonly retryAfterMs?: number;
  /** True when a write may have taken effect although its answer was lost. */
  readonly effectUnknown?: boolean;
  readonly cause?: unknown;
}

/** Raised by connectors and the store. The message holds no personal data, no token and no body. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.details = details;
  }
}

/** Whether asking again later can help. Workflows and apply share this one rule. */
export const isTransient = (kind: FailureKind): boolean => kind === 'RateLimited' || kind === 'Unavailable';

export const isFailure = (error: unknown, kind?: FailureKind): error is Failure =>
  error instanceof Failure && (kind === undefined || error.kind === kind);

import { randomBytes } from 'node:crypto';
import type { SimResponse } from '../kit/vendor.ts';

// Codes, statuses and texts from Okta's page "Okta API error codes".
const CATALOGUE = {
  E0000001: [400, 'Api validation failed: {0}'],
  E0000003: [400, 'The request body was not well-formed.'],
  E0000005: [403, 'Invalid session'],
  E0000006: [403, 'You do not have permission to perform the requested action'],
  E0000007: [404, 'Not found: {0}'],
  E0000009: [500, 'Internal Server Error'],
  E0000010: [503, 'Service is in read only mode'],
  E0000011: [401, 'Invalid token provided'],
  E0000016: [403, 'Activation failed because the user is already active'],
  E0000021: [400, 'Bad request.  Accept and/or Content-Type headers likely do not match supported values.'],
  E0000022: [405, 'The endpoint does not support the provided HTTP method'],
  E0000031: [400, 'Invalid search criteria.'],
  E0000032: [403, 'Unlock is not allowed for this user.'],
  E0000038: [403, "This operation is not allowed in the user's current status."],
  E0000047: [429, 'API call exceeded rate limit due to too many requests.'],
  E0000053: [400, '{0}'],
  E0000054: [400, 'Invalid pagination properties.'],
  E0000062: [409, 'The specified user is already assigned to the application.'],
  E0000093: [400, 'Target count limit exceeded'],
  E0000112: [409, 'Cannot update this user because they are still being activated. Please try again in a few minutes.'],
  E0000231: [412, "ETag value doesn't match."],
} as const satisfies Record<string, readonly [number, string]>;

export type OktaErrorCode = keyof typeof CATALOGUE;

/** Thrown inside the simulator; becomes Okta's error body. */
export class OktaError extends Error {
  readonly code: OktaErrorCode;
  readonly causes: readonly string[];
  constructor(code: OktaErrorCode, argument = '', causes: readonly string[] = []) {
    super(CATALOGUE[code][1].replace('{0}', argument));
    this.name = 'OktaError';
    this.code = code;
    this.causes = causes;
  }
}

export function errorResponse(error: OktaError): SimResponse {
  return {
    status: CATALOGUE[error.code][0],
    body: {
      errorCode: error.code,
      errorSummary: error.message,
      errorLink: error.code,
      errorId: `oae${randomBytes(15).toString('base64url')}`,
      errorCauses: error.causes.map((errorSummary) => ({ errorSummary })),
    },
  };
}

/** Okta's own body for a status, for injected faults; a status without a code of its own gets E0000009's shape. */
export function errorForStatus(status: number): SimResponse {
  const codes = Object.keys(CATALOGUE) as OktaErrorCode[];
  const code = codes.find((candidate) => CATALOGUE[candidate][0] === status) ?? 'E0000009';
  const preferred = status === 403 ? 'E0000006' : code;
  return { ...errorResponse(new OktaError(preferred)), status };
}

export function notFound(id: string, kind: string): OktaError {
  return new OktaError('E0000007', `Resource not found: ${id} (${kind})`);
}

/** E0000001 for one field, with the cause spelled as Okta does: `login: ...`. */
export function invalid(field: string, message: string): OktaError {
  return new OktaError('E0000001', field, [`${field}: ${message}`]);
}

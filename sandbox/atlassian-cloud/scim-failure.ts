import { randomBytes } from 'node:crypto';
import type { Switches } from './switches.ts';

const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error';

export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue';

/** Raised by the directory's rules; the vendor's edge turns it into an answer. */
export class ScimFailure extends Error {
  override readonly name = 'ScimFailure';
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(status: number, scimType: ScimType | undefined, detail: string) {
    super(detail);
    this.status = status;
    this.scimType = scimType;
  }
}

export function badRequest(scimType: ScimType, detail: string): ScimFailure {
  return new ScimFailure(400, scimType, detail);
}

export function notFound(kind: 'USER' | 'GROUP' | 'DIRECTORY' | 'SCHEMA' | 'RESOURCE', id: string): ScimFailure {
  return new ScimFailure(404, undefined, `Resource [${kind}]: with id[${id}] not found.`);
}

/** The wording with `email[...]` is from Atlassian's knowledge base; the other attributes follow it. */
export function alreadyExists(kind: 'USER' | 'GROUP', attribute: string, value: string): ScimFailure {
  return new ScimFailure(409, 'uniqueness', `Resource [${kind}]: with ${attribute}[${value}] already exists.`);
}

/** The SCIM error body: `status` is a string, `scimType` only where there is one. */
export function scimErrorBody(failure: ScimFailure, switches: Switches): Record<string, unknown> {
  const detail = switches.errorDetail === 'vague' ? 'The request could not be processed.' : failure.message;
  if (failure.status === 400 && switches.badRequestShape === 'java-exception') {
    return {
      stackTrace: [
        {
          methodName: 'handle',
          fileName: 'ScimResource.java',
          lineNumber: 142,
          className: 'ScimResource',
          nativeMethod: false,
        },
      ],
      responseStatus: 'BAD_REQUEST',
      ...(failure.scimType ? { scimErrorType: failure.scimType } : {}),
      message: detail,
      localizedMessage: detail,
      suppressed: [],
    };
  }
  return {
    schemas: [errorSchema],
    status: String(failure.status),
    ...(failure.scimType ? { scimType: failure.scimType } : {}),
    detail,
  };
}

/** 401 and 403 do not answer a SCIM error but the platform gateway's own body. */
export function failureBody(error: string): { error: string; traceId: string } {
  return { error, traceId: randomBytes(16).toString('hex') };
}

/**
 * What may stand in a log: everything that is not known to be harmless stays out, so that a field which nobody thought
 * of cannot tell a person or a secret.
 */
import { TemporalFailure } from '@temporalio/common';
import { Failure } from '../domain/failure.ts';

/** Text shows under these names only: ids, codes and words of our own, of Temporal's SDK and of Fastify. */
const harmless = new Set([
  ...['activity', 'activityId', 'activityType', 'attempt', 'buildId', 'deploymentName', 'isLocal'],
  ...['namespace', 'runId', 'sdkComponent', 'span_id', 'taskQueue', 'trace_id', 'workerState', 'workflowId'],
  ...['workflowRunId', 'workflowType', 'code', 'kind', 'operation', 'phase', 'requestId', 'signal', 'state', 'status'],
  ...['subject', 'system', 'target', 'targets', 'reason', 'service', 'subsystem', 'host', 'address', 'head'],
  ...[
    'person',
    'group',
    'groups',
    'plan',
    'hash',
    'offboarding',
    'command',
    'answer',
    'event',
    'eventType',
    'foundBy',
    'hook',
    'hooks',
  ],
  ...['method', 'route', 'reqId'],
]);

const redacted = '[redacted]';

export type Scrub = (text: string) => string;

export interface Redaction {
  readonly scrub: Scrub;
  /** Whether errors tell their messages, scrubbed. Else kind, codes and place are all that is told of them. */
  readonly showsMessages: boolean;
}

/**
 * Removes from free text what looks like a secret or a person, and the given secrets wherever they occur. Addresses
 * go with all that is joined to them: they stand in URLs, percent-encoded or not, and in databases' complaints.
 */
export function scrubber(secrets: readonly string[]): Scrub {
  // A secret of a few letters would blacken ordinary words.
  const known = secrets.filter((secret) => secret.length >= 6);
  return (text) => {
    const withoutKnown = known.reduce((rest, secret) => rest.replaceAll(secret, redacted), text);
    return patterns.reduce((rest, [pattern, by]) => rest.replace(pattern, by), withoutKnown.slice(0, longest));
  };
}

/** A body that came along is not read to its end, neither by patterns nor by people. */
const longest = 10_000;

const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [^-]+-----[\s\S]*?(-----END [^-]+-----|$)/g, redacted],
  [/\b(Bearer|SSWS|Basic)\s+[^\s"',]+/gi, `$1 ${redacted}`],
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)*/g, redacted],
  [/([\w-]*(?:key|token|password|secret|authorization)["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi, `$1${redacted}`],
  [/\?[^\s"'<>()=]+=[^\s"'<>()]*/g, `?${redacted}`],
  [/[^\s"'<>(),;=@]*[^\s"'<>(),;=@/](@|%40)[^\s"'<>(),;@]+/gi, redacted],
];

/**
 * A copy of a log line's fields that may be written. Numbers and yes/no show under any name, but nothing inside an
 * object that has an unknown one.
 */
export function redact(fields: object, how: Redaction): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error || isErrorName(name) ? describe(value, how) : shown(name, value, how.scrub),
    ]),
  );
}

const isErrorName = (name: string): boolean => name === 'error' || name === 'err';

function shown(name: string, value: unknown, scrub: Scrub): unknown {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (value === undefined || !harmless.has(name)) return value === undefined ? undefined : redacted;
  if (typeof value === 'string') return scrub(value);
  return Array.isArray(value) ? value.map((one) => shown(name, Array.isArray(one) ? undefined : one, scrub)) : redacted;
}

interface DescribedError {
  readonly type: string;
  readonly message?: string;
  readonly stack?: string;
  readonly cause?: DescribedError | string;
  readonly [evidence: string]: unknown;
}

/** Causes nest, and may nest for ever. */
const deepest = 5;

function describe(error: unknown, how: Redaction, depth = 0): DescribedError | string {
  const { scrub, showsMessages } = how;
  if (!(error instanceof Error))
    return showsMessages && typeof error === 'string' ? withoutQuotes(scrub(error)) : redacted;
  const { cause } = error;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    ...(showsMessages ? { message: textOf(error, scrub) } : {}),
    ...evidenceOf(error, how),
    ...(frames?.length ? { stack: frames.join('\n') } : {}),
    ...(cause === undefined || depth === deepest ? {} : { cause: describe(cause, how, depth + 1) }),
    ...(error instanceof AggregateError && depth < deepest
      ? { errors: error.errors.map((one) => describe(one, how, depth + 1)) }
      : {}),
  };
}

/** Where others were told what they choked on, they quote it. Our own failures and Temporal's hold no data. */
function textOf(error: Error, scrub: Scrub): string {
  if (isOfDatabase(error)) return 'the database raised an error, whose words may quote values';
  const isOurs = error instanceof Failure || error instanceof TemporalFailure || error.name === 'TransportError';
  return isOurs ? scrub(error.message) : withoutQuotes(scrub(error.message));
}

/**
 * V8 quotes the text that it cannot parse, zod and others the value that they refuse, quotes within quotes included:
 * what lies between the first and the last one goes.
 */
const withoutQuotes = (text: string): string => text.replace(/"[\s\S]*"|"[\s\S]*$/, `"${redacted}"`);

/** PostgreSQL's errors, by their SQLSTATE; pg's class is not asked, since errors travel through wrappers. */
const isOfDatabase = (error: Error): boolean =>
  'severity' in error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code));

const databaseEvidence = ['code', 'severity', 'schema', 'table', 'column', 'constraint', 'routine'];

function evidenceOf(error: Error, how: Redaction): Record<string, unknown> {
  if (isOfDatabase(error))
    return Object.fromEntries(
      Object.entries(error).filter(([name, value]) => databaseEvidence.includes(name) && value),
    );
  const { code, kind, errno, syscall } = error as {
    code?: unknown;
    kind?: unknown;
    errno?: unknown;
    syscall?: unknown;
  };
  const own = error instanceof Failure ? { ...error.details, cause: undefined } : {};
  return redact({ code, kind, errno, syscall, ...own }, how);
}

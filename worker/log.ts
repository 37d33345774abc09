/** JSON logs without secrets and personal data. */
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { type Logger, pino } from 'pino';

const hidden = ['email', 'login', 'userName', 'displayName', 'profile', 'attributes', 'before', 'after', 'password'];
const secrets = ['token', 'apiKey', 'privateKey', 'authorization', 'secret', 'url'];

/** Addresses can stand in any text, such as a database's complaint about a value. */
const scrub = (text: string): string => text.replace(/[^\s@"'<>=(]+@[^\s@"'<>),]+/g, '[redacted]');

export function createLog(level: string, stream?: { write(line: string): void }): Logger {
  const paths = [...hidden, ...secrets].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = {
    level,
    base: { service: 'lockstep-worker' },
    redact: { paths, censor: '[redacted]' },
    serializers: { error: serializeError, err: serializeError },
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return stream ? pino(options, stream) : pino(options);
}

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly kind?: unknown;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

function serializeError(error: unknown): LoggedError | string {
  if (!(error instanceof Error)) return scrub(String(error));
  const { cause } = error;
  return {
    type: error.name,
    message: scrub(error.message),
    ...('code' in error ? { code: error.code } : {}),
    ...('kind' in error ? { kind: error.kind } : {}),
    ...(error.stack ? { stack: scrub(error.stack) } : {}),
    ...(cause instanceof Error ? { cause: serializeError(cause) as LoggedError } : {}),
  };
}

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Temporal's own log lines, through the same redaction. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => log[levels[level]](meta ?? {}, message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

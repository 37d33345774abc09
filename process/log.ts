/** JSON logs without secrets and personal data: every process of Lockstep writes through these. */
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { type Logger, pino } from 'pino';
import { redact, scrubber } from './redact.ts';

export interface LogOptions {
  readonly service: 'worker' | 'reader' | 'receiver' | 'codec';
  readonly level: string;
  /** Values that are taken out of any text. */
  readonly secrets?: readonly string[];
  /** Whether errors tell their messages: not where they may quote what a stranger sent. */
  readonly showsMessages?: boolean;
  /** Standard output unless given. */
  readonly stream?: { write(line: string): void };
}

/** Without `child`, whose bindings pino takes as they are: Fastify makes one for each request, of the request's number. */
export type Log = Pick<Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export function createLog({ service, level, secrets = [], showsMessages = false, stream }: LogOptions): Logger {
  const scrub = scrubber(secrets);
  const options = {
    level,
    base: { service: `lockstep-${service}` },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => redact(fields, { scrub, showsMessages }),
    },
    serializers: { msg: (text: unknown) => scrub(String(text)) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return stream ? pino(options, stream) : pino(options);
}

const levels: Record<LogLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** Temporal's own log lines, through the same redaction. */
export function temporalLogger(log: Log): TemporalLogger {
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

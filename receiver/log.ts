/** JSON logs in which nothing shows that is not known to be harmless: no body, no header, no address of a person. */
import { type Logger, pino } from 'pino';

/** Text shows under these names only: ids, codes and words of our own. */
const harmless = new Set(
  'method route hook hooks kind command person groups foundBy code signal namespace reqId'.split(' '),
);
const redacted = '[redacted]';

/** @param stream standard output unless given */
export function createLog(level: string, stream?: { write(line: string): void }): Logger {
  const options = {
    level,
    base: { service: 'lockstep-receiver' },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) =>
        Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shown(name, value)])),
    },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return stream ? pino(options, stream) : pino(options);
}

function shown(name: string, value: unknown): unknown {
  if (value instanceof Error) return describe(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === undefined || !harmless.has(name)) return value === undefined ? undefined : redacted;
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : redacted;
}

/** Where it happened and of what kind, without its words, which may quote what was sent. */
function describe(error: Error, depth = 0): object {
  const code = 'code' in error && /^[\w-]{1,40}$/.test(String(error.code)) ? { code: String(error.code) } : {};
  const at = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause instanceof Error && depth < 5 ? { cause: describe(error.cause, depth + 1) } : {};
  return { type: error.name, ...code, at: at.slice(0, 8).map((line) => line.trim()), ...cause };
}

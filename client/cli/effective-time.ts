/** When an offboarding is to take effect, as somebody types it. */
import { Temporal } from 'temporal-polyfill';
import type { EffectiveTime } from '../../domain/offboarding.ts';
import { ClientError } from '../client-error.ts';

export interface TimeOptions {
  readonly at?: string;
  readonly zone?: string;
}

const instantForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
/** Without a time of day nobody knows whether the day's begin or its end is meant. */
const localForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

/**
 * At once when nothing is said.
 *
 * @throws ClientError `wrong-options` for what is no time, no zone, or past
 */
export function effectiveTime({ at, zone }: TimeOptions, now: Date): EffectiveTime | undefined {
  if (at === undefined) {
    if (zone !== undefined) throw wrong('--zone goes with --at', 'say when, too');
    return undefined;
  }
  const { effective, instant } = instantForm.test(at) ? fromInstant(at, zone) : fromLocal(at, zone);
  if (instant.epochMilliseconds < now.getTime())
    throw wrong(
      `${at} is past: that was ${instant.toString({ smallestUnit: 'second' })}`,
      'leave out --at to do it at once',
    );
  return effective;
}

interface Read {
  readonly effective: EffectiveTime;
  readonly instant: Temporal.Instant;
}

function fromInstant(at: string, zone: string | undefined): Read {
  if (zone !== undefined) throw wrong(`${at} says its own zone`, 'leave out --zone, or the end of the time');
  return { effective: { at }, instant: valid(() => Temporal.Instant.from(at), `${at} is no time`) };
}

function fromLocal(at: string, zone: string | undefined): Read {
  if (!localForm.test(at)) throw wrong(`${at} is no time`, forms);
  const local = valid(() => Temporal.PlainDateTime.from(at, { overflow: 'reject' }), `${at} is no time`);
  if (zone === undefined) throw wrong(`${at} in which time zone?`, 'name it, as in --zone Europe/Berlin');
  const zoned = valid(() => local.toZonedDateTime(zone), `there is no time zone ${zone}`);
  return { effective: { local: at, zone }, instant: zoned.toInstant() };
}

const forms =
  'write an instant such as 2026-11-30T16:00:00Z, or a local time such as 2026-11-30T17:00 with --zone Europe/Berlin';

function valid<T>(read: () => T, problem: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong(problem, forms);
  }
}

const wrong = (message: string, hint: string): ClientError => new ClientError('wrong-options', message, hint);

/** When an offboarding takes effect, by the rules of its time zone as this build knows them. */
import { Temporal } from 'temporal-polyfill';
import { Failure } from '../domain/failure.ts';
import type { EffectiveTime } from '../domain/offboarding.ts';
import type { Resolved } from '../store/offboarding-requests.ts';

/**
 * A local time that a clock change leaves out is taken for the next that there is, and one that comes twice for the earlier:
 * what `compatible` means in Temporal's proposal ("Ambiguity and gaps").
 *
 * @throws Failure `Rejected` for what is no time or no zone
 */
export function resolveEffective(effective: EffectiveTime): Resolved {
  try {
    if ('at' in effective) return { at: new Date(Temporal.Instant.from(effective.at).epochMilliseconds) };
    const { local, zone } = effective;
    const zoned = Temporal.PlainDateTime.from(local).toZonedDateTime(zone, { disambiguation: 'compatible' });
    return { at: new Date(zoned.epochMilliseconds), local, zone };
  } catch {
    throw new Failure(
      'Rejected',
      'the effective time must be an instant such as 2026-11-30T16:00:00Z, or a local time such as 2026-11-30T17:00 in a zone such as Europe/Berlin',
      { system: 'lockstep', operation: 'offboard' },
    );
  }
}

/** Whom and what a delivery of Okta's event hook is about. Its words are not believed: whoever is named is read again. */
import { z } from 'zod';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import { isOktaGroupId, isOktaUserId } from '../domain/ids.ts';
import { concernOf, isUnclear, signInEvent, unreadable } from '../domain/okta-event.ts';
import { ReceiverProblem } from './problems.ts';

const entity = z.looseObject({ id: z.string().nullish() });

/** Okta's own preview sends null where a delivery has an actor and targets ("Event hooks preview"). */
const targets = z.array(entity.nullable()).nullish();

/** Each target by itself: one that is odd must not hide the others. */
const event = z.looseObject({
  uuid: z
    .string()
    .regex(/^[\w-]{1,128}$/)
    .catch(unreadable),
  eventType: z.string().regex(/^[\w.]{1,128}$/),
  actor: entity.nullish().catch(null),
  target: z.array(entity.nullable().catch(null)).nullish().catch(null),
});

const delivery = z.looseObject({ data: z.looseObject({ events: z.array(z.unknown()) }) });

export interface Subjects {
  /** Each once. */
  readonly people: readonly OktaUserId[];
  readonly groups: readonly OktaGroupId[];
  /** Events that can change nothing here, or that say too little. */
  readonly passedOver: number;
  /** Those among them that may be about somebody, but cannot be read. */
  readonly unclear: readonly Unclear[];
}

export interface Unclear {
  /** Okta's uuid, or `unreadable`. */
  readonly event: string;
  readonly eventType: string;
}

/** @throws ReceiverProblem for what is no delivery at all */
export function subjectsOf(body: unknown): Subjects {
  const read = delivery.safeParse(body);
  if (!read.success)
    throw new ReceiverProblem('bad-request', 'data.events: is no list', "only Okta's event hook sends here");
  const people = new Set<OktaUserId>();
  const groups = new Set<OktaGroupId>();
  const unclear: Unclear[] = [];
  let passedOver = 0;
  for (const one of read.data.data.events) {
    const { data } = event.safeParse(one);
    const ids = data ? idsIn(data) : [];
    if (ids.length > 0) {
      for (const id of ids) {
        if (isOktaUserId(id)) people.add(id);
        else groups.add(id);
      }
      continue;
    }
    passedOver += 1;
    if (data && isHidden(data, one)) unclear.push({ event: data.uuid, eventType: data.eventType });
  }
  return { people: [...people], groups: [...groups], passedOver, unclear };
}

/** A target that is somebody's assignment to an app has an id of the app's own, and leads nowhere. */
function idsIn({ eventType, actor, target }: z.output<typeof event>): (OktaUserId | OktaGroupId)[] {
  const ids = (eventType === signInEvent ? [actor] : (target ?? [])).map((one) => one?.id ?? '');
  const concern = concernOf(eventType);
  if (concern === 'groups') return ids.filter(isOktaGroupId);
  return concern === 'people' ? ids.filter(isOktaUserId) : [];
}

/** Of an event that leads nowhere: whether it would, were its targets what Okta says they are. */
const isHidden = ({ eventType: type }: z.output<typeof event>, asSent: unknown): boolean =>
  isUnclear({ type, targets: [] }) && !targets.safeParse((asSent as { target?: unknown }).target).success;

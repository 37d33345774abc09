/** Whom and what a delivery of Okta's event hook is about. Its words are not believed: whoever is named is read again. */
import { z } from 'zod';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import { isOktaGroupId, isOktaUserId } from '../domain/ids.ts';
import { concernOf, signInEvent } from '../domain/okta-event.ts';
import { ReceiverProblem } from './problems.ts';

const entity = z.looseObject({ id: z.string().nullish() });

/** Okta's own preview sends null where a delivery has an actor and targets ("Event hooks preview"). */
const event = z.looseObject({
  eventType: z.string(),
  actor: entity.nullish().catch(null),
  target: z.array(entity.nullable()).nullish().catch(null),
});

const delivery = z.looseObject({ data: z.looseObject({ events: z.array(z.unknown()) }) });

export interface Subjects {
  /** Each once. */
  readonly people: readonly OktaUserId[];
  readonly groups: readonly OktaGroupId[];
  /** Events that can change nothing here, or that say too little. */
  readonly passedOver: number;
}

/** @throws ReceiverProblem for what is no delivery at all */
export function subjectsOf(body: unknown): Subjects {
  const read = delivery.safeParse(body);
  if (!read.success)
    throw new ReceiverProblem('bad-request', 'data.events: is no list', "only Okta's event hook sends here");
  const people = new Set<OktaUserId>();
  const groups = new Set<OktaGroupId>();
  let passedOver = 0;
  for (const one of read.data.data.events) {
    const ids = idsIn(one);
    if (ids.length === 0) passedOver += 1;
    for (const id of ids) {
      if (isOktaUserId(id)) people.add(id);
      else groups.add(id);
    }
  }
  return { people: [...people], groups: [...groups], passedOver };
}

/** A target that is somebody's assignment to an app has an id of the app's own, and leads nowhere. */
function idsIn(value: unknown): (OktaUserId | OktaGroupId)[] {
  const read = event.safeParse(value);
  if (!read.success) return [];
  const { eventType, actor, target } = read.data;
  const ids = (eventType === signInEvent ? [actor] : (target ?? [])).map((one) => one?.id ?? '');
  const concern = concernOf(eventType);
  if (concern === 'groups') return ids.filter(isOktaGroupId);
  return concern === 'people' ? ids.filter(isOktaUserId) : [];
}

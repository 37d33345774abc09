/** One page of Okta's polled System Log ("System Log query", polling requests). */
import type { CallOptions } from '../../domain/directory.ts';
import { isFailure } from '../../domain/failure.ts';
import type { OktaAppId, OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import {
  cursorInvalid,
  type EventOptions,
  type EventSubject,
  type SourceEvent,
  type SourceEvents,
  signInEvent,
  unreadable,
} from '../../domain/okta-event.ts';
import { pageCodes, readablePage } from '../page-codes.ts';
import { type Asked, failed } from './answer.ts';
import type { OktaClient } from './client.ts';
import { broken, nextLink, readPage } from './pages.ts';
import { eventsUrl, type LogPosition } from './requests.ts';
import { type PolledEvent, polledEventSchema } from './wire.ts';

/** Okta takes up to 1,000, and answers 500 when a query takes longer than 30 s. */
const limit = 500;

/** @throws Failure `Rejected` with the code `cursor-invalid`; `UnexpectedResponse` for a page that does not lead on. */
export const readEvents = async (
  client: OktaClient,
  asked: Asked,
  position: LogPosition,
  options: CallOptions & EventOptions,
): Promise<SourceEvents> => {
  const page = readPage(client, { ...asked, schema: polledEventSchema }, eventsUrl(position, limit, options), options);
  const { items, headers } = await readablePage(taken(asked, position, page));
  const link = nextLink(asked, headers.get('link'), client.origin);
  const next = link && new URL(link).searchParams.get('after');
  // Also behind an empty page there is one; without it the place in the log would be lost.
  if (!next) throw broken(asked, pageCodes.unreadable, 'a page of the log without a cursor for the next');
  if (items.length > 0 && 'after' in position && next === position.after) {
    throw broken(asked, pageCodes.loop, 'a page of the log that leads to itself');
  }
  return { events: items.map(toEvent), next };
};

/**
 * Okta does not document how it refuses a cursor. The rest of the query is the same as in the one without a cursor, so a
 * 400 is for the cursor.
 */
const taken = async <T>(asked: Asked, position: LogPosition, page: Promise<T>): Promise<T> => {
  try {
    return await page;
  } catch (error) {
    if (!('after' in position) || !isFailure(error, 'Rejected') || error.details.status !== 400) throw error;
    throw failed('Rejected', asked, `Okta does not take the cursor (${error.details.code})`, {
      ...error.details,
      code: cursorInvalid,
    });
  }
};

const toEvent = (event: PolledEvent): SourceEvent => {
  const ids = (event.target ?? []).map((one) => one?.id);
  if (event.eventType === signInEvent) ids.push(event.actor?.id);
  const outcome = event.outcome?.result ?? undefined;
  return {
    // Both stand in logs, where nothing of another form may come.
    id: textLike(/^[\w-]{1,128}$/, event.uuid),
    type: textLike(/^[\w.]{1,128}$/, event.eventType),
    targets: [...new Set(ids)].flatMap((id) => subjectOf(id ?? '') ?? []),
    ...(event.published ? { published: event.published } : {}),
    ...(outcome === undefined ? {} : { outcome }),
  };
};

const textLike = (form: RegExp, text: string | null | undefined): string =>
  text && form.test(text) ? text : unreadable;

/** By the id, which tells its kind; a target of type AppUser has an id of the app's own and leads nowhere. */
const subjectOf = (id: string): EventSubject | undefined => {
  if (!/^\w{3}[\dA-Za-z]{17}$/.test(id)) return undefined;
  if (id.startsWith('00u')) return { kind: 'person', id: id as OktaUserId };
  if (id.startsWith('00g')) return { kind: 'group', id: id as OktaGroupId };
  return id.startsWith('0oa') ? { kind: 'app', id: id as OktaAppId } : undefined;
};

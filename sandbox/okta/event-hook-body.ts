import { readFileSync } from 'node:fs';
import { asObject } from './api.ts';
import type { EventHookRecord, HookChannel } from './event-hook.ts';
import { invalid } from './okta-error.ts';

/** What an administrator decides about a hook. */
export type HookDraft = Pick<EventHookRecord, 'name' | 'description' | 'eventTypes' | 'channel'>;

// "Event hooks", limits.
const MAX_EVENT_TYPES = 300;
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;
const eligibleTypes: ReadonlySet<string> = new Set(
  readFileSync(new URL('event-hook-types.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/**
 * Reads the body of Create and Replace.
 * @param old the hook that is replaced: a secret that is not given again stays
 * @throws OktaError E0000001 with the field; Okta's own wording of these refusals is undocumented.
 */
export function readHookDraft(body: Record<string, unknown>, old?: EventHookRecord): HookDraft {
  const { name, description = null } = body;
  if (typeof name !== 'string' || name === '') throw invalid('name', 'The field cannot be left blank');
  if (description !== null && typeof description !== 'string') throw invalid('description', 'must be text');
  return {
    name,
    description,
    eventTypes: readEventTypes(asObject(body.events)),
    channel: readChannel(asObject(body.channel), old?.channel),
  };
}

function readEventTypes(events: Record<string, unknown> | undefined): string[] {
  if (!events) throw invalid('events', 'The field cannot be left blank');
  if (events.type !== 'EVENT_TYPE') throw invalid('events.type', 'must be EVENT_TYPE');
  // Filters are a feature that an org has to switch on ("self-service Early Access"); this one has not.
  if (events.filter !== undefined && events.filter !== null) throw invalid('events.filter', 'is not enabled');
  const { items } = events;
  if (!Array.isArray(items) || items.length === 0) throw invalid('events.items', 'The field cannot be left blank');
  if (items.length > MAX_EVENT_TYPES) throw invalid('events.items', `at most ${MAX_EVENT_TYPES} event types`);
  const unfit = items.find((item) => !eligibleTypes.has(String(item)));
  if (unfit !== undefined) throw invalid('events.items', `${unfit} is not eligible for event hooks`);
  return [...new Set(items.map(String))];
}

function readChannel(channel: Record<string, unknown> | undefined, old: HookChannel | undefined): HookChannel {
  if (!channel) throw invalid('channel', 'The field cannot be left blank');
  if (channel.type !== 'HTTP') throw invalid('channel.type', 'must be HTTP');
  if (channel.version !== '1.0.0') throw invalid('channel.version', 'must be 1.0.0');
  const config = asObject(channel.config) ?? {};
  const authScheme = config.authScheme === undefined ? undefined : readAuthScheme(asObject(config.authScheme), old);
  return { uri: readUri(config.uri), headers: readHeaders(config.headers), ...(authScheme && { authScheme }) };
}

/** Okta wants HTTPS. Here plain HTTP to this machine will do as well, since nothing of the sandbox leaves it. */
function readUri(uri: unknown): string {
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw invalid('channel.config.uri', 'must be a URL');
  const { protocol, hostname } = new URL(uri);
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) return uri;
  throw invalid('channel.config.uri', 'must be an HTTPS URL');
}

function readHeaders(headers: unknown): HookChannel['headers'] {
  if (headers === undefined || headers === null) return [];
  if (!Array.isArray(headers)) throw invalid('channel.config.headers', 'must be a list');
  return headers.map((header) => {
    const { key, value } = asObject(header) ?? {};
    if (typeof key !== 'string' || typeof value !== 'string') {
      throw invalid('channel.config.headers', 'each has a key and a value');
    }
    return { key, value };
  });
}

function readAuthScheme(given: Record<string, unknown> | undefined, old: HookChannel | undefined) {
  const { type, key, value = old?.authScheme?.value } = given ?? {};
  if (type !== 'HEADER') throw invalid('channel.config.authScheme.type', 'must be HEADER');
  if (typeof key !== 'string' || key === '') throw invalid('channel.config.authScheme.key', 'cannot be left blank');
  if (typeof value !== 'string') throw invalid('channel.config.authScheme.value', 'cannot be left blank');
  return { key, value };
}

import { randomBytes } from 'node:crypto';
import type { SimResponse } from '../kit/vendor.ts';
import { type Call, type Route, requireObject } from './api.ts';
import { type EventHookRecord, eventHookView, hookTarget, isDelivering } from './event-hook.ts';
import { readHookDraft } from './event-hook-body.ts';
import { challenge } from './hook-call.ts';
import { invalid, notFound, OktaError } from './okta-error.ts';
import { isoTime } from './records.ts';

const READ = 'okta.eventHooks.read';
const MANAGE = 'okta.eventHooks.manage';
const LIST = '/api/v1/eventHooks';
const ONE = `${LIST}/:id`;
// "Event hooks", limits.
const MOST_DELIVERING = 25;

export const eventHookRoutes: Route[] = [
  { method: 'GET', template: LIST, bucket: 'other', scope: READ, handle: list },
  { method: 'POST', template: LIST, bucket: 'other', scope: MANAGE, handle: create },
  { method: 'GET', template: ONE, bucket: 'other', scope: READ, handle: (call) => shown(call, required(call)) },
  { method: 'PUT', template: ONE, bucket: 'other', scope: MANAGE, handle: replace },
  { method: 'DELETE', template: ONE, bucket: 'other', scope: MANAGE, handle: remove },
  {
    method: 'POST',
    template: `${ONE}/lifecycle/activate`,
    bucket: 'other',
    scope: MANAGE,
    handle: (call) => switchTo(call, 'ACTIVE'),
  },
  {
    method: 'POST',
    template: `${ONE}/lifecycle/deactivate`,
    bucket: 'other',
    scope: MANAGE,
    handle: (call) => switchTo(call, 'INACTIVE'),
  },
  { method: 'POST', template: `${ONE}/lifecycle/verify`, bucket: 'other', scope: MANAGE, handle: verify },
];

/** All of them: the list is not paged. */
function list({ org, request }: Call): SimResponse {
  return { status: 200, body: [...org.eventHooks.values()].map((hook) => eventHookView(hook, request.origin)) };
}

function create(call: Call): SimResponse {
  const { org, cause, settings } = call;
  const draft = readHookDraft(requireObject(call));
  const time = isoTime(cause.now);
  const hook: EventHookRecord = {
    id: org.ids.create('who'),
    status: 'ACTIVE',
    verificationStatus: 'UNVERIFIED',
    created: time,
    createdBy: cause.actor.id,
    lastUpdated: time,
    ...draft,
    ...(settings.hookStartsVerified && { verificationStatus: 'VERIFIED', verifiedAt: cause.now }),
  };
  return stored(call, hook, 'event_hook.created', 'Create event hook');
}

/** "Updating the channel property requires you to verify the hook again." */
function replace(call: Call): SimResponse {
  const old = required(call);
  const draft = readHookDraft(requireObject(call), old);
  const isSameChannel = JSON.stringify(draft.channel) === JSON.stringify(old.channel);
  const verificationStatus = isSameChannel ? old.verificationStatus : 'UNVERIFIED';
  return stored(call, { ...old, ...draft, verificationStatus }, 'event_hook.updated', 'Update event hook');
}

/** "You can only delete event hooks with a status of INACTIVE"; the code of the refusal is undocumented. */
function remove(call: Call): SimResponse {
  const hook = required(call);
  if (hook.status === 'ACTIVE') throw new OktaError('E0000006');
  call.org.eventHooks.delete(hook.id);
  tell(call, hook, 'event_hook.deleted', 'Delete event hook');
  return { status: 204 };
}

function switchTo(call: Call, status: EventHookRecord['status']): SimResponse {
  const hook = required(call);
  const step = status === 'ACTIVE' ? 'activate' : 'deactivate';
  const switched = { ...hook, status };
  if (isDelivering(switched)) requirePlace(call, hook);
  return stored(call, switched, `event_hook.${step}d`, `${step === 'activate' ? 'Activate' : 'Deactivate'} event hook`);
}

/** Answered once the receiver has, or has not. */
function verify(call: Call): SimResponse {
  const hook = required(call);
  if (isDelivering({ ...hook, verificationStatus: 'VERIFIED' })) requirePlace(call, hook);
  const expected = randomBytes(32).toString('base64url');
  const later = challenge(hook.channel, expected, call).then((answer) => {
    if (!answer.ok) throw invalid('eventHook', `Verification failed: ${answer.reason}`);
    // It may have been changed or deleted meanwhile.
    const current = required(call);
    if (JSON.stringify(current.channel) !== JSON.stringify(hook.channel)) throw invalid('eventHook', 'Was changed');
    const verified: EventHookRecord = { ...current, verificationStatus: 'VERIFIED', verifiedAt: call.cause.now };
    return stored(call, verified, 'event_hook.verified', 'Verify event hook');
  });
  return { status: 200, later };
}

function required({ org, params }: Call): EventHookRecord {
  const id = params.id ?? '';
  const hook = org.eventHooks.get(id);
  if (!hook) throw notFound(id, 'EventHook');
  return hook;
}

function requirePlace({ org }: Call, { id }: EventHookRecord): void {
  const others = org.eventHooks.values().filter((hook) => hook.id !== id && isDelivering(hook));
  if ([...others].length >= MOST_DELIVERING) {
    throw invalid('eventHook', `at most ${MOST_DELIVERING} are active and verified`);
  }
}

function stored(call: Call, hook: EventHookRecord, eventType: string, displayMessage: string): SimResponse {
  const updated = { ...hook, lastUpdated: isoTime(call.cause.now) };
  call.org.eventHooks.set(hook.id, updated);
  tell(call, updated, eventType, displayMessage);
  return shown(call, updated);
}

function tell({ org, cause }: Call, hook: EventHookRecord, eventType: string, displayMessage: string): void {
  org.log.write(cause, { eventType, displayMessage, target: [hookTarget(hook)] });
}

function shown({ request }: Call, hook: EventHookRecord): SimResponse {
  return { status: 200, body: eventHookView(hook, request.origin) };
}

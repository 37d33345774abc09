/** Has the sandbox's Okta tell the receiver of changes, as an administrator does at a real one (docs/events.md). */
import { eventTypes } from '../domain/okta-event.ts';

export interface EventHookOptions {
  /** Of the simulator. */
  readonly orgUrl: string;
  readonly apiToken: string;
  readonly receiverUrl: string;
  /** What the hook proves itself by. */
  readonly secret: string;
  readonly signal: AbortSignal;
}

interface EventHook {
  readonly id: string;
  readonly name: string;
}

const name = 'Lockstep';
const path = '/api/v1/eventHooks';
const timeoutMs = 10_000;

// Okta tells these by its log alone ("Event types": not event-hook-eligible).
const logOnly: ReadonlySet<string> = new Set([
  'user.lifecycle.delete.completed',
  'user.account.update_primary_email',
  'user.account.update_user_type',
]);

/**
 * Registers the hook, or brings the one of an earlier start up to date, and has it verified. One that somebody switched off stays
 * off.
 *
 * @throws Error when the simulator refuses it, or does not reach the receiver
 */
export async function registerEventHook(options: EventHookOptions): Promise<void> {
  const hooks = (await call(options, 'GET', path)) as EventHook[];
  const known = hooks.find((hook) => hook.name === name);
  const hook = (await call(options, known ? 'PUT' : 'POST', known ? `${path}/${known.id}` : path, {
    name,
    events: { type: 'EVENT_TYPE', items: Object.keys(eventTypes).filter((type) => !logOnly.has(type)) },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri: `${options.receiverUrl}/hooks/okta`,
        authScheme: { type: 'HEADER', key: 'Authorization', value: options.secret },
      },
    },
  })) as EventHook;
  await call(options, 'POST', `${path}/${hook.id}/lifecycle/verify`);
}

async function call(options: EventHookOptions, method: string, at: string, body?: unknown): Promise<unknown> {
  const { orgUrl, apiToken, signal } = options;
  const answer = await fetch(orgUrl + at, {
    method,
    headers: { authorization: `SSWS ${apiToken}`, 'content-type': 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${at} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

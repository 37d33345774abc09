import type { HookChannel } from './event-hook.ts';
import type { OktaSettings } from './settings.ts';

export interface HookCallContext {
  settings: OktaSettings;
  /** Ends calls that are under way. */
  closing: AbortSignal;
}

/** What came of a call: the body of an answer with 2xx, or why there is none. */
export type HookAnswer = { ok: true; body: string } | { ok: false; reason: string };

interface Attempt {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

interface Tried {
  /** 0: no answer, in time or at all. */
  status: number;
  text: string;
}

/** The one-time verification: a GET with a challenge, which proves whose address it is. It carries no secret. */
export async function challenge(
  { uri }: HookChannel,
  expected: string,
  context: HookCallContext,
): Promise<{ ok: true } | { ok: false; reason: string }> {
  const headers = { accept: 'application/json', 'x-okta-verification-challenge': expected };
  const answer = await callTwice(uri, { method: 'GET', headers }, context, true);
  if (!answer.ok) return answer;
  return verificationIn(answer.body) === expected
    ? { ok: true }
    : { ok: false, reason: 'the answer does not repeat the challenge' };
}

/** One delivery. @param body the same at a second try, its eventId included */
export function deliver(channel: HookChannel, body: string, context: HookCallContext): Promise<HookAnswer> {
  const { uri, headers: own, authScheme } = channel;
  const headers = {
    ...Object.fromEntries(own.map(({ key, value }) => [key, value])),
    ...(authScheme && { [authScheme.key]: authScheme.value }),
    accept: 'application/json',
    'content-type': 'application/json',
  };
  return callTwice(uri, { method: 'POST', headers, body }, context, context.settings.hookRetriesRefusals);
}

/** "One retry is attempted after a timeout or error response" (Verify an event hook); deliveries leave out what was refused. */
async function callTwice(
  uri: string,
  attempt: Attempt,
  context: HookCallContext,
  retriesRefusals: boolean,
): Promise<HookAnswer> {
  let tried = await callOnce(uri, attempt, context);
  const isRefusal = tried.status >= 300 && tried.status < 500;
  const isDone = isSuccess(tried) || (isRefusal && !retriesRefusals);
  if (!isDone && !context.closing.aborted) tried = await callOnce(uri, attempt, context);
  if (isSuccess(tried)) return { ok: true, body: tried.text };
  return { ok: false, reason: tried.status === 0 ? tried.text : `HTTP ${tried.status}` };
}

/** Redirects are not followed. */
async function callOnce(uri: string, attempt: Attempt, { settings, closing }: HookCallContext): Promise<Tried> {
  const timeout = AbortSignal.timeout(settings.hookTimeoutMs);
  try {
    const signal = AbortSignal.any([closing, timeout]);
    const response = await fetch(uri, { ...attempt, redirect: 'manual', signal });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: timeout.aborted ? 'no answer in time' : 'no connection' };
  }
}

const isSuccess = ({ status }: Tried): boolean => status >= 200 && status < 300;

function verificationIn(body: string): unknown {
  try {
    return (JSON.parse(body) as { verification?: unknown } | null)?.verification;
  } catch {
    return undefined;
  }
}

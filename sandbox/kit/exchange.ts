import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { AnswerAction, FaultRule, Faults } from './faults.ts';
import { emptyList, HalfMemory, PageMemory } from './list-faults.ts';
import { describePath, type RequestLog } from './request-log.ts';
import { type HeaderPatch, send } from './send.ts';
import type { SimRequest, SimResponse, Vendor, VendorFault } from './vendor.ts';

/** How the simulator answers, whatever the vendor. */
export interface TransportSettings {
  latencyMs: number;
  chunked: boolean;
  gzip: boolean;
}

export interface ExchangeParts {
  vendor: Vendor;
  requests: RequestLog;
  faults: Faults;
  transport: TransportSettings;
  /** Filled in once the server listens. */
  address: { origin: string };
  now(): number;
  changed(): void;
}

interface Answer {
  response: SimResponse;
  patch: HeaderPatch;
  truncate: boolean;
  /** The fault made no difference to this call. */
  isMiss?: boolean;
}

const HTML_PAGE = '<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>';

/** Takes one HTTP call through latency, faults, the vendor and the log. */
export function createExchange(parts: ExchangeParts): (incoming: IncomingMessage, out: ServerResponse) => void {
  const pages = new PageMemory();
  const halves = new HalfMemory();
  let inFlight = 0;

  async function answer(incoming: IncomingMessage, out: ServerResponse): Promise<void> {
    const { transport, vendor, requests, now } = parts;
    const rawBody = await readBody(incoming);
    const halfLatency = transport.latencyMs / 2;
    if (halfLatency > 0) await wait(halfLatency);
    const request = toSimRequest(incoming, rawBody, parts, inFlight);
    const fault = parts.faults.strike(request);
    if (isAnswer(fault?.action) && fault.action.delayMs && fault.strike !== 'after') await wait(fault.action.delayMs);
    const result = respond(request, fault);
    // Only then: a call that is answered at once is also logged in the turn in which it took effect.
    if (result?.response.later) result.response = await result.response.later;
    const struck = result?.isMiss ? undefined : fault;
    if (fault && !struck) parts.faults.miss(fault.id);
    if (request.method !== 'GET') parts.changed();
    const { template, subjects } = vendor.route?.(request.path) ?? describePath(request.path);
    const { method, path, body } = request;
    const query = request.query.toString();
    const status = result?.response.status ?? 0;
    requests.add({ at: request.now, method, path, query, route: template, subjects, body, status, ...named(struck) });
    if (isAnswer(fault?.action) && fault.action.delayMs && fault.strike === 'after') await wait(fault.action.delayMs);
    if (halfLatency > 0) await wait(halfLatency);
    if (!result) {
      if (fault?.action === 'reset') out.destroy();
      return;
    }
    const { chunked, gzip } = transport;
    const options = { chunked, gzip, now: now(), truncate: result.truncate };
    send(out, result.response, result.patch, request.headers['accept-encoding'], options);
  }

  /** @returns undefined when no answer is to be sent. */
  function respond(request: SimRequest, fault: FaultRule | undefined): Answer | undefined {
    const action = fault?.action;
    const replaces = action === 'hang' || action === 'reset' || action === 'html' || isReplacement(action);
    const takesEffect = !replaces || fault?.strike === 'after';
    const inside = isInside(action) ? { action, hadEffect: false } : undefined;
    const real = takesEffect ? parts.vendor.handle(inside ? { ...request, fault: inside } : request) : undefined;
    if (real && parts.faults.uses('repeat-page')) pages.remember(request, real, action === 'repeat-page');
    if (action === 'hang' || action === 'reset') return undefined;
    if (action === 'html') return plain({ status: 200, headers: { 'content-type': 'text/html' }, body: HTML_PAGE });
    if (isReplacement(action)) return { ...plain(injected(request, action)), patch: patchOf(action) };
    const response = real ?? { status: 500 };
    if (action === 'empty-list') return plain(emptyList(response));
    if (action === 'half-list') return lied(halves.halve(request, response), response);
    if (inside) return { ...plain(response), isMiss: !inside.hadEffect };
    if (action === 'repeat-page') return plain(pages.previous(request) ?? response);
    if (action === 'truncate') return { ...plain(response), truncate: true };
    return { ...plain(response), patch: isAnswer(action) ? patchOf(action) : {} };
  }

  function injected(request: SimRequest, action: AnswerAction & { status: number }): SimResponse {
    const usual = parts.vendor.faultAnswer?.(action.status, request) ?? { status: action.status };
    return action.body === undefined ? usual : { ...usual, body: action.body };
  }

  return (incoming, out) => {
    inFlight += 1;
    out.once('close', () => {
      inFlight -= 1;
    });
    answer(incoming, out).catch((error) => {
      // A simulator that fails must not look like a vendor that fails.
      if (!incoming.destroyed || incoming.complete) console.error('sandbox: simulator failed', error);
      if (out.headersSent) out.destroy();
      else out.writeHead(599, { 'content-type': 'application/json' }).end(JSON.stringify({ error: String(error) }));
    });
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  if (incoming.method === 'GET') {
    incoming.resume();
    return '';
  }
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function toSimRequest(incoming: IncomingMessage, rawBody: string, parts: ExchangeParts, inFlight: number): SimRequest {
  const { origin } = parts.address;
  const [path = '/', query = ''] = (incoming.url ?? '/').split('?', 2);
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers,
    body: parseJson(rawBody, headers['content-type']),
    rawBody,
    origin,
    now: parts.now(),
    inFlight,
  };
}

function parseJson(rawBody: string, contentType: string | undefined): unknown {
  if (rawBody === '' || (contentType && !contentType.includes('json'))) return undefined;
  try {
    return JSON.parse(rawBody);
  } catch {
    return undefined;
  }
}

function isAnswer(action: FaultRule['action'] | undefined): action is AnswerAction {
  return typeof action === 'object';
}

function isInside(action: FaultRule['action'] | undefined): action is VendorFault['action'] {
  return action === 'lose-members' || action === 'drop-members';
}

function isReplacement(action: FaultRule['action'] | undefined): action is AnswerAction & { status: number } {
  return isAnswer(action) && action.status !== undefined;
}

function patchOf(action: AnswerAction): HeaderPatch {
  return {
    ...(action.retryAfter === undefined ? {} : { 'retry-after': String(action.retryAfter) }),
    ...action.headers,
  };
}

function plain(response: SimResponse): Answer {
  return { response, patch: {}, truncate: false };
}

/** @param lie undefined when the true answer had nothing to lie about */
function lied(lie: SimResponse | undefined, truth: SimResponse): Answer {
  return lie ? plain(lie) : { ...plain(truth), isMiss: true };
}

function named(fault: FaultRule | undefined): { fault?: string } {
  return fault ? { fault: fault.id } : {};
}

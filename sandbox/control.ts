import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TransportSettings } from './kit/exchange.ts';
import type { Simulator } from './kit/simulator.ts';
import { SandboxError, type SimRequest, type SimResponse } from './kit/vendor.ts';

export interface Control {
  readonly origin: string;
  close(): Promise<void>;
}

const ROUTES = `GET    /                          this list
GET    /:sim/requests?after=n     calls to the simulator with a number above n
DELETE /:sim/requests             forget them
GET    /:sim/counts               calls by route and status
GET    /:sim/faults               fault rules with how often each struck
PUT    /:sim/faults               replace the rules: [{id, match?, times?, strike?, action}]
DELETE /:sim/faults               no more faults
GET    /:sim/settings             switches, limits, latency
PATCH  /:sim/settings             change some of them
POST   /:sim/clock                {advanceMs}: move the simulator's clock
GET    /:sim/state                the whole state as JSON
POST   /:sim/seed                 replace the population
POST   /:sim/save                 write the state file now
`;

type Handler = (sim: Simulator, request: SimRequest) => unknown;

const HANDLERS: Record<string, Handler> = {
  'GET requests': (sim, { query }) => sim.requests.since(wholeNumber(query.get('after') ?? '0', 'query.after')),
  'DELETE requests': (sim) => sim.requests.clear(),
  'GET counts': (sim) => sim.requests.counts(),
  'GET faults': (sim) => sim.faults.list(),
  'PUT faults': (sim, { body }) => sim.faults.set(body),
  'DELETE faults': (sim) => sim.faults.clear(),
  'GET settings': (sim) => ({ ...sim.transport, ...sim.vendor.settings }),
  'PATCH settings': (sim, { body }) => patchSettings(sim, asObject(body, 'body')),
  'POST clock': (sim, { body }) => {
    const advanceMs = asObject(body, 'body').advanceMs;
    if (!Number.isFinite(advanceMs)) throw new SandboxError('a number of milliseconds is expected', 'body.advanceMs');
    sim.advanceClock(Number(advanceMs));
    return { now: sim.now() };
  },
  'GET state': (sim) => sim.vendor.dump(),
  'POST seed': (sim, { body }) => sim.seed(asObject(body ?? {}, 'body')),
  'POST save': async (sim) => {
    await sim.save();
    return { saved: true };
  },
};

/** One control server for all simulators, on a port of its own so that no vendor path can clash with it. */
export async function startControl(simulators: readonly Simulator[], port = 0): Promise<Control> {
  const byName = new Map(simulators.map((sim) => [sim.name, sim]));
  const server = http.createServer((incoming, out) => {
    answer(byName, incoming)
      .catch(toErrorAnswer)
      .then((response) => {
        const isText = typeof response.body === 'string';
        out.writeHead(response.status, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' });
        if (response.body === undefined) out.end();
        else out.end(isText ? response.body : JSON.stringify(response.body));
      })
      .catch(() => out.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(simulators: Map<string, Simulator>, incoming: http.IncomingMessage): Promise<SimResponse> {
  const url = new URL(incoming.url ?? '/', 'http://control');
  const method = incoming.method ?? 'GET';
  const [, name = '', ...rest] = url.pathname.split('/');
  if (name === '') return { status: 200, body: describe(simulators) };
  const sim = simulators.get(name);
  if (!sim)
    throw new SandboxError(`no such simulator; there are ${[...simulators.keys()].join(', ')}`, url.pathname, 404);
  const request = await toRequest(incoming, url, sim, `/${rest.join('/')}`);
  const handler = HANDLERS[`${method} ${rest.join('/')}`];
  if (handler) {
    const body = await handler(sim, request);
    return body === undefined ? { status: 204 } : { status: 200, body };
  }
  const response = sim.vendor.control?.(request);
  if (!response) throw new SandboxError(`no such operation; GET / lists them`, `${method} ${url.pathname}`, 404);
  if (method !== 'GET') sim.changed();
  return response;
}

async function toRequest(incoming: http.IncomingMessage, url: URL, sim: Simulator, path: string): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const rawBody = Buffer.concat(chunks).toString('utf8');
  return {
    method: incoming.method ?? 'GET',
    path,
    query: url.searchParams,
    headers: {},
    body: parseBody(rawBody),
    rawBody,
    origin: sim.origin,
    now: sim.now(),
    inFlight: 1,
  };
}

function parseBody(rawBody: string): unknown {
  if (rawBody === '') return undefined;
  try {
    return JSON.parse(rawBody);
  } catch (error) {
    throw new SandboxError(`not JSON: ${(error as Error).message}`, 'body');
  }
}

/** Objects are merged one level deep, so that one limit can be changed without repeating the others. */
function patchSettings(sim: Simulator, patch: Record<string, unknown>): unknown {
  const transport = sim.transport as unknown as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    const holder = key in transport ? transport : sim.vendor.settings;
    const where = `body.${key}`;
    if (!(key in holder)) {
      const known = [...Object.keys(transport), ...Object.keys(sim.vendor.settings)].join(', ');
      throw new SandboxError(`unknown setting; known are ${known}`, where);
    }
    const old = holder[key];
    if (old !== null && value !== null && kindOf(old) !== kindOf(value)) {
      throw new SandboxError(`${kindOf(old)} is expected, not ${kindOf(value)}`, where);
    }
    holder[key] = kindOf(old) === 'object' && value !== null ? { ...(old as object), ...(value as object) } : value;
  }
  return { ...(transport as unknown as TransportSettings), ...sim.vendor.settings };
}

function describe(simulators: Map<string, Simulator>): string {
  const parts = [...simulators.values()].map((sim) => {
    const own = (sim.vendor.controlRoutes ?? []).map((line) => line.replace(' /', ` /${sim.name}/`));
    return [`${sim.name}: ${sim.origin}`, ...own].join('\n');
  });
  return `Sandbox control. Simulators (:sim):\n\n${parts.join('\n\n')}\n\nFor each simulator:\n\n${ROUTES}`;
}

function toErrorAnswer(error: unknown): SimResponse {
  if (error instanceof SandboxError) {
    return { status: error.status, body: { error: error.message, where: error.where } };
  }
  return { status: 500, body: { error: String(error), where: 'sandbox' } };
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (kindOf(value) !== 'object') throw new SandboxError('a JSON object is expected', where);
  return value as Record<string, unknown>;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function wholeNumber(text: string, where: string): number {
  if (!/^\d+$/.test(text)) throw new SandboxError('a whole number is expected', where);
  return Number(text);
}

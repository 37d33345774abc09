import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { startControl } from '../../sandbox/control.ts';
import { type Simulator, startSimulator } from '../../sandbox/kit/simulator.ts';
import { SandboxError, type SimRequest, type SimResponse, type Vendor } from '../../sandbox/kit/vendor.ts';

/** The smallest vendor with state: a list of names with paging by `page`. */
function createNames(): Vendor {
  let names: string[] = [];
  return {
    name: 'names',
    settings: { pageSize: 2, limits: { read: 1, write: 2 } },
    handle({ method, query, body }: SimRequest): SimResponse {
      if (method === 'POST') names.push((body as { name: string }).name);
      if (method === 'DELETE') return { status: 204 };
      const page = Number(query.get('page') ?? 0);
      return { status: 200, body: names.slice(page * 2, page * 2 + 2) };
    },
    dump: () => ({ names }),
    restore: (state) => {
      names = (state as { names: string[] }).names;
    },
    seed({ count }, now) {
      if (!Number.isInteger(count)) throw new SandboxError('a whole number is expected', 'count');
      names = Array.from({ length: Number(count) }, (_, i) => `name ${i} of ${now > 0}`);
      return { count };
    },
    control: ({ method, path }) =>
      method === 'GET' && path === '/size' ? { status: 200, body: names.length } : undefined,
    controlRoutes: ['GET /size'],
    faultAnswer: (status) => ({ status, headers: { 'x-own': 'yes' }, body: { code: `N${status}` } }),
  };
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function start(options: Partial<Parameters<typeof startSimulator>[1]> = {}): Promise<Simulator> {
  const sim = await startSimulator(createNames(), { secret: 'shared', ...options });
  open.push(sim);
  return sim;
}

type Call = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;

async function startWithControl(): Promise<{ sim: Simulator; call: Call }> {
  const sim = await start();
  const control = await startControl([sim]);
  open.push(control);
  const call: Call = async (method, path, body) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(control.origin + path, init);
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  };
  return { sim, call };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (origin: string, name: string, path = '/names') =>
  fetch(origin + path, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ name, password: 'hidden' }) });
const list = async (origin: string, query = '') => (await fetch(`${origin}/names${query}`)).json();

test('proves to be a sandbox to who shares its secret, for this very address, and does not log it', async () => {
  const sim = await start();
  const answer = await (await fetch(`${sim.origin}/_sandbox/proof?nonce=n1`)).json();
  const expected = createHmac('sha256', 'shared')
    .update(`n1\n${new URL(sim.origin).host}`)
    .digest('hex');
  expect(answer).toEqual({ proof: expected });
  expect((await fetch(`${sim.origin}/_sandbox/proof`)).status).toBe(400);
  expect(sim.requests.since()).toEqual([]);
});

test('logs each call with route, subjects and masked secrets, and counts by route', async () => {
  const sim = await start();
  await post(sim.origin, 'a');
  await fetch(`${sim.origin}/names/7/user%40example.com?x=1`, { headers: { authorization: 'Bearer t0ken' } });
  const [first, second] = sim.requests.since();
  expect(first).toMatchObject({
    n: 1,
    method: 'POST',
    path: '/names',
    body: { name: 'a', password: '***' },
    status: 200,
  });
  expect(second).toMatchObject({ route: '/names/:id/:id', subjects: ['7', 'user@example.com'], query: 'x=1' });
  expect(JSON.stringify(sim.requests.since())).not.toContain('t0ken');
  expect(sim.requests.counts()['GET /names/:id/:id']).toEqual({ total: 1, byStatus: { 200: 1 } });
  expect(sim.requests.since(1)).toHaveLength(1);
});

test('a fault before the effect prevents it, one after the effect hides it', async () => {
  const sim = await start();
  sim.faults.set([
    { id: 'early', match: { method: 'POST', attempt: 1 }, action: { status: 503 } },
    { id: 'late', match: { method: 'POST', attempt: 2 }, strike: 'after', action: 'reset' },
  ]);
  const early = await post(sim.origin, 'a');
  expect([early.status, early.headers.get('x-own'), await early.json()]).toEqual([503, 'yes', { code: 'N503' }]);
  await expect(post(sim.origin, 'b')).rejects.toThrow('fetch failed');
  expect(await list(sim.origin)).toEqual(['b']);
  expect([sim.faults.fired('early'), sim.faults.fired('late')]).toEqual([1, 1]);
  expect(sim.requests.since().map(({ status, fault }) => [status, fault])).toEqual([
    [503, 'early'],
    [0, 'late'],
    [200, undefined],
  ]);
});

test('faults match on path, subject, every nth call and a number of times', async () => {
  const sim = await start();
  sim.faults.set([
    { id: 'subject', match: { subject: 'eve' }, times: 1, action: { status: 409, body: { own: true } } },
    { id: 'every', match: { path: '^/names\\?page=', every: 2 }, action: { status: 429, retryAfter: 7 } },
  ]);
  expect(await (await post(sim.origin, 'eve')).json()).toEqual({ own: true });
  expect((await post(sim.origin, 'eve')).status).toBe(200);
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await fetch(`${sim.origin}/names?page=0`)).status);
  expect(statuses).toEqual([200, 429, 200, 429]);
  expect((await fetch(`${sim.origin}/names?page=0`)).status).toBe(200);
  expect((await fetch(`${sim.origin}/names?page=0`)).headers.get('retry-after')).toBe('7');
});

test('answers can be truncated, turned into HTML, emptied, repeated, stripped of headers and delayed', async () => {
  const sim = await start();
  await sim.seed({ count: 5 });
  const withFault = async (action: unknown, query = '') => {
    sim.faults.set([{ id: 'f', match: { path: query || '.' }, action }]);
    return fetch(`${sim.origin}/names${query}`);
  };
  await expect((await withFault('truncate')).json()).rejects.toThrow();
  expect((await withFault('html')).headers.get('content-type')).toBe('text/html');
  expect(await (await withFault('empty-list')).json()).toEqual([]);
  expect((await withFault({ headers: { date: null } })).headers.get('date')).toBeNull();
  const started = performance.now();
  await withFault({ delayMs: 40 });
  expect(performance.now() - started).toBeGreaterThan(35);
  sim.faults.set([{ id: 'again', match: { path: 'page=1' }, action: 'repeat-page' }]);
  expect(await list(sim.origin, '?page=0')).toEqual(await list(sim.origin, '?page=1'));
});

test('a hanging call gets no answer and does not keep the simulator from closing', async () => {
  const sim = await start();
  sim.faults.set([{ id: 'hang', action: 'hang' }]);
  const hanging = fetch(`${sim.origin}/names`, { signal: AbortSignal.timeout(60) });
  await expect(hanging).rejects.toThrow('timeout');
  const another = fetch(`${sim.origin}/names`).catch((error: Error) => error.message);
  while (sim.requests.last < 2) await new Promise((resolve) => setImmediate(resolve));
  await sim.close();
  expect(await another).toBe('fetch failed');
});

test('answers are chunked and compressed by default, and of known length when asked', async () => {
  const sim = await start();
  await sim.seed({ count: 2 });
  await post(sim.origin, 'x'.repeat(3000));
  const raw = (headers: Record<string, string>) =>
    new Promise<http.IncomingHttpHeaders>((resolve, reject) => {
      http.get(`${sim.origin}/names?page=1`, { headers }, (r) => resolve(r.resume().headers)).on('error', reject);
    });
  expect(await raw({ 'accept-encoding': 'gzip' })).toMatchObject({
    'transfer-encoding': 'chunked',
    'content-encoding': 'gzip',
  });
  expect(await raw({})).not.toHaveProperty('content-encoding');
  Object.assign(sim.transport, { chunked: false, gzip: false });
  expect(await raw({})).toMatchObject({ 'content-length': String(JSON.stringify(['x'.repeat(3000)]).length) });
  expect(((await list(sim.origin, '?page=1')) as string[])[0]).toHaveLength(3000);
});

test('the state outlives a restart, clock included, and a damaged file is named', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'deep', 'names.json');
  const first = await start({ stateFile });
  expect(first.restored).toBe(false);
  await post(first.origin, 'kept');
  first.advanceClock(3_600_000);
  await first.close();
  expect(JSON.parse(readFileSync(stateFile, 'utf8'))).toMatchObject({ state: { names: ['kept'] } });
  const second = await start({ stateFile });
  expect(second.restored).toBe(true);
  expect(await list(second.origin)).toEqual(['kept']);
  expect(second.now() - Date.now()).toBeGreaterThan(3_500_000);
  await second.close();
  writeFileSync(stateFile, '{');
  await expect(start({ stateFile })).rejects.toThrow('remove it to start empty');
});

test('a change is written soon without being asked', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'sandbox-')), 'names.json');
  const sim = await start({ stateFile });
  await post(sim.origin, 'soon');
  await expect.poll(() => readFileSync(stateFile, 'utf8'), { timeout: 5000 }).toContain('soon');
});

test('the control server seeds, shows state and log, sets faults, settings and clock', async () => {
  const { sim, call } = await startWithControl();
  expect((await call('POST', '/names/seed', { count: 3 })).body).toEqual({ count: 3 });
  expect((await call('GET', '/names/state')).body).toEqual(sim.vendor.dump());
  expect((await call('GET', '/names/size')).body).toBe('3');
  await post(sim.origin, 'a');
  expect((await call('GET', '/names/requests?after=0')).body).toHaveLength(1);
  expect((await call('GET', '/names/counts')).body).toEqual({ 'POST /names': { total: 1, byStatus: { 200: 1 } } });
  expect((await call('DELETE', '/names/requests')).status).toBe(204);
  expect((await call('GET', '/names/requests')).body).toEqual([]);
  await call('PUT', '/names/faults', [{ id: 'f', action: { status: 500 } }]);
  expect((await fetch(`${sim.origin}/names`)).status).toBe(500);
  expect((await call('GET', '/names/faults')).body).toMatchObject([{ id: 'f', fired: 1, seen: 1 }]);
  expect((await call('DELETE', '/names/faults')).status).toBe(204);
  const settings = await call('PATCH', '/names/settings', { latencyMs: 5, limits: { read: 9 } });
  expect(settings.body).toMatchObject({ latencyMs: 5, pageSize: 2, limits: { read: 9, write: 2 } });
  await call('POST', '/names/clock', { advanceMs: 60_000 });
  expect(sim.now() - Date.now()).toBeGreaterThan(59_000);
  expect((await call('POST', '/names/save')).body).toEqual({ saved: true });
  expect((await call('GET', '/')).body).toContain(sim.origin);
});

test.each([
  ['GET', '/nobody/state', undefined, 404, '/nobody/state'],
  ['GET', '/names/nothing', undefined, 404, 'GET /names/nothing'],
  ['GET', '/names/requests?after=x', undefined, 400, 'query.after'],
  ['POST', '/names/seed', { count: 'many' }, 400, 'count'],
  ['POST', '/names/clock', {}, 400, 'body.advanceMs'],
  ['PATCH', '/names/settings', { pagesize: 1 }, 400, 'body.pagesize'],
  ['PATCH', '/names/settings', { pageSize: 'big' }, 400, 'body.pageSize'],
  ['PUT', '/names/faults', {}, 400, 'body'],
  ['PUT', '/names/faults', [{ action: 'hang' }], 400, 'rules[0].id'],
  ['PUT', '/names/faults', [{ id: 'a', action: 'explode' }], 400, 'rules[0].action'],
  // A fault inside a vendor, which this one does not know.
  ['PUT', '/names/faults', [{ id: 'a', action: 'lose-members' }], 400, 'rules[0].action'],
  ['PUT', '/names/faults', [{ id: 'a', action: 'hang', match: { path: '(' } }], 400, 'rules[0].match.path'],
  ['PUT', '/names/faults', [{ id: 'a', action: 'hang', match: { attempt: 0 } }], 400, 'rules[0].match.attempt'],
])('the control server says what is wrong and where: %s %s %j', async (method, path, body, status, where) => {
  const { call } = await startWithControl();
  const answer = await call(method, path, body);
  expect([answer.status, answer.body]).toMatchObject([status, { where }]);
});

/** An offboarding's part at Okta, on a simulated one: what is done, in which state, and what is on record about it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { offboardAtOkta } from '../../activities/offboard-at-okta.ts';
import type { Deadline } from '../../domain/directory.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import type { OktaAction } from '../../domain/offboarding.ts';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { stepsOf } from '../../store/offboarding-steps.ts';
import { offboarded, order } from '../support/offboarding-order.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let lab: InProcess;
beforeAll(async () => {
  lab = await startInProcess({ people: 60, groups: 4, seed: 31 });
}, 60_000);
afterAll(() => lab?.stop());

const org = () => lab.sandbox.okta.vendor.dump() as SavedOrg;
const statusOf = (person: string) => org().users.find(({ id }) => id === person)?.status;
const taken = new Set<string>();
/** Somebody whom no other test has touched. */
function somebody(status = 'ACTIVE'): OktaUserId {
  const id = org().users.find((user) => user.status === status && !taken.has(user.id))?.id;
  if (id === undefined) throw new Error(`nobody is ${status}`);
  taken.add(id);
  return id as OktaUserId;
}

async function control(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${lab.sandbox.control.origin}/okta${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
}

const ordered = (person: OktaUserId): Promise<string> => offboarded(lab.deps.store, person);

const act = (offboardingId: string, person: OktaUserId, action: OktaAction = 'suspend') =>
  lab.run(() => offboardAtOkta(lab.deps, { offboardingId, person, action }));
const evidence = async (offboardingId: string) => {
  const rows = await stepsOf(lab.deps.store, offboardingId);
  return rows.map(({ step, state, detail }) => [step, state, detail].filter(Boolean).join(' ')).sort();
};
const failing = (id: string, path: string, status: number): FaultRule => ({ id, match: { path }, action: { status } });

describe('who masters the person', () => {
  const cases: [string, string][] = [
    ['OKTA', 'find-master nothing-there'],
    ['ACTIVE_DIRECTORY', 'find-master done directory'],
    ['LDAP', 'find-master done directory'],
    ['FEDERATION', 'find-master done other'],
    ['IMPORT', 'find-master done other'],
  ];
  it.each(cases)('is on record: %s', async (type, expected) => {
    const person = somebody();
    await control(`/users/${person}/provider`, { type });
    const id = await ordered(person);
    expect(await act(id, person)).toEqual({ state: 'done' });
    expect(statusOf(person)).toBe('SUSPENDED');
    expect(await evidence(id)).toEqual(['clear-sessions done', 'confirm done SUSPENDED', expected, 'suspend done']);
  });

  it('is as it was seen last, in a later round', async () => {
    const person = somebody();
    await control(`/users/${person}/provider`, { type: 'ACTIVE_DIRECTORY' });
    const id = await ordered(person);
    await act(id, person);
    await control(`/users/${person}/provider`, { type: 'OKTA' });
    await order(lab.deps.store, person, { okta: 'deactivate' });
    await act(id, person, 'deactivate');
    expect(await evidence(id)).toEqual([
      'clear-sessions done',
      'confirm done DEPROVISIONED',
      'deactivate done',
      'find-master nothing-there',
      'suspend done',
    ]);
  });

  it('is told also where Okta refuses the rest, each refusal by itself', async () => {
    const person = somebody();
    await control(`/users/${person}/provider`, { type: 'ACTIVE_DIRECTORY' });
    const id = await ordered(person);
    const { settings } = lab.sandbox.okta.vendor;
    settings['adminRole'] = 'READ_ONLY_ADMIN';
    expect(await act(id, person)).toMatchObject({ state: 'failed', problem: { kind: 'AccessDenied' } });
    expect(statusOf(person)).toBe('ACTIVE');
    expect(await evidence(id)).toEqual([
      'clear-sessions failed AccessDenied:E0000006',
      'confirm failed ACTIVE',
      'find-master done directory',
      'suspend failed AccessDenied:E0000006',
    ]);
    settings['adminRole'] = 'SUPER_ADMIN';
    expect(await act(id, person)).toEqual({ state: 'done' });
    expect(await evidence(id)).toEqual([
      'clear-sessions done',
      'confirm done SUSPENDED',
      'find-master done directory',
      'suspend done',
    ]);
  });
});

describe('the step that is taken', () => {
  it.each(['PROVISIONED', 'STAGED', 'RECOVERY', 'LOCKED_OUT', 'PASSWORD_EXPIRED'])(
    'is to deactivate who is %s, since only ACTIVE ones can be suspended',
    async (status) => {
      const person = somebody(status);
      const id = await ordered(person);
      expect(await act(id, person)).toEqual({ state: 'done' });
      expect(statusOf(person)).toBe('DEPROVISIONED');
      expect(await evidence(id)).toContain('confirm done DEPROVISIONED');
    },
  );

  it.each(['SUSPENDED', 'DEPROVISIONED'])('is none for who is %s already', async (status) => {
    const person = somebody(status);
    const id = await ordered(person);
    expect(await act(id, person)).toEqual({ state: 'done' });
    expect(statusOf(person)).toBe(status);
    expect(await evidence(id)).toContain(`confirm already-so ${status}`);
  });

  it('is none for whom Okta does not know', async () => {
    const person = '00u0000000000nobody1' as OktaUserId;
    const id = await ordered(person);
    await act(id, person);
    expect(await evidence(id)).toContain('confirm nothing-there not-found');
  });

  it('is raised, to be tried again, while Okta is away, and done once however often it is tried', async () => {
    const person = somebody();
    const id = await ordered(person);
    lab.sandbox.okta.faults.set([failing('away', `/lifecycle/suspend`, 503)]);
    await expect(act(id, person)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect((await evidence(id)).some((line) => line.startsWith('confirm'))).toBe(false);
    lab.sandbox.okta.faults.clear();
    await act(id, person);
    await act(id, person);
    const calls = lab.sandbox.okta.requests
      .since()
      .filter(({ path, status }) => path.endsWith(`${person}/lifecycle/suspend`) && status === 200);
    expect(calls).toHaveLength(1);
    expect(await evidence(id)).toContain('confirm done SUSPENDED');
  });
});

describe('while Okta is away', () => {
  interface Ordered {
    readonly person: OktaUserId;
    readonly id: string;
  }
  const several = (count: number): Promise<Ordered[]> =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const person = somebody();
        return { person, id: await ordered(person) };
      }),
    );
  const tryAll = (orders: readonly Ordered[], attempt: number) =>
    Promise.allSettled(
      orders.map(({ id, person }) =>
        lab.run(() => offboardAtOkta(lab.deps, { offboardingId: id, person, action: 'suspend' }), { attempt }),
      ),
    );
  const requestsSince = (count: number) => lab.sandbox.okta.requests.since().length - count;
  beforeEach(() => lab.sandbox.okta.faults.set([failing('away', '/api/', 503)]));
  afterEach(() => lab.sandbox.okta.faults.clear());

  it('one of many who try again asks for all of them, and all go on once it is back', async () => {
    const orders = await several(6);
    const before = requestsSince(0);
    for (const tried of [...(await tryAll(orders, 2)), ...(await tryAll(orders, 3))])
      expect(tried).toMatchObject({ status: 'rejected', reason: { kind: 'Unavailable' } });
    const paths = new Set(
      lab.sandbox.okta.requests
        .since()
        .slice(before)
        .map(({ path }) => path),
    );
    expect([...paths].filter((path) => orders.some(({ person }) => path.includes(person)))).toEqual([]);
    expect(paths.size).toBe(1);
    lab.sandbox.okta.faults.clear();
    const areDone = async () => (await tryAll(orders, 4)).every(({ status }) => status === 'fulfilled');
    await vi.waitFor(async () => expect(await areDone()).toBe(true), 10_000);
    expect(orders.map(({ person }) => statusOf(person))).toEqual(orders.map(() => 'SUSPENDED'));
  });

  it('each asks for itself at the first try, and nothing goes on behind the next', async () => {
    const orders = await several(3);
    const before = requestsSince(0);
    await tryAll(orders, 1);
    const asked = requestsSince(before);
    const paths = lab.sandbox.okta.requests
      .since()
      .slice(before)
      .map(({ path }) => path);
    for (const { person } of orders) expect(paths.filter((path) => path.includes(person)).length).toBe(asked / 3);
    await tryAll(orders.slice(0, 1), 1);
    expect(requestsSince(before)).toBe(asked + asked / 3);
  });
});

describe('a step that was refused', () => {
  it('and that somebody did by hand, is told as it is: so already', async () => {
    const person = somebody();
    const id = await ordered(person);
    const refusal = { ...failing('refused', '/lifecycle/suspend', 403), times: 1 };
    lab.sandbox.okta.faults.set([refusal]);
    expect(await act(id, person)).toMatchObject({ state: 'failed' });
    lab.sandbox.okta.faults.clear();
    await lab.okta.lifecycle(person, 'suspend');
    expect(await act(id, person)).toEqual({ state: 'done' });
    expect(await evidence(id)).toEqual([
      'clear-sessions done',
      'confirm already-so SUSPENDED',
      'find-master nothing-there',
      'suspend already-so',
    ]);
  });
});

describe('what is not ordered any more', () => {
  it('is not done by a worker that comes late: after a release', async () => {
    const person = somebody();
    const id = await ordered(person);
    await order(lab.deps.store, person, { kind: 'release' });
    expect(await act(id, person)).toMatchObject({ state: 'failed', problem: { kind: 'Conflict' } });
    expect(statusOf(person)).toBe('ACTIVE');
  });

  it('nor is anybody deactivated who is to be suspended', async () => {
    const person = somebody();
    const id = await ordered(person);
    expect(await act(id, person, 'deactivate')).toMatchObject({ state: 'failed', problem: { kind: 'Conflict' } });
    expect(statusOf(person)).toBe('ACTIVE');
  });
});

it('a step whose answer was lost is told as done, by this offboarding', async () => {
  const person = somebody();
  const id = await ordered(person);
  lab.sandbox.okta.faults.set([{ ...failing('lost', `${person}/lifecycle/suspend`, 500), strike: 'after', times: 1 }]);
  await expect(act(id, person)).rejects.toMatchObject({ kind: 'Unavailable' });
  lab.sandbox.okta.faults.clear();
  expect(await act(id, person)).toEqual({ state: 'done' });
  expect(await evidence(id)).toEqual([
    'clear-sessions done',
    'confirm already-so SUSPENDED',
    'find-master nothing-there',
    'suspend done found-after-lost-answer',
  ]);
});

it('a step is sent only for a while from when the order was known to stand', async () => {
  const person = somebody();
  const id = await ordered(person);
  const { lifecycle } = lab.deps.source;
  let sendBefore: Deadline | undefined;
  const suspend: typeof lifecycle.suspend = (who, options) => {
    sendBefore = options?.sendBefore;
    return lifecycle.suspend(who, options);
  };
  // Methods of the real one, whose fields are private to it.
  const source = new Proxy(lab.deps.source, {
    get(real, name) {
      if (name === 'lifecycle')
        return { clearSessions: lifecycle.clearSessions, deactivate: lifecycle.deactivate, suspend };
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) : value;
    },
  });
  const deps = { ...lab.deps, source };
  await lab.run(() => offboardAtOkta(deps, { offboardingId: id, person, action: 'suspend' }));
  expect(sendBefore?.hasPassed()).toBe(false);
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 11_000);
  expect(sendBefore?.hasPassed()).toBe(true);
  vi.restoreAllMocks();
});

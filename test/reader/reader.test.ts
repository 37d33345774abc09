import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findingCodes } from '../../domain/change.ts';
import { freePort } from '../../local/ports.ts';
import { ReaderClient, ReaderError } from '../../reader/client.ts';
import { findingTexts } from '../../reader/finding-texts.ts';
import { alice, bob, carol, engineers, people, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let url: string;
let client: ReaderClient;

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
});
afterAll(() => reader.close());
beforeEach(() => {
  reader.okta.people = people;
});

const refusal = async (asking: Promise<unknown>): Promise<ReaderError> => {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ReaderError) return error;
  throw new Error(`expected a refusal, got ${String(error)}`);
};

test('the configured targets are told', async () => {
  expect((await client.targets()).items).toEqual([{ name: 'cloud', kind: 'atlassian-cloud' }]);
});

describe('plans', () => {
  test('are listed with their changes by kind and what needs attention', async () => {
    const { items } = await client.plans();
    expect(items).toMatchObject([
      {
        id: 'plan-1',
        people: 0,
        changes: 3,
        changesByKind: { 'create-account': 1 },
        findingsByCode: { 'unlinked-members': 1, 'two-people-one-name': 1 },
        attention: 1,
      },
    ]);
    expect((await client.plans({ target: 'another' })).items).toEqual([]);
  });

  test('tell the outcomes of their changes by kind', async () => {
    const { outcomes } = await client.plan('plan-1');
    expect(outcomes).toContainEqual({ kind: 'create-account', outcome: 'parked', count: 1 });
    expect(outcomes).toContainEqual({ kind: 'add-member', count: 1 });
  });

  test('show each change with names beside ids, values and the reason in words', async () => {
    const changes = await Array.fromAsync(client.changes('plan-1'));
    expect(changes).toMatchObject([
      {
        kind: 'deactivate-account',
        person: { id: bob, email: 'bob@example.com' },
        account: { id: 'a-bob', userName: 'bob@example.com' },
        why: 'deactivated at Okta',
        outcome: 'applied',
        vendorRequestId: 'vendor-7',
      },
      { kind: 'create-account', after: { userName: 'carol@example.com' }, outcome: 'parked', detail: 'Rejected' },
      { kind: 'add-member', person: { id: alice }, group: { id: engineers, name: 'engineers' } },
    ]);
    expect(changes[2]).not.toHaveProperty('outcome');
  });

  test('are read in pages that join without gap or repetition', async () => {
    const first = await client.changesPage('plan-1', { limit: 2 });
    const second = await client.changesPage('plan-1', { limit: 2, after: first.next! });
    expect([...first.items, ...second.items].map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(second.next).toBeUndefined();
  });

  test('show findings in words, with what to do', async () => {
    const findings = await Array.fromAsync(client.findings('plan-1'));
    expect(findings).toMatchObject([
      { code: 'unlinked-members', attention: false, group: { name: 'engineers' }, subjects: [{ id: 'a-stranger' }] },
      {
        code: 'two-people-one-name',
        attention: true,
        person: { login: 'carol@example.com' },
        subjects: [{ id: alice, name: 'alice@example.com' }],
      },
    ]);
    expect(findings[1]?.advice).not.toBe('');
  });

  test('have words for every finding, and advice for each that needs attention', () => {
    for (const [code, { attention }] of Object.entries(findingCodes)) {
      const { text, advice } = findingTexts[code as keyof typeof findingCodes];
      expect(text, code).toMatch(/\.$/);
      if (attention) expect(advice, code).toMatch(/\.$/);
    }
  });
});

describe('runs', () => {
  test('are listed with how far they came', async () => {
    const { items } = await client.runs({ target: 'cloud' });
    expect(items).toMatchObject([{ id: 'run-1', phase: 'applying', progress: { done: 2, total: 3 } }]);
  });

  test('that cover a request are found by it, and are not finished before all are', async () => {
    const { runs, isFinished } = await client.request('request-1');
    expect(runs.map(({ id }) => id)).toEqual(['request-1', 'run-1']);
    expect(isFinished).toBe(false);
  });

  test('of a request that nobody has taken up yet are none, and that is no error', async () => {
    expect(await client.request('unheard-of')).toEqual({ requestId: 'unheard-of', runs: [], isFinished: false });
  });

  test('are reported with what was not settled and what needs attention', async () => {
    const { parts, needsAttention } = await client.report('request-1');
    expect(needsAttention).toBe(true);
    expect(parts).toMatchObject([
      { plan: { id: 'plan-1' }, unsettled: [{ outcome: 'parked' }], attention: [{ code: 'two-people-one-name' }] },
    ]);
  });
});

describe('people', () => {
  test('are found live at Okta by e-mail whatever its case', async () => {
    const found = await client.findPeople('Alice@Example.com');
    expect(found).toMatchObject({ source: 'okta', people: [{ id: alice, status: 'ACTIVE', entitlement: 'entitled' }] });
  });

  test('are found by Okta id', async () => {
    expect((await client.findPeople(carol)).people).toMatchObject([{ login: 'carol@example.com' }]);
  });

  test('may be several, and then all are told', async () => {
    reader.okta.people = people.map((person) => ({ ...person, email: 'shared@example.com' }));
    expect((await client.findPeople('shared@example.com')).people).toHaveLength(3);
  });

  test('are looked up in the mirror when Okta cannot be asked, and the answer says so', async () => {
    reader.okta.people = undefined;
    const found = await client.findPeople('alice@example.com');
    expect(found).toMatchObject({ source: 'mirror', people: [{ id: alice }] });
    expect(found.note).toContain('Okta could not be asked');
  });

  test('that Okta no longer shows are remembered, as people who had the name', async () => {
    reader.okta.people = [];
    const found = await client.findPeople('bob@example.com');
    expect(found).toMatchObject({ source: 'history', people: [{ id: bob }] });
    expect(found.isOktaAway).toBeUndefined();
    expect(found.note).toContain('Okta shows nobody by that name any more');
    expect(await client.findPeople(bob)).toMatchObject({ source: 'history', people: [{ id: bob }] });
    expect(await client.findPeople('nobody@example.com')).toEqual({ source: 'okta', people: [] });
  });
});

describe.each(['is_missing', 'is_deleted'] as const)('people whom the last reading had as %s', (mark) => {
  const set = (isSo: boolean) => reader.store.updateTable('okta_user').set(mark, isSo).where('id', '=', bob).execute();
  beforeAll(() => set(true));
  afterAll(() => set(false));

  test('had their name, while Okta is away too', async () => {
    reader.okta.people = undefined;
    const found = await client.findPeople('bob@example.com');
    expect(found).toMatchObject({ source: 'history', isOktaAway: true, people: [{ id: bob }] });
    expect(found.note).toMatch(/Okta could not be asked.*does not show them/);
  });

  test('give way to somebody whom it shows by the same name', async () => {
    const rename = (login: string) =>
      reader.store.updateTable('okta_user').set({ login }).where('id', '=', carol).execute();
    reader.okta.people = undefined;
    await rename('bob@example.com');
    expect(await client.findPeople('bob@example.com')).toMatchObject({ source: 'mirror', people: [{ id: carol }] });
    await rename('carol@example.com');
  });
});

describe('people by a name that is gone', () => {
  beforeAll(async () => {
    const renamed = {
      before: { userName: 'Maiden@example.com' },
      after: { userName: 'alice@example.com' },
    };
    await reader.store
      .insertInto('audit')
      .values({
        run_id: 'run-0',
        plan_id: 'plan-0',
        seq: 0,
        target: 'cloud',
        kind: 'update-account',
        person_id: alice,
        before: JSON.stringify(renamed.before),
        after: JSON.stringify(renamed.after),
        reason: 'attributes-differ',
        outcome: 'applied',
      })
      .execute();
  });

  test('are found by the audit log as they are now, and the answer says so', async () => {
    const found = await client.findPeople('maiden@example.com');
    expect(found).toMatchObject({ source: 'history', people: [{ id: alice, email: 'alice@example.com' }] });
    expect(found.note).toContain('formerly');
  });

  test('are found while Okta is away as well', async () => {
    reader.okta.people = undefined;
    const { people: found, note } = await client.findPeople('maiden@example.com');
    expect(found).toMatchObject([{ id: alice }]);
    expect(note).toMatch(/Okta could not be asked.*formerly/);
  });
});

describe('explain', () => {
  test('tells desired and actual, the link, what would change and why', async () => {
    const { targets, person } = await client.explain(alice);
    expect(person.email).toBe('alice@example.com');
    expect(targets).toMatchObject([
      {
        target: 'cloud',
        scope: { isIn: true, why: "in Okta's group everybody" },
        desired: { state: 'active', code: 'entitled-in-scope' },
        link: { account: 'a-alice', origin: 'adopted' },
        account: { isActive: true },
        groups: [{ group: { name: 'engineers' }, isDesired: true, isMember: false }],
        changes: [
          { kind: 'update-account', before: { title: 'Trainee' }, after: { title: 'Engineer' } },
          { kind: 'add-member', group: { name: 'engineers' } },
        ],
      },
    ]);
    expect(targets[0]?.attributes).toContainEqual({
      attribute: 'title',
      actual: 'Trainee',
      desired: 'Engineer',
      isSame: false,
    });
  });

  test('tells what happened to somebody, from the audit log', async () => {
    const { targets, timeline, live } = await client.explain(bob);
    expect(live?.status).toBe('DEPROVISIONED');
    expect(timeline).toMatchObject([
      { target: 'cloud', runId: 'run-1', change: { kind: 'deactivate-account' }, outcome: 'applied' },
    ]);
    expect(targets[0]?.desired).toMatchObject({ state: 'inactive', why: 'deactivated at Okta' });
    expect(targets[0]?.lastChanges).toMatchObject([{ planId: 'plan-1', kind: 'deactivate-account' }]);
  });

  test('goes on from the mirror while Okta is away, and says so', async () => {
    reader.okta.people = undefined;
    const { live, liveProblem, mirrored, targets } = await client.explain(carol);
    expect({ live, mirrored: mirrored?.status }).toEqual({ live: undefined, mirrored: 'ACTIVE' });
    expect(liveProblem).toContain('Okta could not be asked');
    expect(targets[0]?.changes).toMatchObject([{ kind: 'create-account' }]);
  });

  test('claims nothing about the next sync once Okta answers otherwise than the mirror, and shows who it is now', async () => {
    const [first, ...others] = people;
    const at = '2026-11-05T10:00:00.000Z';
    const otherwise = [
      { ...first!, status: 'SUSPENDED' as const },
      { ...first!, email: 'new@example.com' },
      { ...first!, login: 'new' },
      { ...first!, lastUpdated: at },
    ];
    for (const changed of otherwise) {
      reader.okta.people = [changed, ...others];
      const { hasChangedSince, person, targets } = await client.explain(alice);
      expect(hasChangedSince).toBe(true);
      expect(person).toMatchObject({ email: changed.email, login: changed.login });
      expect(targets[0]).not.toHaveProperty('changes');
    }
    reader.okta.people = others;
    expect((await client.explain(alice)).hasChangedSince).toBe(true);
    reader.okta.people = people;
    expect((await client.explain(alice)).hasChangedSince).toBe(false);
  });

  test('says so when somebody came to Okta after it was last read', async () => {
    const dora = { ...people[0]!, id: '00u0000000000000dora' as typeof alice };
    reader.okta.people = [dora];
    expect((await client.explain(dora.id)).targets[0]?.problem).toContain('new at Okta');
  });

  test('of an id that nobody has is not found', async () => {
    expect((await refusal(client.explain('00u0000000000nobody1'))).code).toBe('not-found');
  });
});

describe('eval', () => {
  test('shows scope and each mapped value with the source that yielded it', async () => {
    const { targets, configuration } = await client.evaluate({ oktaId: alice });
    expect(configuration).toBe('running');
    expect(targets).toMatchObject([{ target: 'cloud', scope: { isIn: true }, groups: [{ name: 'engineers' }] }]);
    expect(targets[0]?.mapping).toContainEqual({
      attribute: 'title',
      value: 'Engineer',
      from: 'title',
      skipped: ['jobTitle'],
    });
  });

  test('says when a default was taken', async () => {
    const { targets } = await client.evaluate({ oktaId: bob });
    expect(targets[0]?.mapping).toContainEqual({
      attribute: 'title',
      value: 'unknown',
      from: 'default',
      skipped: ['jobTitle', 'title'],
    });
    expect(targets[0]?.desired).toMatchObject({ state: 'inactive', code: 'okta-deprovisioned' });
  });

  test('tries an expression on the person, and tells what is wrong with it', async () => {
    const yes = await client.evaluate({ oktaId: alice, expression: 'user.title == "Engineer"' });
    expect(yes.expression).toEqual({ text: 'user.title == "Engineer"', result: 'true' });
    const broken = await client.evaluate({ oktaId: alice, expression: 'user.title ==' });
    expect(broken.expression).toHaveProperty('error');
  });

  test('of an unknown target names the ones that there are', async () => {
    const { code, hint } = await refusal(client.evaluate({ oktaId: alice, targets: ['jira'] }));
    expect([code, hint]).toEqual(['bad-request', 'there are: cloud']);
  });
});

describe('access', () => {
  test('needs the token, whatever else is sent', async () => {
    expect((await refusal(new ReaderClient({ url }).runs())).code).toBe('unauthorized');
    const wrong = await refusal(new ReaderClient({ url, token: 'wrong' }).runs());
    expect(wrong.hint).toContain('LOCKSTEP_READER_TOKEN');
  });

  test('is free for probes only', async () => {
    for (const probe of ['/healthz', '/readyz']) expect((await reader.app.inject(probe)).statusCode).toBe(200);
    expect((await reader.app.inject('/v1/plans')).statusCode).toBe(401);
  });

  test('refuses what is no request of its kind without quoting it', async () => {
    const headers = { authorization: 'Bearer right' };
    for (const query of ['limit=0', 'limit=100000', 'limit=x', 'colour=red']) {
      const answer = await reader.app.inject({ url: `/v1/plans?${query}`, headers });
      expect(answer.statusCode, query).toBe(400);
    }
    const body = await reader.app.inject({ url: '/v1/people/search', method: 'POST', headers, payload: { text: ' ' } });
    expect(body.json().error.code).toBe('bad-request');
    const large = { text: 'x'.repeat(20_000) };
    const tooLarge = await reader.app.inject({ url: '/v1/people/search', method: 'POST', headers, payload: large });
    expect(tooLarge.statusCode).toBe(400);
  });
});

test('a reader that is not there is told with its address and what to do', async () => {
  const nowhere = `http://127.0.0.1:${await freePort()}`;
  const { code, message, hint } = await refusal(new ReaderClient({ url: nowhere }).runs());
  expect(code).toBe('unreachable');
  expect(message).toContain(nowhere);
  expect(hint).toContain('npm start');
});

test('no name, login or e-mail address gets into the log, not even of a request that fails', async () => {
  await client.findPeople('alice@example.com');
  await client.explain(bob);
  await refusal(client.evaluate({ oktaId: 'carol@example.com' }));
  await reader.app.inject({
    url: '/v1/people/search?text=alice@example.com',
    headers: { authorization: 'Bearer right' },
  });
  await reader.app.inject({ url: '/alice@example.com' });
  const log = reader.logged.join('');
  expect(log).toContain('/v1/people/search');
  expect(log).not.toMatch(/@|alice|bob@|carol/i);
});

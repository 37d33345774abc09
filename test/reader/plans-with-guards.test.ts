/** What the reader tells of plans that guards have looked at. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { guards, stopRules } from '../../domain/guard.ts';
import { listedState, ReaderClient } from '../../reader/client.ts';
import { guardBars, kindBars } from '../../reader/pages/plan-bars.ts';
import { stopTexts } from '../../reader/plan-guard-texts.ts';
import { finishRun, setRunPhase, startRun } from '../../store/runs.ts';
import { addPlan, tripped } from './guarded-plans.ts';
import { bob, type ReaderUnderTest, readerUnderTest } from './reader-under-test.ts';

let reader: ReaderUnderTest;
let url: string;
let client: ReaderClient;

beforeAll(async () => {
  reader = await readerUnderTest();
  url = await reader.app.listen({ host: '127.0.0.1', port: 0 });
  client = new ReaderClient({ url, token: 'right' });
});
afterAll(() => reader.close());
afterEach(async () => {
  await reader.store.deleteFrom('plan').where('id', '<>', 'plan-1').execute();
  await reader.store.deleteFrom('approval').execute();
});

describe('a previewed plan', () => {
  test('tells which guard tripped, by what, what waits, and the command that lets exactly that go', async () => {
    const hash = await addPlan(reader.store, {
      id: 'previewed',
      kind: 'preview',
      verdict: [tripped],
      stoppedBy: ['deactivations', null],
    });
    const plan = await client.plan('previewed');
    expect(plan).toMatchObject({ kind: 'preview', hash, state: 'waiting', stopped: 1, waiting: 1, changes: 2 });
    expect(plan.verdict[0]?.text).toBe('deactivations: 50 of at most 10 in one run; waits for approval');
    expect(plan.stoppedBy).toMatchObject([{ rule: 'deactivations', count: 1 }]);
    expect(plan.stoppedByKind).toEqual({ 'deactivate-account': 1 });
    expect(plan.nextStep.text).toContain('1 of 2 changes waits for approval. The other one goes with the next sync.');
    expect(plan.nextStep.commands[0]).toBe(`lockstep approve previewed --hash ${hash.slice(0, 12)} --reason CODE`);
    const [stopped, free] = await Array.fromAsync(client.changes('previewed'));
    expect(stopped).toMatchObject({ stoppedBy: 'deactivations', stoppedWhy: stopTexts.deactivations.why });
    expect(free).not.toHaveProperty('stoppedBy');
  });

  test('of which nothing waits is carried out by a sync', async () => {
    await addPlan(reader.store, { id: 'free', kind: 'preview', verdict: [{ ...tripped, count: 2, trippedBy: 'day' }] });
    const plan = await client.plan('free');
    expect(plan).toMatchObject({ state: 'ready', nextStep: { commands: ['lockstep sync --target cloud'] } });
    expect(plan.verdict[0]?.text).toBe(
      'deactivations: 2 after 3 in the last 24 hours, of at most 20; waits for approval',
    );
  });

  test('is no longer to be approved once its time has passed', async () => {
    await addPlan(reader.store, {
      id: 'late',
      kind: 'preview',
      expiresAt: '2026-01-01T00:00:00.000Z',
      stoppedBy: ['deactivations', null],
    });
    expect(await client.plan('late')).toMatchObject({
      state: 'expired',
      nextStep: { commands: ['lockstep plan --target cloud'] },
    });
  });

  test('of what was rejected before says so, with the command that lets it go after all', async () => {
    const hash = await addPlan(reader.store, { id: 'dropped', kind: 'preview', stoppedBy: ['rejected', null] });
    const plan = await client.plan('dropped');
    expect(plan).toMatchObject({ state: 'rejected-before', waiting: 0 });
    expect(plan.stateText).toBe('rejected; approve this plan to do it after all');
    expect(plan.nextStep).toMatchObject({
      text: expect.stringContaining('1 of 2 changes was rejected before: a sync leaves it.'),
      commands: [`lockstep approve dropped --hash ${hash.slice(0, 12)} --reason CODE`],
    });
  });

  test('that lists what was rejected beside what waits says that approval lets both go', async () => {
    await addPlan(reader.store, { id: 'both', kind: 'preview', stoppedBy: ['deactivations', 'rejected'] });
    const { state, nextStep } = await client.plan('both');
    expect(state).toBe('waiting');
    expect(nextStep.text).toContain('Approval lets 1 go as well that was rejected before.');
    expect(nextStep.text).not.toContain('with the next sync');
  });

  test('of which something waits that no approval would release asks for none', async () => {
    await addPlan(reader.store, { id: 'parked', kind: 'preview', stoppedBy: ['notDue', 'driftReported'] });
    expect(await client.plan('parked')).toMatchObject({ stopped: 2, waiting: 0, state: 'ready' });
  });
});

describe('a previewed plan that lists what another one lists', () => {
  const waiting = { kind: 'preview', stoppedBy: ['firstPlan', 'firstPlan'] } as const;
  const later = '2099-01-01T10:00:00.000Z';

  test.each(['approved', 'rejected'] as const)('is %s with it, and says by which', async (state) => {
    const hash = await addPlan(reader.store, { id: 'decided', ...waiting, approval: { state, decidedAt: later } });
    await addPlan(reader.store, { id: 'alike', hash, ...waiting });
    await addPlan(reader.store, { id: 'different', ...waiting });
    const plan = await client.plan('alike');
    expect(plan).toMatchObject({ state, approval: { planId: 'decided' } });
    expect(plan.nextStep.text).toMatch(/^Decided with plan decided, which lists the same\. /);
    expect((await client.plan('decided')).nextStep.text).not.toContain('Decided with');
    const states = (await client.plans({ kind: 'preview' })).items.map((one) => [one.id, one.state]);
    expect(Object.fromEntries(states)).toEqual({ decided: state, alike: state, different: 'waiting' });
  });

  test('waits for itself when it was made after that decision, or nothing was decided', async () => {
    const early = { state: 'approved', decidedAt: '2026-01-01T10:00:00.000Z' } as const;
    const hash = await addPlan(reader.store, { id: 'before', ...waiting, approval: early });
    await addPlan(reader.store, { id: 'afresh', hash, ...waiting });
    expect(await client.plan('afresh')).toMatchObject({ state: 'waiting' });
    const open = await addPlan(reader.store, { id: 'signed-by-one', ...waiting, approval: { state: 'open' } });
    await addPlan(reader.store, { id: 'alike', hash: open, ...waiting });
    expect(await client.plan('alike')).toMatchObject({ state: 'waiting' });
  });
});

describe("a run's plan", () => {
  const stopped = { kind: 'run', runId: 'request-1', stoppedBy: ['deactivations', null] } as const;

  test('names the revision that lists what waits, with its hash', async () => {
    await addPlan(reader.store, { id: 'of-run', ...stopped });
    const hash = await addPlan(reader.store, {
      id: 'waits',
      kind: 'revision',
      revision: 3,
      takenFrom: 'of-run',
      stoppedBy: ['deactivations', 'dependsOnWaiting'],
      approval: { state: 'open' },
    });
    expect(await client.plan('of-run')).toMatchObject({
      state: 'waiting',
      approval: { planId: 'waits', state: 'open' },
      nextStep: { commands: [`lockstep approve waits --hash ${hash.slice(0, 12)} --reason CODE`, expect.anything()] },
    });
    const { items } = await client.plans({ kind: 'run' });
    expect(items.filter(({ id }) => id === 'of-run').map(listedState)).toEqual(['see waits']);
    expect(await client.plan('waits')).toMatchObject({
      kind: 'revision',
      revision: 3,
      takenFrom: 'of-run',
      waiting: 2,
    });
  });

  test('whose revision was replaced names what waits now', async () => {
    await addPlan(reader.store, { id: 'of-run', ...stopped });
    const old = { id: 'old', kind: 'revision', takenFrom: 'of-run', approval: { state: 'superseded' } } as const;
    await addPlan(reader.store, old);
    await addPlan(reader.store, { id: 'new', kind: 'revision', takenFrom: 'later', approval: { state: 'open' } });
    expect(await client.plan('of-run')).toMatchObject({ state: 'waiting', approval: { planId: 'new' } });
    expect(await client.plan('old')).toMatchObject({ state: 'replaced', approval: { planId: 'old' } });
  });

  test('that lists what was rejected before says so, although no revision was taken from it', async () => {
    await addPlan(reader.store, {
      id: 'before',
      kind: 'revision',
      takenFrom: 'earlier',
      approval: { state: 'rejected' },
    });
    await addPlan(reader.store, { id: 'of-run', ...stopped });
    expect(await client.plan('of-run')).toMatchObject({ state: 'rejected', approval: { planId: 'before' } });
  });

  test('tells who approved, why and until when it holds', async () => {
    await addPlan(reader.store, { id: 'of-run', ...stopped });
    await addPlan(reader.store, {
      id: 'waits',
      kind: 'revision',
      takenFrom: 'of-run',
      stoppedBy: ['deactivations', null],
      approval: { state: 'approved', signers: ['ann', 'ben'] },
    });
    expect(await client.plan('of-run')).toMatchObject({
      state: 'approved',
      approval: {
        planId: 'waits',
        signers: ['ann', 'ben'],
        reason: 'leavers-q4',
        ticket: 'CHG-1',
        validUntil: '2099-01-02T00:00:00.000Z',
      },
    });
  });

  test('is carried out once everything that was approved has its outcome, and holds nothing back any more', async () => {
    await addPlan(reader.store, { id: 'of-run', ...stopped });
    const approval = { state: 'approved' } as const;
    const revision = { kind: 'revision', takenFrom: 'of-run', approval, verdict: [tripped] } as const;
    await addPlan(reader.store, { id: 'approved', ...revision, stoppedBy: ['deactivations', 'dependsOnWaiting'] });
    const states = async () =>
      (await client.plans()).items.filter(({ id }) => id !== 'plan-1').map(({ state }) => state);
    const set = (outcome: string, seqs: number[]) =>
      reader.store
        .updateTable('change')
        .set({ outcome: outcome as 'applied' })
        .where('plan_id', '=', 'approved')
        .where('seq', 'in', seqs)
        .execute();
    await set('applied', [0]);
    expect(await states()).toEqual(['approved', 'approved']);
    await set('stale', [1]);
    expect(await states()).toEqual(['done', 'done']);
    const plan = await client.plan('approved');
    expect(plan).toMatchObject({ stateText: 'carried out', stopped: 0, waiting: 0, stoppedByKind: {} });
    expect(kindBars(plan).map(({ told, parts }) => [told, parts.map(({ tone }) => tone)])).toEqual([
      ['all done', ['free']],
      ['all no longer needed', ['used']],
    ]);
    expect(guardBars(plan)).toMatchObject([{ badge: { text: 'approved' }, advice: undefined }]);
  });

  test.each([
    ['2099-01-02T00:00:00.000Z', 'What it lists is carried out until 2099-01-02 00:00 UTC, as far as'],
    ['2026-01-02T00:00:00.000Z', 'What it lists was carried out until 2026-01-02 00:00 UTC, as far as'],
  ])('approved until %s tells whether it is still carried out', async (validUntil, text) => {
    const approval = { state: 'approved', validUntil } as const;
    await addPlan(reader.store, { id: 'decided', kind: 'revision', stoppedBy: ['deactivations', null], approval });
    expect((await client.plan('decided')).nextStep.text).toContain(text);
  });

  test('whose changes an approval released holds nothing back', async () => {
    await addPlan(reader.store, { id: 'released', ...stopped, approvedBy: 'waits' });
    const plan = await client.plan('released');
    expect([plan.stopped, plan.waiting, plan.stoppedBy]).toEqual([0, 0, []]);
    expect((await Array.fromAsync(client.changes('released')))[0]).toMatchObject({
      stoppedBy: 'deactivations',
      approvedBy: 'waits',
    });
  });
});

describe('somebody for whom something waited', () => {
  const waited = { kind: 'run', stoppedBy: ['deactivations', null], fingerprint: 'same' } as const;
  const unsettledOf = async (person: string) => {
    const { targets } = await client.explain(person);
    return targets[0]?.lastChanges.filter(({ outcome }) => outcome === 'waiting').map(({ planId }) => planId);
  };

  test('is told so once, by the newest plan, and no more when a later plan carried it out', async () => {
    await addPlan(reader.store, { id: 'first', ...waited, settledAt: '2026-11-05T09:00:00.000Z' });
    expect(await unsettledOf(bob)).toEqual(['first']);
    await addPlan(reader.store, { id: 'again', ...waited, settledAt: '2026-11-05T09:15:00.000Z' });
    expect(await unsettledOf(bob)).toEqual(['again']);
    const other = { kind: 'run', fingerprint: 'another', settledAt: '2026-11-05T09:30:00.000Z' } as const;
    await addPlan(reader.store, { id: 'other', ...other });
    expect(await unsettledOf(bob)).toEqual(['again']);
    const done = { kind: 'run', fingerprint: 'same', settledAt: '2026-11-05T09:45:00.000Z' } as const;
    await addPlan(reader.store, { id: 'done', ...done });
    expect(await unsettledOf(bob)).toEqual([]);
  });
});

test('a run that leaves nothing but what was rejected needs no attention', async () => {
  const run = { kind: 'target-sync', target: 'cloud', workflowId: 'w', workflowRunId: 'r', covers: ['q'] } as const;
  const needsAttention = async (rule: 'rejected' | 'deactivations') => {
    await startRun(reader.store, { id: rule, ...run });
    await addPlan(reader.store, { id: rule, kind: 'run', stoppedBy: [rule, null] });
    return (await client.report(rule)).needsAttention;
  };
  expect(await needsAttention('rejected')).toBe(false);
  expect(await needsAttention('deactivations')).toBe(true);
});

describe('a run that leaves something waiting', () => {
  const begun = (id: string) =>
    startRun(reader.store, {
      ...{ id, kind: 'target-sync', target: 'cloud', workflowId: 'w', workflowRunId: 'r', covers: [`asked-${id}`] },
    });

  test('is reported once, with the plan that is to be approved', async () => {
    await begun('waits');
    await addPlan(reader.store, { id: 'of-run', runId: 'waits', kind: 'run', stoppedBy: ['firstPlan', 'firstPlan'] });
    const approval = { state: 'open' } as const;
    await addPlan(reader.store, { id: 'rev', runId: 'waits', kind: 'revision', takenFrom: 'of-run', approval });
    const { parts } = await client.report('waits');
    expect(parts).toMatchObject([{ plan: { id: 'of-run', approval: { planId: 'rev' } } }]);
  });

  test('tells apart what was rejected, once it has ended', async () => {
    await begun('dropped');
    await addPlan(reader.store, { id: 'dropped', kind: 'run', stoppedBy: ['rejected', 'deactivations'] });
    await setRunPhase(reader.store, 'dropped', 'applying', 'dropped');
    expect(await client.run('dropped')).not.toHaveProperty('rejected');
    await finishRun(reader.store, 'dropped', { planId: 'dropped', outcomes: { waiting: 2 } });
    expect(await client.run('dropped')).toMatchObject({ outcomes: { waiting: 2 }, rejected: 1 });
  });

  test('is found by the request that it answers as well', async () => {
    await begun('by-request');
    expect(await client.run('asked-by-request')).toMatchObject({ id: 'by-request' });
    expect(await client.report('asked-by-request')).toMatchObject({ run: { id: 'by-request' } });
  });
});

test('plans are listed by kind, with what waits and their state', async () => {
  await addPlan(reader.store, { id: 'previewed', kind: 'preview', stoppedBy: ['firstPlan', 'firstPlan'] });
  await addPlan(reader.store, { id: 'rejected', kind: 'revision', revision: 1, approval: { state: 'rejected' } });
  expect((await client.plans()).items.map(({ id }) => id).sort()).toEqual(['plan-1', 'previewed', 'rejected']);
  expect((await client.plans({ kind: 'preview', target: 'cloud' })).items).toMatchObject([
    { id: 'previewed', waiting: 2, state: 'waiting', stateText: 'waits for approval' },
  ]);
  expect((await client.plans({ kind: 'revision' })).items).toMatchObject([{ state: 'rejected', revision: 1 }]);
});

test('every guard and rule has a name, a reason and advice', () => {
  for (const rule of [...guards, ...stopRules]) {
    const { name, why, advice } = stopTexts[rule];
    expect([name, why].join(), rule).not.toMatch(/\.$/);
    expect(advice, rule).toMatch(/\.$/);
  }
});

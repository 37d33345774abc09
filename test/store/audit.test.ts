import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordCommand } from '../../store/audit.ts';
import { type ChangeOutcome, recordOutcomes } from '../../store/outcomes.ts';
import { finishRun, runById, startRun } from '../../store/runs.ts';
import { type AuditLab, aPlannedRun, auditLab, brokenAt } from './audit-oracle.ts';

let lab: AuditLab;
beforeAll(async () => {
  lab = await auditLab();
});
afterAll(() => lab.close());

const applied = (seq: number): ChangeOutcome => ({ seq, outcome: 'applied', vendorRequestId: `vendor-${seq}` });
const from = (first: number, count: number): ChangeOutcome[] =>
  Array.from({ length: count }, (_, index) => applied(first + index));
const rowsOf = async (runId: string) =>
  (await lab.query('select * from audit where run_id = $1 order by id', [runId])).rows;

describe('the chain of a run', () => {
  it('holds every change with its values, and goes on from batch to batch', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 7);
    await recordOutcomes(lab.store, planId, from(0, 3));
    await recordOutcomes(lab.store, planId, [{ seq: 3, outcome: 'parked', detail: 'Rejected:uniqueness' }]);
    await recordOutcomes(lab.store, planId, from(4, 3));
    expect(await brokenAt(lab.query, runId)).toEqual([]);
    const rows = await rowsOf(runId);
    expect(rows.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(rows[3]).toMatchObject({
      plan_id: planId,
      kind: 'update-account',
      account_id: 'account-3',
      before: { title: 'Trainee' },
      after: { department: '' },
      reason: 'attributes-differ',
      outcome: 'parked',
      detail: 'Rejected:uniqueness',
    });
  });

  it('takes an outcome once, whoever tells it again', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 4);
    await recordOutcomes(lab.store, planId, from(0, 3));
    await recordOutcomes(lab.store, planId, from(0, 4));
    expect((await rowsOf(runId)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(await brokenAt(lab.query, runId)).toEqual([]);
  });

  it('is one and without gaps when several write to it at once', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 120);
    const batches = Array.from({ length: 12 }, (_, batch) => from(batch * 10, 10));
    await Promise.all(batches.map((batch) => recordOutcomes(lab.store, planId, batch)));
    expect(await brokenAt(lab.query, runId)).toEqual([]);
    const rows = await rowsOf(runId);
    expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    const times = rows.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('is left as it was when the transaction around it is given up', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 4);
    await recordOutcomes(lab.store, planId, from(0, 2));
    const givenUp = lab.store.transaction().execute(async (tx) => {
      await recordOutcomes(tx, planId, from(2, 1));
      throw new Error('the connection broke');
    });
    await expect(givenUp).rejects.toThrow('the connection broke');
    await recordOutcomes(lab.store, planId, from(2, 2));
    expect((await rowsOf(runId)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(await brokenAt(lab.query, runId)).toEqual([]);
  });

  it('names the approval and, in order, who signed it', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 2);
    const approval = randomUUID();
    await lab.query(`insert into approval (plan_id, target, hash, state) values ($1, 'cloud', 'h', 'approved')`, [
      approval,
    ]);
    for (const signer of ['zoe', 'ada'])
      await lab.query(
        `insert into approval_signature (plan_id, signer, signature, reason) values ($1, $2, 's', 'joiners')`,
        [approval, signer],
      );
    await lab.query('update change set approved_by = $2 where plan_id = $1 and seq = 1', [planId, approval]);
    await recordOutcomes(lab.store, planId, from(0, 2));
    const rows = await rowsOf(runId);
    expect(rows.map((row) => [row.approval, row.approved_by])).toEqual([
      [null, null],
      [approval, 'ada,zoe'],
    ]);
    expect(await brokenAt(lab.query, runId)).toEqual([]);
  });

  it('holds whatever batches and texts come, in any order and from several at once', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    const batch = fc.record({
      seqs: fc.uniqueArray(fc.integer({ min: 0, max: 19 }), { maxLength: 8 }),
      outcome: fc.constantFrom('applied', 'unchanged', 'stale', 'parked'),
      detail: fc.option(
        text.map((word) => `Rejected:${word}` as const),
        { nil: undefined },
      ),
      vendorRequestId: fc.option(text, { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 6 }), fc.boolean(), async (batches, atOnce) => {
        const { runId, planId } = await aPlannedRun(lab.store, 20);
        const record = ({ seqs, outcome, detail, vendorRequestId }: (typeof batches)[number]) => {
          const more = { ...(detail ? { detail } : {}), ...(vendorRequestId ? { vendorRequestId } : {}) };
          return recordOutcomes(
            lab.store,
            planId,
            seqs.toSorted().map((seq) => ({ seq, outcome, ...more })),
          );
        };
        if (atOnce) await Promise.all(batches.map(record));
        else for (const one of batches) await record(one);
        const told = new Set(batches.flatMap(({ seqs }) => seqs));
        expect(await rowsOf(runId)).toHaveLength(told.size);
        expect(await brokenAt(lab.query, runId)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the head of a run', () => {
  it('is stored when the run ends, and told', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 3);
    await recordOutcomes(lab.store, planId, from(0, 3));
    const { audit } = await finishRun(lab.store, runId, { outcomes: { applied: 3 }, planId });
    expect(audit).toEqual({ hash: (await rowsOf(runId)).at(-1)?.hash, length: 3 });
    expect(await runById(lab.store, runId)).toMatchObject({ audit_head: audit?.hash, audit_length: 3 });
  });

  it('is absent when nothing was changed', async () => {
    const { runId } = await aPlannedRun(lab.store, 1);
    expect((await finishRun(lab.store, runId, { outcomes: {} })).audit).toBeUndefined();
    expect(await runById(lab.store, runId)).toMatchObject({ audit_head: null, audit_length: null });
  });

  it('moves on when an applier tells late what it has done', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 3);
    await recordOutcomes(lab.store, planId, from(0, 2));
    await finishRun(lab.store, runId, { outcomes: {} });
    await recordOutcomes(lab.store, planId, from(2, 1));
    const last = (await rowsOf(runId)).at(-1);
    expect(await runById(lab.store, runId)).toMatchObject({ audit_head: last?.hash, audit_length: 3 });
  });

  it('is stored for a run, too, whose workflow was ended from outside', async () => {
    const { runId, planId } = await aPlannedRun(lab.store, 2);
    await recordOutcomes(lab.store, planId, from(0, 2));
    const target = `cloud-${runId.slice(0, 8)}`;
    await startRun(lab.store, {
      id: randomUUID(),
      kind: 'target-sync',
      target,
      workflowId: 'target-sync/cloud',
      workflowRunId: 'w2',
      covers: [],
    });
    const last = (await rowsOf(runId)).at(-1);
    expect(await runById(lab.store, runId)).toMatchObject({ phase: 'failed', audit_head: last?.hash, audit_length: 2 });
  });
});

describe('a command of an operator', () => {
  it('is audited in a chain of its request, once however often it is told', async () => {
    const runId = randomUUID();
    const command = {
      runId,
      kind: 'link',
      target: 'cloud',
      person: '00u1',
      account: 'a-1',
      reason: 'same-person',
      ticket: 'OPS-12',
      before: { account: 'half an emoji: 🚀'.slice(0, -1) },
      after: { b: '2', a: '1' },
    } as const;
    const first = await recordCommand(lab.store, command);
    expect(await recordCommand(lab.store, command)).toEqual(first);
    const head = await recordCommand(lab.store, { ...command, person: '00u2', account: 'a-2' });
    const rows = await rowsOf(runId);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ kind: 'link', reason: 'same-person', detail: 'ticket:OPS-12', outcome: 'applied' });
    expect(head).toEqual({ hash: rows[1]?.hash, length: 2 });
    expect(await brokenAt(lab.query, runId)).toEqual([]);
  });

  it('of approval names plan and signers', async () => {
    const runId = randomUUID();
    const approval = {
      kind: 'approve',
      target: 'cloud',
      plan: 'plan-7',
      signers: ['zoe', 'ada'],
      reason: 'ok',
    } as const;
    await recordCommand(lab.store, { runId, ...approval });
    expect((await rowsOf(runId))[0]).toMatchObject({ plan_id: 'plan-7', approval: 'plan-7', approved_by: 'ada,zoe' });
  });

  it('is undone with the transaction that it belongs to', async () => {
    const runId = randomUUID();
    const givenUp = lab.store.transaction().execute(async (tx) => {
      await recordCommand(tx, { runId, kind: 'pause', target: 'cloud', reason: 'maintenance' });
      throw new Error('given up');
    });
    await expect(givenUp).rejects.toThrow('given up');
    expect(await rowsOf(runId)).toEqual([]);
  });
});

describe('the log', () => {
  it('can neither be changed nor thinned out', async () => {
    const { planId } = await aPlannedRun(lab.store, 1);
    await recordOutcomes(lab.store, planId, from(0, 1));
    for (const attack of [`update audit set reason = 'returned'`, 'delete from audit'])
      await expect(lab.query(attack)).rejects.toThrow('append-only');
  });
});

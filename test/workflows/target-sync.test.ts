import { ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { noOutcomes, progressQuery } from '../../workflows/contract.ts';
import { createGate } from './fake-activities.ts';
import { useStage } from './shared-stage.ts';
import { attributesOf, currentDetails } from './what-operators-see.ts';

const { fakes, stage } = useStage();
const phases = (): string[] => fakes.inputsOf('enterPhase').map(({ phase }) => phase);
const coversOfRuns = (): (readonly string[])[] => fakes.inputsOf('beginRun').map(({ covers }) => covers);
const statusOf = async (handle: WorkflowHandle): Promise<string> => (await handle.describe()).status.name;

describe('a run', () => {
  it('reads, plans and applies nothing when nothing is to be done', async () => {
    const run = await stage().request('idle', 'r1');
    const result = await run.result();
    expect(result).toMatchObject({ target: 'idle', covers: ['r1'], plan: { changes: 0 }, outcomes: noOutcomes });
    expect(fakes.calls.map(({ activity }) => activity)).toEqual([
      'beginRun',
      'enterPhase',
      'observeTarget',
      'enterPhase',
      'planTarget',
      'guardPlan',
      'endRun',
    ]);
    expect(await attributesOf(run)).toEqual({ target: 'idle', phase: 'done', needsAttention: false });
    expect(await currentDetails(run)).toMatch(/\*\*idle\*\* is in step[\s\S]*Next: nothing to do/);
  });

  it('carries out its plan in as many calls as that takes, and tells how far it is', async () => {
    const gate = createGate();
    const parts = [
      { done: 5_000, hasMore: true },
      { done: 2, hasMore: false },
    ];
    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 5_002, attention: 0 }),
      applyPlan: async () => {
        const [part = { done: 0, hasMore: false }] = parts.splice(0, 1);
        if (!part.hasMore) await gate.pass();
        return part;
      },
      endRun: async () => ({ ...noOutcomes, applied: 5_000, unchanged: 1, parked: 1 }),
    });
    const run = await stage().request('busy', 'r1');
    await gate.reached;
    expect(await run.query(progressQuery)).toMatchObject({ phase: 'applying', plan: { changes: 5_002 } });
    expect(await currentDetails(run)).toContain('5000 of 5002 done');
    gate.open();

    const result = await run.result();
    expect(result?.outcomes).toEqual({ ...noOutcomes, applied: 5_000, unchanged: 1, parked: 1 });
    expect(phases()).toEqual(['observing', 'planning', 'applying', 'verifying']);
    const planIds = [...fakes.inputsOf('planTarget'), ...fakes.inputsOf('applyPlan'), ...fakes.inputsOf('endRun')];
    expect(planIds).toHaveLength(4);
    expect(new Set(planIds.map(({ planId }) => planId)).size).toBe(1);
    expect(await attributesOf(run)).toEqual({ target: 'busy', phase: 'done', needsAttention: true });
    expect(await currentDetails(run)).toContain(
      '5002 planned: 5000 applied, 1 unchanged, 0 stale, 0 waiting, 1 parked.',
    );
    expect(await currentDetails(run)).toContain(`lockstep report ${result?.runId}`);
  });

  it('goes on with what is free when something waits, and tells how to release that', async () => {
    const waiting = { planId: 'w1', revision: 2, hash: 'abc', changes: 4, expiresAt: '2100-01-01T00:00:00.000Z' };
    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 6, attention: 0 }),
      guardPlan: async () => ({ free: 2, stopped: 4, stoppedBy: { deactivations: 4 }, waiting }),
      endRun: async () => ({ ...noOutcomes, applied: 2, waiting: 4 }),
    });
    const run = await stage().request('guarded', 'r1');
    const result = await run.result();
    expect(result).toMatchObject({ guard: { waiting }, outcomes: { applied: 2, waiting: 4 } });
    expect(fakes.inputsOf('applyPlan')).toHaveLength(1);
    expect(await attributesOf(run)).toMatchObject({ phase: 'done', needsAttention: true });
    expect(await currentDetails(run)).toMatch(/4 by `deactivations`[\s\S]*approval\/guarded[\s\S]*plan show w1/);
  });

  it('plans once more, for those who changed while it was at work, and no third time', async () => {
    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 1, attention: 0 }),
      observeChanges: async () => ({ people: 1, groups: 0, groupsRead: 0, changed: 1, marked: { again: 1 } }),
    });
    const result = await (await stage().request('again', 'r1')).result();
    const [first, second] = fakes.inputsOf('planTarget');
    expect(fakes.inputsOf('planTarget')).toHaveLength(2);
    expect(first?.scope).toBeUndefined();
    expect(second).toMatchObject({ scope: { only: 'changed' }, runId: first?.runId });
    expect(fakes.inputsOf('observeChanges')).toEqual([
      { since: 'lastReading', targets: ['again'], staleOf: first?.planId },
    ]);
    expect(result).toMatchObject({ plan: { planId: first?.planId }, again: { planId: second?.planId } });
  });

  it('for a part of everybody plans that part: what was approved, or who changed', async () => {
    fakes.become();
    const [approved, changed] = [{ only: 'approved', planId: 'p1' } as const, { only: 'changed' } as const];
    for (const scope of [approved, changed]) await (await stage().request('part', 'r1', scope)).result();
    expect(fakes.inputsOf('planTarget').map(({ scope }) => scope)).toEqual([approved, changed]);
    expect(fakes.inputsOf('guardPlan').map(({ scope }) => scope)).toEqual([approved, changed]);
    expect(fakes.inputsOf('endRun').map(({ scope }) => scope)).toEqual([approved, changed]);
    // Who changed is known from Okta; the target is not read whole for them.
    expect(fakes.inputsOf('observeTarget')).toHaveLength(1);
    expect(fakes.inputsOf('observeChanges')).toHaveLength(1);
  });

  it('for those who changed is followed by one for everybody when something waits, so that somebody is asked', async () => {
    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 1, attention: 0 }),
      guardPlan: async () => ({ free: 0, stopped: 1, stoppedBy: { deactivations: 1 }, approvable: 1 }),
    });
    await (await stage().request('part-waits', 'r1', { only: 'changed' })).result();
    expect(fakes.inputsOf('planTarget').map(({ scope }) => scope)).toEqual([{ only: 'changed' }, undefined]);

    fakes.become({
      planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 1, attention: 0 }),
      guardPlan: async () => ({ free: 0, stopped: 1, stoppedBy: { notDue: 1 } }),
    });
    await (await stage().request('part-waits', 'r2', { only: 'changed' })).result();
    expect(fakes.inputsOf('planTarget')).toHaveLength(1);
  });

  it('for everybody covers those who asked for a part meanwhile; parts that differ get runs of their own', async () => {
    const gate = createGate();
    fakes.become({
      observeTarget: async () => {
        if (fakes.inputsOf('observeTarget').length === 1) await gate.pass();
        return { snapshot: 's', accounts: 0, groups: 0 };
      },
    });
    const run = await stage().request('mixed', 'r1');
    await gate.reached;
    await stage().request('mixed', 'r2', { only: 'changed' });
    await stage().request('mixed', 'r3', { only: 'approved', planId: 'p1' });
    await stage().request('mixed', 'r4', { only: 'changed' });
    gate.open();
    await run.result();
    expect(coversOfRuns()).toEqual([['r1'], ['r2', 'r4'], ['r3']]);
  });

  it('that is refused, since the target is paused, is a result and no failure', async () => {
    fakes.become({
      beginRun: async () => {
        throw new Failure('GuardTripped', 'paused: since yesterday', { code: 'paused' });
      },
    });
    const run = await stage().request('paused', 'r1');
    expect(await run.result()).toMatchObject({ problem: { kind: 'GuardTripped' } });
    expect(fakes.inputsOf('observeTarget')).toEqual([]);
    expect(fakes.inputsOf('endRun')).toHaveLength(1);
  });

  it('asks for attention when the plan has findings that need it', async () => {
    fakes.become({ planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 0, attention: 2 }) });
    const run = await stage().request('with-findings', 'r1');
    await run.result();
    expect(await attributesOf(run)).toMatchObject({ phase: 'done', needsAttention: true });
  });

  it('goes on by itself when a side was away for a moment', async () => {
    let tries = 0;
    fakes.become({
      observeTarget: async () => {
        tries += 1;
        if (tries === 1) throw new Failure('RateLimited', 'cloud: asked to wait', { retryAfterMs: 1_000 });
        return { snapshot: 's', accounts: 0, groups: 0 };
      },
    });
    const result = await (await stage().request('moody', 'r1')).result();
    expect(result?.problem).toBeUndefined();
    expect(tries).toBe(2);
  });
});

describe('a problem', () => {
  it.each(['observeTarget', 'planTarget', 'applyPlan'] as const)(
    'in %s is the result of the run and no failure of the workflow',
    async (activity) => {
      const target = `fails-in-${activity}`;
      fakes.become({
        planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 1, attention: 0 }),
        [activity]: async () => {
          throw new Failure('AccessDenied', `${target}: key expired`, { system: target, status: 401 });
        },
      });
      const run = await stage().request(target, 'r1');
      const problem = { kind: 'AccessDenied', message: `${target}: key expired` };
      expect(await run.result()).toMatchObject({ target, covers: ['r1'], problem });
      expect(await statusOf(run)).toBe('COMPLETED');
      expect(fakes.inputsOf(activity)).toHaveLength(1);
      expect(fakes.inputsOf('endRun')).toEqual([expect.objectContaining({ problem })]);
      expect(await attributesOf(run)).toEqual({ target, phase: 'failed', needsAttention: true });
      expect(await currentDetails(run)).toContain(`**AccessDenied**: ${target}: key expired`);
    },
  );

  it('does not keep the next request from its run', async () => {
    fakes.become({
      observeTarget: async () => {
        throw new Failure('Misconfigured', 'once: no such target');
      },
    });
    await (await stage().request('once', 'r1')).result();
    fakes.become();
    const result = await (await stage().request('once', 'r2')).result();
    expect(result).toMatchObject({ covers: ['r2'], plan: { changes: 0 } });
  });

  it('that is a bug ends the record of the run and fails the workflow, so that nobody takes it for a result', async () => {
    fakes.become({
      planTarget: async () => {
        throw ApplicationFailure.nonRetryable('not foreseen', 'TypeError');
      },
    });
    const run = await stage().request('buggy', 'r1');
    await expect(run.result()).rejects.toThrow();
    expect(await statusOf(run)).toBe('FAILED');
    expect(fakes.inputsOf('endRun')).toEqual([
      expect.objectContaining({
        problem: { kind: 'UnexpectedResponse', message: expect.stringContaining('TypeError') },
      }),
    ]);
  });

  it('that is a bug loses no request that came in meanwhile', async () => {
    const gate = createGate();
    let isBroken = true;
    fakes.become({
      planTarget: async ({ planId }) => {
        if (!isBroken) return { planId, hash: 'h', changes: 0, attention: 0 };
        await gate.pass();
        isBroken = false;
        throw ApplicationFailure.nonRetryable('not foreseen', 'TypeError');
      },
    });
    const run = await stage().request('buggy-and-busy', 'r1');
    await gate.reached;
    await stage().request('buggy-and-busy', 'r2');
    gate.open();
    expect(await run.result()).toMatchObject({ covers: ['r2'], plan: { changes: 0 } });
  });

  it('is also what an operator causes who cancels: the record is closed all the same', async () => {
    const gate = createGate();
    fakes.become({
      observeTarget: async () => {
        await gate.pass();
        return { snapshot: 's', accounts: 0, groups: 0 };
      },
    });
    const run = await stage().request('cancelled', 'r1');
    await gate.reached;
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
    gate.open();
    expect(await statusOf(run)).toBe('CANCELLED');
    expect(fakes.inputsOf('endRun')).toEqual([expect.objectContaining({ problem: expect.anything() })]);
  });
});

describe('requests', () => {
  it('that come in while a run is going are covered together by one more run', async () => {
    const gate = createGate();
    fakes.become({
      observeTarget: async () => {
        if (fakes.inputsOf('observeTarget').length === 1) await gate.pass();
        return { snapshot: 's', accounts: 0, groups: 0 };
      },
    });
    const run = await stage().request('popular', 'r1');
    await gate.reached;
    for (const requestId of ['r2', 'r3', 'r4']) await stage().request('popular', requestId);
    gate.open();
    expect((await run.result())?.covers).toEqual(['r2', 'r3', 'r4']);
    expect(coversOfRuns()).toEqual([['r1'], ['r2', 'r3', 'r4']]);
  });

  it('of one target do not wait for another target', async () => {
    const gate = createGate();
    fakes.become({
      observeTarget: async ({ target }) => {
        if (target === 'slow') await gate.pass();
        return { snapshot: 's', accounts: 0, groups: 0 };
      },
    });
    const slow = await stage().request('slow', 'r1');
    await gate.reached;
    await (await stage().request('quick', 'r2')).result();
    expect(await statusOf(slow)).toBe('RUNNING');
    gate.open();
    await slow.result();
  });

  it('are each covered by exactly one run, also those that arrive while one ends', async () => {
    const asked = Array.from({ length: 50 }, (_, index) => `storm-${index}`);
    const executions = new Set<string>();
    // Five at a time, each wave as soon as the server has taken the last: so signals meet every moment of a run.
    for (let first = 0; first < asked.length; first += 5) {
      const wave = await Promise.all(asked.slice(first, first + 5).map((id) => stage().request('stormy', id)));
      for (const handle of wave) executions.add(handle.signaledRunId);
      // Every other wave meets a run that has just ended or is about to.
      if (first % 10 === 5) await wave[0]?.result();
    }
    await stage().client.workflow.getHandle('target-sync/stormy').result();
    expect(coversOfRuns().flat().sort()).toEqual([...asked].sort());
    expect(executions.size).toBeGreaterThan(3);
    expect(coversOfRuns().length).toBeLessThan(asked.length);
  });
});

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { check, fullSync, previewSync } from '../../workflows/index.ts';
import { useStage } from './shared-stage.ts';
import { attributesOf, currentDetails } from './what-operators-see.ts';

const { fakes, stage } = useStage();
const taskQueue = taskQueues.workflows;
const denied = async (): Promise<never> => {
  throw new Failure('AccessDenied', 'okta: list users failed: 401 E0000011', { system: 'okta', status: 401 });
};
const deniedProblem = { kind: 'AccessDenied', message: 'okta: list users failed: 401 E0000011' };

describe('fullSync', () => {
  const start = (input: Parameters<typeof fullSync>[0] = {}) =>
    stage().client.workflow.start(fullSync, {
      workflowId: workflowIds.fullSync(input.requestId ?? randomUUID()),
      taskQueue,
      args: [input],
    });

  it('reads Okta once and asks every target for a run that covers the request', async () => {
    const run = await start({ requestId: 'r1' });
    expect(await run.result()).toEqual({ requestId: 'r1', targets: ['cloud', 'jira'] });
    expect(fakes.inputsOf('observeSource')).toHaveLength(1);
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([{ requestId: 'r1' }]);
    expect(fakes.inputsOf('endRun')).toEqual([{ runId: 'r1' }]);
    expect(await attributesOf(run)).toMatchObject({ phase: 'done' });
    expect(await currentDetails(run)).toContain('`target-sync/cloud`, `target-sync/jira`');
  });

  it('asks only the targets it was told', async () => {
    await (await start({ requestId: 'r2', targets: ['jira'] })).result();
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([{ requestId: 'r2', targets: ['jira'] }]);
  });

  it('makes up a request of its own when a schedule asks', async () => {
    const { requestId } = await (await start()).result();
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([{ requestId }]);
  });

  it('asks no target when Okta cannot be read, and says so as its result', async () => {
    fakes.become({ observeSource: denied });
    const run = await start({ requestId: 'r3' });
    expect(await run.result()).toEqual({ requestId: 'r3', targets: [], problem: deniedProblem });
    expect(fakes.inputsOf('startTargetSyncs')).toEqual([]);
    expect(fakes.inputsOf('endRun')).toEqual([{ runId: 'r3', problem: deniedProblem }]);
    expect((await run.describe()).status.name).toBe('COMPLETED');
    expect(await attributesOf(run)).toMatchObject({ phase: 'failed', needsAttention: true });
    expect(await currentDetails(run)).toContain('No target was asked, nothing was changed.');
  });
});

describe('previewSync', () => {
  const run = (requestId: string, targets?: readonly string[]) =>
    stage().client.workflow.execute(previewSync, {
      workflowId: workflowIds.previewSync(requestId),
      taskQueue,
      args: [{ requestId, ...(targets ? { targets } : {}) }],
    });

  it('plans every target and applies nothing', async () => {
    fakes.become({ planTarget: async ({ planId }) => ({ planId, hash: 'h', changes: 7, attention: 1 }) });
    const { plans, problem } = await run('p1');
    expect(problem).toBeUndefined();
    expect(plans).toEqual(
      ['cloud', 'jira'].map((target) => ({
        target,
        plan: { planId: expect.any(String), hash: 'h', changes: 7, attention: 1 },
        guard: { free: 7, stopped: 0, stoppedBy: {} },
      })),
    );
    const activities = new Set(fakes.calls.map(({ activity }) => activity));
    expect(activities.has('applyPlan') || activities.has('startTargetSyncs')).toBe(false);
  });

  it('goes on with the other targets when one cannot be planned', async () => {
    fakes.become({
      observeTarget: async ({ target }) => {
        if (target === 'cloud') throw new Failure('AccessDenied', 'cloud: key expired');
        return { snapshot: 's', accounts: 0, groups: 0 };
      },
    });
    const { plans } = await run('p2', ['cloud', 'jira']);
    expect(plans).toEqual([
      { target: 'cloud', problem: { kind: 'AccessDenied', message: 'cloud: key expired' } },
      { target: 'jira', plan: expect.objectContaining({ changes: 0 }), guard: { free: 0, stopped: 0, stoppedBy: {} } },
    ]);
  });

  it('plans nothing when Okta cannot be read', async () => {
    fakes.become({ observeSource: denied });
    expect(await run('p3')).toEqual({ plans: [], problem: deniedProblem });
    expect(fakes.inputsOf('planTarget')).toEqual([]);
  });
});

describe('check', () => {
  it('tells each system and what is wrong with it, in the result and in the details', async () => {
    const results = [
      { system: 'okta', check: 'credentials', status: 'ok' as const, message: 'accepted' },
      { system: 'cloud', check: 'credentials', status: 'failed' as const, message: 'key expired' },
    ];
    fakes.become({ checkSystems: async () => ({ results }) });
    const run = await stage().client.workflow.start(check, {
      workflowId: workflowIds.check('c1'),
      taskQueue,
      args: [],
    });
    expect(await run.result()).toEqual({ results });
    expect(await currentDetails(run)).toMatch(
      /✓ \*\*okta\*\* credentials: accepted[\s\S]*✗ \*\*cloud\*\* credentials: key expired/,
    );
  });
});

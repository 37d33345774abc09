/** One worker as in production, with a build id, a bundle made ahead of time and traces, and all that it tells. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { pauseTarget, resumeTarget } from '../../store/target-state.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { alice, bob, engineers } from '../support/domain-builders.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { fullSync } from '../support/requests.ts';
import { temporalAddress } from '../support/servers.ts';
import { storePlan } from '../support/stored-plan.ts';
import { testSecrets } from '../support/system.ts';
import { until } from '../support/until.ts';
import { readPrometheusText, type Sample } from './prometheus-text.ts';
import { startTraceCollector, type TraceCollector } from './trace-collector.ts';

const run = promisify(execFile);

let lab: Lab;
let collector: TraceCollector;
let env: Record<string, string>;

beforeAll(async () => {
  collector = await startTraceCollector();
  const bundle = join(inject('servers').runDir, 'traced-bundle.js');
  await run(process.execPath, ['worker/build-bundle.ts', '--traces', bundle]);
  env = {
    LOCKSTEP_BUILD_ID: 'build-1',
    LOCKSTEP_WORKFLOW_BUNDLE: bundle,
    LOCKSTEP_LOG_LEVEL: 'trace',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  lab = await startLab({ seed: { people: 40, groups: 6, seed: 5 }, env });
}, 120_000);
afterAll(async () => {
  await lab?.stop();
  collector?.close();
});

const deployment = async (...command: string[]): Promise<string> => {
  const cli = await ensureTemporalCli({ env: process.env, report: console.error });
  const where = ['--address', temporalAddress(), '--namespace', lab.system.namespace];
  return (await run(cli, ['worker', 'deployment', ...command, ...where])).stdout;
};

const behaviourOf = async (workflowId: string): Promise<unknown> => {
  const { raw } = await lab.system.client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.behavior;
};
/** As the server's API numbers them. */
const behaviours = { pinned: 1, autoUpgrade: 2 };

describe('a worker with a build id', () => {
  const requestId = 'of-build-1';

  it('takes nothing up until an operator has made its build current', async () => {
    const handle = await lab.system.client.workflow.start('fullSync', {
      workflowId: workflowIds.fullSync(requestId),
      taskQueue: taskQueues.workflows,
      args: [{ requestId }],
    });
    await until('the build is registered', async () => (await deployment('list')).includes('lockstep'));
    const { events } = await handle.fetchHistory();
    expect(events).toHaveLength(2);

    await until('both of its queues are known', async () =>
      deployment('set-current-version', '--deployment-name', 'lockstep', '--build-id', 'build-1', '--yes'),
    );
    expect(await handle.result()).toMatchObject({ targets: ['cloud'] });
    const synced = await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
    expect(synced).not.toHaveProperty('problem');
  });

  it('keeps requests on their build, and lets what has a fixed id move on', async () => {
    expect(await behaviourOf(workflowIds.fullSync(requestId))).toBe(behaviours.pinned);
    expect(await behaviourOf(workflowIds.targetSync('cloud'))).toBe(behaviours.autoUpgrade);
    for (const [type, input] of [
      ['check', {}],
      ['previewSync', { requestId }],
    ] as const) {
      const workflowId = `${type}/${requestId}`;
      await lab.system.client.workflow.execute(type, { workflowId, taskQueue: taskQueues.workflows, args: [input] });
      expect(await behaviourOf(workflowId)).toBe(behaviours.pinned);
    }
  });
});

describe('its metrics', () => {
  let samples: Sample[];
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    samples
      .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
      .reduce((total, { value }) => total + value, 0);

  beforeAll(async () => {
    const response = await fetch(`${lab.system.worker.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    samples = readPrometheusText(await response.text());
  });

  it('count changes by target and outcome', async () => {
    const outcomes = await lab.system.store
      .selectFrom('change')
      .select(({ fn }) => ['outcome', fn.countAll<string>().as('n')])
      .where('outcome', 'is not', null)
      .groupBy('outcome')
      .execute();
    expect(outcomes.length).toBeGreaterThan(0);
    for (const { outcome, n } of outcomes)
      expect(sum('lockstep_changes_total', { target: 'cloud', outcome: `${outcome}` }), `${outcome}`).toBe(Number(n));
  });

  it.each(['okta', 'cloud'] as const)('count the answers of %s by bucket and status', (side) => {
    const asked = lab.system.sandbox[side].requests.since();
    const buckets = [...new Set(samples.flatMap(({ labels }) => labels['bucket'] ?? []))].filter((bucket) =>
      bucket.startsWith(side),
    );
    const byStatus = Map.groupBy(asked, ({ status }) => String(status));
    for (const [status, answers] of byStatus) {
      const counted = buckets.map((bucket) => sum('lockstep_vendor_answers_total', { bucket, status }));
      expect(
        counted.reduce((a, b) => a + b, 0),
        status,
      ).toBe(answers.length);
    }
  });

  it('tell of each target what waits and whether it is paused', async () => {
    const { store, worker } = lab.system;
    const scrape = async () => {
      samples = readPrometheusText(await (await fetch(`${worker.url}/metrics`)).text());
      return [sum('lockstep_changes_waiting', { target: 'cloud' }), sum('lockstep_target_paused', { target: 'cloud' })];
    };
    expect(await scrape()).toEqual([0, 0]);
    const waiting = await storePlan(store, [
      { kind: 'add-member', person_id: alice, group_id: engineers },
      { kind: 'add-member', person_id: bob, group_id: engineers, outcome: 'applied' },
    ]);
    await sql`update plan set expires_at = now() + interval '1 hour' where id = ${waiting}`.execute(store);
    await store
      .insertInto('approval')
      .values({ plan_id: waiting, target: 'cloud', hash: 'h', state: 'open' })
      .execute();
    await pauseTarget(store, { target: 'cloud', by: 'operator', reason: 'test' });
    expect(await scrape()).toEqual([1, 1]);
    await resumeTarget(store, 'cloud');
    await store.deleteFrom('approval').execute();
    expect(await scrape()).toEqual([0, 0]);
    expect(samples.filter(({ name }) => name === 'lockstep_changes_waiting')).toHaveLength(1);
  });

  it("come with the process's and with Temporal's", () => {
    expect(sum('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(sum('temporal_workflow_completed_total')).toBeGreaterThan(0);
    expect(sum('temporal_activity_execution_latency_seconds_count', { activity_type: 'applyPlan' })).toBeGreaterThan(0);
    expect(sum('temporal_num_pollers')).toBeGreaterThan(0);
  });
});

describe('its traces', () => {
  const named = (name: string) => collector.spans().filter((span) => span.name === name);

  it('lead from a workflow to its activities, and to the workflow that these start', async () => {
    const [read] = await until('spans arrive', () => {
      const found = named('RunActivity:observeSource');
      return (
        found.length > 0 &&
        named('RunActivity:applyPlan').length > 0 &&
        named('RunWorkflow:targetSync').length > 0 &&
        found
      );
    });
    const byId = new Map(collector.spans().map((span) => [span.spanId, span]));
    const above = (span: { parentSpanId?: string } | undefined) => byId.get(span?.parentSpanId ?? '');
    const startActivity = above(read);
    expect(startActivity?.name).toBe('StartActivity:observeSource');
    expect(above(startActivity)?.name).toBe('RunWorkflow:fullSync');
    const [target] = named('RunWorkflow:targetSync');
    const [apply] = named('RunActivity:applyPlan');
    expect(apply?.traceId).toBe(target?.traceId);
    expect(target?.traceId).toBe(read?.traceId);
  });

  it('tell no person and no secret', () => {
    const words = [...wordsOf(lab), ...Object.values(testSecrets)];
    expect(words.length).toBeGreaterThan(100);
    expect(words.filter((word) => collector.text().includes(word))).toEqual([]);
  });
});

describe('its log', () => {
  it('is JSON, line by line', () => {
    const lines = lab.system.worker.log().trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(JSON.parse(line), line).toMatchObject({ service: 'lockstep-worker' });
  });

  it('tells no person and no secret, also when everything is logged and everything fails', async () => {
    await lab.reset({ okta: { people: 30, groups: 4, seed: 6 } });
    const body = { detail: `refused: ${wordsOf(lab).join(', ')}`, status: '400' };
    lab.strike('cloud', [{ id: 'refused', match: { method: 'POST' }, action: { status: 400, body } }]);
    await fullSync(lab.system);
    expect(lab.endFaults()).toEqual([]);
    expect(await whereWordsAre(lab, [...wordsOf(lab), ...Object.values(testSecrets)])).toEqual([]);
  });
});

it('told to end during a reading that does not end, it is gone within 30 s, also when the collector hangs', async () => {
  collector.hang();
  lab.system.sandbox.okta.transport.latencyMs = 60_000;
  const requestId = 'hanging';
  const handle = await lab.system.client.workflow.start('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  await until('the reading beats', async () => {
    const [reading] = (await handle.describe()).raw.pendingActivities ?? [];
    return reading?.activityType?.name === 'observeSource' && reading.lastHeartbeatTime != null;
  });
  const began = performance.now();
  await lab.system.worker.end('SIGTERM');
  expect(performance.now() - began).toBeLessThan(30_000);
  expect(lab.system.worker.log().trim().split('\n').at(-1)).toContain('"msg":"worker stopped"');

  // The same build, without traces and with a bundle made at its start.
  lab.system.sandbox.okta.transport.latencyMs = 0;
  const heard = collector.text();
  await lab.restart({ env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: '', LOCKSTEP_WORKFLOW_BUNDLE: '' } });
  expect(await handle.result()).toMatchObject({ targets: ['cloud'] });
  await lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')).result();
  await lab.system.worker.end('SIGTERM');
  expect(collector.text(), 'without an address no span leaves').toBe(heard);
}, 120_000);

/** What whoever waits is told of activities that fail, by a real Temporal server and the workflows as they are. */
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Trouble } from '../../client/execution-watch.ts';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { temporalAddress } from '../support/servers.ts';
import { useStage } from '../workflows/shared-stage.ts';
import { runCommand } from './fake-lockstep.ts';

const { fakes, stage } = useStage();
let env: NodeJS.ProcessEnv;
let client: LockstepClient;

beforeAll(() => {
  env = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: stage().client.options.namespace };
  client = new LockstepClient({ temporal: temporalConnection(env), reader: { url: 'http://127.0.0.1:9' } });
});
afterAll(() => client?.close());

test('each try that comes is told with why the last one failed', async () => {
  let tries = 0;
  const checkSystems = async () => {
    tries += 1;
    if (tries < 3) throw ApplicationFailure.create({ type: 'Unavailable', message: 'okta: 503', nextRetryDelay: '2s' });
    return { results: [] };
  };
  fakes.become({ checkSystems });
  const troubles: Trouble[] = [];
  await client.check({ onProgress: ({ trouble }) => trouble && troubles.push(trouble) });
  const told = troubles.filter((one) => one.kind === 'retrying');
  expect(new Set(told.map(({ attempt }) => attempt))).toEqual(new Set([2, 3]));
  for (const one of told)
    expect(one).toMatchObject({ activity: 'checkSystems', failure: 'Unavailable', message: 'okta: 503' });
  const waits = told.flatMap(({ nextTryInMs }) => nextTryInMs ?? []);
  expect(waits.length).toBeGreaterThan(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(2_500);
});

test('a check that cannot be made tells why, and ends with 2 when the configuration is wrong', async () => {
  const failing = (type: string) => async () => {
    throw ApplicationFailure.nonRetryable('no target "clowd" in the configuration (there are: cloud)', type);
  };
  fakes.become({ checkSystems: failing('Misconfigured') });
  const { code, stderr } = await runCommand(['check'], { env });
  expect(code).toBe(2);
  expect(stderr).toContain('Misconfigured: no target "clowd" in the configuration (there are: cloud)');
  fakes.become({ checkSystems: failing('AccessDenied') });
  expect((await runCommand(['check'], { env })).code).toBe(1);
});

/** Worker and Temporal are killed while an offboarding waits for its time: a newer build does it, on time and once. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { OktaUserId } from '../../domain/ids.ts';
import { freePort } from '../../local/ports.ts';
import { ensureTemporalCli } from '../../local/temporal-cli.ts';
import { sendOffboardingCommand } from '../../temporal/ask.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { type OwnTemporal, startOwnTemporal } from '../support/own-temporal.ts';
import { until } from '../support/until.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';

const run = promisify(execFile);

let temporal: OwnTemporal;
let lab: Lab;
let address: string;
beforeAll(async () => {
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  const folder = mkdtempSync(join(inject('servers').runDir, 'own-temporal-'));
  temporal = await startOwnTemporal({ port, namespace: 'default', folder });
  const env = { LOCKSTEP_BUILD_ID: 'build-1', LOCKSTEP_WORKFLOW_BUNDLE: await workflowBundlePath() };
  lab = await startLab({ seed: { people: 20, groups: 4, seed: 12 }, temporal: address, env });
  await makeCurrent('build-1');
  await lab.sync();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await temporal?.stop();
});

async function makeCurrent(build: string): Promise<void> {
  const cli = await ensureTemporalCli({ env: process.env, report: console.error });
  const which = ['--deployment-name', 'lockstep', '--build-id', build, '--yes'];
  const where = ['--address', address, '--namespace', lab.system.namespace];
  await until(`${build} is current`, () =>
    run(cli, ['worker', 'deployment', 'set-current-version', ...which, ...where]),
  );
}

const account = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;

it('is done on time, once', async () => {
  const [person = ''] = lab.members();
  const scim = lab.scimId(person);
  // More than a minute: it goes on with a fresh history while it waits.
  const at = new Date(Date.now() + 70_000);
  const receivedAt = new Date().toISOString();
  await sendOffboardingCommand(lab.system.client, person, {
    id: randomUUID(),
    kind: 'request',
    reason: 'last-day',
    receivedAt,
    effective: { at: at.toISOString() },
  });
  const order = () =>
    lab.system.store
      .selectFrom('offboarding')
      .selectAll()
      .where('person_id', '=', person as OktaUserId)
      .executeTakeFirst();
  await until('it waits', async () => (await order())?.state === 'scheduled');

  await lab.system.worker.end('SIGKILL');
  await temporal.restart();
  Object.assign(lab.system.env, { LOCKSTEP_BUILD_ID: 'build-2' });
  await lab.system.worker.start();
  await makeCurrent('build-2');
  expect(Date.now()).toBeLessThan(at.getTime());
  expect(account(person)).toMatchObject({ active: true });

  await until('nobody gets in', () => account(person)?.['active'] === false, 90_000);
  await until('it is complete', async () => (await order())?.completed_at !== null);
  const done = await order();
  expect(done?.in_effect_at?.getTime()).toBeGreaterThanOrEqual(at.getTime());
  expect((done?.in_effect_at?.getTime() ?? 0) - at.getTime()).toBeLessThan(5_000);
  const calls = [...lab.system.sandbox.okta.requests.since(), ...lab.system.sandbox.cloud.requests.since()];
  const count = (end: string, method: string) =>
    calls.filter((call) => call.method === method && call.path.endsWith(end)).length;
  expect(count(`/users/${person}/lifecycle/suspend`, 'POST')).toBe(1);
  expect(count(`/Users/${scim}`, 'PATCH')).toBe(1);
  const { raw } = await lab.system.client.workflow.getHandle(workflowIds.offboarding(person)).describe();
  expect(raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId).toBe('build-2');
}, 240_000);

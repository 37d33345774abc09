/** When an offboarding acts, what it does when parts fail, and what a command changes, on the time-skipping server. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import type { NumberedCommand, OffboardingCommand } from '../../domain/offboarding.ts';
import {
  cancelSignal,
  confirmSignal,
  type OffboardingOrder,
  requestSignal,
  taskQueues,
  workflowIds,
} from '../../workflows/contract.ts';
import type { offboarding } from '../../workflows/index.ts';
import { fakeActivities } from './fake-activities.ts';
import { useTimeSkipping } from './time-skipping.ts';
import { attributesOf, currentDetails } from './what-operators-see.ts';

const fakes = fakeActivities();
const environment = useTimeSkipping(fakes);
beforeEach(() => fakes.become());

const dayMs = 24 * 60 * 60_000;
const inEffect = (more: Partial<OffboardingOrder> = {}): OffboardingOrder => ({
  state: 'in-effect',
  id: 'o-1',
  okta: 'suspend',
  targets: ['cloud', 'jira'],
  ...more,
});
const command = (kind: NumberedCommand['kind']): OffboardingCommand => ({
  id: randomUUID(),
  kind,
  reason: 'HR-1',
  receivedAt: '2026-11-26T00:00:00.000Z',
});
let people = 0;
const begin = () => {
  people += 1;
  const person = `00u${String(people).padStart(17, '0')}`;
  return environment().client.workflow.signalWithStart<typeof offboarding, [OffboardingCommand]>('offboarding', {
    workflowId: workflowIds.offboarding(person),
    taskQueue: taskQueues.urgent,
    args: [{ person }],
    signal: requestSignal,
    signalArgs: [command('request')],
  });
};

/** In effect at an instant, as the store says it. */
const scheduledFor = (at: number) => async (): Promise<OffboardingOrder> =>
  (await environment().currentTimeMs()) >= at
    ? inEffect()
    : { ...inEffect(), state: 'scheduled', effectiveAt: new Date(at).toISOString() };

it('waits thirty days, with a fresh history and a look at the rules of time each week, and acts once', async () => {
  const at = (await environment().currentTimeMs()) + 30 * dayMs;
  fakes.become({ advanceOffboarding: scheduledFor(at) });
  const handle = await begin();
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
  expect(await environment().currentTimeMs()).toBeGreaterThanOrEqual(at);
  expect(fakes.inputsOf('offboardAtOkta')).toHaveLength(1);
  expect(
    fakes
      .inputsOf('offboardAtTarget')
      .map(({ target }) => target)
      .sort(),
  ).toEqual(['cloud', 'jira']);
  const looks = fakes.inputsOf('advanceOffboarding').length;
  expect(looks).toBeGreaterThanOrEqual(5);
  expect(looks).toBeLessThan(20);
});

it('is withdrawn before its time: nothing is done', async () => {
  let isCancelled = false;
  const at = (await environment().currentTimeMs()) + 30 * dayMs;
  fakes.become({
    advanceOffboarding: async ({ commands }) => {
      if (commands.some(({ kind }) => kind === 'cancel')) isCancelled = true;
      return isCancelled ? { state: 'none', targets: [] } : scheduledFor(at)();
    },
  });
  const handle = await begin();
  await environment().client.workflow.getHandle(handle.workflowId).signal(cancelSignal, command('cancel'));
  expect(await environment().client.workflow.getHandle(handle.workflowId).result()).toMatchObject({
    ended: 'cancelled-or-released',
  });
  expect(fakes.inputsOf('offboardAtOkta')).toEqual([]);
  expect(fakes.inputsOf('offboardAtTarget')).toEqual([]);
});

it('a system that refuses keeps no other from being done, and is asked again until it is', async () => {
  let tries = 0;
  fakes.become({
    advanceOffboarding: async () => inEffect(),
    offboardAtTarget: async ({ target }) => {
      if (target === 'cloud') return { state: 'done' };
      tries += 1;
      if (tries < 3) throw new Failure('AccessDenied', 'jira: 401', { system: 'jira' });
      return { state: 'done' };
    },
  });
  const handle = await begin();
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
  expect(tries).toBe(3);
  // What was told of it while it failed is over.
  expect(await currentDetails(handle)).toMatch(/^Complete/);
  expect(fakes.inputsOf('offboardAtOkta')).toHaveLength(1);
});

it('a release ends the asking of a system that goes on refusing', async () => {
  let isReleased = false;
  fakes.become({
    advanceOffboarding: async ({ commands }) => {
      if (commands.some(({ kind }) => kind === 'cancel')) isReleased = true;
      return isReleased ? { state: 'none', targets: [] } : inEffect();
    },
    offboardAtOkta: async () => ({ state: 'failed', problem: { kind: 'AccessDenied', message: 'okta: 403' } }),
  });
  const handle = await begin();
  await environment().sleep('20m');
  await handle.signal(cancelSignal, command('cancel'));
  expect(await handle.result()).toMatchObject({ ended: 'cancelled-or-released' });
  expect(fakes.inputsOf('offboardAtOkta').length).toBeGreaterThan(2);
});

it('a system that refuses for weeks is asked less and less often, and no try is the last', async () => {
  let isMended = false;
  fakes.become({
    advanceOffboarding: async () => inEffect({ targets: ['cloud'] }),
    offboardAtOkta: async () =>
      isMended ? { state: 'done' } : { state: 'failed', problem: { kind: 'AccessDenied', message: 'okta: 403' } },
  });
  const handle = await begin();
  await environment().sleep('20m');
  const soon = fakes.inputsOf('offboardAtOkta').length;
  expect(soon).toBeGreaterThanOrEqual(8);
  expect(await currentDetails(handle)).toContain('**AccessDenied**: okta: 403');
  await environment().sleep('14d');
  const tries = fakes.inputsOf('offboardAtOkta').length;
  expect(tries).toBeGreaterThan(14 * 23);
  expect(tries).toBeLessThanOrEqual(14 * 24 + soon + 1);
  // Once in each history.
  expect(fakes.inputsOf('offboardAtTarget').length).toBeLessThan(4);
  isMended = true;
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
});

it('tells of each system that refuses, and no longer of one that does not any more', async () => {
  const refusing = new Set(['cloud', 'jira']);
  fakes.become({
    advanceOffboarding: async () => inEffect(),
    offboardAtTarget: async ({ target }) =>
      refusing.has(target)
        ? { state: 'failed', problem: { kind: 'AccessDenied', message: `${target}: 403` } }
        : { state: 'done' },
  });
  const handle = await begin();
  await environment().sleep('10m');
  const details = await currentDetails(handle);
  expect([details.includes('cloud: 403'), details.includes('jira: 403')]).toEqual([true, true]);
  refusing.delete('jira');
  await environment().sleep('2h');
  expect(await currentDetails(handle)).toContain('cloud: 403');
  expect(await currentDetails(handle)).not.toContain('jira: 403');
  expect(await attributesOf(handle)).toMatchObject({ phase: 'applying', needsAttention: true });
  refusing.clear();
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
  expect(await attributesOf(handle)).toMatchObject({ phase: 'done', needsAttention: false });
});

it('waits for as long as nobody confirms it, says so, and acts once somebody does', async () => {
  let isConfirmed = false;
  fakes.become({
    advanceOffboarding: async ({ commands }) => {
      if (commands.some(({ kind }) => kind === 'confirm')) isConfirmed = true;
      return isConfirmed
        ? inEffect()
        : { ...inEffect(), state: 'unconfirmed', effectiveAt: '2026-11-26T00:00:00.000Z' };
    },
  });
  const handle = await begin();
  await environment().sleep('60 days');
  expect(await currentDetails(handle)).toMatch(/^\*\*Waits for confirmation\*\*/);
  expect(await attributesOf(handle)).toMatchObject({ phase: 'waiting', needsAttention: true });
  expect(fakes.inputsOf('offboardAtOkta')).toEqual([]);
  expect(fakes.inputsOf('advanceOffboarding').length).toBeLessThan(15);
  const told = { id: randomUUID(), reason: 'asked-hr', receivedAt: '2026-11-27T00:00:00.000Z' };
  await handle.signal(confirmSignal, { ...told, kind: 'confirm', seq: 1 });
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
  expect(fakes.inputsOf('offboardAtOkta')).toHaveLength(1);
  expect(await attributesOf(handle)).toMatchObject({ phase: 'done', needsAttention: false });
});

it('is not ended by anything that the store does: what was ordered meanwhile is taken once it works again', async () => {
  let isBroken = true;
  const taken: string[] = [];
  fakes.become({
    advanceOffboarding: async ({ commands }) => {
      if (isBroken) throw new TypeError('something nobody thought of');
      taken.push(...commands.map(({ kind }) => kind));
      return { state: 'none', targets: [] };
    },
  });
  const handle = await begin();
  await environment().sleep('1h');
  expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(await attributesOf(handle)).toMatchObject({ needsAttention: true });
  expect(await currentDetails(handle)).toContain('Not recorded');
  await handle.signal(cancelSignal, command('cancel'));
  isBroken = false;
  expect(await handle.result()).toMatchObject({ ended: 'cancelled-or-released' });
  expect(taken).toEqual(['request', 'cancel']);
  expect(await attributesOf(handle)).toMatchObject({ needsAttention: false });
});

it('nor by an end that cannot be recorded', async () => {
  let tries = 0;
  fakes.become({
    advanceOffboarding: async () => inEffect({ targets: [] }),
    endOffboarding: async () => {
      tries += 1;
      if (tries < 12) throw new TypeError('something nobody thought of');
    },
  });
  const handle = await begin();
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
});

it('asks less and less often while the clock of the store is behind', async () => {
  const at = await environment().currentTimeMs();
  const behindMs = 30 * 60_000;
  fakes.become({
    advanceOffboarding: async () =>
      (await environment().currentTimeMs()) >= at + behindMs
        ? inEffect({ targets: [] })
        : { ...inEffect(), state: 'scheduled', effectiveAt: new Date(at).toISOString() },
  });
  const handle = await begin();
  expect(await handle.result()).toMatchObject({ ended: 'complete' });
  const looks = fakes.inputsOf('advanceOffboarding').length;
  expect(looks).toBeGreaterThan(30);
  expect(looks).toBeLessThan(90);
});

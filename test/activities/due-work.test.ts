/** What was parked comes due: each target is asked once, for no more than it takes. */
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { askForDueWork } from '../../activities/due.ts';
import { markGroups } from '../../store/changed-groups.ts';
import { recordStep } from '../../store/offboarding-steps.ts';
import { takeEffectIfDue } from '../../store/offboardings.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { alice, engineers, userId } from '../support/domain-builders.ts';
import { order, offboarded as orderInEffect } from '../support/offboarding-order.ts';
import { parkedCreate, startUnworkedTargets, type UnworkedTargets } from './unworked-targets.ts';

let world: UnworkedTargets;
beforeAll(async () => {
  world = await startUnworkedTargets();
});
afterAll(() => world?.stop());
beforeEach(() => world.clear());

const sixHoursPass = () =>
  sql`update due set due_at = due_at - interval '7 hours', last_at = last_at - interval '7 hours'`.execute(world.store);

describe('due work', () => {
  const ask = () => world.inActivity(() => askForDueWork(bareDependencies(world.store)));

  it('asks a target once for the people whose changes are due, however many they are', async () => {
    const people = Array.from({ length: 300 }, (_, index) => userId(`00u${String(index).padStart(17, '0')}`));
    await world.park(people.map((person_id) => ({ ...parkedCreate, person_id })));
    expect(await ask()).toEqual({ targets: [] });
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: ['cloud'] });
    expect(await world.requestsTo('cloud')).toEqual([{ requestId: expect.any(String), scope: { only: 'changed' } }]);
    expect(await world.marked()).toHaveLength(300);
  });

  it('asks for everything when a group is among it', async () => {
    await world.park([{ kind: 'create-group', group_id: engineers, outcome: 'parked', detail: 'Rejected' }]);
    await sixHoursPass();
    await ask();
    expect(await world.requestsTo('cloud')).toEqual([{ requestId: expect.any(String) }]);
  });

  it('has what changed read where there is news of groups', async () => {
    const read = world.client.workflow.getHandle(workflowIds.deltaSync());
    await ask();
    await expect(read.describe()).rejects.toThrow(/not found/i);
    await markGroups(world.store, ['cloud'], [engineers]);
    await ask();
    expect((await read.describe()).status.name).toBe('RUNNING');
  });

  it('leaves a target alone that is at work, and asks again once it has ended without having settled it', async () => {
    await world.park([parkedCreate]);
    await sixHoursPass();
    await ask();
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: [] });
    await world.end('cloud');
    expect(await ask()).toEqual({ targets: ['cloud'] });
  });

  it('forgets nothing when Temporal is away while it asks', async () => {
    await world.park([parkedCreate]);
    await sixHoursPass();
    const signalWithStart = () => Promise.reject(new Error('away'));
    const workflow = Object.create(world.client.workflow, { signalWithStart: { value: signalWithStart } });
    const lost: Client = Object.create(world.client, { workflow: { value: workflow } });
    const asked = world.inActivity(() => askForDueWork(bareDependencies(world.store)), lost);
    await expect(asked).rejects.toThrow('away');
    expect(await ask()).toEqual({ targets: ['cloud'] });
  });

  describe('of offboardings that are not done', () => {
    const person = userId('00u00000000000000un1');
    const handle = () => world.client.workflow.getHandle(workflowIds.offboarding(person));
    async function inEffectSince(secondsAgo: number): Promise<void> {
      const { store } = world;
      await orderInEffect(store, person);
      await store
        .updateTable('offboarding')
        .set({ in_effect_at: sql<Date>`now() - ${secondsAgo} * interval '1 second'` })
        .where('person_id', '=', person)
        .execute();
    }

    it('has one begun again whose workflow somebody ended by hand, and leaves it alone from then on', async () => {
      await inEffectSince(120);
      await ask();
      expect((await handle().describe()).status.name).toBe('RUNNING');
      const { runId, historyLength } = await handle().describe();
      await ask();
      expect(await handle().describe()).toMatchObject({ runId, historyLength });
      await handle().terminate('by hand');
      await ask();
      const again = await handle().describe();
      expect([again.status.name, again.runId === runId]).toEqual(['RUNNING', false]);
      await handle().terminate('test');
    });

    it('has one begun again that was to deactivate at Okta after the grace, until Okta has confirmed', async () => {
      await inEffectSince(120);
      await world.store
        .updateTable('offboarding')
        .set({
          completed_at: sql<Date>`now()`,
          okta: 'deactivate',
          deactivate_at: sql<Date>`now() - interval '2 minutes'`,
        })
        .where('person_id', '=', person)
        .execute();
      await ask();
      expect((await handle().describe()).status.name).toBe('RUNNING');
      await handle().terminate('by hand');
      const { id } = await world.store.selectFrom('offboarding').select('id').executeTakeFirstOrThrow();
      await recordStep(world.store, id, { system: 'okta', step: 'confirm', state: 'done', detail: 'DEPROVISIONED' });
      await ask();
      expect((await handle().describe()).status.name).toBe('TERMINATED');
    });

    it('leaves those alone that have only begun', async () => {
      await inEffectSince(10);
      await ask();
      expect((await handle().describe()).status.name).toBe('TERMINATED');
    });
  });

  describe('of offboardings', () => {
    const people = [userId('00u0000000000000due1'), userId('00u0000000000000due2')];
    const [first = alice, second = alice] = people;
    const handle = (person: string) => world.client.workflow.getHandle(workflowIds.offboarding(person));
    /** Suspended at Okta 30 days ago, or less. */
    async function offboarded(person: typeof alice, daysAgo = 30): Promise<void> {
      const { store } = world;
      await order(store, person);
      await takeEffectIfDue(store, person, [], { deactivateAfterMs: 30 * 86_400_000 });
      await store
        .updateTable('offboarding')
        .set({ deactivate_at: sql<Date>`deactivate_at - ${daysAgo} * interval '1 day'` })
        .where('person_id', '=', person)
        .execute();
    }
    const signalsTo = async (person: string): Promise<number> => {
      const { events } = await handle(person).fetchHistory();
      return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'due')
        .length;
    };
    afterEach(async () => {
      for (const person of people)
        await handle(person)
          .terminate()
          .catch(() => {});
    });

    it('tells those whose grace at Okta is over, until they have taken it up', async () => {
      await offboarded(first);
      await offboarded(second, 29);
      expect(await ask()).toEqual({ targets: [], offboardings: 1 });
      expect(await handle(first).describe()).toMatchObject({ type: 'offboarding', taskQueue: taskQueues.urgent });
      await expect(handle(second).describe()).rejects.toThrow('not found');
      // Nobody works: the next minute it is told again, to the same one.
      expect(await ask()).toEqual({ targets: [], offboardings: 1 });
      expect(await signalsTo(first)).toBe(2);
      await takeEffectIfDue(world.store, first, []);
      expect(await ask()).toEqual({ targets: [] });
    });

    it('forgets nobody when Temporal is away in the middle', async () => {
      await offboarded(first);
      await offboarded(second);
      const signalWithStart = (...[type, options]: Parameters<Client['workflow']['signalWithStart']>) =>
        options.workflowId === workflowIds.offboarding(second)
          ? Promise.reject(new Error('away'))
          : world.client.workflow.signalWithStart(type, options);
      const workflow = Object.create(world.client.workflow, { signalWithStart: { value: signalWithStart } });
      const lost: Client = Object.create(world.client, { workflow: { value: workflow } });
      await expect(world.inActivity(() => askForDueWork(bareDependencies(world.store)), lost)).rejects.toThrow('away');
      expect(await ask()).toEqual({ targets: [], offboardings: 2 });
      expect([await signalsTo(first), await signalsTo(second)]).toEqual([2, 1]);
    });
  });

  describe("of following Okta's log", () => {
    const handle = () => world.client.workflow.getHandle(workflowIds.catchUp());
    const catchUp = { everyMs: 10_000, signIns: false };
    const askWith = (changes: Partial<Dependencies>) =>
      world.inActivity(() => askForDueWork(bareDependencies(world.store, changes)));

    it('begins nothing where it is switched off', async () => {
      await askWith({});
      await expect(handle().describe()).rejects.toThrow('not found');
    });

    it('begins it once, and again after it has ended, however it did', async () => {
      await askWith({ catchUp });
      const one = await handle().describe();
      expect(one).toMatchObject({ type: 'catchUp', taskQueue: taskQueues.event });
      await askWith({ catchUp });
      expect((await handle().describe()).runId).toBe(one.runId);
      await handle().terminate();
      await askWith({ catchUp });
      const other = await handle().describe();
      expect([other.status.name, other.runId === one.runId]).toEqual(['RUNNING', false]);
      await handle().terminate();
    });
  });

  it('passes over targets that are not configured any more', async () => {
    await world.park([parkedCreate], 'gone');
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: [] });
  });
});

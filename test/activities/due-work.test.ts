/** What was parked comes due: each target is asked once, for no more than it takes. */
import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askForDueWork } from '../../activities/due.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { engineers, userId } from '../support/domain-builders.ts';
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

  it('passes over targets that are not configured any more', async () => {
    await world.park([parkedCreate], 'gone');
    await sixHoursPass();
    expect(await ask()).toEqual({ targets: [] });
  });
});

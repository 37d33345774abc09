/** Somebody deactivates five thousand people at Okta by mistake, within a minute, while every change is followed. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OktaUserId } from '../../domain/ids.ts';
import { keepCatchingUp, sendOffboardingCommand } from '../../temporal/ask.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { lockstepYaml } from '../support/lockstep-yaml.ts';
import { until } from '../support/until.ts';

const mistaken = 5_000;
const all = { percent: 100, atLeast: 1_000_000, atMost: 1_000_000 };
/** What one run, and what all runs of a day together, may deactivate without approval. */
const [perRun, perDay] = [100, 250];
const upTo = (most: number) => ({ percent: 100, atLeast: 0, atMost: most });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({
    seed: { people: 6_500, groups: 20, seed: 3 },
    config: lockstepYaml({
      target: {
        guards: {
          creations: { perRun: all, perDay: all },
          memberRemovals: { perRun: all, perDay: all },
          emptiedGroups: { perRun: all, perDay: all },
          deactivations: { perRun: upTo(perRun), perDay: upTo(perDay) },
        },
      },
      catchUp: { every: '1s' },
    }),
  });
  await lab.sync();
  await keepCatchingUp(lab.system.client);
}, 600_000);
afterAll(() => lab?.stop());

const activeAccounts = (): Set<unknown> =>
  new Set(
    lab.directory().users.flatMap(({ document }) => (document['active'] === true ? [document['externalId']] : [])),
  );

/** Told by the store: what the workflow returns is its last run, which may be one for whoever changed meanwhile. */
async function stoppedByTheLimit(requestId: string): Promise<number> {
  const { rows } = await sql<{ stopped: number }>`
    select count(*)::int as stopped from run join change using (plan_id)
    where run.kind = 'target-sync' and run.covers @> ${JSON.stringify([requestId])}
      and change.kind = 'deactivate-account' and change.stopped_by = 'deactivations'`.execute(lab.system.store);
  return rows[0]?.stopped ?? 0;
}

it('the guards stop them after the configured number, and an offboarding in between goes through', async () => {
  const [person = '', ...others] = lab.members();
  const victims = others.slice(0, mistaken);
  expect(victims).toHaveLength(mistaken);
  const before = activeAccounts();
  expect(victims.filter((victim) => !before.has(victim))).toEqual([]);

  let done = 0;
  const flood = pMap(
    victims,
    async (victim) => {
      await lab.okta.lifecycle(victim, 'deactivate');
      done += 1;
    },
    { concurrency: 20 },
  );
  await until('half of them are deactivated', () => done > mistaken / 2, 300_000);
  await sendOffboardingCommand(lab.system.client, person, {
    id: randomUUID(),
    kind: 'request',
    reason: 'last-day',
    receivedAt: new Date().toISOString(),
  });
  expect(await lab.system.client.workflow.getHandle(workflowIds.offboarding(person)).result()).toMatchObject({
    ended: 'complete',
  });
  expect(activeAccounts().has(person)).toBe(false);
  await flood;

  const waiting = async () => {
    const { store } = lab.system;
    const open = await store.selectFrom('approval').selectAll().where('state', '=', 'open').executeTakeFirst();
    if (!open) return undefined;
    const lines = await store
      .selectFrom('change')
      .select('person_id')
      .where('plan_id', '=', open.plan_id)
      .where('kind', '=', 'deactivate-account')
      .execute();
    return new Set(lines.map(({ person_id }) => person_id));
  };
  const isAllAccountedFor = async () => {
    const listed = await waiting();
    // The directory is copied only once that many are listed: the simulator shares this process.
    if (!listed || listed.size < mistaken - perDay) return false;
    const active = activeAccounts();
    return victims.every((victim) => !active.has(victim) || listed.has(victim as OktaUserId));
  };
  await until('what waits lists everybody who is still there', isAllAccountedFor, 600_000);
  // A copy of the whole directory each time, so once for all.
  const gone = (): number => {
    const active = activeAccounts();
    return victims.filter((victim) => !active.has(victim)).length;
  };
  const letGo = gone();
  expect(letGo).toBeGreaterThan(0);
  expect(letGo).toBeLessThanOrEqual(perDay);

  // A full sync stops all who are left, and nobody who was offboarded comes back. A round of one person that was under way
  // may still let them go, within the day's limit.
  const { requestId } = await lab.sync();
  expect(await stoppedByTheLimit(requestId)).toBeGreaterThanOrEqual(mistaken - perDay);
  expect(gone()).toBeLessThanOrEqual(perDay);
  expect(activeAccounts().has(person)).toBe(false);
}, 1_200_000);

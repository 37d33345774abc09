/** One writer per person: what is said, claimed, taken over or lost between a plan and its requests decides what is sent. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Claims } from '../../activities/claims.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createActivities } from '../../activities/index.ts';
import type { TargetDirectory } from '../../domain/directory.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import { markedPeople } from '../../store/changed-people.ts';
import { claimSubjects, personSubject } from '../../store/claims.ts';
import { saveVerdict } from '../../store/plans.ts';
import { raiseVersion } from '../../store/subjects.ts';
import { type InProcess, startInProcess } from '../activities/in-process.ts';
import { until } from '../support/until.ts';

let lab: InProcess;
beforeAll(async () => {
  lab = await startInProcess({ people: 1, groups: 1, seed: 1 });
}, 60_000);
afterAll(() => lab?.stop());

const target = 'cloud';
const store = () => lab.deps.store;

/** Everything that both sides and the store hold is new. */
async function begin(people: number, seed: number): Promise<void> {
  await lab.sandbox.okta.seed({ people, groups: 6, seed });
  await lab.sandbox.cloud.seed({});
  lab.sandbox.cloud.requests.clear();
  const { rows } = await sql<{ name: string }>`
    select format('%I', tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%'`.execute(store());
  await sql`alter table audit disable trigger audit_is_never_emptied`.execute(store());
  await sql.raw(`truncate ${rows.map(({ name }) => name).join(', ')} cascade`).execute(store());
  await sql`alter table audit enable trigger audit_is_never_emptied`.execute(store());
}
beforeEach(() => begin(40, 7));
afterEach(() => {
  lab.sandbox.cloud.faults.clear();
  lab.sandbox.cloud.transport.latencyMs = 0;
});

async function plan(): Promise<string> {
  const { observeSource, observeTarget, planTarget, beginRun } = createActivities(lab.deps);
  const [planId, runId] = [randomUUID(), randomUUID()];
  await lab.run(() => beginRun({ runId, kind: 'target-sync', target, covers: [] }));
  await lab.run(() => observeSource());
  await lab.run(() => observeTarget({ target }));
  await lab.run(() => planTarget({ planId, runId, target, kind: 'run' }));
  await saveVerdict(store(), planId, []); // As guards that let everything through.
  return planId;
}

const apply = (planId: string, deps: Dependencies = lab.deps) =>
  lab.run(() => createActivities(deps).applyPlan({ planId, target }));

/** The same, with another directory in the place of the target's. */
function withDirectory(change: (directory: TargetDirectory) => Partial<TargetDirectory>): Dependencies {
  const connected = lab.deps.targets.get(target);
  if (!connected) throw new Error('there is no target');
  const directory = { ...connected.directory, ...change(connected.directory) };
  return { ...lab.deps, targets: new Map([[target, { ...connected, directory }]]) };
}

const changesOf = (planId: string, person?: string) =>
  store()
    .selectFrom('change')
    .select(['kind', 'outcome', 'detail', 'person_id'])
    .where('plan_id', '=', planId)
    .where(({ eb, val }) => (person === undefined ? val(true) : eb('person_id', '=', person as OktaUserId)))
    .orderBy('seq')
    .execute();

async function somebodyToCreate(planId: string): Promise<OktaUserId> {
  const created = (await changesOf(planId)).filter(({ kind }) => kind === 'create-account');
  const person = created[Math.floor(created.length / 2)]?.person_id;
  if (!person) throw new Error('nobody is to be created');
  return person;
}

const creationsOf = (person?: string) =>
  lab.sandbox.cloud.requests
    .since()
    .filter(({ method, route }) => method === 'POST' && route.endsWith('/Users'))
    .map(({ body }) => (body as { externalId: string }).externalId)
    .filter((id) => person === undefined || id === person);

const accountOf = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;

const dueRows = () => store().selectFrom('due').select(['kind', 'person_id']).execute();
const claimRows = () => store().selectFrom('claim').selectAll().execute();

describe('what is said of somebody after the plan was made', () => {
  it('a hold: nothing gives them access, and what takes it goes on', async () => {
    await lab.sync();
    const [returning = '', leaving = ''] = lab
      .directory()
      .users.map(({ document }) => String(document['externalId']))
      .sort();
    await lab.okta.lifecycle(returning, 'suspend');
    await lab.sync();
    await lab.okta.lifecycle(returning, 'unsuspend');
    await lab.okta.lifecycle(leaving, 'deactivate');
    const planId = await plan();
    await sql`insert into subject (person_id, hold) values (${returning}, 'hr'), (${leaving}, 'hr')`.execute(store());
    await apply(planId);

    expect(accountOf(returning)).toMatchObject({ active: false });
    expect(accountOf(leaving)).toMatchObject({ active: false });
    expect(await changesOf(planId, returning)).toContainEqual(
      // By the live read that it is decided on; what needs none is refused with the claim: `person-held`.
      expect.objectContaining({ kind: 'reactivate-account', outcome: 'stale' }),
    );
    expect(await changesOf(planId, leaving)).toContainEqual(
      expect.objectContaining({ kind: 'deactivate-account', outcome: 'applied' }),
    );
  }, 60_000);

  it('a newer version: what was planned before is stale, they are planned again, and everybody else goes on', async () => {
    const planId = await plan();
    const person = await somebodyToCreate(planId);
    await raiseVersion(store(), [person], 'event', []);
    await apply(planId);

    expect(creationsOf(person)).toEqual([]);
    const [own, others] = [await changesOf(planId, person), await changesOf(planId)];
    expect(own[0]).toMatchObject({ kind: 'create-account', outcome: 'stale', detail: 'person-changed' });
    expect(others.filter(({ outcome, person_id }) => outcome !== 'applied' && person_id !== person)).toEqual([]);
    expect(await markedPeople(store(), [target], 10)).toEqual([person]);

    // The next plan is made from the version that they have by then.
    await apply(await plan());
    expect(creationsOf(person)).toEqual([person]);
  }, 60_000);
});

describe('somebody whom another one is writing', () => {
  it('is put off while the others go on, and written once the other is through', async () => {
    const planId = await plan();
    const person = await somebodyToCreate(planId);
    const other = new Claims(store(), { target, planId: 'none' }, 30_000);
    const held = await other.claim([{ seq: 0, person, gives: true, version: '0' }]);
    const applied = apply(planId);
    await until('everybody else is created', async () => {
      const created = (await changesOf(planId)).filter(({ kind }) => kind === 'create-account');
      return created.filter(({ outcome }) => outcome === null).length === 1;
    });
    expect(creationsOf(person)).toEqual([]);
    await other.giveBack(held.flatMap((claim) => (typeof claim === 'string' ? [] : [claim])));
    await applied;

    expect(creationsOf(person)).toEqual([person]);
    expect((await changesOf(planId)).filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
    // Nothing was sent while they were busy, so nothing had to be looked up.
    const lookUps = lab.sandbox.cloud.requests.since().filter(({ query }) => query.includes('filter=externalId'));
    expect(lookUps).toEqual([]);
  }, 60_000);

  it('for longer than anybody dead could hold them is parked, and all the others are done', async () => {
    const planId = await plan();
    const person = await somebodyToCreate(planId);
    await claimSubjects(store(), target, 'other', [personSubject(person)], 3_600_000);
    await apply(
      planId,
      withDirectory(() => ({ requestTimeoutMs: 200 })),
    );

    expect(creationsOf(person)).toEqual([]);
    const [own] = await changesOf(planId, person);
    expect(own).toMatchObject({ outcome: 'parked', detail: 'person-busy' });
    const others = (await changesOf(planId)).filter(({ person_id }) => person_id !== person);
    expect(others.filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
  }, 60_000);

  it('and who died over it is written when the claim expires, and looked at again later', async () => {
    const planId = await plan();
    const person = await somebodyToCreate(planId);
    await claimSubjects(store(), target, 'dead', [personSubject(person)], 2_000);
    await apply(planId);

    expect(creationsOf(person)).toEqual([person]);
    expect((await changesOf(planId)).filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
    expect(await dueRows()).toEqual([{ kind: 'verify', person_id: person }]);
    expect(await claimRows()).toEqual([]);
  }, 60_000);
});

describe('a claim that does not last', () => {
  it('and is somebody else’s by the time of recording: nothing is recorded, and the effect is looked up instead', async () => {
    const planId = await plan();
    const person = await somebodyToCreate(planId);
    const taken = until('the account is being made', async () => {
      if (creationsOf(person).length === 0) return false;
      await sql`
        update claim set token = 'thief', expires_at = now() + interval '2 seconds'
        where subject = ${personSubject(person)}`.execute(store());
      return true;
    });
    await apply(
      planId,
      withDirectory(({ createAccount }) => ({
        createAccount: async (draft, options) => {
          const written = await createAccount(draft, options);
          if (draft.externalId === person) await taken;
          return written;
        },
      })),
    );

    expect(creationsOf(person)).toEqual([person]);
    expect((await changesOf(planId, person))[0]).toMatchObject({
      outcome: 'applied',
      detail: 'found-after-lost-answer',
    });
    const marked = await store().selectFrom('changed_person').select(['person_id', 'why']).execute();
    expect(marked).toEqual([{ person_id: person, why: 'claim-lost' }]);
    const audit = await store().selectFrom('audit').select('detail').where('person_id', '=', person).execute();
    expect(audit[0]).toEqual({ detail: 'found-after-lost-answer' });
    expect((await changesOf(planId)).filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
  }, 60_000);

  it('and could not be used any more when the request was due: nothing is sent under it, and a new one is claimed', async () => {
    const planId = await plan();
    const person = await somebodyToCreate(planId);
    let tries = 0;
    await apply(
      planId,
      withDirectory(({ createAccount }) => ({
        requestTimeoutMs: 1_000,
        createAccount: async (draft, options) => {
          if (draft.externalId === person) {
            tries += 1;
            if (tries === 1) await until('the right to write is over', () => options?.sendBefore?.hasPassed() ?? true);
          }
          return createAccount(draft, options);
        },
      })),
    );

    expect(tries).toBe(2);
    expect(creationsOf(person)).toEqual([person]);
    expect((await changesOf(planId)).filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
    expect(await claimRows()).toEqual([]);
  }, 60_000);
});

it('two appliers of one plan at once write each change once between them', async () => {
  await begin(300, 8);
  const planId = await plan();
  lab.sandbox.cloud.transport.latencyMs = 150;
  const first = apply(planId);
  await until('the first one is at it', () => creationsOf().length > 20);
  // The lock that keeps appliers apart is taken from it, as from one that is frozen; it finds out within ten seconds.
  await sql`
    select pg_terminate_backend(pid) from pg_locks l join pg_database d on d.oid = l.database
    where locktype = 'advisory' and datname = current_database()`.execute(store());
  const [one, two] = await Promise.allSettled([first, apply(planId)]);

  expect(two).toMatchObject({ status: 'fulfilled', value: { hasMore: false } });
  const done = [one, two].map((end) => (end.status === 'fulfilled' ? end.value.done : 0));
  expect(done[1]).toBeGreaterThan(20);
  expect((await changesOf(planId)).filter(({ outcome }) => outcome !== 'applied')).toEqual([]);
  expect(creationsOf()).toHaveLength(new Set(creationsOf()).size);
  expect(additions()).toHaveLength(new Set(additions()).size);
  expect(await claimRows()).toEqual([]);
}, 60_000);

/** Who was put into which group, once for each request that said so. */
const additions = (): string[] =>
  lab.sandbox.cloud.requests
    .since()
    .filter(({ method, route }) => method === 'PATCH' && route.includes('/Groups/'))
    .flatMap(({ path, body }) =>
      (body as { Operations: { value: { value: string }[] }[] }).Operations.flatMap(({ value }) =>
        value.map((member) => `${path} ${member.value}`),
      ),
    );

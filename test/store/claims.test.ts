/** Who may write a person: one at a time, by the database's clock, whatever order they ask in. */
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Claim, type ClaimRequest, Claims, deadlineIn } from '../../activities/claims.ts';
import type { AccountId, OktaUserId } from '../../domain/ids.ts';
import { clearMarksBefore, markChanged, markedPeople } from '../../store/changed-people.ts';
import { claimSubjects, endClaims, personSubject } from '../../store/claims.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { recordOutcomes } from '../../store/outcomes.ts';
import { beginPlan } from '../../store/plans.ts';
import { raiseVersion } from '../../store/subjects.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

let database: FreshDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = connectStore({ url: database.url, poolSize: 12 });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
beforeEach(async () => {
  await sql`truncate claim, subject, changed_person, due, plan cascade`.execute(store);
  await sql`
    insert into plan (id, target, run_id, configuration, source_snapshot, target_snapshot)
    values ('plan', 'cloud', 'run', 'c', 1, 1)`.execute(store);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const ofPlan = {
  target: 'cloud',
  configuration: 'c',
  sourceSnapshot: '1',
  targetSnapshot: '1',
  kind: 'run',
} as const;
const timeoutMs = 30_000;
const claimant = (requestTimeoutMs = timeoutMs) =>
  new Claims(store, { target: 'cloud', planId: 'plan' }, requestTimeoutMs);

const id = (n: number) => `00u${String(n).padStart(4, '0')}` as OktaUserId;
const accountOf = (n: number) => `account-${n}` as AccountId;
const request = (n: number, rest: Partial<ClaimRequest> = {}): ClaimRequest => ({
  seq: n,
  person: id(n),
  account: accountOf(n),
  gives: true,
  version: '0',
  ...rest,
});

/** What one request is answered; `claimed` for a claim. */
async function ask(claims: Claims, ...requests: ClaimRequest[]): Promise<string[]> {
  const answers = await claims.claim(requests);
  return answers.map((answer) => (typeof answer === 'string' ? answer : 'claimed'));
}

async function claimed(claims: Claims, one: ClaimRequest): Promise<Claim> {
  const [answer] = await claims.claim([one]);
  if (answer === undefined || typeof answer === 'string') throw new Error(`not claimed: ${answer}`);
  return answer;
}

/** Another plan has written somebody. */
async function writtenByAnother(
  n: number,
  { target = 'cloud', outcome = 'applied', msAgo = 0, isOpen = false } = {},
): Promise<void> {
  await sql`
    insert into run (id, kind, workflow_id, workflow_run_id, phase)
    values ('another', 'person', 'w', 'r', 'done') on conflict do nothing`.execute(store);
  await sql`
    insert into plan (id, target, run_id, configuration, source_snapshot, target_snapshot)
    values ('another', ${target}, 'another', 'c', 1, 1)`.execute(store);
  await sql`
    insert into change (plan_id, seq, step, kind, person_id, reason, outcome, finished_at)
    values ('another', 1, 1, 'add-member', ${id(n)}, 'wanted', ${isOpen ? null : outcome},
      ${isOpen ? null : sql`clock_timestamp() - ${msAgo}::integer * interval '1 ms'`})`.execute(store);
}

const expireAll = () => sql`update claim set expires_at = now() - interval '1 ms'`.execute(store);
const rows = async () => (await sql<{ subject: string }>`select subject from claim order by 1`.execute(store)).rows;
const dueRows = () => store.selectFrom('due').select(['kind', 'target', 'person_id', 'due_at']).execute();

describe('two who want the same person', () => {
  it('only one has them, until they are given back', async () => {
    const [one, other] = [claimant(), claimant()];
    const claim = await claimed(one, request(1));
    expect(await ask(other, request(1), request(2))).toEqual(['busy', 'claimed']);
    await one.giveBack([claim]);
    expect(await ask(other, request(1))).toEqual(['claimed']);
  });

  it('an account counts as well, whoever it is said to belong to', async () => {
    const [one, other] = [claimant(), claimant()];
    await claimed(one, request(1));
    expect(await ask(other, request(2, { account: accountOf(1) }))).toEqual(['busy']);
    expect(await ask(other, request(3, { person: undefined, account: accountOf(1) }))).toEqual(['busy']);
    // What was refused leaves nothing behind.
    expect(await rows()).toEqual([{ subject: 'account:account-1' }, { subject: `person:${id(1)}` }]);
  });

  it('at another target they are free', async () => {
    await claimed(claimant(), request(1));
    const elsewhere = new Claims(store, { target: 'jira', planId: 'plan' }, timeoutMs);
    expect(await ask(elsewhere, request(1))).toEqual(['claimed']);
  });

  it('when each asks for many at the same moment, each person has one holder and each is somebody’s', async () => {
    const claimants = Array.from({ length: 8 }, () => claimant());
    const everybody = Array.from({ length: 200 }, (_, n) => request(n, { account: undefined }));
    const answers = await Promise.all(claimants.map((one) => ask(one, ...shuffled(everybody))));
    const held = answers.flat().filter((answer) => answer === 'claimed');
    expect(held).toHaveLength(200);
  });

  it('50 who ask again and again for overlapping crowds never deadlock, and leave nothing behind', async () => {
    const crowd = (): ClaimRequest[] => shuffled(Array.from({ length: 300 }, (_, n) => request(n))).slice(0, 60);
    const work = async (): Promise<void> => {
      const own = claimant();
      for (let turn = 0; turn < 4; turn += 1) {
        const claims = (await own.claim(crowd())).filter((answer): answer is Claim => typeof answer !== 'string');
        await store.transaction().execute(async (tx) => {
          expect(await own.settle(tx, shuffled(claims))).toEqual(new Set());
        });
        own.settled(claims);
      }
    };
    await Promise.all(Array.from({ length: 50 }, work));
    expect(await rows()).toEqual([]);
  }, 60_000);
});

describe('the requests of one holder', () => {
  it('share a person, whom others get when the last of them is on record', async () => {
    const [one, other] = [claimant(), claimant()];
    const [first, second] = [await claimed(one, request(1)), await claimed(one, { ...request(1), seq: 2 })];
    await record(one, first);
    expect(await ask(other, request(1))).toEqual(['busy']);
    await record(one, second);
    expect(await ask(other, request(1))).toEqual(['claimed']);
  });

  it('do not share a claim under which nothing may be sent any more', async () => {
    const one = claimant();
    await claimed(one, request(1));
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + timeoutMs);
    expect(await ask(one, { ...request(1), seq: 2 })).toEqual(['busy']);
  });
});

describe('what is looked at under the claim', () => {
  const hold = (n: number) =>
    sql`insert into subject (person_id, hold) values (${id(n)}, 'hr')`.execute(store).then(() => undefined);

  it('a hold forbids giving access, and never taking it', async () => {
    await hold(1);
    expect(await ask(claimant(), request(1))).toEqual(['held']);
    expect(await ask(claimant(), request(1, { gives: false }))).toEqual(['claimed']);
  });

  it('a change planned from an older version of the person goes no further, whatever it does', async () => {
    await raiseVersion(store, [id(1), id(2)], 'event', []);
    await raiseVersion(store, [id(2)], 'event', []);
    const asked = [request(1), request(2, { version: '1', gives: false }), request(2, { version: '2' }), request(3)];
    expect(await ask(claimant(), ...asked)).toEqual(['changed', 'changed', 'claimed', 'claimed']);
  });

  it('a change that somebody else has carried out is not done again', async () => {
    await sql`
      insert into change (plan_id, seq, step, kind, person_id, reason, outcome)
      values ('plan', 1, 0, 'create-account', ${id(1)}, 'entitled-in-scope', 'applied'),
        ('plan', 2, 0, 'create-account', ${id(2)}, 'entitled-in-scope', null)`.execute(store);
    expect(await ask(claimant(), request(1), request(2))).toEqual(['done', 'claimed']);
  });

  it('what was said while the claim was being waited for counts', async () => {
    // Somebody releases the person within a transaction that sets a hold: the claimant has to wait, and then sees both.
    const [token] = ['other'];
    await claimSubjects(store, 'cloud', token, [personSubject(id(1))], 60_000);
    let asked: Promise<string[]> | undefined;
    await store.transaction().execute(async (tx) => {
      await endClaims(tx, 'cloud', [{ subject: personSubject(id(1)), token }], []);
      asked = ask(claimant(), request(1));
      await blocked();
      await sql`insert into subject (person_id, hold) values (${id(1)}, 'hr')`.execute(tx);
    });
    expect(await asked).toEqual(['held']);
  });

  it('who is refused is free for the next at once', async () => {
    await hold(1);
    await ask(claimant(), request(1));
    expect(await rows()).toEqual([]);
  });
});

describe('a claim that expires', () => {
  it('lasts twice as long as a request and a little more, by the database’s clock alone', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(0);
    await claimed(claimant(), request(1));
    const { rows: left } = await sql<{ s: string }>`
      select extract(epoch from expires_at - now()) as s from claim`.execute(store);
    for (const { s } of left) expect(Number(s)).toBeGreaterThan(64);
    expect(await ask(claimant(), request(1))).toEqual(['busy']);
    await expireAll();
    expect(await ask(claimant(), request(1))).toEqual(['claimed']);
  });

  it('may be used for as long as a request that is sent then surely ends before it', () => {
    const [steady, wall] = [performance.now(), Date.now()];
    const at = (steadyMs: number, wallMs: number): boolean => {
      vi.spyOn(performance, 'now').mockReturnValue(steady);
      vi.spyOn(Date, 'now').mockReturnValue(wall);
      const deadline = deadlineIn(1_000);
      vi.spyOn(performance, 'now').mockReturnValue(steady + steadyMs);
      vi.spyOn(Date, 'now').mockReturnValue(wall + wallMs);
      return deadline.hasPassed();
    };
    expect(at(999, 999)).toBe(false);
    // The process was stopped; the machine slept, which the steady clock does not count; the clock was put back.
    expect(at(1_000, 1_000)).toBe(true);
    expect(at(10, 3_600_000)).toBe(true);
    expect(at(5_000, -3_600_000)).toBe(true);
  });

  it('is taken over, and the person is looked at again two request timeouts after the work', async () => {
    await claimed(claimant(), request(1));
    await expireAll();
    const next = claimant();
    const claim = await claimed(next, request(1));
    expect(await dueRows()).toEqual([]);
    await record(next, claim);
    const due = await dueRows();
    expect(due).toMatchObject([{ kind: 'verify', target: 'cloud', person_id: id(1) }]);
    const waitMs = Number(due[0]?.due_at) - Date.now();
    expect(waitMs).toBeGreaterThan(2 * timeoutMs - 10_000);
    expect(waitMs).toBeLessThan(2 * timeoutMs + 10_000);
  });

  it('is looked at again even if nothing came of the work', async () => {
    await claimed(claimant(), request(1));
    await expireAll();
    const next = claimant();
    await next.giveBack([await claimed(next, request(1))]);
    expect(await dueRows()).toMatchObject([{ kind: 'verify', person_id: id(1) }]);
  });

  it('leaves no such row where it was never anybody else’s', async () => {
    const one = claimant();
    await record(one, await claimed(one, request(1)));
    expect(await dueRows()).toEqual([]);
  });

  it('is lost once somebody else has it, also if they are through by then; an expired one of nobody else is not', async () => {
    const one = claimant();
    const [lost, released, own] = [
      await claimed(one, request(1)),
      await claimed(one, request(2)),
      await claimed(one, request(3)),
    ];
    await expireAll();
    const other = claimant();
    await claimed(other, request(1));
    await record(other, await claimed(other, request(2)));
    expect(await record(one, lost, released, own)).toEqual(new Set([lost, released]));
    expect(await rows()).toEqual([{ subject: 'account:account-1' }, { subject: `person:${id(1)}` }]);
  });
});

describe('people to be planned again', () => {
  it('are marked by what raises their version, and stay marked when that happens after a plan began', async () => {
    await raiseVersion(store, [id(2), id(1), id(2)], 'event', ['cloud', 'jira']);
    const marked = (target: string) => markedPeople(store, [target], 10);
    expect(await marked('cloud')).toEqual([id(1), id(2)]);
    await sql`update plan set created_at = clock_timestamp() where id = 'plan'`.execute(store);
    await markChanged(store, 'cloud', [id(2)], 'event');
    await clearMarksBefore(store, 'plan');
    expect(await marked('cloud')).toEqual([id(2)]);
    expect(await marked('jira')).toEqual([id(1), id(2)]);
  });
});

async function record(claims: Claims, ...those: Claim[]): Promise<ReadonlySet<Claim>> {
  const lost = await store.transaction().execute((tx) => claims.settle(tx, those));
  claims.settled(those);
  return lost;
}

/** Until a statement waits for a lock of somebody else. */
const blocked = () =>
  vi.waitUntil(async () => {
    const { rows: waiting } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(store);
    return waiting.length > 0;
  });

function shuffled<T>(list: readonly T[]): T[] {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
  }
  return copy;
}

describe('who was written by another plan since', () => {
  it('is planned again, and nobody else is', async () => {
    await writtenByAnother(1);
    expect(await ask(claimant(), request(1), request(2))).toEqual(['changed', 'claimed']);
  });

  it('before this one was made, by a plan for another target, or without effect, is none', async () => {
    for (const how of [{ msAgo: 3_600_000 }, { target: 'jira' }, { outcome: 'unchanged' }, { outcome: 'parked' }]) {
      await writtenByAnother(1, how);
      const [answer] = await claimant().claim([request(1)]);
      expect(answer, JSON.stringify(how)).not.toBe('changed');
      await sql`delete from plan where id = 'another'`.execute(store);
      await sql`truncate claim`.execute(store);
    }
  });

  it('counts from when it was on record for others to see, not from when that began', async () => {
    await writtenByAnother(1, { isOpen: true });
    await store.transaction().execute(async (tx) => {
      await recordOutcomes(tx, 'another', [{ seq: 1, outcome: 'applied' }]);
      // Made of what was on record before.
      await beginPlan(store, { id: 'plan', runId: 'run', ...ofPlan });
    });
    expect(await ask(claimant(), request(1))).toEqual(['changed']);
    await beginPlan(store, { id: 'plan', runId: 'run', ...ofPlan });
    expect(await ask(claimant(), request(1))).toEqual(['claimed']);
  });
});

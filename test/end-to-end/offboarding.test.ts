/** HR's word takes effect at Okta and at the target, stays in effect whatever else happens, and leaves evidence. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import { releaseSignal, requestSignal, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { userId } from '../support/domain-builders.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { until } from '../support/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ seed: { people: 20, groups: 4, seed: 11 } });
  await lab.sync();
});
afterAll(() => lab?.stop());

let seq = 0;
type Kind = OffboardingCommand['kind'];
async function send(person: string, kind: Kind, more: Partial<OffboardingCommand> = {}) {
  seq += 1;
  const command = {
    id: randomUUID(),
    seq,
    kind,
    reason: 'HR-1',
    receivedAt: new Date().toISOString(),
    ...more,
  } as OffboardingCommand;
  return lab.system.client.workflow.signalWithStart('offboarding', {
    workflowId: workflowIds.offboarding(person),
    taskQueue: taskQueues.urgent,
    args: [{ person }],
    signal: kind === 'release' ? releaseSignal : requestSignal,
    signalArgs: [command],
  });
}
const statusOf = (person: string) => lab.org().users.find(({ id }) => id === person)?.status;
const accountOf = (person: string) => lab.directory().users.find(({ document }) => document['externalId'] === person);
const isActive = (person: string) => accountOf(person)?.document['active'];
const groupsOf = (person: string) => {
  const id = accountOf(person)?.id;
  return lab.directory().groups.filter(({ members }) => id !== undefined && members.includes(id)).length;
};

describe('an offboarding that takes effect at once', () => {
  let person: string;
  beforeAll(async () => {
    person = lab.members().find((id) => groupsOf(id) > 0) ?? '';
    expect(person).not.toBe('');
    const handle = await send(person, 'request');
    expect(await handle.result()).toEqual({ person, ended: 'complete' });
  });

  it('suspends at Okta and deactivates at the target, out of all groups', () => {
    expect(statusOf(person)).toBe('SUSPENDED');
    expect(isActive(person)).toBe(false);
    expect(groupsOf(person)).toBe(0);
  });

  it('has each step on record, with what the vendors call it', async () => {
    const steps = await lab.system.store.selectFrom('offboarding_step').selectAll().orderBy('at').execute();
    expect(steps.map(({ system, step, state }) => `${system} ${step} ${state}`).toSorted()).toEqual([
      'cloud confirm done',
      'cloud deactivate done',
      'cloud find-others nothing-there',
      'cloud remove-memberships done',
      'okta clear-sessions done',
      'okta confirm done',
      'okta find-master nothing-there',
      'okta suspend done',
    ]);
    // Okta names its requests; so does the target where it has an id to name.
    for (const { step, vendor_request_id } of steps.filter(({ system }) => system === 'okta'))
      if (!['confirm', 'find-master'].includes(step)) expect(vendor_request_id, step).toMatch(/./);
  });

  it('is a run of its own, whose chain in the audit log has its head', async () => {
    const { store } = lab.system;
    const { id } = await store.selectFrom('offboarding').select('id').executeTakeFirstOrThrow();
    const run = await store.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(run).toMatchObject({ kind: 'offboarding', phase: 'done' });
    const chain = await store
      .selectFrom('audit')
      .select(['kind', 'hash'])
      .where('run_id', '=', id)
      .orderBy('position')
      .execute();
    expect(chain.map(({ kind }) => kind)).toContain('deactivate-account');
    expect([run.audit_length, run.audit_head]).toEqual([chain.length, chain.at(-1)?.hash]);
  });

  it('stays in effect when Okta lets them in again, until it is released', async () => {
    await lab.okta.lifecycle(person, 'unsuspend');
    await lab.sync();
    expect(isActive(person)).toBe(false);
    await send(person, 'release');
    await until('the hold is gone', async () => {
      const subject = await lab.system.store
        .selectFrom('subject')
        .selectAll()
        .where('person_id', '=', userId(person))
        .executeTakeFirst();
      return subject?.hold === null;
    });
    await lab.sync();
    expect(isActive(person)).toBe(true);
  });
});

describe('an offboarding of somebody whom a directory masters', () => {
  it('is done all the same, and its evidence says so', async () => {
    const { store, sandbox } = lab.system;
    const person = lab.members().find((id) => groupsOf(id) > 0) ?? '';
    const url = `${sandbox.control.origin}/okta/users/${person}/provider`;
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ type: 'ACTIVE_DIRECTORY' }) });
    expect(answer.status).toBe(200);
    const handle = await send(person, 'request');
    expect(await handle.result()).toEqual({ person, ended: 'complete' });
    expect([statusOf(person), isActive(person), groupsOf(person)]).toEqual(['SUSPENDED', false, 0]);
    const found = await store
      .selectFrom('offboarding_step as s')
      .innerJoin('offboarding as o', 'o.id', 's.offboarding_id')
      .select(['s.system', 's.state', 's.detail'])
      .where('o.person_id', '=', userId(person))
      .where('o.ended_at', 'is', null)
      .where('s.step', '=', 'find-master')
      .execute();
    expect(found).toEqual([{ system: 'okta', state: 'done', detail: 'directory' }]);
  });
});

describe('an offboarding while Okta is down', () => {
  it('takes access at the target at once; what is to be done at Okta follows when it is back', async () => {
    const person = lab.members().findLast((id) => groupsOf(id) > 0) ?? '';
    lab.strike('okta', [{ id: 'down', match: { path: '/api/v1/' }, action: { status: 503 } }]);
    const handle = await send(person, 'request');
    await until('the account is inactive and in no group', () => isActive(person) === false && groupsOf(person) === 0);
    expect(statusOf(person)).toBe('ACTIVE');
    expect(lab.endFaults()).toEqual([]);
    expect(await handle.result()).toMatchObject({ ended: 'complete' });
    expect(statusOf(person)).toBe('SUSPENDED');
  });
});

describe('an offboarding of somebody whom Okta has deleted', () => {
  it('is complete: there is nobody at Okta any more, and that is what the evidence says', async () => {
    const { store } = lab.system;
    const person = lab.members().findLast((id) => isActive(id) === true) ?? '';
    await lab.okta.lifecycle(person, 'deactivate');
    await lab.okta.deleteUser(person);
    const handle = await send(person, 'request');
    expect(await handle.result()).toEqual({ person, ended: 'complete' });
    expect(isActive(person)).toBe(false);
    const steps = await store
      .selectFrom('offboarding_step as s')
      .innerJoin('offboarding as o', 'o.id', 's.offboarding_id')
      .select(['s.step', 's.state', 's.detail'])
      .where('o.person_id', '=', userId(person))
      .where('s.system', '=', 'okta')
      .orderBy('s.step')
      .execute();
    expect(steps).toEqual([
      { step: 'clear-sessions', state: 'nothing-there', detail: 'not-found' },
      { step: 'confirm', state: 'nothing-there', detail: 'not-found' },
    ]);
  });
});

describe('an offboarding that is released before all is done', () => {
  it('leaves no run that goes on for ever', async () => {
    const { store } = lab.system;
    const person = lab.members().findLast((id) => isActive(id) === true) ?? '';
    lab.strike('okta', [{ id: 'down', match: { path: '/api/v1/' }, action: { status: 503 } }]);
    await send(person, 'request');
    await until('it is under way', () => isActive(person) === false);
    const handle = await send(person, 'release');
    expect(await handle.result()).toMatchObject({ ended: 'cancelled-or-released' });
    lab.endFaults();
    const open = await store
      .selectFrom('run')
      .select('id')
      .where('kind', '=', 'offboarding')
      .where('finished_at', 'is', null)
      .execute();
    expect(open).toEqual([]);
  });
});

describe('an offboarding beside a sync of everybody', () => {
  it('leaves nobody with access, whoever comes first, and no later sync gives it back', async () => {
    const people = lab
      .members()
      .filter((id) => isActive(id) === true)
      .slice(0, 6);
    expect(people.length).toBe(6);
    const syncs = (async () => {
      for (let round = 0; round < 3; round += 1) await lab.sync();
    })();
    const handles = await Promise.all(people.map((person) => send(person, 'request')));
    await Promise.all(handles.map((handle) => handle.result()));
    await syncs;
    await lab.sync();
    for (const person of people) {
      expect(statusOf(person), person).toBe('SUSPENDED');
      expect([isActive(person), groupsOf(person)], person).toEqual([false, 0]);
    }
    expect((await lab.sync()).run?.plan).toMatchObject({ changes: 0 });
  });
});

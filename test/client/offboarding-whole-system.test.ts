/** The command line on a whole system: somebody leaves, comes back, and an auditor asks about it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { runCommand } from './fake-lockstep.ts';

let lab: Lab;
let person: string;
let email: string;

beforeAll(async () => {
  lab = await startLab({ reader: true, seed: { people: 20, groups: 4, seed: 11 } });
  await lab.sync();
  person = lab.members().find((id) => groupsOf(id) > 0) ?? '';
  email = String(lab.org().users.find(({ id }) => id === person)?.profile['email']);
}, 120_000);
afterAll(() => lab?.stop());

const lockstep = (...args: string[]) => runCommand(args, { env: lab.system.env });
const statusOf = (id: string) => lab.org().users.find((user) => user.id === id)?.status;
const accountOf = (id: string) => lab.directory().users.find(({ document }) => document['externalId'] === id);
const isActive = (id: string) => accountOf(id)?.document['active'];
const groupsOf = (id: string) => {
  const account = accountOf(id)?.id ?? '';
  return lab.directory().groups.filter(({ members }) => members.includes(account)).length;
};

test('an offboarding at once is waited for until every system has confirmed, and leaves evidence', async () => {
  const ran = await lockstep('offboard', email, '--reason', 'last-day', '--ticket', 'HR-7');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain(`${email} is offboarded: in effect, all confirmed.`);
  expect([statusOf(person), isActive(person), groupsOf(person)]).toEqual(['SUSPENDED', false, 0]);
  const shown = await lockstep('offboarding', 'show', email);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^ {2}suspend +done .*request /m);
  expect(shown.stdout).toMatch(/^ {2}cannot: Accounts cannot be deleted or anonymised/m);
  expect(shown.stdout).toMatch(/cloud {2}deactivate account .*\[done\]/);
  expect(shown.stdout).toMatch(
    /request 1, at once \(by an operator, by the command line, last-day, ticket HR-7\): accepted/,
  );
  expect((await lockstep('offboarding', 'show', person, '--output', 'html')).stdout).toContain('all confirmed');
});

test('whoever is held is told to be, and a sync of theirs gives nothing back', async () => {
  await lab.okta.lifecycle(person, 'unsuspend');
  const ran = await lockstep('sync', '--person', email);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toMatch(/^cloud: in step; nothing to change/);
  expect(isActive(person)).toBe(false);
  const { stdout } = await lockstep('explain', email);
  expect(stdout).toMatch(/held +since .* by offboarding .* \(last-day, HR-7\)/);
  expect(stdout).toMatch(/desired +no access: offboarded/);
  // Which did nothing, so it is not the latest that somebody asks about.
  expect((await lockstep('report')).stdout).not.toMatch(/^person /);
});

test('a release ends the hold, and the next sync of the person gives them what Okta says', async () => {
  const released = await lockstep('release', email, '--reason', 'rehired');
  expect(released).toMatchObject({ code: 0 });
  expect(released.stdout).toContain(`The offboarding of ${email} is released.`);
  const synced = await lockstep('sync', '--person', email);
  expect(synced.stdout).toMatch(/^cloud: in step; \d+ done/);
  expect(isActive(person)).toBe(true);
  expect(await lockstep('release', email, '--reason', 'rehired')).toMatchObject({ code: 0 });
});

test('the runs of one person are listed with whom they are about, and reported', async () => {
  const { stdout } = await lockstep('runs');
  expect(stdout).toMatch(new RegExp(`person ${email} +done +\\d+ done`));
  const { json } = await lockstep('runs', '--output', 'json');
  const run = (json() as { id: string; kind: string }[]).find(({ kind }) => kind === 'person');
  const report = await lockstep('report', run?.id ?? '');
  expect(report.stdout).toContain(`person ${email} ${run?.id}`);
  expect(report.stdout).toMatch(/^cloud: done, \d+ changes?/m);
});

test('an offboarding to come is listed, and withdrawn before its time', async () => {
  const at = ['--at', '2099-11-30T17:00', '--zone', 'Europe/Berlin'];
  const ran = await lockstep('offboard', person, ...at, '--reason', 'last-day');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stdout).toContain(`${email} loses all access at 2099-11-30 16:00:00 UTC`);
  expect((await lockstep('offboardings', '--state', 'scheduled')).stdout).toContain(email);
  const withdrawn = await lockstep('cancel-offboard', person, '--reason', 'stays');
  expect(withdrawn.stdout).toContain(`The offboarding of ${email} is cancelled.`);
  expect((await lockstep('offboardings', '--state', 'scheduled')).stdout).toBe('no offboardings\n');
  expect(statusOf(person)).toBe('ACTIVE');
});

test('where nobody has an offboarding there is nothing to end, and it may be somebody else who is meant', async () => {
  const other = lab.members().find((id) => id !== person) ?? '';
  const ran = await lockstep('cancel-offboard', other, '--reason', 'stays');
  expect(ran).toMatchObject({ code: 3 });
  expect(ran.stdout).toContain('Nothing was ordered of');
});

test('a refusal for good ends the waiting, and says what is not done', async () => {
  const other = lab.members().find((id) => id !== person && isActive(id)) ?? '';
  const path = `/api/v1/users/${other}/lifecycle/suspend`;
  lab.strike('okta', [{ id: 'no-suspend', match: { method: 'POST', path }, action: { status: 403 } }]);
  const ran = await lockstep('offboard', other, '--reason', 'last-day');
  expect(lab.endFaults()).toEqual([]);
  expect(ran.code).toBe(3);
  expect(ran.stdout).toMatch(/^! okta: suspend: AccessDenied/m);
  expect(isActive(other)).toBe(false);
  expect(statusOf(other)).toBe('ACTIVE');
  expect(await lockstep('offboardings')).toMatchObject({ code: 3, stdout: expect.stringContaining('under-way') });
});

test('without a worker the sync of a person is asked for all the same', async () => {
  await lab.system.worker.end();
  const { LOCKSTEP_READER_URL: url = '' } = lab.system.env;
  const client = new LockstepClient({ temporal: temporalConnection(lab.system.env), reader: { url } });
  try {
    await lab.okta.updateUser(person, { title: 'Astronomer' });
    expect(await client.syncPerson(person, { patienceMs: 1_500 })).toMatchObject({ state: 'asked', person });
    await lab.system.worker.start();
    expect(await client.syncPerson(person, { patienceMs: 120_000 })).toMatchObject({ state: 'answered' });
    expect(accountOf(person)?.document['title']).toBe('Astronomer');
  } finally {
    await client.close();
  }
}, 180_000);

/** One group of Okta in step by `lockstep sync --group`, on a whole system: renamed, filled, hidden, deleted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupSynced } from '../../client/lockstep-client.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { runCommand } from '../client/fake-lockstep.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { until } from '../support/until.ts';

let lab: Lab;
/** Okta id of the group that it is about. */
let group: string;
let [ada, bob]: [string, string] = ['', ''];
beforeAll(async () => {
  // Selected is whatever has a hyphen in its name.
  lab = await startLab({ seed: { people: 20, groups: 4, seed: 12 }, reader: true });
  await lab.sync();
  [ada = '', bob = ''] = lab.members();
  group = (await lab.okta.createGroup('newcomers')).id;
  await lab.okta.join(group, ada);
}, 120_000);
afterAll(() => lab?.stop());

const lockstep = (args: string[], interrupt?: AbortSignal) =>
  runCommand(args, { env: lab.system.env, ...(interrupt ? { interrupt } : {}) });
const sync = (named = group, ...args: string[]) => lockstep(['sync', '--group', named, ...args]);
const atTarget = (name: string) => lab.directory().groups.find(({ displayName }) => displayName === name);
/** Okta ids of the members at the target; undefined while there is no such group. */
function membersAt(name: string): string[] | undefined {
  const { users } = lab.directory();
  const owner = (account: string) => String(users.find(({ id }) => id === account)?.document['externalId']);
  return atTarget(name)?.members.map(owner).sort();
}
const settings = () => lab.system.sandbox.okta.vendor.settings;

describe('a group', () => {
  it('that no target selects is nothing to do', async () => {
    const from = lab.system.sandbox.cloud.requests.last;
    const told = 'No target has anything to do with this group.\n';
    expect(await sync()).toMatchObject({ code: 0, stdout: told, stderr: '' });
    expect((await sync(group, '--output', 'json')).json()).toEqual({ group, targets: [] });
    expect(lab.system.sandbox.cloud.requests.last).toBe(from);
  });

  it('renamed into a selection is there with its members', async () => {
    await lab.okta.renameGroup(group, 'the-newcomers');
    const ran = await sync(group, '--output', 'json');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const synced = ran.json() as GroupSynced;
    expect(synced).toMatchObject({ group, targets: [{ target: 'cloud', run: { phase: 'done' } }] });
    expect(synced.targets[0]?.run?.covers).toContain(synced.requestId);
    expect(membersAt('the-newcomers')).toEqual([ada]);
    expect((await lockstep(['runs', 'show', String(synced.requestId)])).stdout).toContain('target-sync');
  });

  it('has its new members and no longer those who left, by its name in any case', async () => {
    await lab.okta.join(group, bob);
    await lab.okta.leave(group, ada);
    const ran = await sync('The-Newcomers');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(/^cloud: \d+ people in step; 2 changes: 2 done \(/);
    expect(membersAt('the-newcomers')).toEqual([bob]);
    expect((await sync()).stdout).toMatch(/^cloud: \d+ people in step; nothing to change/);
  });

  it('renamed out of the selection is left alone from then on, and caught up once it is back', async () => {
    await lab.okta.renameGroup(group, 'outsiders');
    const out = lab.system.sandbox.cloud.requests.last;
    expect((await sync()).code).toBe(0);
    await lab.okta.leave(group, bob);
    await lab.okta.join(group, ada);
    expect((await sync()).code).toBe(0);
    expect(lab.writes(out)).toEqual([]);
    expect(membersAt('the-newcomers')).toEqual([bob]);
    await lab.okta.renameGroup(group, 'the-newcomers');
    // Whoever is in it meanwhile may have been put there by hand: somebody looks at them first.
    const back = await sync();
    expect([back.code, back.stderr]).toEqual([3, '']);
    expect(back.stdout).toContain('first removals from an adopted group: 1 held back');
    expect(membersAt('the-newcomers')).toEqual([ada, bob].sort());
    const [, approval = ''] = /lockstep (approve .*)--reason/.exec(back.stdout) ?? [];
    expect(await lockstep([...approval.trim().split(' '), '--reason', 'OPS-1'])).toMatchObject({ code: 0 });
    await until('bob is out', () => membersAt('the-newcomers')?.join() === ada);
  });

  it('is asked for without waiting, and comes by itself', async () => {
    await lab.okta.join(group, bob);
    const ran = await sync(group, '--no-wait');
    expect(ran).toMatchObject({ code: 0, stdout: 'Asked for. `lockstep runs` shows what comes of it.\n' });
    await until('bob is in it', () => membersAt('the-newcomers')?.length === 2);
    await lab.okta.leave(group, bob);
    await sync();
  });
});

describe('while Okta does not answer', () => {
  it('the command says why it waits; Ctrl-C ends the waiting, and what was asked for is done all the same', async () => {
    await lab.okta.join(group, bob);
    lab.strike('okta', [{ id: 'away', match: { path: `/api/v1/groups/${group}` }, action: { status: 503 } }]);
    const interrupt = new AbortController();
    const running = lockstep(['sync', '--group', group], interrupt.signal);
    await until('Okta is asked', () => (lab.system.sandbox.okta.faults.list()[0]?.fired ?? 0) > 3);
    interrupt.abort();
    const { code, stdout, stderr } = await running;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('what was started goes on\n    → `lockstep runs` tells how it went');
    expect(lab.endFaults()).toEqual([]);
    await lab.system.client.workflow.getHandle(workflowIds.groupSync(group)).result();
    await until('bob is in it', () => membersAt('the-newcomers')?.includes(bob));
  });
});

describe('a group that Okta answers with 404', () => {
  it('without its deletion in the log has nobody taken out, and is in step once it is shown again', async () => {
    const before = membersAt('the-newcomers');
    expect(before).toEqual([ada, bob].sort());
    settings()['hiddenGroups'] = [group];
    const from = lab.system.sandbox.cloud.requests.last;
    const ran = await sync();
    expect(ran.stderr).toBe(`Okta does not show the group ${group} any more.\n`);
    expect(ran.code).not.toBe(1);
    expect(lab.writes(from)).toEqual([]);
    expect(membersAt('the-newcomers')).toEqual(before);
    settings()['hiddenGroups'] = [];
    expect((await sync()).stdout).toMatch(/^cloud: \d+ people in step; nothing to change/);
    expect(lab.writes(from)).toEqual([]);
  });

  it('and was deleted, as the log says, is emptied and kept', async () => {
    await lab.okta.deleteGroup(group);
    const ran = await sync();
    expect(ran.stderr).toBe(`Okta does not show the group ${group} any more.\n`);
    expect(ran.stdout).toMatch(/^cloud: .*2 changes: 2 done/m);
    expect(membersAt('the-newcomers')).toEqual([]);
  });

  it('and that nobody ever knew is a slip of the pen', async () => {
    const unknown = '00g00000000nobody001';
    const ran = await sync(unknown);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain(`Okta shows no group ${unknown}, and no target knows it`);
  });
});

it('and everything else was left as it was: the next sync of everybody finds nothing to do', async () => {
  expect((await lab.sync()).run?.plan).toMatchObject({ changes: 0 });
  // By default a group that is gone at Okta is emptied and kept.
  expect(await lab.differences()).toEqual(['group the-newcomers should not exist']);
});

/** Somebody changes things at the target by hand: told exactly, put right or only reported, and never mistaken for our own. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DriftView, PlannedChange, TargetDrift } from '../../reader/client.ts';
import { runCommand } from '../client/fake-lockstep.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';
import { testSecrets } from '../support/system.ts';

const configuration = (action: 'repair' | 'report') => lockstepYaml({ target: { drift: action, guards: openGuards } });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ config: configuration('repair'), reader: true });
}, 120_000);
afterAll(() => lab?.stop());

const requests = () => lab.system.sandbox.cloud.requests;
const lockstep = (...args: string[]) => runCommand(args, { env: lab.system.env });

/** What an administrator of the directory does by hand, over its own API. */
async function patch(path: string, ...operations: readonly object[]): Promise<void> {
  const answer = await fetch(`${lab.system.sandbox.cloud.origin}/scim/directory/sandbox-directory${path}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${testSecrets.ATLASSIAN_SCIM_API_KEY}`,
      'content-type': 'application/scim+json',
    },
    body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

const user = (id: string) => lab.directory().users.find((one) => one.id === id)?.document;
const members = (group: string) => lab.directory().groups.find(({ id }) => id === group)?.members ?? [];
const emailOf = (id: string): string => String(lab.org().users.find((one) => one.id === id)?.profile['email']);

interface Cast {
  /** Okta ids: of whom the title is changed, who is deactivated, taken out, put in, and who has left and is let in again. */
  readonly titled: string;
  readonly deactivated: string;
  readonly takenOut: string;
  readonly putIn: string;
  readonly leaver: string;
  readonly title: string;
  readonly group: { readonly id: string; readonly name: string };
}

/** In step but for what is done by hand now. */
async function changeByHand(): Promise<Cast> {
  const { group, ours, others } = cast();
  const [takenOut = ''] = ours;
  const [titled = '', deactivated = '', putIn = '', leaver = ''] = others;
  await lab.okta.lifecycle(leaver, 'suspend');
  await lab.sync();
  expect(user(lab.scimId(leaver))).toMatchObject({ active: false });
  const title = String(user(lab.scimId(titled))?.['title']);
  await patch(`/Users/${lab.scimId(titled)}`, { op: 'replace', path: 'title', value: 'Boss' });
  await patch(`/Users/${lab.scimId(deactivated)}`, { op: 'replace', path: 'active', value: false });
  await patch(`/Users/${lab.scimId(leaver)}`, { op: 'replace', path: 'active', value: true });
  await patch(`/Groups/${group.id}`, { op: 'remove', path: `members[value eq "${lab.scimId(takenOut)}"]` });
  await patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: [{ value: lab.scimId(putIn) }] });
  return { titled, deactivated, takenOut, putIn, leaver, title, group };
}

/** A kept group with some of its people, and people who are in scope and not in it. */
function cast() {
  const { groups, members: inGroups } = lab.org();
  const inScope = lab.members();
  const kept = groups.filter(({ profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup);
  const [group] = kept
    .map(({ id, profile: { name } }) => ({ name, people: inScope.filter((one) => inGroups[id]?.includes(one)) }))
    .filter(({ people }) => people.length >= 2 && people.length <= inScope.length - 5);
  const found = lab.directory().groups.find(({ displayName }) => displayName === group?.name);
  if (!group || !found) throw new Error('there is no group to try this with');
  const others = inScope.filter((one) => !group.people.includes(one));
  return { group: { id: found.id, name: group.name }, ours: group.people, others };
}

async function drift(): Promise<{ code: number; found: TargetDrift; lines: string[] }> {
  const { code, json, stderr } = await lockstep('drift', '--output', 'json');
  const { targets } = json() as { targets: { drift?: DriftView['targets'][number]; problem?: unknown }[] };
  const found = targets[0]?.drift;
  if (!found) throw new Error(`no answer: ${stderr}`);
  return { code, found, lines: found.items.map(lineOf).sort() };
}

const lineOf = ({ kind, person, group, before, after }: TargetDrift['items'][number]): string =>
  [kind, person?.email, group?.name, before && JSON.stringify(before), after && JSON.stringify(after)]
    .filter((part) => part !== undefined)
    .join(' ');

const handWritten = ({ titled, deactivated, takenOut, putIn, leaver, title, group }: Cast): string[] =>
  [
    `account-changed ${emailOf(titled)} {"title":"${title}"} {"title":"Boss"}`,
    `account-changed ${emailOf(deactivated)} {"isActive":"true"} {"isActive":"false"}`,
    `account-changed ${emailOf(leaver)} {"isActive":"false"} {"isActive":"true"}`,
    `member-removed ${emailOf(takenOut)} ${group.name}`,
    `member-added ${emailOf(putIn)} ${group.name}`,
  ].sort();

const kinds = (changes: readonly (PlannedChange | undefined)[]) => changes.map((change) => change?.kind).sort();

beforeEach(() => lab.reset({ okta: { people: 30, groups: 5, seed: 57 } }), 30_000);

describe('where a sync repairs', () => {
  it('drift lists exactly what was changed by hand, writes nothing, and a sync puts it right', async () => {
    await lab.sync();
    const done = await changeByHand();
    const from = { cloud: requests().last, okta: lab.system.sandbox.okta.requests.last };

    const { code, found, lines } = await drift();
    expect(code).toBe(3);
    expect(lines).toEqual(handWritten(done));
    expect(found).toMatchObject({ action: 'repair', open: 5 });
    expect(kinds(found.items.map(({ change }) => change))).toEqual([
      'add-member',
      'deactivate-account',
      'reactivate-account',
      'remove-member',
      'update-account',
    ]);
    const text = (await lockstep('drift', '--target', 'cloud')).stdout;
    expect(text).toMatch(/^cloud: 5 changes made outside \(read /);
    expect(text).toContain(`${emailOf(done.titled)}  title: "${done.title}" → "Boss"  (seen `);
    expect(text).toContain(`${emailOf(done.takenOut)} ✕ ${done.group.name}  was taken out of the group`);
    expect(text).toContain("Atlassian's audit log");
    expect(lab.writes(from.cloud)).toEqual([]);
    expect(lab.system.sandbox.okta.requests.since(from.okta)).toEqual([]);
    // The second look tells the same, and the plan marks what is behind its changes.
    expect((await lockstep('plan')).stdout.match(/\[changed at the target since\]/g)).toHaveLength(5);

    const { run } = await lab.sync();
    expect(run?.outcomes).toMatchObject({ applied: 5, waiting: 0, parked: 0 });
    expect(await lab.differences()).toEqual([]);
    expect((await lockstep('report', run?.runId ?? '')).stdout).toContain('put right: 5 changes made outside');
    expect(await drift()).toMatchObject({ code: 0, lines: [] });
    expect((await lockstep('drift')).stdout).toMatch(/^cloud: nothing was changed outside/);
  }, 120_000);

  it('what Lockstep changes itself is no drift', async () => {
    await lab.sync();
    expect(await drift()).toMatchObject({ code: 0, lines: [] });
    const { group, ours, others } = cast();
    const [renamed = '', leaver = '', joiner = ''] = others;
    await lab.okta.updateUser(renamed, { title: 'Head of Trials' });
    await lab.okta.lifecycle(leaver, 'deactivate');
    await lab.okta.join(lab.groupId(group.name), joiner);
    await lab.okta.leave(lab.groupId(group.name), ours[0] ?? '');
    expect((await lab.sync()).run?.outcomes.applied).toBeGreaterThanOrEqual(4);
    expect(await drift()).toMatchObject({ code: 0, lines: [] });
    expect(await lab.system.store.selectFrom('drift').selectAll().execute()).toEqual([]);
  }, 60_000);

  it('writes whose answers were lost are no drift', async () => {
    await lab.sync();
    const { group, others } = cast();
    const [renamed = '', leaver = '', joiner = ''] = others;
    await lab.okta.updateUser(renamed, { title: 'Head of Trials' });
    await lab.okta.lifecycle(leaver, 'suspend');
    await lab.okta.join(lab.groupId(group.name), joiner);
    // Each takes effect and is answered by an error; what is sent again is refused and given up for now.
    const path = (id: string) => `/(Users|Groups)/${id}$`;
    const lost = { strike: 'after', action: { status: 502 } } as const;
    lab.strike('cloud', [
      { id: 'title', match: { method: 'PATCH', path: path(lab.scimId(renamed)) }, times: 1, ...lost },
      { id: 'leaver', match: { method: 'PATCH', path: path(lab.scimId(leaver)) }, times: 1, ...lost },
      { id: 'members', match: { method: 'PATCH', path: path(group.id) }, times: 1, ...lost },
      { id: 'refused', match: { method: 'PATCH' }, action: { status: 403 } },
    ]);
    expect((await lab.sync()).run?.outcomes.parked).toBeGreaterThan(0);
    expect(lab.endFaults()).toEqual([]);
    expect(await drift()).toMatchObject({ code: 0, lines: [] });
    // All of it had taken effect.
    expect(await lab.differences()).toEqual([]);
    expect(await lab.system.store.selectFrom('drift').selectAll().execute()).toEqual([]);
  }, 150_000);
});

describe('where a sync only reports', () => {
  beforeAll(async () => {
    await lab.restart({ config: configuration('report') });
    await lab.system.reader?.end();
    await lab.system.reader?.start();
  }, 60_000);

  it('it leaves all but the leaver, and what Okta says anew goes its way', async () => {
    await lab.sync();
    const done = await changeByHand();
    const { titled, deactivated, takenOut, putIn, leaver, group } = done;
    const { run } = await lab.sync();
    expect(run?.outcomes).toMatchObject({ applied: 1, waiting: 4 });
    expect(run?.guard).toMatchObject({ stoppedBy: { driftReported: 4 } });
    expect(run?.guard).not.toHaveProperty('waiting');
    expect(user(lab.scimId(leaver))).toMatchObject({ active: false });
    const isLeft = () => {
      expect(user(lab.scimId(titled))).toMatchObject({ title: 'Boss' });
      expect(user(lab.scimId(deactivated))).toMatchObject({ active: false });
      expect(members(group.id)).toContain(lab.scimId(putIn));
      expect(members(group.id)).not.toContain(lab.scimId(takenOut));
    };
    isLeft();
    const rest = handWritten(done).filter((line) => !line.includes(emailOf(leaver)));
    expect(await drift()).toMatchObject({ code: 3, lines: rest, found: { action: 'report' } });

    await lab.okta.updateUser(titled, { nickName: 'Bo', department: 'Trials' });
    const from = requests().last;
    expect((await lab.sync()).run?.outcomes).toMatchObject({ applied: 1, waiting: 4 });
    expect(lab.writes(from)).toHaveLength(1);
    expect(JSON.stringify(user(lab.scimId(titled)))).toContain('Trials');
    isLeft();

    await lab.okta.updateUser(titled, { title: 'Boss' });
    await lab.sync();
    expect((await drift()).lines).toEqual(rest.filter((line) => !line.includes('title')));
  }, 120_000);
});

/**
 * An administrator's first day: Lockstep meets a directory of 500 accounts and 40 groups that were made by hand. All is
 * done by the commands of the docs, and judged by the request log and by what both sides hold before and after.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counted } from '../../client/cli/words.ts';
import { number } from '../../reader/client.ts';
import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import { type Ran, runCommand } from '../client/fake-lockstep.ts';
import { launchBrowser, watchedPage } from '../support/browser.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { firstDayConfig, oktaSeed, type Situation, situationOf } from '../support/first-day.ts';
import { factsListed, factsSent, type ListedChange } from '../support/first-day-writes.ts';

let lab: Lab;
let situation: Situation;
let browser: Browser;
let dir: string;
let before: DirectoryDump;
let plan: { readonly id: string; readonly hash: string; readonly changes: number; readonly listed: ListedChange[] };

const lockstep = (...args: string[]): Promise<Ran> => runCommand(args, { env: lab.system.env });
const mark = (): number => lab.system.sandbox.cloud.requests.last;
const profileOf = (id: string) => lab.org().users.find((user) => user.id === id)!.profile as Record<string, string>;
const mailOf = (id: string): string => profileOf(id)['email']!;
const accountWith = (directory: DirectoryDump, mail: string) =>
  directory.users.find(({ document }) => String(document['userName']).toLowerCase() === mail.toLowerCase())!;
const groupOf = (directory: DirectoryDump, name: string) =>
  directory.groups.find(({ displayName }) => displayName === name)!;

beforeAll(async () => {
  lab = await startLab({
    config: firstDayConfig,
    seed: oktaSeed,
    reader: true,
    env: { LOCKSTEP_READER_TOKEN: 'a-long-random-text-for-the-first-day' },
  });
  situation = situationOf(lab.org());
  await lab.system.sandbox.cloud.seed(situation.directory as unknown as Record<string, unknown>);
  before = lab.directory();
  dir = mkdtempSync(join(tmpdir(), 'lockstep-first-day-'));
  browser = await launchBrowser();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
  if (dir) rmSync(dir, { recursive: true });
});

it('begins with 450 people against 500 accounts and 40 groups', () => {
  expect(lab.org().users).toHaveLength(450);
  expect(before.users).toHaveLength(500);
  expect(before.groups).toHaveLength(40);
  expect([situation.sharedGroups.length, situation.foreignGroups.length]).toEqual([15, 25]);
});

describe('before anything is approved', () => {
  it('check finds everything in place', async () => {
    const { code, stdout } = await lockstep('check');
    expect(stdout).toMatch(/list-accounts: 500 accounts\n.*list-groups: 40 groups\n.*1 in scope, 29 kept/);
    expect(stdout).toContain("applying: outside the sandbox: a target's first plan waits for approval");
    expect(stdout).not.toMatch(/^(warning|failed)/m);
    expect(code).toBe(0);
  });

  it('plan says that the first one waits as a whole, and the commands to go on with', async () => {
    const shown = await lockstep('plan');
    expect(shown.code).toBe(3);
    expect(shown.stderr).toContain('Nothing was changed: this is a plan.');
    const listed = (await lockstep('plan', '--output', 'json')).json() as { targets: { plan: typeof plan }[] };
    plan = listed.targets[0]!.plan;
    expect(plan.listed).toHaveLength(plan.changes);
    expect(shown.stdout).toContain(`first plan of this target: ${number(plan.changes)} held back`);
    const kinds = shown.stdout
      .split('\n')
      .flatMap((line) => /^ {2}((?:remove|deactivate|adopt|create) \S+)/.exec(line)?.[1] ?? []);
    expect(kinds.slice(0, situation.sharedGroups.length)).toEqual(situation.sharedGroups.map(() => 'remove from'));
    expect(kinds.slice(situation.sharedGroups.length)).not.toContain('remove from');
    expect(shown.stdout).toContain('Read the whole plan once: from then on only what trips a guard waits.');
    expect(shown.stdout).toMatch(
      new RegExp(`→ lockstep approve [0-9a-f-]{36} --hash ${plan.hash.slice(0, 12)} --reason CODE`),
    );
    expect((await lockstep('plans')).stdout).toMatch(
      new RegExp(
        `preview +${number(plan.changes)} +${number(plan.changes)} +${plan.hash.slice(0, 12)} +waits for approval +${plan.id}`,
      ),
    );
  });

  it('the page shows who would be taken out of which group, by filter and without asking anybody for anything', async () => {
    const file = join(dir, 'plan.html');
    expect((await lockstep('plan', 'show', plan.id, '--output', 'html', '--file', file)).code).toBe(0);
    const { page, requested, complaints } = await watchedPage(browser);
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator('h1').textContent()).toContain(counted(plan.changes, 'change'));
    await page.selectOption('#filter-kind', 'remove-member');
    const rows = (await page.locator('#rows tbody tr').allInnerTexts()).join('\n');
    expect(await page.locator('#rows tbody tr').count()).toBe(situation.sharedGroups.length);
    for (const [group, person] of Object.entries(situation.roles.intruders)) {
      expect(rows).toContain(group);
      expect(rows).toContain(mailOf(person));
    }
    expect(await page.locator('.command code').allInnerTexts()).toContain(
      `lockstep approve ${plan.id} --hash ${plan.hash.slice(0, 12)} --reason CODE`,
    );
    expect([requested, complaints]).toEqual([[pathToFileURL(file).href], []]);
    await page.close();
  });

  it('sync asks too, and the schedule stands still', async () => {
    const { code, stdout } = await lockstep('sync');
    expect(code).toBe(3);
    expect(stdout).toContain(`${counted(plan.changes, 'change')}: ${number(plan.changes)} wait for approval`);
    const report = (await lockstep('report')).stdout;
    expect(report.match(/^cloud: done, /gm)).toHaveLength(1);
    const [, toApprove = ''] = /^cloud: to be approved is plan (\S+), /m.exec(stdout) ?? [];
    expect(stdout).toContain(`lockstep approve ${toApprove} --hash`);
    expect(stdout).toMatch(/^cloud: the plan of the run itself, \S+, needs no decision$/m);
    expect(report).toContain(`lockstep approve ${toApprove} --hash`);
    expect((await lockstep('schedule', 'apply')).stdout).toContain('paused');
  });

  it('another hash approves nothing', async () => {
    const refused = await lockstep('approve', plan.id, '--hash', 'ffffffffffff', '--reason', 'first-day');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/the plan's hash is .+, not ffffffffffff\n {4}→ look at the plan again/);
  });

  it('nothing was written', () => {
    expect(lab.writes()).toEqual([]);
    expect({ ...lab.directory(), nowMs: 0 }).toEqual({ ...before, nowMs: 0 });
  });
});

describe('once the plan that was read is approved', () => {
  let after: DirectoryDump;
  let linked: ReadonlySet<string>;

  it('it is carried out, and the answer says so', async () => {
    const hash = plan.hash.slice(0, 12);
    const approved = await lockstep('approve', plan.id, '--hash', hash, '--reason', 'first-day', '--ticket', 'CHG-1');
    expect(approved.stdout).toMatch(/^Approved\.$/m);
    expect(approved.stdout).toContain(`${counted(plan.changes, 'change')}: ${number(plan.changes)} done`);
    expect(approved.code).toBe(0);
    const [, changes, run = ''] = /carries out (\S+) changes, .*`lockstep report (\S+)`/.exec(approved.stdout) ?? [];
    expect(changes).toBe(number(plan.changes));
    const reported = await lockstep('report');
    expect(reported.stdout).toContain(`target-sync cloud ${run}, `);
    expect(reported.stdout.match(/^cloud: /gm)).toHaveLength(1);
    after = lab.directory();
    const links = await lab.system.store.selectFrom('person_link').select('account_id').execute();
    linked = new Set(links.map(({ account_id }) => account_id));
  });

  it('what was sent is what the plan listed, no more and no less, each fact once', () => {
    const sent = factsSent(lab.writes(), after).sort();
    expect(sent).toEqual(factsListed(plan.listed, before).sort());
    expect(sent).toHaveLength(new Set(sent).size);
    expect(lab.writes().every(({ status }) => status < 300)).toBe(true);
  });

  it('an address is sent to new accounts and to those that had another, and to nobody else', () => {
    const { renamed, withoutAccount } = situation.roles;
    const given = factsSent(lab.writes(), after).filter((fact) => /: (userName|email) = /.test(fact));
    const expected = [...renamed, ...withoutAccount].flatMap((id) =>
      ['userName', 'email'].map((name) => `${id}: ${name} = ${mailOf(id)}`),
    );
    expect(given.sort()).toEqual(expected.sort());
  });

  it('no account of nobody was touched, and none is gone', () => {
    const { knownByMail, knownById, withoutAccount } = situation.roles;
    expect(linked.size).toBe(knownByMail.length + knownById.length + withoutAccount.length);
    const untouched = before.users.filter(({ id }) => !linked.has(id));
    expect(untouched.length).toBeGreaterThan(80);
    const vendorAccounts = new Set(untouched.map(({ accountId }) => accountId));
    const now = after.users.filter(({ id }) => untouched.some((one) => one.id === id));
    expect(JSON.stringify(now)).toBe(JSON.stringify(untouched));
    const isOneOfThem = ({ accountId }: { accountId: string }): boolean => vendorAccounts.has(accountId);
    expect(JSON.stringify(after.accounts.filter(isOneOfThem))).toBe(
      JSON.stringify(before.accounts.filter(isOneOfThem)),
    );
    expect(after.users).toHaveLength(before.users.length + withoutAccount.length);
    expect(lab.writes().filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  it('no group of others was touched', () => {
    for (const name of situation.foreignGroups)
      expect(JSON.stringify(groupOf(after, name))).toBe(JSON.stringify(groupOf(before, name)));
  });

  it('adopted groups keep the members whom nobody knows, and lose those who do not belong there', () => {
    for (const name of situation.sharedGroups) {
      const [was, is] = [groupOf(before, name), groupOf(after, name)];
      expect(is.id).toBe(was.id);
      const strangers = was.members.filter((id) => !linked.has(id));
      expect(strangers).toHaveLength(3);
      expect(is.members).toEqual(expect.arrayContaining(strangers));
      const intruder = after.users.find(({ document }) => document['externalId'] === situation.roles.intruders[name]);
      expect(was.members).toContain(intruder?.id);
      expect(is.members).not.toContain(intruder?.id);
    }
  });

  it('both sides agree but for those who are in doubt', async () => {
    const { claimed, dormant, knownByMail } = situation.roles;
    const inCapitals = mailOf(knownByMail[0]!);
    const left = (await lab.differences()).filter(
      (told) =>
        !situation.foreignGroups.some((name) => told === `group ${name} should not exist`) &&
        !before.users.some(({ id }) => !linked.has(id) && told.startsWith(`account ${id} `)),
    );
    const unlinkedMembers = /^group \S+: missing nobody, too many unlinked \S+, unlinked \S+, unlinked \S+$/;
    expect(left.filter((told) => unlinkedMembers.test(told))).toHaveLength(situation.sharedGroups.length);
    expect(left.filter((told) => !unlinkedMembers.test(told)).sort()).toEqual(
      [
        `${claimed} (ACTIVE) has 0 accounts instead of one`,
        `${dormant} (ACTIVE) has 0 accounts instead of one`,
        ...['userName', 'email'].map(
          (name) => `${knownByMail[0]}: ${name} is ${inCapitals.toUpperCase()} instead of ${inCapitals}`,
        ),
      ].sort(),
    );
  });
});

describe('afterwards', () => {
  it.each([
    ['whose account was adopted', () => situation.roles.knownByMail[1]!, /adopted .*\n[\s\S]*adopt account .*\[done\]/],
    [
      'who got one',
      () => situation.roles.withoutAccount[0]!,
      /link +account \S+, created[\s\S]*create account .*\[done\]/,
    ],
    ['whose address somebody else has', () => situation.roles.claimed, /link +none[\s\S]*carries the id of another/],
    ['whose account is deactivated', () => situation.roles.dormant, /link +none[\s\S]*is deactivated/],
  ])('explain tells of somebody %s', async (_who, id, words) => {
    const { code, stdout } = await lockstep('explain', mailOf(id()));
    expect(stdout).toMatch(words);
    expect(code).toBe(0);
  });

  it('explain says of an account of nobody that Okta has nobody of this name, and that it is left alone', async () => {
    const stranger = await lockstep('explain', 'stranger-1@elsewhere.example');
    expect(stranger.stdout).toMatch(
      /^Nobody at Okta is known as stranger-1@elsewhere\.example\.\ncloud: account .* is linked to nobody: it is left as it is$/m,
    );
    expect(stranger.code).toBe(0);
    expect(accountWith(lab.directory(), 'stranger-1@elsewhere.example')).toBeDefined();
  });

  it('a second sync writes nothing and names what is left to decide', async () => {
    const since = mark();
    const synced = await lockstep('sync');
    expect(synced.stdout).toContain('nothing to change');
    expect(lab.writes(since)).toEqual([]);
    const left = lab.org().users.filter(({ status }) => status === 'DEPROVISIONED');
    expect(synced.stdout).toContain(`cloud: ${left.length + 2} findings to look at`);
    expect(synced.code).toBe(3);
    const report = await lockstep('report');
    for (const { id } of [...left, { id: situation.roles.claimed }, { id: situation.roles.dormant }])
      expect(report.stdout).toContain(mailOf(id));
    expect(report.stdout).not.toContain('wait for approval');
    expect((await lockstep('plan')).stdout).toMatch(/^cloud: in step, nothing to change$/m);
  });

  it('the schedule is started by hand', async () => {
    expect((await lockstep('schedule', 'show')).stdout).toContain('every 12h, paused');
    expect((await lockstep('schedule', 'unpause', '--reason', 'CHG-1')).stdout).toMatch(/every 12h \(CHG-1\)\n +next /);
    expect((await lockstep('schedule', 'pause', '--reason', 'CHG-2')).stdout).toContain('paused');
  });

  it('every plan that listed the same is known as carried out', async () => {
    const { stdout } = await lockstep('plans', '--kind', 'preview');
    const alike = stdout.split('\n').filter((line) => line.includes(` ${plan.hash.slice(0, 12)} `));
    expect(alike.length).toBeGreaterThan(1);
    for (const line of alike) expect(line).toMatch(/ carried out +\S+$/);
  });

  it('a plan that was carried out is not approved again', async () => {
    const again = await lockstep('approve', plan.id, '--hash', plan.hash.slice(0, 12), '--reason', 'first-day');
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/approved already/);
  });
});

describe('days later, when more people leave than go without approval', () => {
  let leavers: readonly string[];
  let waiting: { readonly id: string; readonly hash: string };
  const account = (person: string) =>
    lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;

  it('they wait, and whoever joins in the same run gets an account', async () => {
    leavers = situation.roles.knownByMail.slice(10, 40);
    for (const person of leavers) await lab.okta.lifecycle(person, 'deactivate');
    const profile = { firstName: 'Jo', lastName: 'Iner', email: 'jo@example.com', login: 'jo@example.com' };
    const joiner = await lab.okta.createUser(profile, { groupIds: [lab.groupId(scopeGroup)] });
    const { code, stdout } = await lockstep('sync');
    expect(stdout).toMatch(/^ {2}deactivations: 30 of at most 20 in one run; waits for approval$/m);
    expect(stdout).toContain('See whether so many people really left');
    const [, id = '', hash = ''] = /lockstep approve (\S+) --hash (\S+) --reason CODE$/m.exec(stdout) ?? [];
    waiting = { id, hash };
    expect(code).toBe(3);
    expect(account(joiner.id)).toMatchObject({ active: true });
    for (const person of leavers) expect(account(person)).toMatchObject({ active: true });
  });

  it('whoever came back before the approval is left out of it, and the answer says so', async () => {
    const [returned = '', ...gone] = leavers;
    await lab.okta.lifecycle(returned, 'activate');
    const since = mark();
    const { stdout } = await lockstep('approve', waiting.id, '--hash', waiting.hash, '--reason', 'leavers');
    expect(stdout).toMatch(/^Approved\.$/m);
    const [, applied, stale] = /changes: (\d+) done, (\d+) no longer needed/.exec(stdout) ?? [];
    const sent = factsSent(lab.writes(since), lab.directory());
    expect(sent).toHaveLength(Number(applied));
    expect(sent.filter((fact) => fact.endsWith(': active = false')).sort()).toEqual(
      gone.map((person) => `${person}: active = false`).sort(),
    );
    expect(sent.filter((fact) => fact.includes(returned))).toEqual([]);
    const shown = (await lockstep('plan', 'show', waiting.id, '--output', 'json')).json() as typeof plan;
    expect(Number(stale)).toBe(shown.listed.filter(({ person }) => person?.id === returned).length);
    for (const person of leavers) expect(account(person)?.['active']).toBe(person === returned);
  });
});

/**
 * What an administrator sees when Okta answers 200 and yet not everything: through the command line and in the Temporal
 * UI. That nothing is removed by inference, whatever the list, and that the next reading makes up for it, is proven in
 * test/faults/completeness.test.ts; here it is shown once more by the request log, beside the words.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { type Ran, runCommand } from '../client/fake-lockstep.ts';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { wordsOf } from '../support/kept-words.ts';
import { attributesOf, currentDetails } from '../workflows/what-operators-see.ts';

let lab: Lab;
const lockstep = (...args: string[]): Promise<Ran> => runCommand(args, { env: lab.system.env });
const settings = (change: Record<string, unknown>) => Object.assign(lab.system.sandbox.okta.vendor.settings, change);

beforeAll(async () => {
  lab = await startLab({ reader: true, seed: { people: 450, groups: 4, seed: 72 } });
  expect((await lockstep('sync')).code).toBe(0);
}, 120_000);
afterAll(() => lab?.stop());

/** Whatever a test before has left behind: a whole reading, and everybody in step. */
beforeEach(async () => {
  lab.endFaults();
  settings({ hiddenGroups: [] });
  expect(await lockstep('sync')).toMatchObject({ code: 0 });
  expect(await lab.differences()).toEqual([]);
}, 120_000);

const keptGroup = () => {
  const { groups, members } = lab.org();
  const kept = groups.filter(({ id, profile: { name } }) => /.+-.+/.test(name) && name !== scopeGroup && members[id]);
  return kept.sort((a, b) => (members[b.id]?.length ?? 0) - (members[a.id]?.length ?? 0))[0]!;
};

interface Lie {
  readonly rule?: () => Pick<FaultRule, 'match' | 'action'>;
  readonly hides?: () => string;
  /** What came, in the words of `lockstep`; names are those of Okta. */
  readonly text: () => RegExp;
  readonly advice: RegExp;
  /** The same in the Temporal UI, where ids stand for names. */
  readonly details: () => RegExp;
}

const wholeList = '/api/v1/users\\?.*1970-01-01';
const stillCounts =
  'Nothing is removed because of who is not in it; what Okta says of each person by id still counts\\.';
const nextSync = /The next sync reads it again; if it stays so, see whether the vendor has an incident\./;
const people = "Okta's list of people";

const lies: Record<string, Lie> = {
  'an empty list': {
    rule: () => ({ match: { path: wholeList }, action: 'empty-list' }),
    text: () => new RegExp(`${people} came back empty; 4\\d\\d were known before\\. ${stillCounts}`),
    advice:
      /See whether the credential still has its rights \(`lockstep check`\).*`lockstep accept-reading --found NUMBER`/,
    details: () => new RegExp(`${people} came back empty; 4\\d\\d were known before\\.`),
  },
  'half of the people': {
    rule: () => ({ match: { path: wholeList }, action: 'half-list' }),
    text: () =>
      new RegExp(
        `${people} left out \\d+ p\\w+ of whom nothing says that they are gone \\(.+@example\\.com.*\\)\\. ${stillCounts}`,
      ),
    advice: /See whether the credential may still see them\./,
    details: () => new RegExp(`${people} left out \\d+ p\\w+ of whom nothing says that they are gone \\(00u\\w+`),
  },
  'a page twice': {
    rule: () => ({ match: { path: `${wholeList}.*after=` }, action: 'repeat-page' }),
    text: () =>
      new RegExp(`${people} broke off or did not add up, also when it was read again from the start\\. ${stillCounts}`),
    advice: nextSync,
    details: () => new RegExp(`${people} broke off or did not add up`),
  },
  'one group emptied': {
    rule: () => ({ match: { path: `/api/v1/groups/${keptGroup().id}/users` }, action: 'empty-list' }),
    text: () =>
      new RegExp(
        `Okta's list of members did not agree with Okta's own count, also when both were read again, for 1 group \\(${keptGroup().profile.name}\\): 0 instead of \\d+\\. Nobody is removed for not being in it\\.`,
      ),
    advice: nextSync,
    details: () => new RegExp(`for 1 group \\(${keptGroup().id}\\): 0 instead of \\d+\\.`),
  },
  'a group fewer, since the token sees less': {
    hides: () => keptGroup().id,
    text: () =>
      new RegExp(
        `Okta's list of groups no longer shows 1 of the \\d+ groups that matter \\(${keptGroup().profile.name}\\), and nothing says that they were deleted\\. ${stillCounts}`,
      ),
    advice: /See whether the credential may still see them\. If they were deleted, take them out of the scope/,
    details: () =>
      new RegExp(`Okta's list of groups no longer shows 1 of the \\d+ groups that matter \\(${keptGroup().id}\\)`),
  },
};

/** Whose access the directory was told to take: accounts that were deactivated, and members that were taken out. */
const taken = (since: number): string[] =>
  lab.writes(since).flatMap(({ path, body }) => {
    const operations = (body as { Operations?: Operation[] }).Operations ?? [];
    return operations.flatMap((operation) =>
      path.includes('/Groups/') ? takenOut(operation) : isDeactivation(operation) ? [path.split('/').at(-1) ?? ''] : [],
    );
  });

interface Operation {
  readonly op: string;
  readonly path?: string;
  readonly value?: unknown;
}

const isDeactivation = ({ value }: Operation): boolean =>
  /^(false|\{.*"active":false.*\})$/.test(JSON.stringify(value));

/** RFC 7644, section 3.5.2.2: in the path, or in a list; whatever else is no addition may mean everybody. */
function takenOut({ op, path = '', value }: Operation): string[] {
  if (op === 'add') return [];
  const inPath = /^members\[value eq "([^"]+)"\]$/.exec(path)?.[1];
  if (inPath) return [inPath];
  return Array.isArray(value) && op === 'remove' ? value.map((one: { value: string }) => one.value) : ['everybody'];
}

describe.each(Object.entries(lies))('Okta answers 200 with %s:', (name, lie) => {
  it('sync, report and plan say what came and what to do, and only who is DEPROVISIONED loses something', async () => {
    const leaver = lab.members().at(-1)!;
    const account = lab.scimId(leaver);
    const group = keptGroup();
    const mover = lab.org().members[group.id]!.find((id) => id !== leaver && lab.members().includes(id))!;
    await lab.okta.lifecycle(leaver, 'deactivate');
    await lab.okta.leave(group.id, mover);
    const since = lab.system.sandbox.cloud.requests.last;
    if (lie.rule) lab.strike('okta', [{ id: name, ...lie.rule() }]);
    if (lie.hides) settings({ hiddenGroups: [lie.hides()] });

    const synced = await lockstep('sync');
    const requestId = /^`lockstep report (\S+)` tells what needs attention\.$/m.exec(synced.stdout)?.[1] ?? '';
    const seen = { synced, report: await lockstep('report'), plan: await lockstep('plan') };
    // Okta's own word: the account first, then what it was a member of.
    expect([...new Set(taken(since))]).toEqual([account]);
    for (const [command, { code }] of Object.entries(seen)) expect(`${command} ends with ${code}`).toMatch(/ 3$/);
    for (const { stdout } of Object.values(seen)) {
      expect(stdout).toMatch(new RegExp(`cloud: the reading of okta is not complete: ${lie.text().source}`));
      expect(stdout).toMatch(new RegExp(`→ ${lie.advice.source}`));
    }
    expect(seen.report.stdout).toContain('Something needs attention.');

    const reading = lab.system.client.workflow.getHandle(workflowIds.fullSync(requestId));
    const details = await currentDetails(reading);
    expect(details).toMatch(new RegExp(`\\*\\*Not complete:\\*\\* .*${lie.details().source}`));
    expect(await attributesOf(reading)).toMatchObject({ needsAttention: true });
    const ofTarget = await currentDetails(lab.system.client.workflow.getHandle(workflowIds.targetSync('cloud')));
    expect(wordsOf(lab).filter((word) => `${details} ${ofTarget}`.includes(word))).toEqual([]);
    expect(lab.endFaults()).toEqual([]);
  }, 120_000);
});

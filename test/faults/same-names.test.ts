/** People who share an address, accounts that were there before, and profiles that cannot be used. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, scopeGroup, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { lockstepYaml, openGuards } from '../support/lockstep-yaml.ts';

const config = lockstepYaml({
  target: {
    guards: openGuards,
    account: {
      // Fails for whoever has a nickname that is no number.
      timezone: { expression: 'has(user.nickName) ? string(int(user.nickName)) : user.timezone' },
      userName: { expression: 'has(user.userType) && user.userType == "Nameless" ? "" : user.email' },
    },
  },
});

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ config });
}, 120_000);
afterAll(() => lab?.stop());

const seed = { people: 30, groups: 5, seed: 51 };

async function newcomer(name: string, profile: Record<string, string>): Promise<string> {
  const address = `${name}@example.com`;
  const { id } = await lab.okta.createUser({
    login: address,
    email: address,
    firstName: name,
    lastName: 'Newcomer',
    ...profile,
  });
  await lab.okta.join(lab.groupId(scopeGroup), id);
  return id;
}
const profileOf = (id: string) => lab.org().users.find((user) => user.id === id)?.profile ?? { email: '', login: '' };
const accountsOf = (id: string) => lab.directory().users.filter(({ document }) => document['externalId'] === id);
const codes = async () => (await lab.findings()).map(({ code, person }) => [code, person]);

describe('two people on one e-mail address', () => {
  it('are both told and left out, whatever its case, and everybody else is in step', async () => {
    await lab.reset({ okta: seed });
    const [first = ''] = lab.members();
    const { email } = profileOf(first);
    const second = await newcomer('second', { email: email.toUpperCase() });
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(run?.plan?.attention).toBe(2);
    expect((await codes()).sort()).toEqual(
      [
        ['two-people-one-name', first],
        ['two-people-one-name', second],
      ].sort(),
    );
    expect(accountsOf(first)).toEqual([]);
    expect(accountsOf(second)).toEqual([]);
    expect(await lab.differences([first, second])).toEqual([]);
  }, 60_000);

  it('of whom one is linked: that one goes on being kept in step, the other is told', async () => {
    await lab.reset({ okta: seed });
    const [first = ''] = lab.members();
    await lab.sync();
    const { email } = profileOf(first);
    const second = await newcomer('second', { email });
    await lab.okta.updateUser(first, { title: 'Keeper of the Keys' });
    const { run } = await lab.sync();

    expect(run?.outcomes).toMatchObject({ applied: 1, parked: 0 });
    expect(accountsOf(first)).toMatchObject([{ document: { title: 'Keeper of the Keys', active: true } }]);
    expect(accountsOf(second)).toEqual([]);
    expect(await codes()).toContainEqual(['two-people-one-name', second]);
    expect(await lab.differences([second])).toEqual([]);
    // Leaving is not held up by the quarrel.
    await lab.okta.lifecycle(first, 'deactivate');
    await lab.sync();
    expect(accountsOf(first)).toMatchObject([{ document: { active: false } }]);
  }, 60_000);
});

describe('an account that is there already', () => {
  it('is adopted by external id, by user name or by e-mail, and gets the Okta id; nobody is created twice', async () => {
    await lab.reset({ okta: seed });
    const [byId = '', byName = '', byMail = '', other = ''] = lab.members();
    const person = (email: string, more: object = {}) => ({ email, provisioned: true, ...more });
    await lab.system.sandbox.cloud.seed({
      people: [
        person('renamed.long.ago@example.com', { externalId: byId, active: false }),
        person('other.mailbox@example.com', { userName: profileOf(byName).email.toUpperCase() }),
        person(profileOf(byMail).email, { userName: 'old-user-name' }),
      ],
    });
    const before = lab.directory().users.map(({ id }) => id);
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(run?.outcomes).toMatchObject({ parked: 0, stale: 0 });
    // A user name is compared without regard to case, so the account keeps its capitals.
    expect(await lab.differences([byName])).toEqual([]);
    const reasons = await lab.system.store
      .selectFrom('audit')
      .select(['person_id', 'reason'])
      .where('kind', '=', 'link-account')
      .execute();
    expect(new Map(reasons.map(({ person_id, reason }) => [person_id, reason]))).toEqual(
      new Map([
        [byId, 'matched-by-external-id'],
        [byName, 'matched-by-user-name'],
        [byMail, 'matched-by-email'],
      ]),
    );
    for (const id of [byId, byName, byMail])
      expect(accountsOf(id).map((account) => account.id)).toEqual([before[[byId, byName, byMail].indexOf(id)]]);
    const created = lab
      .writes()
      .flatMap(({ method, path, body }) =>
        method === 'POST' && path.endsWith('/Users') ? [(body as { externalId: string }).externalId] : [],
      );
    expect(created).not.toContain(byId);
    expect(created).not.toContain(byName);
    expect(created).not.toContain(byMail);
    expect(created).toContain(other);
    expect((await lab.sync()).run?.plan?.changes).toBe(0);
  }, 60_000);

  it('is a conflict when it is inactive, carries another Okta id, or fits twice; it is left as it is', async () => {
    await lab.reset({ okta: seed });
    const [inactive = '', foreign = '', twice = ''] = lab.members();
    await lab.system.sandbox.cloud.seed({
      people: [
        { email: profileOf(inactive).email, provisioned: true, active: false },
        { email: profileOf(foreign).email, provisioned: true, externalId: '00u0000someoneelse000' },
        { email: profileOf(twice).email, provisioned: true, userName: 'one-of-two' },
        { email: 'two.of.two@example.com', provisioned: true, userName: profileOf(twice).email },
      ],
    });
    const before = structuredClone(lab.directory().users);
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect(run?.plan?.attention).toBe(3);
    expect(new Map((await lab.findings()).map(({ code, person }) => [person, code]))).toEqual(
      new Map([
        [inactive, 'candidate-inactive'],
        [foreign, 'candidate-carries-other-id'],
        [twice, 'several-candidates'],
      ]),
    );
    const after = new Map(lab.directory().users.map((user) => [user.id, user.document]));
    for (const { id, document } of before) expect(after.get(id)).toEqual(document);
    const conflicts = [inactive, foreign, twice];
    const sentences = await lab.differences([...conflicts, '00u0000someoneelse000', ...before.map(({ id }) => id)]);
    expect(sentences).toEqual([]);
  }, 60_000);
});

describe('a profile that cannot be used', () => {
  it('is told, sends nothing, and stops nobody else', async () => {
    await lab.reset({ okta: seed });
    const [linked = ''] = lab.members();
    await lab.sync();
    const before = lab.system.sandbox.cloud.requests.last;
    await lab.okta.updateUser(linked, { nickName: 'no number', title: 'Not to be sent' });
    const failing = await newcomer('failing', { nickName: 'no number' });
    const nameless = await newcomer('nameless', { userType: 'Nameless' });
    const fine = await newcomer('fine', {});
    const { run, problem } = await lab.sync();

    expect(problem).toBeUndefined();
    expect((await codes()).sort()).toEqual(
      [
        ['expression-failed', linked],
        ['expression-failed', failing],
        ['user-name-empty', nameless],
      ].sort(),
    );
    expect(run?.outcomes).toMatchObject({ parked: 0 });
    const posts = lab.writes(before).filter(({ path }) => path.includes('/Users'));
    expect(posts.map(({ method, body }) => [method, (body as { externalId?: string }).externalId])).toEqual([
      ['POST', fine],
    ]);
    expect(await lab.differences([linked, failing, nameless])).toEqual([]);
  }, 60_000);

  it('that differs only by the case of the e-mail address sends nothing', async () => {
    await lab.reset({ okta: seed });
    await lab.sync();
    const before = lab.system.sandbox.cloud.requests.last;
    const [person = ''] = lab.members();
    const { email } = profileOf(person);
    await lab.okta.updateUser(person, { email: email.toUpperCase() });
    const { run } = await lab.sync();

    expect(run?.plan?.changes).toBe(0);
    expect(lab.writes(before)).toEqual([]);
  }, 60_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});

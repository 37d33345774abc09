/** The one contract that every target connector keeps, run against its simulator. */
import { describe, expect, it } from 'vitest';
import type { Account } from '../../domain/account.ts';
import type { TargetDirectory } from '../../domain/directory.ts';
import type { AccountId, OktaUserId, TargetGroupId } from '../../domain/ids.ts';
import { describeHostileAnswers } from './target-hostile-answers.ts';
import {
  aDraft,
  anOpenPacer,
  collect,
  createAccounts,
  createGroup,
  failureOf,
  fullAttributes,
  type StartTarget,
  withTarget,
} from './target-under-test.ts';

const nobody = '00000000-0000-4000-8000-000000000000';
const sorted = (ids: readonly string[]): string[] => [...ids].sort();

export const describeTargetContract = (name: string, start: StartTarget): void => {
  describe.concurrent(`${name}: accounts`, () => describeAccounts(start));
  describe.concurrent(`${name}: lists`, () => describeLists(start));
  describe.concurrent(`${name}: groups and members`, () => describeGroups(start));
  describe.concurrent(`${name}: connection`, () => describeConnection(start));
  describeHostileAnswers(name, start);
};

const describeAccounts = (start: StartTarget): void => {
  it(
    'are created with everything the product keeps, and read back the same',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const { value } = await directory.createAccount(aDraft(directory, 'ada'));
      const expected: Account = {
        id: value.id,
        isActive: true,
        attributes: fullAttributes(directory, 'ada'),
        ...(directory.capabilities.keepsExternalId && { externalId: '00u-ada' }),
      };
      expect(target.accounts()).toEqual([expected]);
      expect(value).toEqual(expected);
      expect(await directory.account(value.id)).toEqual(expected);
    }),
  );

  it(
    'are never created twice under one username, however it is written',
    withTarget(start, async (target) => {
      const directory = target.connect();
      await createAccounts(directory, ['ada']);
      const again = aDraft(directory, 'ada');
      const shouting = { ...again, attributes: { ...again.attributes, userName: 'ADA@EXAMPLE.COM' } };
      for (const draft of [again, shouting]) {
        expect((await failureOf(target, directory.createAccount(draft))).kind).toBe('Conflict');
      }
      expect(target.accounts()).toHaveLength(1);
    }),
  );

  it(
    'are adopted: one that lacks an external id takes it, and keeps the rest',
    withTarget(start, async (target) => {
      const directory = target.connect();
      if (!directory.capabilities.keepsExternalId) return;
      const [id] = await createAccounts(directory, ['ada']);
      await directory.updateAccount(id!, { externalId: '00u-new' as OktaUserId, attributes: {} });
      expect(target.accounts()).toEqual([
        { id, isActive: true, externalId: '00u-new', attributes: fullAttributes(directory, 'ada') },
      ]);
    }),
  );

  it(
    'change only where they are told to, and a cleared attribute is gone',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [id] = await createAccounts(directory, ['ada']);
      const { attributes } = directory.capabilities;
      for (const attribute of attributes.filter((each) => each !== 'userName' && each !== 'email')) {
        const before = target.accounts()[0]!.attributes;
        const set = await directory.updateAccount(id!, { attributes: { [attribute]: 'Changed' } });
        expect(target.accounts()[0]!.attributes).toEqual({ ...before, [attribute]: 'Changed' });
        expect(set.value).toEqual(target.accounts()[0]);
        if (attribute === 'displayName') continue;
        await directory.updateAccount(id!, { attributes: { [attribute]: '' } });
        const { [attribute]: _, ...rest } = before;
        expect(target.accounts()[0]!.attributes).toEqual(rest);
      }
    }),
  );

  it(
    'take another username and e-mail address and stay the same account',
    withTarget(start, async (target) => {
      const directory = target.connect();
      if (!directory.capabilities.renameAccounts) return;
      const [id] = await createAccounts(directory, ['ada', 'bob']);
      const renamed = { userName: 'countess@example.com', email: 'countess@example.com' };
      await directory.updateAccount(id!, { attributes: renamed });
      const account = target.accounts().find((each) => each.id === id);
      expect(account?.attributes).toEqual({ ...fullAttributes(directory, 'ada'), ...renamed });

      const taken = { userName: 'bob@example.com', email: 'bob@example.com' };
      const failure = await failureOf(target, directory.updateAccount(id!, { attributes: taken }));
      expect({ kind: failure.kind, subject: failure.details.subject }).toEqual({ kind: 'Conflict', subject: id });
    }),
  );

  it(
    'are deactivated and activated as often as one likes, with nothing else changed',
    withTarget(start, async (target) => {
      const directory = target.connect();
      if (!directory.capabilities.deactivate) return;
      const [id] = await createAccounts(directory, ['ada']);
      const before = target.accounts()[0]!;
      for (const isActive of [false, false, true, true]) {
        const { value } = await directory.setActive(id!, isActive);
        expect(value).toEqual({ ...before, isActive });
        expect(target.accounts()).toEqual([{ ...before, isActive }]);
      }
    }),
  );

  it(
    'keep their state of activity when their attributes change',
    withTarget(start, async (target) => {
      const directory = target.connect();
      if (!directory.capabilities.deactivate) return;
      const [id] = await createAccounts(directory, ['ada']);
      await directory.setActive(id!, false);
      await directory.updateAccount(id!, { attributes: { displayName: 'Ada L.', email: 'a.l@example.com' } });
      expect(target.accounts()[0]?.isActive).toBe(false);
    }),
  );

  it(
    'are found by each key, usernames without regard to case, and never twice',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [id] = await createAccounts(directory, ['ada', 'bob']);
      const ids = async (keys: Parameters<TargetDirectory['findAccounts']>[0]) =>
        (await directory.findAccounts(keys)).map((account) => account.id);
      expect(await ids({ userName: 'ada@example.com' })).toEqual([id]);
      expect(await ids({ userName: 'Ada@Example.COM' })).toEqual([id]);
      expect(await ids({ userName: 'a"d\\a@example.com' })).toEqual([]);
      expect(await ids({})).toEqual([]);
      if (directory.capabilities.keepsExternalId) {
        expect(await ids({ externalId: '00u-ada', userName: 'ada@example.com' })).toEqual([id]);
        expect(await ids({ externalId: '00u-nobody' })).toEqual([]);
      }
    }),
  );

  it(
    'that are not there read as undefined, and refuse to be written, by their id',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const id = nobody as AccountId;
      expect(await directory.account(id)).toBeUndefined();
      const writes = [
        () => directory.setActive(id, false),
        () => directory.updateAccount(id, { attributes: { displayName: 'x' } }),
        () => directory.updateAccount(id, { attributes: { email: 'x@example.com' } }),
      ];
      for (const write of writes) {
        const failure = await failureOf(target, write());
        expect({ kind: failure.kind, subject: failure.details.subject }).toEqual({ kind: 'Conflict', subject: id });
      }
    }),
  );
};

const describeLists = (start: StartTarget): void => {
  it(
    'hold everybody once, inactive accounts included, page by page',
    withTarget(start, async (target) => {
      const directory = target.connect({ pageSize: 1 });
      const ids = await createAccounts(directory, ['ada', 'bob', 'cid', 'dee']);
      if (directory.capabilities.deactivate) await directory.setActive(ids[1]!, false);
      const group = await createGroup(directory, 'engineers');
      await createGroup(directory, 'nobody yet');
      await directory.addMembers(group, ids.slice(0, 3));
      for (const pageSize of [1, 2, 3, 4, 100]) {
        const reader = target.connect({ pageSize });
        expect(await collect(reader.accounts())).toEqual(target.accounts());
        const groups = await collect(reader.groups());
        expect(groups.map(({ id, name }) => ({ id, name }))).toEqual(
          target.groups().map(({ id, name }) => ({ id, name })),
        );
        for (const { id, members } of target.groups()) {
          const inline = groups.find((each) => each.id === id)?.members;
          expect(sorted(inline ?? (await collect(reader.members(id))))).toEqual(sorted(members));
        }
      }
    }),
  );

  it(
    'of an empty directory are empty',
    withTarget(start, async (target) => {
      const directory = target.connect();
      expect(await collect(directory.accounts())).toEqual([]);
      expect(await collect(directory.groups())).toEqual([]);
    }),
  );
};

const describeGroups = (start: StartTarget): void => {
  it(
    'are created once per name, found by it without regard to case, and read by id',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const { value } = await directory.createGroup('Bridge "Builders"');
      expect(target.groups()).toEqual([{ id: value.id, name: 'Bridge "Builders"', members: [] }]);
      expect((await failureOf(target, directory.createGroup('bridge "builders"'))).kind).toBe('Conflict');
      expect((await directory.findGroup('BRIDGE "builders"'))?.id).toBe(value.id);
      expect(await directory.findGroup('bridge')).toBeUndefined();
      expect((await directory.group(value.id))?.name).toBe('Bridge "Builders"');
      expect(await directory.group(nobody as TargetGroupId)).toBeUndefined();
    }),
  );

  it(
    'take and give up members in as many batches as it needs',
    withTarget(start, async (target) => {
      const directory = target.connect({ memberBatch: 3 });
      const ids = await createAccounts(directory, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
      const group = await createGroup(directory, 'engineers');
      const size = directory.capabilities.memberBatch;
      const batches = Array.from({ length: Math.ceil(ids.length / size) }, (_, n) =>
        ids.slice(n * size, (n + 1) * size),
      );
      for (const batch of batches) await directory.addMembers(group, batch);
      expect(sorted(target.groups()[0]!.members)).toEqual(sorted(ids));
      expect(sorted(await collect(directory.members(group)))).toEqual(sorted(ids));
      for (const batch of batches.slice(1)) await directory.removeMembers(group, batch);
      expect(sorted(target.groups()[0]!.members)).toEqual(sorted(batches[0]!));
    }),
  );

  it(
    'do not mind a member who is one already, or is none, and change nothing for no one',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [ada, bob] = await createAccounts(directory, ['ada', 'bob']);
      const group = await createGroup(directory, 'engineers');
      for (const _ of [1, 2]) await directory.addMembers(group, [ada!]);
      await directory.removeMembers(group, [bob!]);
      await directory.addMembers(group, []);
      await directory.removeMembers(group, []);
      expect(target.groups()[0]?.members).toEqual([ada]);
      for (const _ of [1, 2]) await directory.removeMembers(group, [ada!]);
      expect(target.groups()[0]?.members).toEqual([]);
    }),
  );

  it(
    'refuse an unknown account by its id and take none of the batch; a removal lets it pass',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [ada] = await createAccounts(directory, ['ada']);
      const group = await createGroup(directory, 'engineers');
      const failure = await failureOf(target, directory.addMembers(group, [ada!, nobody as AccountId]));
      expect({ kind: failure.kind, subject: failure.details.subject }).toEqual({ kind: 'Conflict', subject: nobody });
      expect(target.groups()[0]?.members).toEqual([]);

      await directory.addMembers(group, [ada!]);
      await directory.removeMembers(group, [ada!, nobody as AccountId]);
      expect(target.groups()[0]?.members).toEqual([]);
    }),
  );

  it(
    'that are not there are named by their id',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [ada] = await createAccounts(directory, ['ada']);
      const group = nobody as TargetGroupId;
      const calls = [
        () => directory.addMembers(group, [ada!]),
        () => directory.removeMembers(group, [ada!]),
        () => collect(directory.members(group)),
      ];
      for (const call of calls) {
        const failure = await failureOf(target, call());
        expect({ kind: failure.kind, subject: failure.details.subject }).toEqual({ kind: 'Conflict', subject: group });
      }
    }),
  );

  it(
    'are deleted alone, with their accounts left as they are, and as often as one likes',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [ada] = await createAccounts(directory, ['ada']);
      const [kept, dropped] = [await createGroup(directory, 'kept'), await createGroup(directory, 'dropped')];
      for (const group of [kept, dropped]) await directory.addMembers(group, [ada!]);
      const accounts = target.accounts();
      if (!directory.capabilities.deleteGroups) {
        expect((await failureOf(target, directory.deleteGroup(dropped))).kind).toBe('Rejected');
        return;
      }
      for (const _ of [1, 2]) await directory.deleteGroup(dropped);
      await directory.deleteGroup(nobody as TargetGroupId);
      expect(target.groups()).toEqual([{ id: kept, name: 'kept', members: [ada] }]);
      expect(target.accounts()).toEqual(accounts);
      expect(await directory.group(dropped)).toBeUndefined();
    }),
  );

  it(
    'are renamed where the product can, else refuse it and stay',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const id = await createGroup(directory, 'old name');
      if (directory.capabilities.renameGroups) await directory.renameGroup(id, 'new name');
      else expect((await failureOf(target, directory.renameGroup(id, 'new name'))).kind).toBe('Rejected');
      expect(target.groups()[0]?.name).toBe(directory.capabilities.renameGroups ? 'new name' : 'old name');
    }),
  );
};

const describeConnection = (start: StartTarget): void => {
  it(
    'checks well when all is well, and writes nothing',
    withTarget(start, async (target) => {
      const results = await target.connect().check();
      expect(results.filter(({ status }) => status !== 'ok')).toEqual([]);
      expect(results.length).toBeGreaterThan(2);
      expect(target.simulator.requests.since().every(({ method }) => method === 'GET')).toBe(true);
    }),
  );

  it(
    'with a wrong credential is AccessDenied everywhere, and the check says what to do',
    withTarget(start, async (target) => {
      const directory = target.connect({ secret: 'not-the-right-one' });
      const calls = [
        () => collect(directory.accounts()),
        () => directory.account(nobody as AccountId),
        () => directory.createAccount(aDraft(directory, 'ada')),
        () => directory.setActive(nobody as AccountId, false),
      ];
      for (const call of calls) expect((await failureOf(target, call())).kind).toBe('AccessDenied');
      const failed = (await directory.check()).filter(({ status }) => status === 'failed');
      expect(failed.map(({ check }) => check)).toEqual(['credentials']);
      expect(failed[0]?.message).toMatch(/key|password|token/);
    }),
  );

  it(
    'tells how long a request may take',
    withTarget(start, async (target) => {
      expect(target.connect({ timeoutMs: 1_234 }).requestTimeoutMs).toBe(1_234);
    }),
  );

  it(
    'asks the pacer before every request and tells it every answer',
    withTarget(start, async (target) => {
      const pacer = anOpenPacer();
      const directory = target.connect({ pacer, pageSize: 1 });
      const [ada] = await createAccounts(directory, ['ada', 'bob']);
      const group = await createGroup(directory, 'engineers');
      await directory.addMembers(group, [ada!]);
      await collect(directory.accounts());
      await directory.check();
      const sent = target.simulator.requests.since().length;
      expect({ acquired: pacer.acquired, learned: pacer.learned.length }).toEqual({ acquired: sent, learned: sent });
    }),
  );
};

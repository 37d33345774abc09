import { describe, expect, it } from 'vitest';
import type { PatchOperation } from '../../connectors/atlassian-cloud/mapping.ts';
import { createMemberRemoval } from '../../connectors/atlassian-cloud/member-removal.ts';
import { Failure } from '../../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../../domain/ids.ts';

const groupId = 'g1' as TargetGroupId;
const ids = (...names: string[]) => names as AccountId[];

interface Server {
  /** Of RFC 7644, with which a filter in the path is refused. */
  readonly refusesFilter?: string;
  /** Likewise only for more than one operation. */
  readonly refusesMany?: string;
  readonly valuesRemove?: 'the listed' | 'all' | 'nobody';
  readonly refusesPutBack?: boolean;
}

const aServer = (server: Server, ...members: string[]) => {
  const present = new Set(members);
  const forms: string[] = [];
  let goesAsWell: string | undefined;
  const refuse = (code: string) => {
    throw new Failure('Rejected', `cloud: remove members: 400 ${code}`, { status: 400, code });
  };
  const perform = ({ op, path, value }: PatchOperation) => {
    const listed = ((value ?? []) as { value: string }[]).map((member) => member.value);
    if (op === 'add') {
      if (server.refusesPutBack) refuse('tooMany');
      for (const one of listed) present.add(one);
    } else if (path === 'members') {
      if (goesAsWell !== undefined) present.delete(goesAsWell);
      goesAsWell = undefined;
      if (server.valuesRemove === 'all') present.clear();
      if (server.valuesRemove === 'the listed') for (const one of listed) present.delete(one);
    } else present.delete(/"(.+)"/.exec(path ?? '')?.[1] ?? '');
  };
  const remove = createMemberRemoval({
    system: 'cloud',
    memberBatch: 2,
    client: {
      group: async () => ({ id: groupId, displayName: 'staff', members: [...present].map((value) => ({ value })) }),
      patchGroup: async (_id, _operation, operations, { sendBefore }) => {
        if (sendBefore?.hasPassed()) throw new Failure('Unavailable', 'too late', { code: 'claim-expired' });
        const { op, path } = operations[0]!;
        const isFilter = path !== 'members';
        forms.push(op === 'add' ? 'add' : isFilter ? `filter ${operations.length}` : 'values');
        if (isFilter && server.refusesFilter) refuse(server.refusesFilter);
        if (isFilter && server.refusesMany && operations.length > 1) refuse(server.refusesMany);
        for (const operation of operations) perform(operation);
        return { value: undefined };
      },
    },
  });
  return {
    forms,
    members: () => [...present].sort(),
    /** Somebody else takes them out while the next removal by values is under way. */
    alsoGoes: (member: string) => {
      goesAsWell = member;
    },
    remove: (...of: string[]) => remove(groupId, ids(...of), {}),
    /** With a right to write that ends after so many requests. */
    removeWithin: (requests: number, ...of: string[]) =>
      remove(groupId, ids(...of), { sendBefore: { hasPassed: () => forms.length >= requests } }),
  };
};

describe('removing members from a server that refuses the filter', () => {
  it.each(['invalidPath', 'invalidFilter', 'invalidSyntax'])(
    'lists values after %s, and keeps to that',
    async (code) => {
      const server = aServer({ refusesFilter: code, valuesRemove: 'the listed' }, 'a', 'b', 'c', 'd');
      await server.remove('a', 'b');
      expect(server.forms).toEqual(['filter 2', 'filter 1', 'values']);
      await server.remove('c');
      expect(server.forms.slice(3)).toEqual(['values']);
      expect(server.members()).toEqual(['d']);
    },
  );

  it.each(['tooMany', 'invalidValue', 'mutability', 'uniqueness'])('never lists values after %s', async (code) => {
    const server = aServer({ refusesFilter: code, valuesRemove: 'all' }, 'a', 'b', 'c');
    await expect(server.remove('a', 'b')).rejects.toMatchObject({ kind: 'Rejected', details: { code } });
    await expect(server.remove('a')).rejects.toMatchObject({ kind: 'Rejected', details: { code } });
    expect(server.members()).toEqual(['a', 'b', 'c']);
  });

  it('asks one by one where only several at once are refused', async () => {
    const server = aServer({ refusesMany: 'invalidSyntax', valuesRemove: 'all' }, 'a', 'b', 'c');
    await server.remove('a', 'b');
    expect(server.forms).toEqual(['filter 2', 'filter 1', 'filter 1']);
    expect(server.members()).toEqual(['c']);
  });

  it('says that some may be gone when its right to write ends between one and the next', async () => {
    const server = aServer({ refusesMany: 'invalidSyntax' }, 'a', 'b', 'c');
    await expect(server.removeWithin(2, 'a', 'b')).rejects.toMatchObject({
      details: { code: 'claim-expired', effectUnknown: true },
    });
    expect(server.members()).toEqual(['b', 'c']);
  });

  it('leaves the others out when its right to write ends before they are put back, and tells it', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'all' }, 'a', 'b');
    await expect(server.removeWithin(2, 'a')).rejects.toMatchObject({
      kind: 'UnexpectedResponse',
      message: 'cloud: remove members g1: 1 others were removed as well, and could not be put back',
    });
    expect(server.forms).toEqual(['filter 1', 'values']);
  });

  it('puts the others back when all were removed, tells it, and never lists values again', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'all' }, 'a', 'b', 'c', 'd', 'e');
    await expect(server.remove('a', 'b')).rejects.toMatchObject({
      kind: 'UnexpectedResponse',
      message: 'cloud: remove members g1: 3 others were removed as well, and were put back',
      details: { subject: 'g1' },
    });
    expect(server.members()).toEqual(['c', 'd', 'e']);
    const before = server.forms.length;
    await expect(server.remove('c')).rejects.toMatchObject({ kind: 'Rejected' });
    await expect(server.remove('c', 'd')).rejects.toMatchObject({ kind: 'Rejected' });
    expect(server.forms.slice(before)).toEqual(['filter 1', 'filter 2', 'filter 1']);
    expect(server.members()).toEqual(['c', 'd', 'e']);
  });

  it('takes two removals at once for what they are, also when together they empty the group', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'the listed' }, 'a', 'b', 'c', 'd');
    await Promise.all([server.remove('a', 'b'), server.remove('c', 'd')]);
    expect(server.members()).toEqual([]);
    expect(server.forms).not.toContain('add');
  });

  it('puts nobody back whom somebody else has taken out meanwhile, as those who are left prove', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'the listed' }, 'a', 'b', 'c', 'd');
    server.alsoGoes('b');
    await server.remove('a');
    expect(server.members()).toEqual(['c', 'd']);
    await server.remove('c');
    expect(server.forms).toEqual(['filter 1', 'values', 'values']);
  });

  it('puts back the only other who went, but takes that for no proof: somebody else may have taken them out', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'the listed' }, 'a', 'b');
    server.alsoGoes('b');
    await expect(server.remove('a')).rejects.toMatchObject({ kind: 'UnexpectedResponse' });
    expect(server.members()).toEqual(['b']);
    await server.remove('b');
    expect(server.members()).toEqual([]);
  });

  it('tells it when the others cannot be put back', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'all', refusesPutBack: true }, 'a', 'b');
    await expect(server.remove('a')).rejects.toMatchObject({
      kind: 'UnexpectedResponse',
      message: 'cloud: remove members g1: 1 others were removed as well, and could not be put back',
    });
  });

  it('trusts nothing that an emptied group proves', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'all' }, 'a');
    await server.remove('a');
    expect(server.members()).toEqual([]);
    expect(server.forms).toEqual(['filter 1', 'values']);
    await server.remove('a');
    expect(server.forms).toEqual(['filter 1', 'values', 'filter 1']);
  });

  it('tells the refusal when values are accepted and remove nobody', async () => {
    const server = aServer({ refusesFilter: 'invalidPath', valuesRemove: 'nobody' }, 'a', 'b');
    await expect(server.remove('a')).rejects.toMatchObject({ kind: 'Rejected', details: { code: 'invalidPath' } });
    expect(server.members()).toEqual(['a', 'b']);
  });
});

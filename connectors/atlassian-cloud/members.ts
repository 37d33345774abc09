/** Adds and removes members, and finds out what a refusal was about. */
import type { CallOptions, Written } from '../../domain/directory.ts';
import { Failure, isFailure } from '../../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../../domain/ids.ts';
import { type Answer, isNotFound } from '../http-client.ts';
import type { ScimClient } from './client.ts';
import { gone } from './gone.ts';
import { createMemberRemoval } from './member-removal.ts';

type Signal = AbortSignal | undefined;

export const createMemberWrites = (client: ScimClient, system: string, memberBatch: number) => {
  const remove = createMemberRemoval({ client, system, memberBatch });

  const requireGroup = async (id: TargetGroupId, signal: Signal) => {
    const group = await client.group(id, signal);
    if (!group) throw gone(system, 'group', id);
    return group;
  };

  /** A 404 on a group's PATCH means the group or one of the members. */
  const blame = async (id: TargetGroupId, accounts: readonly AccountId[], signal: Signal): Promise<Failure> => {
    await requireGroup(id, signal);
    for (const account of accounts) {
      if (!(await client.user(account, signal))) return gone(system, 'account', account);
    }
    const message = `${system}: group ${id} refuses members although they are there`;
    return new Failure('Conflict', message, { system, subject: id, status: 404 });
  };

  return {
    async add(id: TargetGroupId, accounts: readonly AccountId[], options: CallOptions): Promise<Written<void>> {
      if (accounts.length === 0) return { value: undefined };
      const value = accounts.map((account) => ({ value: account }));
      try {
        return written(await client.patchGroup(id, 'add members', [{ op: 'add', path: 'members', value }], options));
      } catch (error) {
        throw isNotFound(error) ? await blame(id, accounts, options.signal) : error;
      }
    },

    /** Whoever is not a member, or not even an account, is removed already. */
    async remove(id: TargetGroupId, accounts: readonly AccountId[], options: CallOptions): Promise<Written<void>> {
      if (accounts.length === 0) return { value: undefined };
      const { signal } = options;
      try {
        return written(await remove(id, accounts, options));
      } catch (error) {
        if (!isNotFound(error) && !isNoTarget(error)) throw error;
        const group = await requireGroup(id, signal);
        const present = new Set(group.members?.map(({ value }) => value));
        const left = accounts.filter((account) => present.has(account));
        if (left.length === 0) return { value: undefined };
        if (left.length === accounts.length) throw isNotFound(error) ? await blame(id, accounts, signal) : error;
        return written(await remove(id, left, options));
      }
    },
  };
};

const isNoTarget = (error: unknown): boolean => isFailure(error, 'Rejected') && error.details.code === 'noTarget';

const written = ({ requestId }: Answer<undefined>): Written<void> => ({
  value: undefined,
  ...(requestId && { requestId }),
});

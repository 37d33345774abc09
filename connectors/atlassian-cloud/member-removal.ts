/**
 * Sends removals in the form that the server understands. Atlassian documents none: Okta filters in the path, Entra
 * lists values. By RFC 7644 the second, where values are not looked at, removes all members; so it is tried only after
 * the first was refused for its form, one removal at a time, and what it did is looked at once before it is trusted. Who
 * is left of the others proves it; somebody else may take members out meanwhile, which proves nothing.
 */
import type { CallOptions } from '../../domain/directory.ts';
import { Failure, isFailure } from '../../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../../domain/ids.ts';
import { claimExpired } from '../attempt.ts';
import type { Answer } from '../http-client.ts';
import type { ScimClient } from './client.ts';
import type { PatchOperation } from './mapping.ts';

type Signal = AbortSignal | undefined;
type Form = (ids: readonly string[]) => readonly PatchOperation[];

const byFilter: Form = (ids) => ids.map((id) => ({ op: 'remove', path: `members[value eq ${JSON.stringify(id)}]` }));
const byValues: Form = (ids) => [{ op: 'remove', path: 'members', value: ids.map((value) => ({ value })) }];

/** Detail error keywords of RFC 7644, section 3.12, that are about the path and not about who stands in it. */
const formCodes: ReadonlySet<string | undefined> = new Set(['invalidPath', 'invalidFilter', 'invalidSyntax']);

const refusesForm = (error: unknown): error is Failure =>
  isFailure(error, 'Rejected') && error.details.status === 400 && formCodes.has(error.details.code);

interface RemovalOptions {
  readonly client: Pick<ScimClient, 'group' | 'patchGroup'>;
  readonly system: string;
  /** Members per request, for those who have to be put back. */
  readonly memberBatch: number;
}

/** So many others who all went at once did not go by chance. */
const proofFrom = 2;

/** What is learnt of the server's form holds for as long as this is kept. */
export const createMemberRemoval = ({ client, system, memberBatch }: RemovalOptions) => {
  /** Whether removal by values has been seen to remove only who is listed; undefined until something is proven. */
  let takesValues: boolean | undefined;
  /** The last attempt to prove it; the next begins when that has ended. */
  let proving: Promise<unknown> = Promise.resolve();

  const send = (form: Form, id: TargetGroupId, accounts: readonly AccountId[], options: CallOptions) =>
    client.patchGroup(id, 'remove members', form(accounts), options);

  const membersOf = async (id: TargetGroupId, signal: Signal): Promise<ReadonlySet<string> | undefined> => {
    const group = await client.group(id, signal);
    return group && new Set(group.members?.map(({ value }) => value));
  };

  /** The failure to tell when others than `asked` went too, after putting them back. */
  const putBack = async (
    id: TargetGroupId,
    accounts: readonly string[],
    { sendBefore }: CallOptions,
  ): Promise<Failure> => {
    // Without the caller's signal, for it is worse to leave them out; yet with an expired claim somebody else may be at it.
    const options = sendBefore ? { sendBefore } : {};
    const told = (end: string, cause?: unknown) => {
      const message = `${system}: remove members ${id}: ${accounts.length} others were removed as well, and ${end}`;
      return new Failure('UnexpectedResponse', message, { system, operation: 'remove members', subject: id, cause });
    };
    try {
      for (let from = 0; from < accounts.length; from += memberBatch) {
        const value = accounts.slice(from, from + memberBatch).map((account) => ({ value: account }));
        await client.patchGroup(id, 'put members back', [{ op: 'add', path: 'members', value }], options);
      }
    } catch (error) {
      return told('could not be put back', error);
    }
    return told('were put back');
  };

  /**
   * @throws Failure `UnexpectedResponse` when others went with those who were asked for; `refusal` when nobody went.
   */
  const tryValues = async (
    id: TargetGroupId,
    accounts: readonly AccountId[],
    refusal: Failure,
    options: CallOptions,
  ): Promise<Answer<undefined>> => {
    const before = await membersOf(id, options.signal);
    if (!before) throw refusal;
    const present = accounts.filter((account) => before.has(account));
    if (present.length === 0) return { value: undefined };
    const answer = await send(byValues, id, present, options);
    // Without the caller's signal: what has been done must be seen, and mended.
    const after = await membersOf(id, undefined);
    if (!after || present.some((account) => after.has(account))) throw refusal;
    const others = [...before.difference(new Set<string>(present))];
    // Where there was nobody else, nothing is proven.
    if (others.length === 0) return answer;
    if (others.some((member) => after.has(member))) {
      takesValues = true;
      return answer;
    }
    if (others.length >= proofFrom) takesValues = false;
    throw await putBack(id, others, options);
  };

  /** One at a time: two removals from one group would look like one that removes too many. */
  const proveValues = (
    id: TargetGroupId,
    accounts: readonly AccountId[],
    refusal: Failure,
    options: CallOptions,
  ): Promise<Answer<undefined>> => {
    const attempt = proving.then(() => {
      if (takesValues) return send(byValues, id, accounts, options);
      if (takesValues === false) throw refusal;
      return tryValues(id, accounts, refusal, options);
    });
    proving = attempt.catch(() => undefined);
    return attempt;
  };

  /** A request with several may be refused for being one with several, so the first of them is asked for alone. */
  const removeSingly = async (
    id: TargetGroupId,
    accounts: readonly AccountId[],
    refusal: Failure,
    options: CallOptions,
  ): Promise<Answer<undefined>> => {
    const [first, ...rest] = accounts;
    let answer: Answer<undefined>;
    try {
      answer = await send(byFilter, id, first === undefined ? [] : [first], options);
    } catch (error) {
      if (!refusesForm(error) || error.details.code !== refusal.details.code || takesValues === false) throw error;
      return proveValues(id, accounts, error, options);
    }
    try {
      for (const account of rest) answer = await send(byFilter, id, [account], options);
    } catch (error) {
      throw isFailure(error) && error.details.code === claimExpired ? partlyDone(error) : error;
    }
    return answer;
  };

  /** @throws Failure as the server's answer tells it, also for who is no member. */
  return async (
    id: TargetGroupId,
    accounts: readonly AccountId[],
    options: CallOptions,
  ): Promise<Answer<undefined>> => {
    if (takesValues) return send(byValues, id, accounts, options);
    try {
      return await send(byFilter, id, accounts, options);
    } catch (error) {
      if (!refusesForm(error)) throw error;
      if (accounts.length > 1) return removeSingly(id, accounts, error, options);
      return proveValues(id, accounts, error, options);
    }
  };
};

/** The request that failed was not sent, but others of the same call were. */
const partlyDone = ({ kind, message, details }: Failure): Failure =>
  new Failure(kind, message, { ...details, effectUnknown: true });

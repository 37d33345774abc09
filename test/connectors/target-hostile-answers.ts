/** The part of the target contract that strikes: bad answers, lost answers, aborts. */
import { describe, expect, it } from 'vitest';
import type { CallOptions, TargetDirectory } from '../../domain/directory.ts';
import { Failure, type FailureKind } from '../../domain/failure.ts';
import type { AccountId, TargetGroupId } from '../../domain/ids.ts';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import {
  aDraft,
  collect,
  createAccounts,
  createGroup,
  failureOf,
  type StartTarget,
  strike,
  type TargetRequest,
  type TargetUnderTest,
  withTarget,
} from './target-under-test.ts';

type Action = FaultRule['action'];

/** Short where a test lets it pass, else out of a busy machine's way. */
const timeoutFor = (action: Action): { readonly timeoutMs: number } => ({
  timeoutMs: action === 'hang' ? 500 : 20_000,
});
const limit = { timeout: 60_000 };

export const describeHostileAnswers = (name: string, start: StartTarget): void => {
  describe.concurrent(`${name}: hostile answers to reads`, limit, () => describeReads(start));
  describe.concurrent(`${name}: hostile answers to writes`, limit, () => describeWrites(start));
  describe.concurrent(`${name}: lists that lie`, limit, () => describeLyingLists(start));
  describe.concurrent(`${name}: lost answers`, limit, () => describeLostAnswers(start));
  describe.concurrent(`${name}: aborts`, limit, () => describeAborts(start));
};

const passing: readonly [string, Action][] = [
  ['a 500', { status: 500 }],
  ['a 503', { status: 503 }],
  ['a 429', { status: 429 }],
  ['a 429 with Retry-After', { status: 429, retryAfter: 1 }],
  ['no answer', 'hang'],
  ['a reset', 'reset'],
  ['a truncated body', 'truncate'],
  ['a page of HTML with 200', 'html'],
];

const lasting: readonly [string, Action, readonly FailureKind[]][] = [
  ['a 401', { status: 401 }, ['AccessDenied']],
  ['a 403', { status: 403 }, ['AccessDenied']],
  ['a 400', { status: 400 }, ['Rejected']],
  ['429 again and again', { status: 429 }, ['RateLimited']],
  ['429 with Retry-After again and again', { status: 429, retryAfter: 1 }, ['RateLimited']],
  ['a 500', { status: 500 }, ['Unavailable']],
  ['a 503', { status: 503 }, ['Unavailable']],
  ['no answer', 'hang', ['Unavailable']],
  ['a reset', 'reset', ['Unavailable']],
  ['a page of HTML with 200', 'html', ['UnexpectedResponse']],
  ['JSON of another shape', { status: 200, body: { hello: 'ada@example.com' } }, ['UnexpectedResponse']],
  ['text that is no JSON', { status: 200, body: '{"userName": "ada@example' }, ['UnexpectedResponse']],
];

const describeReads = (start: StartTarget): void => {
  it.each(passing)('%s in the middle of a list does not lose a page', (_name, action) =>
    withTarget(start, async (target) => {
      await createAccounts(target.connect(), ['ada', 'bob', 'cid']);
      const directory = target.connect({ pageSize: 1, ...timeoutFor(action) });
      const fault = strike(target, 'list accounts', action, { attempt: 2 });
      expect(await collect(directory.accounts())).toEqual(target.accounts());
      fault.mustHaveStruck();
    })(),
  );

  it.each([...lasting, ['a truncated body', 'truncate', ['Unavailable', 'UnexpectedResponse']] as const])(
    '%s that lasts ends a list with the right failure',
    (_name, action, kinds) =>
      withTarget(start, async (target) => {
        await createAccounts(target.connect(), ['ada']);
        const directory = target.connect(timeoutFor(action));
        const fault = strike(target, 'list accounts', action);
        const failure = await failureOf(target, collect(directory.accounts()));
        expect(kinds).toContain(failure.kind);
        expect(failure.details.effectUnknown).toBeUndefined();
        if (failure.kind === 'UnexpectedResponse') expect(failure.details.code).toBe('page-unreadable');
        fault.mustHaveStruck();
      })(),
  );

  it(
    'a 404 by a gateway, without JSON, is no evidence that an account is gone',
    withTarget(start, async (target) => {
      const directory = target.connect();
      const [id] = await createAccounts(directory, ['ada']);
      strike(target, 'read account', { status: 404, body: '<html></html>', headers: { 'content-type': 'text/html' } });
      expect((await failureOf(target, directory.account(id!))).kind).toBe('UnexpectedResponse');
    }),
  );
};

interface Prepared {
  readonly directory: TargetDirectory;
  readonly account: AccountId;
  readonly member: AccountId;
  readonly group: TargetGroupId;
}
interface Write {
  readonly request: TargetRequest;
  readonly send: (on: Prepared, options?: CallOptions) => Promise<unknown>;
  readonly needs?: (directory: TargetDirectory) => boolean;
  /** A second one finds the first: `Conflict` instead of success. */
  readonly isCreation?: true;
}

const writes: Readonly<Record<string, Write>> = {
  'creating an account': {
    request: 'create account',
    send: ({ directory }, options) => directory.createAccount(aDraft(directory, 'new'), options),
    isCreation: true,
  },
  'updating an account': {
    request: 'write account',
    send: ({ directory, account }, options) =>
      directory.updateAccount(account, { attributes: { displayName: 'Changed', email: 'x@example.com' } }, options),
  },
  'deactivating an account': {
    request: 'write account',
    send: ({ directory, account }, options) => directory.setActive(account, false, options),
    needs: ({ capabilities }) => capabilities.deactivate,
  },
  'creating a group': {
    request: 'create group',
    send: ({ directory }, options) => directory.createGroup('new', options),
    needs: ({ capabilities }) => capabilities.createGroups,
    isCreation: true,
  },
  'deleting a group': {
    request: 'delete group',
    send: ({ directory, group }, options) => directory.deleteGroup(group, options),
    needs: ({ capabilities }) => capabilities.deleteGroups,
  },
  'adding members': {
    request: 'write members',
    send: ({ directory, group, account }, options) => directory.addMembers(group, [account], options),
  },
  'removing members': {
    request: 'write members',
    send: ({ directory, group, member }, options) => directory.removeMembers(group, [member], options),
  },
};
/** Of these answers only the status counts. */
const onlyStatus: ReadonlySet<TargetRequest> = new Set(['write members', 'delete group']);
const eachWrite = Object.entries(writes);

const prepare = async (target: TargetUnderTest, action: Action): Promise<Prepared> => {
  const directory = target.connect();
  const [account, member] = await createAccounts(directory, ['ada', 'bob']);
  const group = await createGroup(directory, 'engineers');
  await directory.addMembers(group, [member!]);
  return { directory: target.connect(timeoutFor(action)), account: account!, member: member!, group };
};
const stateOf = (target: TargetUnderTest): string => JSON.stringify([target.accounts(), target.groups()]);

const describeWrites = (start: StartTarget): void => {
  const unclear: ReadonlySet<FailureKind> = new Set(['Unavailable', 'UnexpectedResponse']);

  it.each(lasting.filter(([, , kinds]) => !kinds.includes('RateLimited')))(
    '%s is told by its kind, without an effect, and not repeated when unclear',
    (_name, action, kinds) =>
      withTarget(start, async (target) => {
        const on = await prepare(target, action);
        const before = stateOf(target);
        for (const [what, { request, send, needs }] of eachWrite) {
          if (needs?.(on.directory) === false) continue;
          if (onlyStatus.has(request) && typeof action === 'object' && action.status === 200) continue;
          strike(target, request, action);
          const failure = await failureOf(target, send(on));
          expect(kinds, what).toContain(failure.kind);
          expect(failure.details.effectUnknown ?? false, what).toBe(unclear.has(failure.kind));
          const { fired } = target.simulator.faults.list()[0]!;
          if (unclear.has(failure.kind)) expect(fired, what).toBe(1);
          else expect(fired, what).toBeGreaterThan(0);
          target.simulator.faults.clear();
          expect(stateOf(target), what).toBe(before);
        }
      })(),
  );

  it.each(eachWrite)(
    '429 again and again to %s is RateLimited in the end, without an effect',
    (_what, { request, send, needs }) =>
      withTarget(start, async (target) => {
        const on = await prepare(target, { status: 429 });
        if (needs?.(on.directory) === false) return;
        const before = stateOf(target);
        const fault = strike(target, request, { status: 429, retryAfter: 1 });
        const { kind, details } = await failureOf(target, send(on));
        expect({ kind, retryAfterMs: details.retryAfterMs }).toEqual({ kind: 'RateLimited', retryAfterMs: 1_000 });
        expect(details.effectUnknown).toBeUndefined();
        fault.mustHaveStruck();
        expect(stateOf(target)).toBe(before);
      })(),
  );

  it.each(eachWrite)(
    'a truncated answer to %s tells that it worked, or that nobody knows',
    (_what, { request, send, needs }) =>
      withTarget(start, async (target) => {
        const on = await prepare(target, 'truncate');
        if (needs?.(on.directory) === false) return;
        const before = stateOf(target);
        const fault = strike(target, request, 'truncate');
        const hasWorked = await send(on).then(
          () => true,
          (error: unknown) => error instanceof Failure && error.details.effectUnknown === true,
        );
        expect(hasWorked).toBe(true);
        fault.mustHaveStruck();
        expect(stateOf(target)).not.toBe(before);
      })(),
  );

  it.each(eachWrite)('%s is not sent any more once the right to it has passed', (_what, { send, needs }) =>
    withTarget(start, async (target) => {
      const on = await prepare(target, 'reset');
      if (needs?.(on.directory) === false) return;
      const before = stateOf(target);
      const { last } = target.simulator.requests;
      const failure = await failureOf(target, send(on, { sendBefore: { hasPassed: () => true } }));
      expect({ kind: failure.kind, code: failure.details.code }).toEqual({
        kind: 'Unavailable',
        code: 'claim-expired',
      });
      expect(failure.details.effectUnknown).toBeUndefined();
      expect(target.simulator.requests.since(last).filter(({ method }) => method !== 'GET')).toEqual([]);
      expect(stateOf(target)).toBe(before);
      await send(on, { sendBefore: { hasPassed: () => false } });
      expect(stateOf(target)).not.toBe(before);
    })(),
  );

  it.each(eachWrite)('a 409 to %s is a conflict', (_what, { request, send, needs }) =>
    withTarget(start, async (target) => {
      const on = await prepare(target, { status: 409 });
      if (needs?.(on.directory) === false) return;
      strike(target, request, { status: 409 });
      expect((await failureOf(target, send(on))).kind).toBe('Conflict');
    })(),
  );

  it.each(eachWrite)('a 429 to %s is waited out', (_what, { request, send, needs }) =>
    withTarget(start, async (target) => {
      const on = await prepare(target, { status: 429 });
      if (needs?.(on.directory) === false) return;
      const before = stateOf(target);
      const fault = strike(target, request, { status: 429, retryAfter: 1 }, { times: 1 });
      await send(on);
      fault.mustHaveStruck();
      expect(stateOf(target)).not.toBe(before);
    })(),
  );
};

const describeLyingLists = (start: StartTarget): void => {
  const cases = (['empty-list', 'repeat-page'] as const).flatMap((action) =>
    (['list accounts', 'list groups'] as const).map((request) => [action, request] as const),
  );
  const list = async (directory: TargetDirectory, request: TargetRequest): Promise<string[]> =>
    request === 'list accounts'
      ? (await collect(directory.accounts())).map(({ id }) => id)
      : (await collect(directory.groups())).map(({ id }) => id);

  it.each(cases)('%s once while one would %s is read again', (action, request) =>
    withTarget(start, async (target) => {
      const { directory, expected } = await fill(target, request);
      const fault = strike(target, request, action, { attempt: 2 });
      expect(await list(directory, request)).toEqual(expected);
      fault.mustHaveStruck();
    })(),
  );

  it.each(cases)('%s for good while one would %s is a failure, never a shorter list', (action, request) =>
    withTarget(start, async (target) => {
      const { directory } = await fill(target, request);
      const { simulator, routes } = target;
      const attempt = [2, 3, 4, 5, 6, 7, 8, 9];
      simulator.faults.set([{ id: 'lie', match: { ...routes[request], attempt }, action }]);
      const { kind, details } = await failureOf(target, list(directory, request));
      const code = action === 'repeat-page' ? 'page-repeated' : 'count-mismatch';
      expect({ kind, code: details.code }).toEqual({ kind: 'UnexpectedResponse', code });
    })(),
  );

  it.each([
    [1, 'list accounts'],
    [1, 'list groups'],
    [200, 'list accounts'],
    [200, 'list groups'],
  ] as const)('with %i a page, a half of what one would %s is a failure, never a shorter list', (pageSize, request) =>
    withTarget(start, async (target) => {
      await fill(target, request);
      const fault = strike(target, request, 'half-list');
      const { kind, details } = await failureOf(target, list(target.connect({ pageSize }), request));
      expect(kind).toBe('UnexpectedResponse');
      // Whoever goes on behind what came meets the rest of the page again.
      expect(['count-mismatch', 'page-repeated']).toContain(details.code);
      fault.mustHaveStruck();
    })(),
  );
};

const fill = async (target: TargetUnderTest, request: TargetRequest) => {
  const directory = target.connect({ pageSize: 1 });
  const names = ['ada', 'bob', 'cid'];
  if (request === 'list accounts') await createAccounts(directory, names);
  else for (const name of names) await createGroup(directory, name);
  const kept = request === 'list accounts' ? target.accounts() : target.groups();
  return { directory, expected: kept.map(({ id }) => id as string) };
};

const describeLostAnswers = (start: StartTarget): void => {
  const losses: readonly Action[] = ['reset', 'hang', { status: 502 }];
  const cases = eachWrite.flatMap(([what, write]) =>
    losses.map((loss) => [what, JSON.stringify(loss), write, loss] as const),
  );

  it.each(cases)(
    '%s whose answer is lost (%s) has an unknown effect, and repeating it has no second',
    (_what, _how, write, loss) =>
      withTarget(start, async (target) => {
        const on = await prepare(target, loss);
        if (write.needs?.(on.directory) === false) return;
        const before = stateOf(target);
        const fault = strike(target, write.request, loss, { strike: 'after', times: 1 });
        const failure = await failureOf(target, write.send(on));
        fault.mustHaveStruck();
        expect({ kind: failure.kind, effectUnknown: failure.details.effectUnknown }).toEqual({
          kind: 'Unavailable',
          effectUnknown: true,
        });
        const after = stateOf(target);
        expect(after).not.toBe(before);
        if (write.isCreation) expect((await failureOf(target, write.send(on))).kind).toBe('Conflict');
        else await write.send(on);
        expect(stateOf(target)).toBe(after);
      })(),
  );

  it(
    'an account whose creation was lost is found again by its immutable key',
    withTarget(start, async (target) => {
      const { directory } = await prepare(target, 'reset');
      strike(target, 'create account', 'reset', { strike: 'after', times: 1 });
      const draft = aDraft(directory, 'new');
      await failureOf(target, directory.createAccount(draft));
      const { userName } = draft.attributes;
      const keys = { externalId: draft.externalId, ...(userName !== undefined && { userName }) };
      expect(await directory.findAccounts(keys)).toEqual([target.accounts().at(-1)]);
    }),
  );
};

const describeAborts = (start: StartTarget): void => {
  it.each(eachWrite)('%s ends at once with the reason of the abort', (_what, { request, send, needs }) =>
    withTarget(start, async (target) => {
      const on = await prepare(target, 'reset');
      if (needs?.(on.directory) === false) return;
      strike(target, request, 'hang');
      const controller = new AbortController();
      const reason = new Error('the activity was cancelled');
      const call = send(on, { signal: controller.signal });
      await expect.poll(() => target.simulator.faults.fired('fault'), { interval: 5 }).toBe(1);
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
    })(),
  );

  it(
    'end a list between two pages',
    withTarget(start, async (target) => {
      const directory = target.connect({ pageSize: 1 });
      await createAccounts(directory, ['ada', 'bob']);
      const controller = new AbortController();
      const reason = new Error('the activity was cancelled');
      const walk = async () => {
        for await (const _ of directory.accounts({ signal: controller.signal })) controller.abort(reason);
      };
      await expect(walk()).rejects.toBe(reason);
      expect(reason).not.toBeInstanceOf(Failure);
    }),
  );
};

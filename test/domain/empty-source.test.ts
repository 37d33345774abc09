/** Okta shows that everybody is gone: an accident there, or a test organization behind the production's address. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { guards as guardsSchema } from '../../config/guards-schema.ts';
import type { Change } from '../../domain/change.ts';
import { allowed, type Guard, type GuardCount, guards, guardsOf, judge } from '../../domain/guard.ts';
import type { Person } from '../../domain/person.ts';
import { accountId, aPerson, aPolicy, engineers, staff, targetGroupId, userId } from '../support/domain-builders.ts';
import { planWorld, type World } from '../support/domain-world.ts';

const defaults = guardsSchema.parse({});
const limit = defaults.deactivations.perRun;
/** The fewest of whom not all may go. */
const fewest = limit.atLeast + 1;

type Gone = 'DEPROVISIONED' | 'SUSPENDED' | 'deleted';

interface Employee {
  readonly gone: Gone;
  readonly isMember: boolean;
}

const employees = fc.array(
  fc.record({ gone: fc.constantFrom<Gone>('DEPROVISIONED', 'SUSPENDED', 'deleted'), isMember: fc.boolean() }),
  { minLength: fewest, maxLength: 150, size: 'max' },
);

const toUserId = (n: number) => userId(`00u${String(n).padStart(17, '0')}`);
const toAccountId = (n: number) => accountId(`account-${n}`);
const group = targetGroupId('target-engineers');

function worldOf(all: readonly Employee[]): World {
  const people = all.flatMap(({ gone }, n): Person[] =>
    gone === 'deleted'
      ? []
      : [aPerson({ id: toUserId(n), status: gone, login: `p${n}@example.com`, email: `p${n}@example.com` })],
  );
  const members = all.flatMap(({ isMember }, n) => (isMember ? [toAccountId(n)] : []));
  const accounts = all.map((_, n) => ({
    id: toAccountId(n),
    isActive: true,
    attributes: { userName: `p${n}@example.com`, email: `p${n}@example.com` },
  }));
  return {
    people,
    groups: [],
    groupsOf: new Map(),
    deleted: new Set(all.flatMap(({ gone }, n) => (gone === 'deleted' ? [toUserId(n)] : []))),
    deletedGroups: new Set(),
    accounts: new Map(accounts.map((account) => [account.id, account])),
    targetGroups: new Map([[group, { id: group, name: 'Engineers', members: new Set(members) }]]),
    links: new Map(all.map((_, n) => [toUserId(n), toAccountId(n)])),
    groupLinks: new Map([[engineers, group]]),
    madeGroups: new Set(),
    keptApart: new Map(),
  };
}

const planOf = (world: World): readonly Change[] =>
  planWorld(world, aPolicy({ leaver: { removeMemberships: true } }), new Set([staff])).changes;

const nothing = Object.fromEntries(
  guards.map((guard): [Guard, GuardCount] => [guard, { count: 0, base: 0, usedToday: 0 }]),
) as Record<Guard, GuardCount>;

it('no guard lets an empty source through: however many there are, every deactivation waits by default', () => {
  fc.assert(
    fc.property(employees, fc.nat(2_000), (all, usedToday) => {
      const changes = planOf(worldOf(all));
      const none = { emptied: [], privileged: [] };
      const deactivations = changes.filter(({ kind }) => kind === 'deactivate-account');
      expect(deactivations).toHaveLength(all.length);
      const counted = changes.filter((change) => guardsOf(change, none).includes('deactivations')).length;
      const verdict = judge({ ...nothing, deactivations: { count: counted, base: all.length, usedToday } }, defaults);
      const tripped = new Set(verdict.filter(({ trippedBy }) => trippedBy).map(({ guard }) => guard));
      const free = deactivations.filter((change) => !guardsOf(change, none).some((guard) => tripped.has(guard)));
      expect(free).toEqual([]);
    }),
  );
});

it('nor does it in the largest company, whose limit is the ceiling', () => {
  fc.assert(
    fc.property(fc.integer({ min: fewest, max: 1_000_000 }), (people) => {
      expect(allowed(limit, people)).toBeLessThan(people);
    }),
  );
});

it('and of whom Okta merely shows nothing, nothing at all is taken', () => {
  fc.assert(
    fc.property(employees, (all) => {
      const shown = { ...worldOf(all), people: [], deleted: new Set<never>() };
      expect(planOf(shown)).toEqual([]);
    }),
  );
});

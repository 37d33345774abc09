/** What may happen once only, and to whom nothing may happen. */
import type { Call, Effect, Evidence } from '../evidence.ts';
import { isProtected } from '../history.ts';
import { isKept } from '../world.ts';

export function sideEffects(evidence: Evidence): string[] {
  const ours = evidence.calls.filter(({ by }) => by === 'lockstep');
  return [...madeTwice(ours), ...twins(evidence), ...ours.flatMap((call) => notOurs(evidence, call))];
}

function madeTwice(calls: readonly Call[]): string[] {
  const made = new Map<string, number>();
  return calls.flatMap(({ n, effects }) =>
    effects.flatMap((effect) => {
      const what =
        effect.kind === 'create'
          ? `the account of ${effect.person}`
          : effect.kind === 'create-group'
            ? `the group ${effect.groupName}`
            : undefined;
      if (what === undefined) return [];
      const before = made.get(what);
      made.set(what, n);
      return before === undefined ? [] : [`call ${n} makes ${what}, which call ${before} had made`];
    }),
  );
}

function twins({ directory: { accounts, groups } }: Evidence): string[] {
  const keys = [
    ...accounts.flatMap(({ person }) => (person === undefined ? [] : [`the account of ${person}`])),
    ...groups.map(({ name }) => `the group ${name.toLowerCase()}`),
  ];
  return keys.filter((key, index) => keys.indexOf(key) < index).map((key) => `${key} exists twice`);
}

/** Law 8: accounts of nobody, protected people, and groups that are not kept are never changed; nothing is deleted. */
function notOurs(evidence: Evidence, { n, effects }: Call): string[] {
  const linkedBefore = (account: string): boolean =>
    evidence.calls.some(
      (call) =>
        call.n < n &&
        call.effects.some((one) => 'account' in one && one.account === account && one.person !== undefined),
    ) || evidence.before.accounts.some(({ id, person }) => id === account && person !== undefined);
  const wrong = (effect: Effect): string | undefined => {
    if (effect.kind === 'delete' || effect.kind === 'delete-group') return 'deletes';
    if ('groupName' in effect && !isKept(effect.groupName)) return `touches the group ${effect.groupName}`;
    if (!('account' in effect)) return undefined;
    const { account, person } = effect;
    if (person !== undefined && isProtected(evidence, person)) return `touches the protected ${person}`;
    if (person === undefined) return `touches the unlinked account ${account}`;
    const isAdoption = effect.kind === 'update' && effect.isLink;
    if (effect.kind === 'create' || isAdoption || linkedBefore(account)) return undefined;
    return `touches ${account}, which was never linked`;
  };
  return effects.flatMap((effect) => {
    const what = wrong(effect);
    return what === undefined ? [] : [`call ${n} ${what} (${effect.kind})`];
  });
}

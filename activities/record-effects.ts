/**
 * Writes what changes did: mirror, links, outcomes and audit in one transaction, many changes at a time. A crash
 * loses at most the last moment; the next try of those changes finds their effects at the target.
 */
import { type Account, withAttributes } from '../domain/account.ts';
import { markChanged } from '../store/changed-people.ts';
import type { Store } from '../store/connect.ts';
import { forgetTargetGroups, linkGroups, linkPeople } from '../store/links.ts';
import { recordOutcomes } from '../store/outcomes.ts';
import { newestSnapshotId } from '../store/snapshots.ts';
import { addTargetMembers, removeTargetMembers, saveAccounts, saveTargetGroups } from '../store/target-mirror.ts';
import type { Effect } from './apply-context.ts';
import type { Claims } from './claims.ts';

export interface EffectsOf {
  readonly planId: string;
  readonly target: string;
  /** Account attributes that the mirror keeps. */
  readonly kept: ReadonlySet<string>;
}

/**
 * An effect whose claim was lost is not recorded, since somebody else may have written the same person meanwhile: the
 * change stays open, and the person is planned again.
 *
 * @returns the effects that were recorded
 */
export async function recordEffects(
  store: Store,
  of: EffectsOf,
  claims: Claims,
  all: readonly Effect[],
): Promise<readonly Effect[]> {
  if (all.length === 0) return [];
  const claimed = all.flatMap(({ claim }) => claim ?? []);
  const recorded = await store.transaction().execute(async (tx) => {
    const lost = await claims.settle(tx, claimed);
    const effects = all.filter(({ claim }) => !claim || !lost.has(claim));
    await recordKept(tx, of, effects);
    const changed = effects.flatMap(({ changedPerson }) => changedPerson ?? []);
    await markChanged(tx, of.target, changed, 'change-stale');
    const losers = [...lost].flatMap(({ person }) => person ?? []);
    await markChanged(tx, of.target, losers, 'claim-lost');
    return effects;
  });
  claims.settled(claimed);
  return recorded;
}

async function recordKept(tx: Store, of: EffectsOf, effects: readonly Effect[]): Promise<void> {
  if (effects.length === 0) return;
  const { target } = of;
  const snapshot = await newestSnapshotId(tx, target);
  const accounts = [...newestAccounts(effects).values()].map((account) => withAttributes(account, of.kept));
  await saveAccounts(tx, target, snapshot, accounts);
  const refusedPeople = await linkPeople(
    tx,
    target,
    effects.flatMap(({ link }) => link ?? []),
  );
  const groupLinks = effects.flatMap(({ groupLink }) => groupLink ?? []);
  await saveTargetGroups(
    tx,
    target,
    snapshot,
    groupLinks.map(({ targetGroup, name }) => ({ id: targetGroup, name })),
  );
  const refusedGroups = await linkGroups(tx, target, groupLinks);
  await recordMemberships(tx, target, effects);
  await forgetTargetGroups(
    tx,
    target,
    effects.flatMap(({ goneGroup }) => goneGroup ?? []),
  );
  await recordOutcomes(
    tx,
    of.planId,
    effects.map((effect) => {
      const { seq, outcome, detail, vendorRequestId, account, link, groupLink } = effect;
      const isRefused =
        (link && refusedPeople.has(link.person)) || (groupLink && refusedGroups.has(groupLink.group)) || false;
      return {
        seq,
        ...(isRefused ? { outcome: 'parked' as const, detail: 'linked-to-something-else' } : { outcome }),
        ...(detail === undefined || isRefused ? {} : { detail }),
        ...(vendorRequestId === undefined ? {} : { vendorRequestId }),
        ...(account ? { accountId: account.id } : {}),
        ...(groupLink ? { targetGroupId: groupLink.targetGroup } : {}),
      };
    }),
  );
}

/** One statement may touch a row once. */
const newestAccounts = (effects: readonly Effect[]): Map<string, Account> =>
  new Map(effects.flatMap(({ account }) => (account ? [[account.id, account] as const] : [])));

async function recordMemberships(store: Store, target: string, effects: readonly Effect[]): Promise<void> {
  const memberships = effects.flatMap(({ membership }) => membership ?? []);
  const those = (isMember: boolean) =>
    memberships
      .filter((one) => one.isMember === isMember)
      .map(({ group, account }) => ({ group, accounts: [account] }));
  await addTargetMembers(store, target, those(true));
  await removeTargetMembers(store, target, those(false));
}

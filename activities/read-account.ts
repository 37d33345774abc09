/** The account of one person at a target, as it is now. */
import type { OktaUserId } from '../domain/ids.ts';
import { linkedAccount } from '../store/links.ts';
import { newestSnapshotId } from '../store/snapshots.ts';
import { saveAccounts } from '../store/target-mirror.ts';
import type { Dependencies } from './dependencies.ts';
import { connectedTarget } from './observe-target.ts';

/** Into the mirror. That it is not there is left to a reading of everybody, which knows what is whole. */
export async function readAccount(
  deps: Dependencies,
  { target, person }: { readonly target: string; readonly person: OktaUserId },
  signal: AbortSignal,
): Promise<void> {
  const { store } = deps;
  const link = await linkedAccount(store, target, person);
  if (link === undefined) return;
  const account = await connectedTarget(deps, target).directory.account(link, { signal });
  if (account) await saveAccounts(store, target, await newestSnapshotId(store, target), [account]);
}

/** Keeps news on record until it is dealt with: in the store, where it costs next to nothing and survives everything. */
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import { forgetGroupsThatMatter, markGroups } from '../store/changed-groups.ts';
import { markChanged, markUnread } from '../store/changed-people.ts';
import type { Dependencies } from './dependencies.ts';

export interface MarkNewsInput {
  /** Okta ids. */
  readonly people?: readonly string[];
  readonly groups?: readonly string[];
  /** Of the people: Okta itself has to be asked about each of them, as no list of changes tells what happened. */
  readonly isUnread?: true;
}

/** At all targets, since whom the news matters to is known once it is read. The next look at what is due picks it up. */
export async function markNews({ store, targets }: Dependencies, input: MarkNewsInput): Promise<void> {
  const names = [...targets.keys()].sort();
  const people = (input.people ?? []) as readonly OktaUserId[];
  const groups = (input.groups ?? []) as readonly OktaGroupId[];
  if (input.isUnread) await markUnread(store, names, people);
  else for (const target of names) await markChanged(store, target, people, 'event');
  await markGroups(store, names, groups);
}

/** Targets were asked for a run that decides about the groups of which there was news. @param asOf ISO 8601 */
export const settleGroupNews = ({ store }: Dependencies, asOf: string): Promise<void> =>
  forgetGroupsThatMatter(store, new Date(asOf));

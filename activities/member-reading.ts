/** Reads the members of Okta's groups whole, and counts them against what Okta says there are. */
import { type Shortfall, shortfallOf } from '../domain/completeness.ts';
import { isFailure } from '../domain/failure.ts';
import type { OktaGroupId, OktaUserId } from '../domain/ids.ts';
import type { Group } from '../domain/person.ts';
import { addDoubtfulMembers, countKnownMembers, saveGroups, saveMembers } from '../store/okta-mirror.ts';
import type { Dependencies } from './dependencies.ts';
import type { Alive } from './heartbeats.ts';
import { readList } from './read-list.ts';
import { settlingMs } from './read-members.ts';
import { workThrough } from './work-through.ts';

/** Told of what was read of a group before the mirror takes it over. `isWhole`: whoever is not among them is no member. */
export type MembersSeen = (group: OktaGroupId, members: readonly OktaUserId[], isWhole: boolean) => Promise<void>;

export class MemberReading {
  readonly #deps: Dependencies;
  readonly #snapshot: string;
  readonly #alive: Alive;
  readonly #seen: MembersSeen | undefined;

  constructor(deps: Dependencies, snapshot: string, alive: Alive, seen?: MembersSeen) {
    this.#deps = deps;
    this.#snapshot = snapshot;
    this.#alive = alive;
    this.#seen = seen;
  }

  /** @returns what fell short, group by group; in those nothing may be concluded from who is no member */
  async run(groups: readonly Group[]): Promise<Shortfall[]> {
    const first = await this.#readAll(groups);
    const uncertain = first.filter(({ code }) => code !== 'broken-chain' && code !== 'sees-less');
    if (uncertain.length === 0) return first;
    // People come and go while one reads, so both are read once more before the count is called wrong.
    const again = await this.#asCountedNow(new Set(uncertain.map(({ subject }) => subject)));
    const isReadAgain = new Set<string | undefined>(again.map(({ id }) => id));
    return [...first.filter(({ subject }) => !isReadAgain.has(subject)), ...(await this.#readAll(again))];
  }

  async #readAll(groups: readonly Group[]): Promise<Shortfall[]> {
    const shortfalls: Shortfall[] = [];
    await workThrough(groups, this.#deps.sourceConcurrency, async (group) => {
      const shortfall = await this.#read(group);
      if (shortfall) shortfalls.push(shortfall);
    });
    return shortfalls.sort((a, b) => (a.subject ?? '').localeCompare(b.subject ?? ''));
  }

  async #read(group: Group): Promise<Shortfall | undefined> {
    const { store } = this.#deps;
    const { members, shortfall } = await this.#membersOf(group);
    this.#alive.progress({ group: group.id, members: members.length });
    await this.#seen?.(group.id, members, shortfall === undefined);
    if (shortfall) {
      await addDoubtfulMembers(store, group.id, members);
      return shortfall;
    }
    const isSettled = Date.now() - Date.parse(group.lastMembershipUpdated) > settlingMs;
    await saveMembers(store, group.id, members, isSettled ? group.lastMembershipUpdated : null);
    return undefined;
  }

  async #membersOf(group: Group): Promise<MembersRead> {
    const { store, source, log } = this.#deps;
    const members = new Set<OktaUserId>();
    const about = { list: 'members', subject: group.id, before: await countKnownMembers(store, group.id) } as const;
    const pages = () => source.members(group.id, { signal: this.#alive.signal });
    const counted = group.memberCount === undefined ? {} : { counted: group.memberCount };
    try {
      const reading = await readList(log, about, pages, async (page) => {
        for (const id of page) members.add(id);
      });
      return { members: [...members], shortfall: shortfallOf({ ...reading, ...counted, found: members.size }) };
    } catch (error) {
      if (!isFailure(error, 'Conflict') || error.details.status !== 404) throw error;
      // Deleted since it was listed, or no longer to be seen.
      return { members: [], shortfall: { code: 'sees-less', list: 'members', subject: group.id } };
    }
  }

  /** Those of the groups that Okta still lists, with its count of now. */
  async #asCountedNow(wanted: ReadonlySet<string | undefined>): Promise<Group[]> {
    const { store, source, log } = this.#deps;
    const fresh = new Map<OktaGroupId, Group>();
    const pages = () => source.groups({ signal: this.#alive.signal });
    await readList(log, { list: 'groups', before: wanted.size }, pages, async (page) => {
      const those = page.filter(({ id }) => wanted.has(id));
      await saveGroups(store, this.#snapshot, those);
      for (const group of those) fresh.set(group.id, group);
    });
    return [...fresh.values()];
  }
}

interface MembersRead {
  readonly members: readonly OktaUserId[];
  readonly shortfall: Shortfall | undefined;
}

/** Keeps the last active member of each privileged group, so that a product is never left without an administrator. */
import type { AccountChange, Finding, MembershipChange } from './change.ts';
import { finding } from './finding.ts';
import type { AccountId, OktaGroupId, TargetGroupId } from './ids.ts';

type PersonChange = AccountChange | MembershipChange;

/**
 * Goes through a whole plan, person by person: each removal counts for those that come after it, so that two
 * administrators who leave at once do not both go. Additions do not count, since they are carried out last and may fail.
 */
export class Administrators {
  readonly #active: ReadonlyMap<TargetGroupId, Set<AccountId>>;
  readonly #targetGroups: ReadonlyMap<OktaGroupId, TargetGroupId>;

  /**
   * @param active the active members of every privileged group, managed or not
   * @param managed which Okta group keeps which target group
   */
  constructor(
    active: ReadonlyMap<TargetGroupId, ReadonlySet<AccountId>>,
    managed: ReadonlyMap<TargetGroupId, OktaGroupId>,
  ) {
    this.#active = new Map([...active].map(([group, accounts]) => [group, new Set(accounts)]));
    this.#targetGroups = new Map([...managed].map(([target, group]) => [group, target]));
  }

  /** The changes that leave every privileged group an active member, and what is told instead of the others. */
  spare<C extends PersonChange>(changes: readonly C[]): { changes: readonly C[]; findings: readonly Finding[] } {
    const findings: Finding[] = [];
    const kept = changes.filter((change) => {
      const left = this.#groupsLeftBy(change);
      const orphaned = left.filter(({ members }) => members.size === 1).map(({ id }) => id);
      if (orphaned.length > 0) {
        const about = change.kind === 'remove-member' ? { group: change.group } : {};
        const person = change.person === undefined ? {} : { person: change.person };
        findings.push(finding({ ...about, ...person }, 'last-administrator', orphaned));
        return false;
      }
      for (const { members, account } of left) members.delete(account);
      return true;
    });
    return { changes: kept, findings };
  }

  #groupsLeftBy(change: PersonChange): { id: TargetGroupId; members: Set<AccountId>; account: AccountId }[] {
    if (change.kind !== 'deactivate-account' && change.kind !== 'remove-member') return [];
    const { account } = change;
    const only = change.kind === 'remove-member' ? this.#targetGroups.get(change.group) : undefined;
    return [...this.#active].flatMap(([id, members]) =>
      members.has(account) && (change.kind === 'deactivate-account' || id === only) ? [{ id, members, account }] : [],
    );
  }
}

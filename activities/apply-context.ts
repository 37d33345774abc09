import type { Account } from '../domain/account.ts';
import type { Outcome, OutcomeDetail } from '../domain/change.ts';
import type { CallOptions } from '../domain/directory.ts';
import type { Failure } from '../domain/failure.ts';
import type { AccountId, OktaGroupId, OktaUserId, TargetGroupId } from '../domain/ids.ts';
import { createPolicy, type Policy, withReadyGroups } from '../domain/policy.ts';
import { refuseProblems } from '../domain/resolve-target.ts';
import type { Store } from '../store/connect.ts';
import { groupLinks, type LinkOrigin } from '../store/links.ts';
import { doubtfulGroups } from '../store/okta-mirror.ts';
import type { ChangeRow } from '../store/plans.ts';
import { privilegedGroups } from '../store/privileged-groups.ts';
import { resolutionOf } from '../store/target-resolution.ts';
import type { Claim, Claims } from './claims.ts';
import type { ConnectedTarget, Dependencies } from './dependencies.ts';
import { createSlots, type Slot } from './slots.ts';

/** What every change of one step is carried out with. */
export interface StepContext {
  readonly deps: Dependencies;
  readonly target: ConnectedTarget;
  readonly name: string;
  /** As things are now: only groups that are linked by now count as managed. */
  readonly policy: Policy;
  readonly groups: ReadonlyMap<OktaGroupId, TargetGroupId>;
  /**
   * Okta is asked about each person before they get in: groups that give power over the product, and those whose members
   * could not be read as a whole, so that the mirror may hold people who have left.
   */
  readonly guardedGroups: ReadonlySet<OktaGroupId>;
  readonly call: CallOptions;
  /** For requests: as many at a time as the target may get. Whoever waits for a claim holds none. */
  readonly slot: Slot;
}

/** What every change of one portion is carried out with. */
export interface ApplyContext extends StepContext {
  /** The accounts of the portion's people, as they were linked when it began. */
  readonly links: ReadonlyMap<OktaUserId, AccountId>;
  readonly claims: Claims;
}

/** What carrying out a change did; recorded together, so that mirror, links and evidence agree. */
export interface Effect {
  readonly seq: number;
  readonly outcome: Outcome;
  readonly detail?: OutcomeDetail;
  readonly vendorRequestId?: string;
  readonly account?: Account;
  readonly link?: { readonly person: OktaUserId; readonly account: AccountId; readonly origin: LinkOrigin };
  readonly groupLink?: {
    readonly group: OktaGroupId;
    readonly targetGroup: TargetGroupId;
    readonly name: string;
    readonly origin: LinkOrigin;
  };
  /** Deleted at the target. */
  readonly goneGroup?: TargetGroupId;
  readonly membership?: { readonly group: TargetGroupId; readonly account: AccountId; readonly isMember: boolean };
  /** What it was done under. If that was lost by the time of recording, the effect is not recorded. */
  readonly claim?: Claim;
  /** Is to be planned again. */
  readonly changedPerson?: OktaUserId;
}

export async function createStepContext(
  deps: Dependencies,
  target: ConnectedTarget,
  call: CallOptions,
): Promise<StepContext> {
  const { settings, directory } = target;
  const { problems, scope } = await resolutionOf(deps.store, settings);
  refuseProblems(settings.name, problems);
  const groups = await groupLinks(deps.store, settings.name);
  // Whether a group that Okta no longer shows was deleted is asked live, before anybody is taken out of it.
  const whole = createPolicy(settings, directory.capabilities, { ...scope, deletedGroups: scope.goneGroups });
  const policy = withReadyGroups(whole, new Set(groups.keys()));
  return {
    deps,
    target,
    name: settings.name,
    policy,
    groups,
    guardedGroups: new Set([...(await privilegedGroups(deps.store, settings)), ...(await inDoubt(deps.store, policy))]),
    call,
    slot: createSlots(target.concurrency),
  };
}

async function inDoubt(store: Store, { managedGroups, partsOf }: Policy): Promise<OktaGroupId[]> {
  const doubtful = new Set(await doubtfulGroups(store));
  return [...managedGroups].filter((group) => partsOf(group).some((part) => doubtful.has(part)));
}

/** A change that stays unavailable while others go through is parked after so many tries. */
export const triesBeforeParking = 5;

/** Permanent failures park the change: with a reason, for a human, never dropped silently. */
export function parkedBy(row: ChangeRow, { kind, details }: Failure): Effect {
  return {
    seq: row.seq,
    outcome: 'parked',
    detail: details.code === undefined ? kind : `${kind}:${details.code}`,
    ...(details.requestId === undefined ? {} : { vendorRequestId: details.requestId }),
  };
}

export const requestIdOf = ({ requestId }: { readonly requestId?: string }): { vendorRequestId?: string } =>
  requestId === undefined ? {} : { vendorRequestId: requestId };

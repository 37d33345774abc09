/**
 * What a script leaves behind for the oracles, as plain data: what Okta really was at each moment, every call that
 * reached the directory with what it really did there, and the rows that Lockstep keeps. A test can alter any of it.
 */

/** Okta as it was from this moment until the next one. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly people: Readonly<Record<string, OktaPerson>>;
  /** By Okta id; members as Okta lists them, whatever their status. */
  readonly groups: Readonly<Record<string, { readonly name: string; readonly members: readonly string[] }>>;
}

export interface OktaPerson {
  readonly status: string;
  readonly login: string;
  readonly email: string;
  readonly displayName: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly title: string | undefined;
}

/** What one call really changed at the directory. */
export type Effect =
  | {
      readonly kind: 'create' | 'activate' | 'deactivate' | 'delete';
      readonly account: string;
      readonly person?: string;
    }
  | {
      readonly kind: 'update';
      readonly account: string;
      readonly person?: string;
      readonly attributes: readonly string[];
      /** Whether it is the Okta id that was set. */
      readonly isLink: boolean;
    }
  | {
      readonly kind: 'join' | 'leave';
      readonly account: string;
      readonly person?: string;
      readonly group: string;
      readonly groupName: string;
    }
  | { readonly kind: 'create-group' | 'delete-group'; readonly group: string; readonly groupName: string };

export interface Call {
  readonly n: number;
  readonly at: number;
  readonly by: 'lockstep' | 'hand';
  readonly method: string;
  readonly path: string;
  /** As the client got it; 0 when it got none. */
  readonly status: number;
  /** As the directory answered; undefined when a fault kept the call from it. */
  readonly trueStatus: number | undefined;
  /** Id of the fault that struck. */
  readonly fault: string | undefined;
  readonly effects: readonly Effect[];
  /** User names and addresses that it sent although the account had them already. */
  readonly sameNames: readonly string[];
}

/** A step of a person's life at Okta that somebody asked for. */
export interface OktaCall {
  readonly n: number;
  readonly at: number;
  readonly by: 'lockstep' | 'hand';
  readonly person: string;
  /** `suspend`, `unsuspend`, `activate`, `deactivate`, `sessions`, ... */
  readonly step: string;
  /** As the client got it; 0 when it got none. */
  readonly status: number;
  /** As Okta answered; undefined when a fault kept the call from it. */
  readonly trueStatus: number | undefined;
  readonly fault: string | undefined;
  /** The person's status right before and right after. */
  readonly before?: string;
  readonly after?: string;
}

/** What HR ordered, as the script itself wrote it down. */
export interface Order {
  readonly id: string;
  readonly person: string;
  readonly kind: 'request' | 'cancel' | 'release';
  /** Counts the orders about one person from 1; the highest counts. */
  readonly seq: number;
  /** Of a request. */
  readonly okta?: 'suspend' | 'deactivate';
  /** Epoch milliseconds; when it was sent first, for a request that takes effect at once. */
  readonly effectiveAt?: number;
  readonly sentAt: number;
  /** Epoch milliseconds of when it was acknowledged. */
  readonly takenAt: number;
}

/** When a hold was set or ended, as the database itself noted it. */
export interface HoldNote {
  readonly at: number;
  readonly person: string;
  readonly isHeld: boolean;
}

/** When somebody was claimed, as the database itself noted it. */
export interface ClaimNote {
  readonly at: number;
  readonly person: string;
}

/** An offboarding as it is stored; instants in epoch milliseconds. */
export interface Offboarding {
  readonly id: string;
  readonly person: string;
  readonly state: string;
  readonly okta: string;
  readonly effectiveAt: number;
  readonly inEffectAt: number | undefined;
  readonly completedAt: number | undefined;
  readonly endedAt: number | undefined;
}

export interface OffboardingStep {
  readonly offboarding: string;
  readonly system: string;
  readonly step: string;
  readonly state: string;
  readonly at: number;
  readonly detail: string | null;
}

/** A command as it is stored. */
export interface StoredCommand {
  readonly id: string;
  readonly person: string;
  readonly seq: number;
  readonly kind: string;
  readonly answer: string;
}

/** The time that somebody who was suspended at Okta has is over. */
export interface GraceEnd {
  readonly at: number;
  readonly person: string;
}

/** Something that was changed at Okta was to go over by its log alone. */
export interface Arrival {
  readonly what: string;
  /** What was still not right when the time was up; empty when it arrived. */
  readonly missing: readonly string[];
}

export interface Account {
  readonly id: string;
  readonly person: string | undefined;
  readonly isActive: boolean;
  readonly userName: string;
  readonly email: string;
  readonly displayName: string | undefined;
  readonly givenName: string | undefined;
  readonly familyName: string | undefined;
  readonly title: string | undefined;
}

export interface TargetGroup {
  readonly id: string;
  readonly name: string;
  /** Account ids. */
  readonly members: readonly string[];
}

export interface DirectoryState {
  readonly accounts: readonly Account[];
  readonly groups: readonly TargetGroup[];
}

export interface Run {
  readonly id: string;
  readonly kind: string;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  readonly planId: string | undefined;
  /** When the reading of Okta began that its plan was made from. */
  readonly readAt: number | undefined;
  readonly problem: string | undefined;
  /** Of a run for one person. */
  readonly person: string | undefined;
}

/** What a plan or an approval lists; ids of Okta, of the account, of the target's group. */
export interface Line {
  readonly kind: string;
  readonly person: string | null;
  readonly account: string | null;
  readonly group: string | null;
}

export interface Approval {
  readonly planId: string;
  readonly at: number;
  readonly lines: readonly Line[];
}

/** Okta was asked about somebody by id and answered truthfully, be it that there is no such person. */
export interface LiveRead {
  readonly at: number;
  readonly person: string;
}

/** A row of the audit log as it is stored; `at` in UTC to the microsecond. */
export interface AuditRow {
  readonly position: number;
  readonly at: string;
  readonly run_id: string;
  readonly plan_id: string;
  readonly seq: number;
  readonly target: string;
  readonly kind: string;
  readonly person_id: string | null;
  readonly group_id: string | null;
  readonly account_id: string | null;
  readonly target_group_id: string | null;
  readonly before: Readonly<Record<string, string>> | null;
  readonly after: Readonly<Record<string, string>> | null;
  readonly reason: string;
  readonly outcome: string;
  readonly detail: string | null;
  readonly vendor_request_id: string | null;
  readonly approval: string | null;
  readonly approved_by: string | null;
  readonly previous_hash: string;
  readonly hash: string;
}

export interface AuditHead {
  readonly runId: string;
  readonly hash: string;
  readonly length: number;
}

export interface Evidence {
  /** Epoch milliseconds of when it was taken down. */
  readonly at: number;
  readonly timeline: readonly Moment[];
  readonly calls: readonly Call[];
  readonly oktaCalls: readonly OktaCall[];
  readonly orders: readonly Order[];
  readonly holds: readonly HoldNote[];
  readonly claims: readonly ClaimNote[];
  readonly offboardings: readonly Offboarding[];
  readonly steps: readonly OffboardingStep[];
  readonly commands: readonly StoredCommand[];
  readonly graceEnds: readonly GraceEnd[];
  readonly arrivals: readonly Arrival[];
  readonly directory: DirectoryState;
  /** What the directory held before Lockstep came. */
  readonly before: DirectoryState;
  readonly runs: readonly Run[];
  readonly approvals: readonly Approval[];
  readonly liveReads: readonly LiveRead[];
  /** How old what Okta's lists show may be, in milliseconds. */
  readonly lagMs: number;
  readonly audit: readonly AuditRow[];
  /** Heads that runs told Temporal and the log. */
  readonly heads: readonly AuditHead[];
  /** What is still open when everything should be done, a sentence each. */
  readonly open: readonly string[];
  /** Number of the last call before the sync that should have had nothing to do. */
  readonly restsAfter: number;
  /** Places where a person's words were found. */
  readonly words: readonly string[];
  /** Faults and strikes that were ordered and did not happen. */
  readonly unfired: readonly string[];
  /** Whether workers were killed, frozen or two, or the database or Temporal was away: answers may be lost without a fault. */
  readonly isBroken: boolean;
}

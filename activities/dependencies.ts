import type { Outcome } from '../domain/change.ts';
import type { SourceDirectory, TargetDirectory } from '../domain/directory.ts';
import type { Limit } from '../domain/guard.ts';
import type { OktaAppId, OktaUserId } from '../domain/ids.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { Store } from '../store/connect.ts';

/** One configured target, connected. */
export interface ConnectedTarget {
  readonly settings: TargetSettings;
  /** Identifies its policy-relevant configuration; a plan is only carried out under the one it was made with. */
  readonly configuration: string;
  readonly directory: TargetDirectory;
  /** `2027-03-31`, where the configuration says until when its key is good. */
  readonly apiKeyExpires?: string;
  /** Requests in flight at most. */
  readonly concurrency: number;
}

/** All that activities work with; the worker's main composes it. */
export interface Dependencies {
  readonly store: Store;
  readonly source: SourceDirectory;
  /** Requests to the source in flight at most. */
  readonly sourceConcurrency: number;
  /** People whom every reading of the source must show, beside those that are picked. */
  readonly canaries?: readonly OktaUserId[];
  readonly targets: ReadonlyMap<string, ConnectedTarget>;
  /** True for the sandbox, where a target's first plan needs no approval. */
  readonly isSandbox: boolean;
  readonly approvals: ApprovalRules;
  /** In the sandbox: raises `GuardTripped` unless every address is one of our own simulators. */
  readonly assertMayApply: () => Promise<void>;
  /** How Okta's System Log is followed; absent where it is not. */
  readonly catchUp?: { readonly everyMs: number; readonly signIns: boolean };
  readonly offboarding: OffboardingRules;
  /** Aborted when the process has been asked to end: finish what is under way, begin nothing. */
  readonly stopping: AbortSignal;
  readonly log: Log;
  readonly notify: Notify;
  /** For the metrics. */
  readonly countOutcomes: (target: string, effects: readonly { readonly outcome: Outcome }[]) => void;
}

export interface OffboardingRules {
  /** Who was suspended at Okta is deactivated there after so long; absent: never by itself. */
  readonly deactivateAfterMs?: number;
  /** Of orders in a day that take effect without being confirmed. */
  readonly limit: Limit;
}

/** Who may release what waits, as the configuration says. */
export interface ApprovalRules {
  readonly expireAfterMs: number;
  readonly approvers: readonly { readonly id: string; readonly publicKey: string }[];
  readonly signatures: number;
}

/** Who is told of what needs attention. */
export interface Notify {
  readonly channels: readonly NoticeChannel[];
  /** Where whoever is told can look at it. */
  readonly readerUrl: string;
}

export interface NoticeChannel {
  readonly name: string;
  /** Resolves with a code that says why it was not taken; undefined when it was. */
  send(message: NoticeMessage): Promise<string | undefined>;
}

/** The same in codes, for programs, and in words. No names of people in either. */
export interface NoticeMessage {
  /** The same each time that it is sent, so that whoever gets it twice can tell. */
  readonly id: string;
  readonly createdAt: Date;
  /** `lockstep.target-paused` */
  readonly type: string;
  readonly data: Readonly<Record<string, string | number>>;
  readonly subject: string;
  readonly text: string;
}

export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** The apps whose assignments decide a scope. */
export const scopeApps = (targets: Dependencies['targets']): OktaAppId[] => [
  ...new Set([...targets.values()].flatMap(({ settings: { scope } }) => (scope.by === 'app' ? [scope.appId] : []))),
];

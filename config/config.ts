/** The configuration as the rest of Lockstep sees it: defaults filled in, frozen, and without any secret. */
import type { Limit } from '../domain/guard.ts';
import type { OktaUserId, TargetName } from '../domain/ids.ts';
import type { TargetSettings } from '../domain/settings.ts';
import type { LockstepFile, TargetEntry } from './schema.ts';
import type { SecretRef } from './secret.ts';
import type { targetKinds } from './target-schema.ts';

export type OktaCredentials =
  | { readonly by: 'api-token'; readonly apiToken: SecretRef }
  | {
      readonly by: 'private-key';
      readonly clientId: string;
      readonly privateKey: SecretRef;
      readonly keyId?: string;
      /** OAuth scopes to ask for. */
      readonly scopes: readonly string[];
    };

export interface Pacing {
  /** Requests a minute that the vendor allows, where it does not tell itself. */
  readonly requestsPerMinute?: number;
  /** Part of the vendor's limit to use, above 0 and up to 1. */
  readonly share: number;
  /** Most requests at the same time. */
  readonly concurrency: number;
}

export interface OktaConfig {
  /** Without a trailing slash. */
  readonly orgUrl: string;
  readonly credentials: OktaCredentials;
  readonly pacing: Pacing;
  /** People whom every whole reading must show, or say that they are gone. */
  readonly canaries: readonly OktaUserId[];
}

export interface ApprovalConfig {
  /** How long a plan may wait for approval, and an approval for being carried out. */
  readonly expireAfterMs: number;
  /** Whoever approves must sign with one of these keys; anybody may when there is none. */
  readonly approvers: readonly { readonly id: string; readonly publicKey: string }[];
  /** How many different approvers must sign. */
  readonly signatures: number;
}

export interface NotifyConfig {
  readonly webhook?: { readonly url: string; readonly secret: SecretRef };
  readonly mail?: {
    readonly server: string;
    readonly user?: string;
    readonly password?: SecretRef;
    readonly from: string;
    readonly to: readonly string[];
  };
}

export interface EncryptionConfig {
  /** The first encrypts, all decrypt; none: nothing is encrypted. Ids are unique. */
  readonly keys: readonly { readonly id: string; readonly key: SecretRef }[];
  readonly codecServer?: {
    /** `host:port` */
    readonly listen: string;
    readonly token: SecretRef;
    /** As browsers write an origin: without a path. */
    readonly uiOrigin: string;
  };
}

export interface HookConfig {
  /** At least one; any of them counts. */
  readonly secrets: readonly SecretRef[];
}

export const hookNames = ['okta', 'hr', 'login'] as const;
export type HookName = (typeof hookNames)[number];

/** A hook that is absent is not served. */
export type ReceiverConfig = { readonly [hook in HookName]?: HookConfig } & {
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
};

export interface CatchUpConfig {
  readonly everyMs: number;
  readonly signIns: boolean;
}

export interface OffboardingConfig {
  /** Absent: never. */
  readonly deactivateAfterMs?: number;
  /** Of orders in a day that take effect without being confirmed. */
  readonly limit: Limit;
}

export type TargetKind = (typeof targetKinds)[number];

export interface TargetConfig {
  readonly kind: TargetKind;
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly credentials: { readonly apiKey: SecretRef };
  readonly pacing: Pacing;
  /** Most members in one request. */
  readonly memberBatch: number;
  /** `2027-03-31` */
  readonly apiKeyExpires?: string;
  readonly settings: TargetSettings;
}

export type Schedule = { readonly isPaused: boolean } & (
  | { readonly everyMs: number }
  /** Five fields; `timezone` is an IANA name. */
  | { readonly cron: string; readonly timezone: string }
);

export interface Config {
  /** Whether all addresses are said to be those of Lockstep's own simulators; they have to prove it. */
  readonly isSandbox: boolean;
  readonly okta: OktaConfig;
  /** At least one, in the order of the file; names are unique. */
  readonly targets: readonly TargetConfig[];
  readonly schedule: Schedule;
  readonly approvals: ApprovalConfig;
  readonly notify: NotifyConfig;
  readonly telemetry: { readonly tracesEndpoint?: string };
  readonly encryption: EncryptionConfig;
  readonly receiver: ReceiverConfig;
  /** Absent where Okta's log is not followed. */
  readonly catchUp?: CatchUpConfig;
  readonly offboarding: OffboardingConfig;
}

export function toConfig(file: LockstepFile): Config {
  const targets = Object.entries(file.targets).map(([name, entry]) => toTarget(name as TargetName, entry));
  const { traces } = file.telemetry;
  return deepFreeze({
    isSandbox: file.sandbox,
    okta: toOkta(file.source.okta, targets),
    targets,
    schedule: toSchedule(file),
    approvals: toApprovals(file.approvals),
    notify: toNotify(file.notify),
    telemetry: traces === undefined ? {} : { tracesEndpoint: traces.endpoint },
    encryption: toEncryption(file.encryption),
    receiver: toReceiver(file.receiver),
    ...toCatchUp(file.catchUp),
    offboarding: toOffboarding(file.offboarding),
  });
}

function toOkta(okta: LockstepFile['source']['okta'], targets: readonly TargetConfig[]): OktaConfig {
  const { apiToken, clientId = '', privateKey, keyId, scopes } = okta.credentials;
  const credentials: OktaCredentials =
    privateKey === undefined
      ? { by: 'api-token', apiToken: apiToken ?? unreachable() }
      : {
          by: 'private-key',
          clientId,
          privateKey,
          scopes: scopes ?? leastScopes(targets),
          ...(keyId === undefined ? {} : { keyId }),
        };
  return { orgUrl: okta.orgUrl, credentials, pacing: okta.pacing, canaries: okta.canaries as OktaUserId[] };
}

/** Okta refuses a token altogether when one scope of the request was not granted, so only what is used is asked for. */
const leastScopes = (targets: readonly TargetConfig[]): string[] => [
  'okta.users.read',
  'okta.groups.read',
  'okta.logs.read',
  ...(targets.some(({ settings }) => settings.scope.by === 'app') ? ['okta.apps.read'] : []),
];

function toTarget(name: TargetName, entry: TargetEntry): TargetConfig {
  const { requestsPerMinute, share, concurrency } = entry.pacing;
  return {
    kind: entry.kind,
    baseUrl: entry.baseUrl,
    credentials: entry.credentials,
    pacing: { share, concurrency, ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }) },
    memberBatch: entry.memberBatch,
    ...(entry.apiKeyExpires === undefined ? {} : { apiKeyExpires: entry.apiKeyExpires }),
    settings: {
      name,
      scope: entry.scope,
      mapping: entry.account,
      groups: entry.groups,
      membershipAuthority: entry.membershipAuthority,
      leaver: entry.leaver,
      operations: entry.operations,
      protectedPeople: entry.protect.people,
      emergencyPeople: entry.protect.emergency,
      protectedGroups: entry.protect.groups,
      ignoredAccounts: entry.ignore.accounts,
      ignoredGroups: entry.ignore.groups,
      privilegedGroups: entry.privilegedGroups,
      guards: entry.guards,
      drift: entry.drift,
      pauseWhenFailing: { share: entry.pauseWhenFailing.percent / 100, atLeast: entry.pauseWhenFailing.atLeast },
    },
  };
}

const toApprovals = ({ expireAfter, ...rest }: LockstepFile['approvals']): ApprovalConfig => ({
  expireAfterMs: expireAfter,
  ...rest,
});

function toNotify({ webhook, mail }: LockstepFile['notify']): NotifyConfig {
  if (!mail) return webhook ? { webhook } : {};
  const { user, password, ...rest } = mail;
  const login = { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
  return { ...(webhook ? { webhook } : {}), mail: { ...rest, ...login } };
}

const toEncryption = ({ keys, codecServer }: LockstepFile['encryption']): EncryptionConfig => ({
  keys,
  ...(codecServer ? { codecServer } : {}),
});

const toReceiver = ({ okta, hr, login, trustedProxies }: LockstepFile['receiver']): ReceiverConfig => ({
  trustedProxies,
  ...(okta ? { okta } : {}),
  ...(hr ? { hr } : {}),
  ...(login ? { login } : {}),
});

const toCatchUp = ({ enabled, every, signIns }: LockstepFile['catchUp']): Pick<Config, 'catchUp'> =>
  enabled ? { catchUp: { everyMs: every, signIns } } : {};

const toOffboarding = ({ deactivateAtOktaAfter, limit }: LockstepFile['offboarding']): OffboardingConfig => ({
  limit,
  ...(deactivateAtOktaAfter === 'never' ? {} : { deactivateAfterMs: deactivateAtOktaAfter }),
});

/** Outside the sandbox a schedule starts paused: the first plan is for somebody to look at. */
function toSchedule({ sandbox, schedule }: LockstepFile): Schedule {
  const isPaused = schedule.paused ?? !sandbox;
  if (schedule.cron !== undefined) return { cron: schedule.cron, timezone: schedule.timezone ?? 'UTC', isPaused };
  return { everyMs: schedule.every ?? unreachable(), isPaused };
}

/** The schema has made sure that exactly one of the alternatives is there. */
function unreachable(): never {
  throw new Error('lockstep.yaml passed its schema without a required alternative');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

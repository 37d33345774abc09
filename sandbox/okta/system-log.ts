import { randomUUID } from 'node:crypto';
import { type GroupRecord, isoTime, type UserRecord } from './records.ts';

/** Who makes a change, and through which call: it ends in the event's actor, transaction and debug data. */
export interface Cause {
  now: number;
  actor: { id: string; type: string; alternateId: string; displayName: string };
  transactionId: string;
  /** `JOB` for what Okta does by itself, such as an import. */
  transactionType: 'WEB' | 'JOB';
  /** Id of the API token, which lets a consumer recognise its own writes. */
  apiTokenId?: string;
  requestUri?: string;
  userAgent?: string;
}

export interface LogTarget {
  id: string;
  type: string;
  alternateId: string;
  displayName: string;
}

export interface EventInput {
  eventType: string;
  displayMessage: string;
  target: LogTarget[];
  debugData?: Record<string, unknown>;
  severity?: 'INFO' | 'WARN';
}

export interface LoggedEvent {
  /** Order of persistence. */
  sequence: number;
  /** Epoch milliseconds of persistence. */
  at: number;
  event: Record<string, unknown>;
}

const RETENTION_MS = 90 * 24 * 3_600_000;
const MAX_EVENTS = 200_000;

// The old Events API names, for the types whose name is documented by a captured event.
const LEGACY_TYPES: Record<string, string> = {
  'group.user_membership.add': 'core.user_group_member.user_add',
  'group.user_membership.remove': 'core.user_group_member.user_remove',
  'user.lifecycle.deactivate': 'core.user.config.user_deactivated',
  'application.user_membership.add': 'app.generic.provision.assign_user_to_app',
};

/** Okta's System Log: append only, ninety days. */
export class SystemLog {
  #events: LoggedEvent[] = [];
  #sequence = 0;
  /** Nothing is written while a population is seeded: its past lies before the retention. */
  isMuted = false;

  write(cause: Cause, input: EventInput): void {
    if (this.isMuted) return;
    this.#sequence += 1;
    this.#events.push({ sequence: this.#sequence, at: cause.now, event: toEvent(cause, input) });
    if (this.#events.length > MAX_EVENTS * 1.1) this.#events = this.#events.slice(-MAX_EVENTS);
  }

  /** Events of the last ninety days after a sequence number, in the order of persistence. */
  *after(sequence: number, now: number): Generator<LoggedEvent> {
    const oldest = this.#events[0]?.sequence ?? 0;
    for (let at = Math.max(0, sequence - oldest + 1); at < this.#events.length; at += 1) {
      const logged = this.#events[at] as LoggedEvent;
      if (logged.at > now - RETENTION_MS) yield logged;
    }
  }

  dump(): { sequence: number; events: LoggedEvent[] } {
    return { sequence: this.#sequence, events: this.#events };
  }

  restore(saved: { sequence: number; events: LoggedEvent[] }): void {
    this.#sequence = saved.sequence;
    this.#events = saved.events;
  }
}

export function userTarget(user: UserRecord): LogTarget {
  return { id: user.id, type: 'User', alternateId: user.profile.login, displayName: displayNameOf(user) };
}

export function groupTarget(group: GroupRecord): LogTarget {
  return { id: group.id, type: 'UserGroup', alternateId: 'unknown', displayName: group.profile.name };
}

export function displayNameOf({ profile }: UserRecord): string {
  if (typeof profile.displayName === 'string') return profile.displayName;
  return [profile.firstName, profile.lastName].filter(Boolean).join(' ') || profile.login;
}

function toEvent(cause: Cause, input: EventInput): Record<string, unknown> {
  const legacyEventType = LEGACY_TYPES[input.eventType];
  return {
    actor: { ...cause.actor, detailEntry: null },
    client: {
      userAgent: { rawUserAgent: cause.userAgent ?? 'Okta', os: 'Unknown', browser: 'UNKNOWN' },
      zone: 'null',
      device: 'Unknown',
      id: null,
      ipAddress: '127.0.0.1',
      geographicalContext: null,
    },
    device: null,
    authenticationContext: {
      authenticationProvider: null,
      credentialProvider: null,
      credentialType: null,
      issuer: null,
      interface: null,
      authenticationStep: 0,
      rootSessionId: null,
      externalSessionId: `trs${cause.transactionId}`,
    },
    displayMessage: input.displayMessage,
    eventType: input.eventType,
    outcome: { result: 'SUCCESS', reason: null },
    published: isoTime(cause.now),
    securityContext: { asNumber: null, asOrg: null, isp: null, domain: null, isProxy: null },
    severity: input.severity ?? 'INFO',
    debugContext: { debugData: { ...(cause.requestUri && { requestUri: cause.requestUri }), ...input.debugData } },
    ...(legacyEventType && { legacyEventType }),
    transaction: {
      type: cause.transactionType,
      id: cause.transactionId,
      detail: cause.apiTokenId ? { requestApiTokenId: cause.apiTokenId } : {},
    },
    uuid: randomUUID(),
    version: '0',
    request: { ipChain: [{ ip: '127.0.0.1', geographicalContext: null, version: 'V4', source: null }] },
    target: input.target.map((target) => ({ ...target, detailEntry: null })),
  };
}

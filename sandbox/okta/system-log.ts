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
  /** SUCCESS unless given. */
  outcome?: { result: 'SUCCESS' | 'FAILURE'; reason: string };
}

export interface LoggedEvent {
  /** Order of persistence. */
  sequence: number;
  /** Epoch milliseconds of persistence. */
  at: number;
  /** Epoch milliseconds of what the event calls `published`. */
  happenedAt: number;
  event: Record<string, unknown>;
}

export interface SavedLog {
  sequence: number;
  events: LoggedEvent[];
  waiting: Omit<LoggedEvent, 'sequence'>[];
}

/** A state file may be older than a field. */
type RestoredLog = Omit<SavedLog, 'waiting'> & Partial<SavedLog>;

/** What Okta's documents leave open or warn of ("System Log query": not in the order of `published`; consumers see repeats). */
export interface LogManners {
  /** Every second event is persisted this much later than it is published, hence behind younger ones. */
  logDisorderMs: number;
  /** Every nth event stands in the log twice, with the same uuid; 0: none. */
  logDuplicateEvery: number;
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
  #written = 0;
  /** Published and not persisted yet, in the order of their time. */
  #waiting: Omit<LoggedEvent, 'sequence'>[] = [];
  #manners: LogManners = { logDisorderMs: 0, logDuplicateEvery: 0 };
  /** Nothing is written while a population is seeded: its past lies before the retention. */
  isMuted = false;
  /** Hears of each event as it is published, which may be before it can be read. */
  onEvent: ((event: Record<string, unknown>) => void) | undefined;

  write(cause: Cause, input: EventInput): void {
    if (this.isMuted) return;
    this.#written += 1;
    const event = toEvent(cause, input);
    const { logDisorderMs } = this.#manners;
    const isLate = logDisorderMs > 0 && this.#written % 2 === 1;
    const entry = { at: cause.now + (isLate ? logDisorderMs : 0), happenedAt: cause.now, event };
    if (isLate) this.#waiting.push(entry);
    else this.#persist(entry);
    this.onEvent?.(event);
  }

  /** Persists what is due by now, and takes over how the log is to behave from here on. */
  keepUp(now: number, manners: LogManners): void {
    this.#manners = manners;
    for (const entry of this.#waiting.filter(({ at }) => at <= now)) this.#persist(entry);
    this.#waiting = this.#waiting.filter(({ at }) => at > now);
  }

  /** Number of the newest event. */
  get newest(): number {
    return this.#sequence;
  }

  #persist(entry: Omit<LoggedEvent, 'sequence'>): void {
    this.#append(entry);
    const { logDuplicateEvery } = this.#manners;
    if (logDuplicateEvery > 0 && this.#sequence % logDuplicateEvery === 0) this.#append(entry);
    if (this.#events.length > MAX_EVENTS * 1.1) this.#events = this.#events.slice(-MAX_EVENTS);
  }

  #append(entry: Omit<LoggedEvent, 'sequence'>): void {
    this.#sequence += 1;
    this.#events.push({ sequence: this.#sequence, ...entry });
  }

  /** Events of the last ninety days after a sequence number, in the order of persistence. */
  *after(sequence: number, now: number): Generator<LoggedEvent> {
    const oldest = this.#events[0]?.sequence ?? 0;
    for (let at = Math.max(0, sequence - oldest + 1); at < this.#events.length; at += 1) {
      const logged = this.#events[at] as LoggedEvent;
      if (logged.at > now - RETENTION_MS) yield logged;
    }
  }

  dump(): SavedLog {
    return { sequence: this.#sequence, events: this.#events, waiting: this.#waiting };
  }

  restore(saved: RestoredLog): void {
    this.#sequence = saved.sequence;
    this.#events = saved.events.map((logged) => ({ ...logged, happenedAt: logged.happenedAt ?? logged.at }));
    this.#waiting = saved.waiting ?? [];
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
    outcome: input.outcome ?? { result: 'SUCCESS', reason: null },
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

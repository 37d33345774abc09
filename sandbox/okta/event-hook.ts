import type { LogTarget } from './system-log.ts';

/** Where an event hook leads. */
export interface HookChannel {
  uri: string;
  /** Sent along with each delivery. */
  headers: { key: string; value: string }[];
  /** The header that proves the org to the receiver; its value is never shown again. */
  authScheme?: { key: string; value: string };
}

/** Times are ISO 8601. */
export interface EventHookRecord {
  id: string;
  name: string;
  description: string | null;
  status: 'ACTIVE' | 'INACTIVE';
  verificationStatus: 'UNVERIFIED' | 'VERIFIED';
  /** Epoch milliseconds. */
  verifiedAt?: number;
  created: string;
  /** Id of whoever created it. */
  createdBy: string;
  lastUpdated: string;
  eventTypes: string[];
  channel: HookChannel;
}

/** "Only ACTIVE and VERIFIED event hooks can receive events" (Verify an event hook). */
export function isDelivering({ status, verificationStatus }: EventHookRecord): boolean {
  return status === 'ACTIVE' && verificationStatus === 'VERIFIED';
}

/** The hook as the API shows it. */
export function eventHookView(hook: EventHookRecord, origin: string): Record<string, unknown> {
  const { eventTypes, channel, verifiedAt: _, ...rest } = hook;
  const { uri, headers, authScheme } = channel;
  const self = `${origin}/api/v1/eventHooks/${hook.id}`;
  const post = (step: string) => ({ href: `${self}/lifecycle/${step}`, hints: { allow: ['POST'] } });
  return {
    ...rest,
    events: { type: 'EVENT_TYPE', items: eventTypes, filter: null },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri,
        headers,
        method: 'POST',
        ...(authScheme && { authScheme: { type: 'HEADER', key: authScheme.key } }),
      },
    },
    _links: {
      self: { href: self, hints: { allow: hook.status === 'ACTIVE' ? ['GET', 'PUT'] : ['GET', 'PUT', 'DELETE'] } },
      verify: post('verify'),
      ...(hook.status === 'ACTIVE' ? { deactivate: post('deactivate') } : { activate: post('activate') }),
    },
  };
}

export function hookTarget({ id, name }: EventHookRecord): LogTarget {
  return { id, type: 'EventHook', alternateId: 'unknown', displayName: name };
}

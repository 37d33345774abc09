import { randomUUID } from 'node:crypto';
import { type EventHookRecord, hookTarget, isDelivering } from './event-hook.ts';
import { deliver } from './hook-call.ts';
import { HookQueue } from './hook-queue.ts';
import type { Org } from './org.ts';
import { systemCause } from './principal.ts';
import { isoTime } from './records.ts';
import type { OktaSettings } from './settings.ts';

type LogEvent = Record<string, unknown>;

interface DeliveryParts {
  settings: OktaSettings;
  org(): Org;
  /** The simulator's clock, epoch milliseconds. */
  now(): number;
  /** The simulator's own address. */
  origin(): string;
}

/** Tells event hooks what goes into the System Log, beside the calls that are being answered. */
export class HookDeliveries {
  readonly #parts: DeliveryParts;
  readonly #queues = new Map<string, HookQueue>();
  readonly #closing = new AbortController();

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Aborted once the simulator closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  take(event: LogEvent): void {
    if (this.closing.aborted) return;
    const { org, now, settings } = this.#parts;
    for (const hook of org().eventHooks.values()) {
      const hasStarted = (hook.verifiedAt ?? 0) + settings.hookStartMs <= now();
      if (isDelivering(hook) && hasStarted && hook.eventTypes.includes(String(event.eventType))) {
        this.#queueOf(hook.id).add(event);
      }
    }
  }

  /** Drops what was not sent yet. */
  clear(): void {
    for (const queue of this.#queues.values()) queue.clear();
    this.#queues.clear();
  }

  /** Ends deliveries under way, too. */
  close(): void {
    this.#closing.abort();
    this.clear();
  }

  #queueOf(hookId: string): HookQueue {
    const known = this.#queues.get(hookId);
    if (known) return known;
    const { settings } = this.#parts;
    const queue = new HookQueue({ settings, closing: this.closing, pack: (events) => this.#pack(hookId, events) });
    this.#queues.set(hookId, queue);
    return queue;
  }

  #pack(hookId: string, events: LogEvent[]): () => Promise<void> {
    const body = JSON.stringify({
      eventType: 'com.okta.event_hook',
      eventTypeVersion: '1.0',
      cloudEventsVersion: '0.1',
      source: `${this.#parts.origin()}/api/v1/eventHooks/${hookId}`,
      eventId: randomUUID(),
      data: { events: events.map(asHooksShowIt) },
      eventTime: isoTime(this.#parts.now()),
      contentType: 'application/json',
    });
    return () => this.#send(hookId, body);
  }

  /** Nothing comes after a delivery that failed for good, but an event in the log. */
  async #send(hookId: string, body: string): Promise<void> {
    const { settings, org } = this.#parts;
    const hook = org().eventHooks.get(hookId);
    if (!hook || !isDelivering(hook)) return;
    const answer = await deliver(hook.channel, body, { settings, closing: this.closing });
    if (!answer.ok && !this.closing.aborted) this.#report(hook, answer.reason);
  }

  #report(hook: EventHookRecord, reason: string): void {
    const { org, now } = this.#parts;
    org().log.write(systemCause(now(), randomUUID()), {
      eventType: 'event_hook.delivery',
      displayMessage: 'Event hook delivery',
      target: [hookTarget(hook)],
      severity: 'WARN',
      outcome: { result: 'FAILURE', reason },
    });
  }
}

/** The chain of addresses stands in `client`, not in `request`, and some fields of the log are null (as delivered in 2023). */
function asHooksShowIt(event: LogEvent): LogEvent {
  const { request, client, ...rest } = event;
  const { ipChain = [] } = (request ?? {}) as { ipChain?: unknown };
  return { ...rest, client: { ...(client as object), ipChain }, device: null, insertionTimestamp: null };
}

/** What a look at an offboarding does with the commands that came: against a real store, whatever anybody's clock says. */
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { advanceOffboarding } from '../../activities/offboarding.ts';
import type { OffboardingCommand } from '../../domain/offboarding.ts';
import type { OffboardingOrder } from '../../workflows/contract.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { alice } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
beforeEach(async () => {
  for (const table of ['offboarding', 'offboarding_command', 'subject', 'changed_person'] as const)
    await store().deleteFrom(table).execute();
});

const minutes = 60_000;
const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();
const request = (more: Partial<OffboardingCommand> = {}): OffboardingCommand =>
  ({ id: randomUUID(), kind: 'request', reason: 'HR-1', receivedAt: fromNow(0), ...more }) as OffboardingCommand;
const look = (asOf: string, ...commands: OffboardingCommand[]): Promise<OffboardingOrder> =>
  new MockActivityEnvironment().run(() =>
    advanceOffboarding(bareDependencies(store()), { person: alice, commands, asOf }),
  );

describe('an order that says no time', () => {
  it.each([
    ['the clock of who sent it is ten minutes fast', 10 * minutes, 0],
    ['the clock of who sent it is ten minutes slow', -10 * minutes, 0],
    ["Temporal's clock is ten minutes slow", 0, -10 * minutes],
    ["Temporal's clock is ten minutes fast", 0, 10 * minutes],
    ['they disagree by twenty minutes', 10 * minutes, -10 * minutes],
  ])('is in effect at the first look although %s', async (_what, sender, temporal) => {
    const before = Date.now();
    const order = await look(fromNow(temporal), request({ receivedAt: fromNow(sender) }));
    expect(order).toMatchObject({ state: 'in-effect' });
    // By the database's clock, which on one machine is ours.
    const at = Date.parse(order.effectiveAt ?? '');
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it('has no time of its own to be worked out anew, and takes that of one that waits away', async () => {
    const effective = { local: '2099-11-30T17:00', zone: 'Europe/Berlin' };
    expect(await look(fromNow(0), request({ effective }))).toMatchObject({ state: 'scheduled' });
    expect(await look(fromNow(-10 * minutes), request())).toMatchObject({ state: 'in-effect' });
  });

  it('waits again once a later order has said a time', async () => {
    const order = await look(fromNow(0), request({ seq: 1 }), request({ seq: 2, effective: { at: fromNow(minutes) } }));
    expect(order).toMatchObject({ state: 'scheduled' });
  });
});

it('an order for a time waits for it by the clock of the database and by that of whoever knows what was withdrawn', async () => {
  const effective = { at: fromNow(-minutes) };
  const asOf = fromNow(-2 * minutes);
  expect(await look(asOf, request({ effective }))).toMatchObject({ state: 'scheduled' });
  expect(await look(fromNow(0))).toMatchObject({ state: 'in-effect' });
});

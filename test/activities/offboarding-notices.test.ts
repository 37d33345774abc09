/** Whoever has to know of an offboarding that waits, is late or fails is told once, and the metric says how many there are. */
import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { NoticeMessage } from '../../activities/dependencies.ts';
import { sendNotices } from '../../activities/notices.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import { connectStore } from '../../store/connect.ts';
import { openOffboarding } from '../../store/offboarding-requests.ts';
import { recordStep, type Step } from '../../store/offboarding-steps.ts';
import { completeOffboarding } from '../../store/offboardings.ts';
import { registerOffboardingGauge } from '../../worker/offboarding-gauges.ts';
import { offboarded, take, takeAboveLimit, takeEffect } from '../reader/offboardings-under-test.ts';
import { bareDependencies } from '../support/bare-dependencies.ts';
import { alice, bob, userId } from '../support/domain-builders.ts';
import { useStore } from '../support/store.ts';

const store = useStore();
beforeEach(() =>
  sql`truncate offboarding, offboarding_command, offboarding_step, offboarding_told, subject, notice cascade`
    .execute(store())
    .then(() => {}),
);

const carol = userId('00u00000000000carol1');
/** As if an instant of somebody's offboarding had been so long before. */
const earlier = (person: OktaUserId, column: 'effective_at' | 'in_effect_at' | 'completed_at', seconds: number) =>
  sql`
    update offboarding set ${sql.ref(column)} = ${sql.ref(column)} - ${seconds} * interval '1 second'
    where person_id = ${person}`.execute(store());
const idOf = async (person: OktaUserId): Promise<string> => (await openOffboarding(store(), person))?.id ?? '';
const record = async (person: OktaUserId, step: Step): Promise<void> => recordStep(store(), await idOf(person), step);
const inEffect = async (person: OktaUserId): Promise<void> => {
  await take(store(), person, { kind: 'request' });
  await takeEffect(store(), person);
};
const refused: Step = { system: 'okta', step: 'suspend', state: 'failed', detail: 'AccessDenied' };

/** What is told by one round of due work, by a worker of the targets cloud and jira. */
async function told(): Promise<NoticeMessage[]> {
  const messages: NoticeMessage[] = [];
  const channel = {
    name: 'webhook',
    async send(message: NoticeMessage) {
      messages.push(message);
      return undefined;
    },
  };
  const notify = { channels: [channel], readerUrl: 'https://lockstep.example.com' };
  await sendNotices(bareDependencies(store(), { notify }));
  return messages;
}
const subjects = async (): Promise<string[]> => (await told()).map(({ subject }) => subject.replace('[Lockstep] ', ''));

/** By the text that Prometheus reads. */
async function metric(): Promise<Record<string, number>> {
  const registry = new Registry();
  registerOffboardingGauge(registry, store(), ['cloud', 'jira']);
  const lines = (await registry.metrics()).matchAll(/^lockstep_offboardings\{standing="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, standing, count]) => [standing, Number(count)]));
}
const none = { unconfirmed: 0, scheduled: 0, late: 0, 'under-way': 0, failing: 0 };

it('of offboardings that go as they should nobody is told', async () => {
  await take(store(), alice, { kind: 'request' }, new Date('2099-01-01T00:00:00Z'));
  await inEffect(bob);
  await offboarded(store(), carol);
  await earlier(carol, 'in_effect_at', 10_000);
  expect(await metric()).toEqual({ ...none, scheduled: 1, 'under-way': 1 });
  expect(await told()).toEqual([]);
});

describe('above the limit', () => {
  it('those who came since the last time are told of together, each once, with how many wait', async () => {
    await takeAboveLimit(store(), alice);
    await takeAboveLimit(store(), bob);
    expect(await metric()).toEqual({ ...none, unconfirmed: 2 });
    const [message, ...more] = await told();
    expect(more).toEqual([]);
    const { offboarding } = message?.data ?? {};
    expect([await idOf(alice), await idOf(bob)]).toContain(offboarding);
    expect(message).toMatchObject({
      type: 'lockstep.offboarding-unconfirmed',
      subject: '[Lockstep] 2 offboardings wait to be confirmed',
      data: { target: 'all', count: 2, link: `https://lockstep.example.com/offboardings/${offboarding}` },
    });
    expect(message?.text).toContain('lockstep confirm-offboarding --all-waiting');
    expect(`${message?.text}${JSON.stringify(message?.data)}`).not.toMatch(/00u|@/);
    expect(await told()).toEqual([]);
    await takeAboveLimit(store(), carol);
    expect(await subjects()).toEqual(['3 offboardings wait to be confirmed']);
  });

  it('nobody is told once they are confirmed or withdrawn', async () => {
    await takeAboveLimit(store(), alice);
    await takeAboveLimit(store(), bob);
    await take(store(), alice, { kind: 'confirm', seq: 1 });
    await take(store(), bob, { kind: 'cancel' });
    expect(await subjects()).toEqual([]);
    expect(await metric()).toEqual({ ...none, scheduled: 1 });
  });
});

describe('late', () => {
  it('is who is not held a minute after the time has come, and is told of once', async () => {
    await take(store(), alice, { kind: 'request' });
    await earlier(alice, 'effective_at', 50);
    expect([await subjects(), await metric()]).toEqual([[], { ...none, scheduled: 1 }]);
    await earlier(alice, 'effective_at', 20);
    expect(await metric()).toEqual({ ...none, late: 1 });
    expect(await subjects()).toEqual(['1 offboarding is late']);
    expect(await subjects()).toEqual([]);
    await takeEffect(store(), alice);
    expect(await metric()).toEqual({ ...none, 'under-way': 1 });
  });

  it('is nobody who waits to be confirmed', async () => {
    await takeAboveLimit(store(), alice);
    await earlier(alice, 'effective_at', 1_000);
    expect(await metric()).toEqual({ ...none, unconfirmed: 1 });
  });
});

describe('an id that nobody has', () => {
  const nobody: Step = { system: 'okta', step: 'confirm', state: 'nothing-there', detail: 'not-found' };
  const noAccount = (system: string): Step => ({
    system,
    step: 'confirm',
    state: 'nothing-there',
    detail: 'not-linked',
  });
  const ended = async (person: OktaUserId, ...steps: Step[]) => {
    await inEffect(person);
    for (const step of steps) await record(person, step);
    await completeOffboarding(store(), await idOf(person));
  };

  it('is told once, with that it may be mistyped', async () => {
    await ended(alice, nobody, noAccount('cloud'), { ...noAccount('jira'), detail: 'never-read' });
    const [message, ...others] = await told();
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      type: 'lockstep.offboarding-nobody',
      subject: '[Lockstep] 1 offboarding is of an id that nobody has',
      data: { target: 'all', offboarding: await idOf(alice), count: 1 },
    });
    expect(message?.text).toContain(`lockstep offboarding show ${await idOf(alice)}`);
    expect(await told()).toEqual([]);
    await ended(bob, nobody, noAccount('cloud'));
    expect(await subjects()).toEqual(['2 offboardings are of ids that nobody has']);
  });

  it('is not told of before all is asked, after a release, or where somebody is or was', async () => {
    await inEffect(alice);
    await record(alice, nobody);
    await ended(bob, nobody, noAccount('cloud'), { ...noAccount('jira'), detail: 'account-gone' });
    await ended(carol, { ...nobody, state: 'done', detail: 'SUSPENDED' }, noAccount('cloud'));
    const others: Step = { system: 'cloud', step: 'find-others', state: 'done', detail: 'a-1' };
    await ended(userId('00u000000000000david1'), nobody, noAccount('cloud'), others);
    const gone = userId('00u0000000000000ella1');
    await ended(gone, nobody, noAccount('cloud'));
    await take(store(), gone, { kind: 'release' });
    expect(await told()).toEqual([]);
  });
});

describe('failing', () => {
  it('is told once per system, whoever is added to it by then in one notice', async () => {
    for (const person of [alice, bob]) await inEffect(person);
    for (const person of [alice, bob]) await record(person, refused);
    await record(bob, { system: 'jira', step: 'deactivate', state: 'failed', detail: 'Rejected' });
    expect(await metric()).toEqual({ ...none, failing: 2 });
    expect((await subjects()).toSorted()).toEqual([
      'jira: 1 offboarding is not done',
      'okta: 2 offboardings are not done',
    ]);
    await record(alice, refused);
    expect(await told()).toEqual([]);
    await record(alice, { system: 'jira', step: 'deactivate', state: 'failed', detail: 'Rejected' });
    const [message] = await told();
    expect(message).toMatchObject({
      type: 'lockstep.offboarding-failing',
      subject: '[Lockstep] jira: 2 offboardings are not done',
      data: { target: 'jira', offboarding: await idOf(alice), count: 2 },
    });
  });

  it('is also a system that has not confirmed for five minutes, as while it is away', async () => {
    await inEffect(alice);
    await record(alice, { system: 'cloud', step: 'confirm', state: 'done' });
    await record(alice, { system: 'jira', step: 'confirm', state: 'not-possible', detail: 'protected' });
    await earlier(alice, 'in_effect_at', 290);
    expect([await subjects(), await metric()]).toEqual([[], { ...none, 'under-way': 1 }]);
    await earlier(alice, 'in_effect_at', 20);
    expect(await metric()).toEqual({ ...none, failing: 1 });
    expect(await subjects()).toEqual(['okta: 1 offboarding is not done']);
  });

  it('ends when the system did it after all, or when they are released', async () => {
    for (const person of [alice, bob]) {
      await inEffect(person);
      await record(person, refused);
    }
    await record(alice, { system: 'okta', step: 'suspend', state: 'done' });
    await take(store(), bob, { kind: 'release' });
    expect(await metric()).toEqual({ ...none, 'under-way': 1 });
    expect(await subjects()).toEqual([]);
  });

  it('after the grace counts too, and what failed before all was confirmed does not', async () => {
    await inEffect(alice);
    await record(alice, refused);
    await record(alice, { system: 'okta', step: 'confirm', state: 'already-so', detail: 'SUSPENDED' });
    await completeOffboarding(store(), await idOf(alice));
    expect([await subjects(), await metric()]).toEqual([[], none]);
    await earlier(alice, 'completed_at', 30 * 86_400);
    await sql`update offboarding_step set at = at - interval '30 days'`.execute(store());
    await record(alice, { system: 'okta', step: 'deactivate', state: 'failed', detail: 'AccessDenied' });
    expect(await metric()).toEqual({ ...none, failing: 1 });
    expect(await subjects()).toEqual(['okta: 1 offboarding is not done']);
    await record(alice, { system: 'okta', step: 'confirm', state: 'already-so', detail: 'DEPROVISIONED' });
    expect(await metric()).toEqual(none);
  });

  it('is no matter of a target that is not there any more', async () => {
    await inEffect(alice);
    await record(alice, { system: 'former', step: 'deactivate', state: 'failed', detail: 'AccessDenied' });
    expect([await subjects(), await metric()]).toEqual([[], { ...none, 'under-way': 1 }]);
  });
});

it('without a database the metric has no value rather than an old one', async () => {
  // The port of discard, which nobody serves.
  const away = connectStore({ url: 'postgres://nobody:none@127.0.0.1:9/none', poolSize: 1 });
  const registry = new Registry();
  registerOffboardingGauge(registry, away, ['cloud']);
  expect(await registry.metrics()).not.toMatch(/^lockstep_offboardings\{/m);
  await away.destroy();
});

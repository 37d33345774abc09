/** From a call that somebody makes to what is so at Okta and at the target, on a whole system. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSignals } from '../../receiver/signals.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { until } from '../support/until.ts';
import { type ReceiverUnderTest, receiverUnderTest } from './receiver-under-test.ts';

let lab: Lab;
let receiver: ReceiverUnderTest;
beforeAll(async () => {
  lab = await startLab({ seed: { people: 20, groups: 4, seed: 12 } });
  await lab.sync();
  receiver = await receiverUnderTest({ signals: createSignals(lab.system.client) });
}, 120_000);
afterAll(async () => {
  await receiver?.close();
  await lab?.stop();
});

const account = (person: string) =>
  lab.directory().users.find(({ document }) => document['externalId'] === person)?.document;
const statusAtOkta = (person: string) => lab.org().users.find(({ id }) => id === person)?.status;

it('one signed call of HR takes access at Okta and at the target', async () => {
  const [person = ''] = lab.members();
  expect(account(person)).toMatchObject({ active: true });
  const answer = await receiver.hr({ kind: 'offboard', person: { oktaId: person }, reason: 'last-day' });
  expect(answer.status).toBe(202);
  await until(
    'all access is taken',
    () => account(person)?.['active'] === false && statusAtOkta(person) === 'SUSPENDED',
  );
});

it('a delivery of Okta brings over what changed there', async () => {
  const [, person = ''] = lab.members();
  await lab.okta.updateUser(person, { title: 'Astronomer' });
  const event = { eventType: 'user.account.update_profile', target: [{ id: person, type: 'User' }] };
  expect((await receiver.okta([event])).status).toBe(204);
  await until('the title is there', () => account(person)?.['title'] === 'Astronomer');
});

it('a sign-in that waits is answered once they are in step', async () => {
  const [, , person = ''] = lab.members();
  await lab.okta.updateUser(person, { title: 'Navigator' });
  const answer = await receiver.login({ person: { oktaId: person }, wait: 20 });
  expect(await answer.json()).toEqual({ person, state: 'in-step', targets: [{ target: 'cloud', state: 'in-step' }] });
  expect(account(person)).toMatchObject({ title: 'Navigator' });
});

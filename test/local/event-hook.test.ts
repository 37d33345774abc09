/** The sandbox's Okta is told where the receiver listens, once. The simulator's description of hooks is what judges it. */
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { type EventHookOptions, registerEventHook } from '../../local/event-hook.ts';
import { type HookReceiver, startHookReceiver } from '../sandbox/hook-receiver.ts';
import { API_TOKEN, aProfile, type OktaUnderTest, startOkta } from '../sandbox/okta-client.ts';

let okta: OktaUnderTest;
let receiver: HookReceiver;
let options: EventHookOptions;
beforeEach(async () => {
  okta = await startOkta({ people: 3, groups: 1 });
  receiver = await startHookReceiver();
  onTestFinished(async () => {
    await okta.close();
    await receiver.close();
  });
  const receiverUrl = new URL(receiver.url).origin;
  options = {
    orgUrl: okta.sim.origin,
    apiToken: API_TOKEN,
    receiverUrl,
    secret: 'first',
    signal: new AbortController().signal,
  };
});

const hooks = async () => (await okta.call('GET', '/api/v1/eventHooks')).items;
const stage = (name: string) => okta.call('POST', '/api/v1/users?activate=false', aProfile(name));
const arrivals = (count: number) => expect.poll(() => receiver.deliveries.length).toBe(count);

it('a change is told to the receiver as soon as it is registered, under the secret', async () => {
  await registerEventHook(options);
  await stage('Ada');
  await arrivals(1);
  expect(receiver.deliveries[0]?.headers.authorization).toBe('first');
  expect(receiver.paths).toEqual(['GET /hooks/okta', 'POST /hooks/okta']);
});

it('a later start makes no second hook, and the one there is follows the secret', async () => {
  await registerEventHook(options);
  const [made] = await hooks();
  await registerEventHook({ ...options, secret: 'second' });
  expect(await hooks()).toMatchObject([{ id: made?.id, status: 'ACTIVE', verificationStatus: 'VERIFIED' }]);
  await stage('Ada');
  await arrivals(1);
  expect(receiver.deliveries[0]?.headers.authorization).toBe('second');
});

it('a hook that was switched off stays off', async () => {
  await registerEventHook(options);
  const [made] = await hooks();
  await okta.call('POST', `/api/v1/eventHooks/${made?.id}/lifecycle/deactivate`);
  await registerEventHook(options);
  expect(await hooks()).toMatchObject([{ id: made?.id, status: 'INACTIVE' }]);
});

it('a refusal is told with what Okta says', async () => {
  await expect(registerEventHook({ ...options, apiToken: 'wrong' })).rejects.toThrow(/401.*Invalid token/);
  receiver.next(500, 500);
  await expect(registerEventHook(options)).rejects.toThrow(/verify answered 400.*Verification failed: HTTP 500/);
});

/** Who signs in is brought in step, and waited for where that is asked. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { temporalAddress } from '../support/servers.ts';
import { quietRuntime } from '../workflows/quiet-runtime.ts';
import { oktaSecret, type ReceiverUnderTest, receiverUnderTest, refusalOf, somebody } from './receiver-under-test.ts';

let receiver: ReceiverUnderTest;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
beforeAll(async () => {
  quietRuntime();
  receiver = await receiverUnderTest();
  connection = await NativeConnection.connect({ address: temporalAddress() });
  worker = await Worker.create({
    connection,
    namespace: receiver.namespace,
    taskQueue: taskQueues.event,
    workflowsPath: new URL('./workflows/index.ts', import.meta.url).pathname,
  });
  running = worker.run();
});
afterAll(async () => {
  if (worker?.getState() === 'RUNNING') worker.shutdown();
  await running;
  await connection?.close();
  await receiver?.close();
});

const endingWith = (letter: string): string => somebody().slice(0, -1) + letter;
const toldAbout = (person: string) => receiver.signalsOf(workflowIds.personLifecycle(person));

describe('a sign-in', () => {
  it('without waiting is acknowledged once Temporal knows', async () => {
    const person = somebody();
    const answer = await receiver.login({ person: { oktaId: person } });
    expect([answer.status, await answer.json()]).toEqual([202, { person, state: 'asked' }]);
    expect(await toldAbout(person)).toEqual([{ name: 'changed', args: [] }]);
  });

  it('with waiting is answered with how it stands at each target', async () => {
    const person = endingWith('a');
    const answer = await receiver.login({ person: { oktaId: person }, wait: 10 });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { person, state: 'in-step', targets: [{ target: 'cloud', state: 'in-step' }] },
    ]);
  });

  it('says where something needs attention', async () => {
    const person = endingWith('P');
    const answer = await receiver.login({ person: { oktaId: person }, wait: 10 });
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { state: 'needs-attention', targets: [{ target: 'cloud', state: 'parked' }] },
    ]);
  });

  it('whose outcome does not come in time goes on by itself', async () => {
    const person = endingWith('S');
    const began = Date.now();
    const answer = await receiver.login({ person: { oktaId: person }, wait: 1 });
    expect([answer.status, await answer.json()]).toEqual([202, { person, state: 'asked' }]);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await toldAbout(person)).toEqual([{ name: 'changed', args: [] }]);
  });

  it.each([0, 21, 1.5, '5'])('that would wait for %j seconds is refused', async (wait) => {
    const answer = await receiver.login({ person: { oktaId: somebody() }, wait });
    expect([answer.status, (await refusalOf(answer)).message]).toEqual([
      400,
      'wait: is not a number of seconds from 1 to 20',
    ]);
  });

  it.each([undefined, 'Bearer', 'Bearer nobody', `Bearer ${oktaSecret}`])(
    'is refused with the token: %s',
    async (token) => {
      const person = somebody();
      const headers: Record<string, string> = token === undefined ? {} : { authorization: token };
      expect((await receiver.post('/hooks/login', { person: { oktaId: person } }, headers)).status).toBe(401);
      expect(await toldAbout(person)).toEqual([]);
    },
  );
});

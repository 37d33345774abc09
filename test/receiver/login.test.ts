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

const updatesOf = async (person: string): Promise<number> => {
  const { events } = await receiver.client.workflow.getHandle(workflowIds.personLifecycle(person)).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes).length;
};

describe('while no worker runs, sign-ins of one person', () => {
  let alone: ReceiverUnderTest;
  beforeAll(async () => {
    alone = await receiverUnderTest();
  });
  afterAll(() => alone?.close());
  const answered = async (person: string, wait: number): Promise<readonly [number, boolean]> => {
    const began = Date.now();
    const { status } = await alone.login({ person: { oktaId: person }, wait });
    // A busy machine is late itself; whoever had to wait for all the others would be far later.
    return [status, Date.now() - began < wait * 1_000 + 5_000];
  };

  it('are answered in time, many at once', async () => {
    const person = somebody();
    const answers = await Promise.all(Array.from({ length: 30 }, () => answered(person, 2)));
    expect(answers).toEqual(answers.map(() => [202, true]));
    expect(await alone.signalsOf(workflowIds.personLifecycle(person))).toHaveLength(30);
  });

  it('are answered in time, many after one another', async () => {
    const person = somebody();
    for (let time = 0; time < 14; time += 1) expect([time, ...(await answered(person, 1))]).toEqual([time, 202, true]);
  }, 60_000);
});

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
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await toldAbout(person)).toEqual([{ name: 'changed', args: [] }]);
  });

  it('of one person, however many at a time, is asked for by few updates, each after whoever it answers', async () => {
    const person = endingWith('a');
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => receiver.login({ person: { oktaId: person }, wait: 10 })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await updatesOf(person)).toBeLessThan(10);
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

/** What following Okta's log does when it is refused, on the time-skipping server. */
import { expect, it } from 'vitest';
import { Failure } from '../../domain/failure.ts';
import { taskQueues, workflowIds } from '../../workflows/contract.ts';
import { catchUp } from '../../workflows/index.ts';
import { createGate, fakeActivities } from './fake-activities.ts';
import { useTimeSkipping } from './time-skipping.ts';
import { currentDetails } from './what-operators-see.ts';

const fakes = fakeActivities();
const environment = useTimeSkipping(fakes);

it('tells what keeps it from reading, tries every minute, and tells no more once it reads', async () => {
  const refusals = 30;
  let rounds = 0;
  const [refused, reading] = [createGate(), createGate()];
  fakes.become({
    followEvents: async () => {
      rounds += 1;
      if (rounds === refusals) await refused.pass();
      if (rounds <= refusals)
        throw new Failure('AccessDenied', 'okta: the scope okta.logs.read is missing', { system: 'okta' });
      if (rounds > refusals + 1) await reading.pass();
      const state = rounds > refusals + 1 ? 'switched-off' : 'followed';
      return { state, readUntil: '2026-11-26T10:00:00.000Z', people: 2, groups: 1, together: 0 };
    },
  });
  const { client } = environment();
  const began = await environment().currentTimeMs();
  const run = await client.workflow.start(catchUp, {
    workflowId: workflowIds.catchUp(),
    taskQueue: taskQueues.event,
    args: [{}],
  });
  const ended = run.result();
  await refused.reached;
  const latest = client.workflow.getHandle<typeof catchUp>(workflowIds.catchUp());
  expect(await currentDetails(latest)).toContain('**AccessDenied**: okta: the scope okta.logs.read is missing');
  refused.open();
  await reading.reached;
  // The second net does not hang on the first: every five minutes, and after each round that went well.
  expect(fakes.inputsOf('askForDelta').length).toBeGreaterThanOrEqual(refusals / 5 + 1);
  expect(await currentDetails(latest)).toContain('2 people, 1 groups. Read until 2026-11-26T10:00:00.000Z');
  reading.open();
  expect(await ended).toEqual({ ended: 'switched-off' });
  expect((await environment().currentTimeMs()) - began).toBeGreaterThanOrEqual(refusals * 60_000);
});

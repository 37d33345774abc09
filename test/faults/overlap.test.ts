/** Several syncs asked at once: each request is covered by a run that began after it, and nothing is done twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsCovering } from '../../store/runs.ts';
import { type FullSyncResult, taskQueues, workflowIds } from '../../workflows/contract.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { whereWordsAre, wordsOf } from '../support/kept-words.ts';
import { until } from '../support/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 120_000);
afterAll(() => lab?.stop());

const ask = (requestId: string) =>
  lab.system.client.workflow.start('fullSync', {
    workflowId: workflowIds.fullSync(requestId),
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });

/** The finished runs of the target that answer a request. */
const answers = (requestId: string) =>
  until(`a run covers ${requestId}`, async () => {
    const runs = (await runsCovering(lab.system.store, requestId)).filter(({ target }) => target === 'cloud');
    return runs.length > 0 && runs.every(({ finished_at }) => finished_at !== null) && runs;
  });

const databaseTime = async (): Promise<Date> => {
  const { now } = await lab.system.store
    .selectNoFrom(({ fn }) => fn<Date>('clock_timestamp').as('now'))
    .executeTakeFirstOrThrow();
  return now;
};

describe('syncs that overlap', () => {
  it('asked at the same moment: both are covered, and everybody is created once', async () => {
    await lab.reset({ okta: { people: 60, groups: 6, seed: 71 } });
    const asked = await databaseTime();
    const handles = await Promise.all(['one', 'two', 'three'].map(ask));
    const results = await Promise.all(handles.map((handle) => handle.result() as Promise<FullSyncResult>));
    for (const result of results) expect(result.targets).toEqual(['cloud']);
    for (const id of ['one', 'two', 'three']) {
      const runs = await answers(id);
      expect(runs).toHaveLength(1);
      expect(runs[0]?.problem).toBeNull();
      expect(runs[0]?.started_at.getTime()).toBeGreaterThanOrEqual(asked.getTime());
    }
    expect(await lab.differences()).toEqual([]);
    expect(lab.createdTwice()).toEqual([]);
    const posts = lab.writes().filter(({ method, path }) => method === 'POST' && path.endsWith('/Users'));
    expect(posts).toHaveLength(lab.directory().users.length);
  }, 60_000);

  it('asked while one is applied: it is covered by one more run, which sees what changed meanwhile', async () => {
    await lab.reset({ okta: { people: 60, groups: 6, seed: 72 } });
    lab.system.sandbox.cloud.transport.latencyMs = 150;
    await ask('first');
    await until('the first run applies', () => lab.writes().length > 5);
    const [leaver = ''] = lab.members();
    await lab.okta.lifecycle(leaver, 'deactivate');
    const asked = await databaseTime();
    await Promise.all((await Promise.all(['second', 'third'].map(ask))).map((handle) => handle.result()));
    lab.system.sandbox.cloud.transport.latencyMs = 0;

    for (const id of ['second', 'third']) {
      const [run] = await answers(id);
      expect(run?.started_at.getTime()).toBeGreaterThanOrEqual(asked.getTime());
    }
    const runs = await lab.system.store.selectFrom('run').select('covers').where('target', '=', 'cloud').execute();
    expect(runs.flatMap(({ covers }) => covers).sort()).toEqual(['first', 'second', 'third']);
    expect(await lab.differences()).toEqual([]);
    expect(lab.createdTwice()).toEqual([]);
  }, 60_000);
});

it('no history and no log tells a person', async () => {
  expect(await whereWordsAre(lab, wordsOf(lab))).toEqual([]);
});

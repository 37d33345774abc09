/** What test/architecture/promises.test.ts must find, and what it must not. */
import { condition } from '@temporalio/workflow';
import { bulkWork, records } from '../../../workflows/activity-options.ts';

export async function careless(run: () => Promise<void>): Promise<void> {
  records.endRun({ runId: 'r1' });
  bulkWork.observeSource.executeWithOptions({ summary: 'read Okta' }, []);
  if (run.length === 0) records.targetNames();
}

export async function careful(run: () => Promise<void>): Promise<void> {
  await records.endRun({ runId: 'r1' });
  let reading: Promise<unknown> = run();
  reading = Promise.all([reading, bulkWork.observeSource()]);
  await reading;
  void condition(() => true);
  [1].map((one) => one + 1);
}

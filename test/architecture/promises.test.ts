import { expect, it } from 'vitest';
import { floatingPromises } from './floating-promises.ts';
import { sources } from './sources.ts';

it('workflows and activities wait for whatever they start', () => {
  const files = sources().filter(({ path }) => /^(workflows|activities)\//.test(path));
  expect(files.length).toBeGreaterThan(20);
  expect(floatingPromises(files.map(({ path }) => path))).toEqual([]);
});

it('a statement that does not wait is found, also where only the proxy of an activity tells that it is one', () => {
  expect(floatingPromises(['test/architecture/planted/floating.ts'])).toEqual([
    "test/architecture/planted/floating.ts: records.endRun({ runId: 'r1' });",
    "test/architecture/planted/floating.ts: bulkWork.observeSource.executeWithOptions({ summary: 'read Okta' }, []);",
    'test/architecture/planted/floating.ts: records.targetNames();',
  ]);
});

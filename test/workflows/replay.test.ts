/**
 * Recorded runs must replay under the code as it is, or runs that are under way would get stuck when a worker is
 * deployed. A failing replay is mended by `patched()` or by a new workflow name, not by recording anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowIds } from '../../workflows/contract.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import { quietRuntime } from './quiet-runtime.ts';

interface HistoryEvent {
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: { readonly workflowType: { readonly name: string } };
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { name: string } };
  readonly workflowTaskCompletedEventAttributes?: { readonly sdkMetadata?: { readonly coreUsedFlags?: number[] } };
}
interface History {
  readonly events: readonly HistoryEvent[];
}

const folder = join(import.meta.dirname, '../histories');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string): History => JSON.parse(readFileSync(join(folder, file), 'utf8')) as History;

const personal = /[\w.+-]+@[\w-]+\.[a-z]{2,}|displayName|userName|givenName|familyName|\blogin\b/i;

let codePath: string;
beforeAll(async () => {
  quietRuntime();
  codePath = await workflowBundlePath();
}, 60_000);
const replay = (history: History): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath }, replayName: 'replay' }, history);

describe.each(files)('%s', (file) => {
  it('replays', async () => {
    await replay(read(file));
  });

  it('does not replay when an activity has another name', async () => {
    const history = read(file);
    const scheduled = history.events.flatMap(
      ({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityType ?? [],
    );
    const last = scheduled.at(-1);
    if (!last) throw new Error(`${file} has no activity`);
    last.name = 'renamed';
    await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
  });

  it('was recorded by a live worker, with the flags that make a replay strict', () => {
    const flags = read(file).events.flatMap(
      ({ workflowTaskCompletedEventAttributes: attributes }) => attributes?.sdkMetadata?.coreUsedFlags ?? [],
    );
    expect(flags.length).toBeGreaterThan(0);
  });

  it('holds no name, login, address or place, also not within its payloads', () => {
    const texts = [readFileSync(join(folder, file), 'utf8'), ...payloadsOf(read(file))];
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.filter((text) => personal.test(text))).toEqual([]);
    expect(texts.filter((text) => /file:\/\/(?!\/app\/)/.test(text))).toEqual([]);
  });
});

it('such a look finds what it is for', () => {
  expect('{"to":"jo.doe@example.com"}').toMatch(personal);
  expect(payloadsOf({ deep: [{ data: Buffer.from('secret').toString('base64') }] })).toEqual(['secret']);
});

it('there is a history of every workflow, and one for each way in which a target is asked', () => {
  const types = files.map(
    (file) => read(file).events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '',
  );
  expect(new Set(types)).toEqual(new Set(Object.keys(workflowIds)));
  const endings = files.map((file) => read(file).events.at(-1)?.eventType);
  expect(endings).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
});

/** Payloads lie in histories as base64, wherever a `data` is. */
function payloadsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(payloadsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'data' && typeof inner === 'string' ? [Buffer.from(inner, 'base64').toString('utf8')] : payloadsOf(inner),
  );
}

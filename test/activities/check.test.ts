/** What `check` says of settings under which access stays. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCanaries, checkOperations } from '../../activities/check-settings.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import { type InProcess, startInProcess } from './in-process.ts';

let system: InProcess;
let known: OktaUserId[];

beforeAll(async () => {
  system = await startInProcess({ people: 12, groups: 3, seed: 5 });
  for await (const page of system.deps.source.people()) known = page.map(({ id }) => id);
}, 120_000);
afterAll(() => system?.stop());

test('each configured canary is asked for, and one that is not there fails the check', async () => {
  const { source } = system.deps;
  const [one] = known;
  const gone = '00u1emaKYZTWRYYRRTSK' as OktaUserId;
  expect(await checkCanaries({ source }, {})).toEqual([]);
  expect(await checkCanaries({ source, canaries: [one!] }, {})).toMatchObject([{ check: 'canaries', status: 'ok' }]);
  expect(await checkCanaries({ source, canaries: [one!, gone] }, {})).toMatchObject([
    { system: 'okta', check: 'canaries', status: 'failed', message: expect.stringContaining(`not there: ${gone};`) },
  ]);
});

test('operations that are switched off are named, and the one that lets leavers stay is a warning', () => {
  const [target] = [...system.deps.targets.values()];
  if (!target) throw new Error('there is a target');
  const of = (off: object) =>
    checkOperations({ settings: { ...target.settings, operations: { ...target.settings.operations, ...off } } });
  expect(of({})).toEqual([]);
  expect(of({ create: false })).toMatchObject([{ status: 'ok', message: 'switched off: create' }]);
  expect(of({ deactivate: false })).toMatchObject([
    {
      system: 'cloud',
      check: 'operations',
      status: 'warning',
      message: expect.stringContaining('keeps an active account'),
    },
  ]);
});

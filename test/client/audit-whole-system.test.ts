/** Copies of a run's head outside the database: in Temporal's result and in the worker's log. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunView } from '../../reader/client.ts';
import { type System, startSystem } from '../support/system.ts';
import { runCommand } from './fake-lockstep.ts';

let system: System;
let folder: string;
beforeAll(async () => {
  system = await startSystem({ seed: { people: 8, groups: 2, seed: 5 } });
  folder = await mkdtemp(join(tmpdir(), 'lockstep-heads-'));
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const lockstep = (...args: string[]) => runCommand(args, { env: system.env });

interface ClosingLine {
  readonly msg?: string;
  readonly runId: string;
  readonly target: string;
  readonly head: string;
  readonly length: number;
}

test('a chain that was written anew together with its head is found by both', async () => {
  expect(await lockstep('sync')).toMatchObject({ code: 0 });
  const runs = (await lockstep('runs', '--target', 'cloud', '--output', 'json')).json() as RunView[];
  const { id: runId, audit } = runs[0]!;
  const logged = system.worker
    .log()
    .split('\n')
    .filter((line) => line.includes('"audit chain closed"'))
    .map((line) => JSON.parse(line) as ClosingLine);
  expect(logged).toEqual([
    expect.objectContaining({ runId, target: 'cloud', head: audit?.hash, length: audit?.length }),
  ]);
  const heads = join(folder, 'heads.txt');
  await writeFile(heads, `${runId} ${audit?.hash} ${audit?.length}\n`);
  const verify = ['audit', 'verify', '--temporal', '--heads', heads];
  expect(await lockstep(...verify)).toMatchObject({ code: 0, stdout: expect.stringContaining('2 heads compared') });

  // Cut short, with a new head: what is left holds in itself.
  await sql`alter table audit disable trigger user`.execute(system.store);
  await sql`delete from audit where run_id = ${runId} and position = ${audit?.length}`.execute(system.store);
  await sql`
    update run set audit_length = audit_length - 1, audit_head =
      (select hash from audit where run_id = ${runId} order by position desc limit 1)
    where id = ${runId}`.execute(system.store);
  expect((await lockstep('audit', 'verify')).code).toBe(0);
  expect((await lockstep('audit', 'verify', '--temporal')).code).toBe(1);
  expect((await lockstep('audit', 'verify', '--heads', heads)).code).toBe(1);
});

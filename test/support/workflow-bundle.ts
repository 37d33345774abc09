import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { acquireLock } from '../../local/lock.ts';
import { buildBundle } from '../../worker/build-bundle.ts';
import type {} from './provided.ts';

/** The path of the bundled workflows, for a worker's `workflowBundle: { codePath }`; built once per run by whoever asks first. */
export async function workflowBundlePath(): Promise<string> {
  const { runDir } = inject('servers');
  const file = join(runDir, 'workflow-bundle.js');
  const lock = await acquireLock(join(runDir, 'workflow-bundle.lock'), { shouldWait: () => true });
  try {
    if (!existsSync(file)) {
      writeFileSync(`${file}.draft`, await buildBundle());
      renameSync(`${file}.draft`, file);
    }
    return file;
  } finally {
    lock.release();
  }
}

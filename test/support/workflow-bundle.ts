import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { inject } from 'vitest';
import { acquireLock } from '../../local/lock.ts';
import type {} from './provided.ts';

const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

/** The path of the bundled workflows, for a worker's `workflowBundle: { codePath }`; built once per run by whoever asks first. */
export async function workflowBundlePath(): Promise<string> {
  const { runDir } = inject('servers');
  const file = join(runDir, 'workflow-bundle.js');
  const lock = await acquireLock(join(runDir, 'workflow-bundle.lock'), { shouldWait: () => true });
  try {
    if (!existsSync(file)) {
      const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
      writeFileSync(`${file}.draft`, code);
      renameSync(`${file}.draft`, file);
    }
    return file;
  } finally {
    lock.release();
  }
}

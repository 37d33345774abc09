/** Bundles the workflows. As a program, ahead of a deployment: `node worker/build-bundle.ts <file>`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type Logger } from '@temporalio/worker';

export const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** JavaScript of all workflows; it must be run by the same version of the SDK that made it. */
export async function buildBundle(logger: Logger = new DefaultLogger('WARN')): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger });
  return code;
}

if (import.meta.main) {
  const [, , file] = process.argv;
  if (file === undefined) {
    console.error('Usage: node worker/build-bundle.ts <file to write>');
    process.exit(2);
  }
  await writeFile(file, await buildBundle());
  console.error(`workflow bundle written to ${file}`);
}

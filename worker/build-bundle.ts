/** Bundles the workflows. As a program, ahead of a deployment: `node worker/build-bundle.ts [--traces] <file>`. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { ConfigError } from '../config/problems.ts';

const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** Traces workflows from inside. It costs memory for each cached workflow, so it is bundled only where spans go somewhere. */
const tracingModule = fileURLToPath(
  import.meta.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors.js'),
);

/** JavaScript of all workflows; it must be run by the same version of the SDK that made it. */
export async function buildBundle(options: { readonly withTracing?: boolean } = {}): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    // At `INFO` webpack tells each module.
    logger: new DefaultLogger('WARN'),
    workflowInterceptorModules: options.withTracing ? [tracingModule] : [],
  });
  return code;
}

/** @throws ConfigError when there is no bundle, or one that was made for the other choice about traces */
export async function assertBundleFits(path: string, isTracing: boolean): Promise<void> {
  const code = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrongBundle(`cannot be read (${error.code})`, isTracing);
  });
  const tracesItself = code.includes('interceptors-opentelemetry/lib/workflow-interceptors');
  if (isTracing && !tracesItself) throw wrongBundle('does not trace, but traces are configured', isTracing);
  if (!isTracing && tracesItself) throw wrongBundle('traces, but no traces are configured', isTracing);
}

const wrongBundle = (message: string, isTracing: boolean): ConfigError => {
  const command = `node worker/build-bundle.ts ${isTracing ? '--traces ' : ''}<file>`;
  return new ConfigError('environment', [
    { path: 'LOCKSTEP_WORKFLOW_BUNDLE', message, hint: `make it anew: ${command}` },
  ]);
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { traces: { type: 'boolean' } }, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined) {
    console.error('Usage: node worker/build-bundle.ts [--traces] <file to write>');
    process.exit(2);
  }
  await writeFile(file, await buildBundle({ withTracing: values.traces ?? false }));
  console.error(`workflow bundle written to ${file}`);
}

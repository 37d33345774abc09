/** Bundles the workflows. As a program, ahead of a deployment: `node worker/build-bundle.ts [--traces] [--encrypts] <file>`. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { ConfigError } from '../config/problems.ts';
import { failureConverterPath } from '../temporal/data-converter.ts';

const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** Traces workflows from inside. It costs memory for each cached workflow, so it is bundled only where spans go somewhere. */
const tracingModule = fileURLToPath(
  import.meta.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors.js'),
);

export interface BundleChoices {
  /** Workflows are traced from inside. */
  readonly traces: boolean;
  /** Failures of workflows are put into payloads, which are encrypted outside. */
  readonly encrypts: boolean;
}

/** JavaScript of all workflows; it must be run by the same version of the SDK that made it. */
export async function buildBundle({ traces, encrypts }: Partial<BundleChoices> = {}): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    // At `INFO` webpack tells each module.
    logger: new DefaultLogger('WARN'),
    workflowInterceptorModules: traces ? [tracingModule] : [],
    ...(encrypts ? { failureConverterPath } : {}),
  });
  return code;
}

/** @throws ConfigError when there is no bundle, or one that was made for other choices */
export async function assertBundleFits(path: string, wanted: BundleChoices): Promise<void> {
  const code = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw wrongBundle(`cannot be read (${error.code})`, wanted);
  });
  const refuse = (message: string): never => {
    throw wrongBundle(message, wanted);
  };
  const traces = code.includes('interceptors-opentelemetry/lib/workflow-interceptors');
  if (wanted.traces && !traces) refuse('does not trace, but traces are configured');
  if (!wanted.traces && traces) refuse('traces, but no traces are configured');
  const encrypts = code.includes('temporal/failure-converter.ts');
  if (wanted.encrypts && !encrypts) refuse('leaves failures in clear, but there are encryption keys');
  if (!wanted.encrypts && encrypts) refuse('hides failures, but there are no encryption keys');
}

const wrongBundle = (message: string, { traces, encrypts }: BundleChoices): ConfigError => {
  const command = `node worker/build-bundle.ts ${traces ? '--traces ' : ''}${encrypts ? '--encrypts ' : ''}<file>`;
  return new ConfigError('environment', [
    { path: 'LOCKSTEP_WORKFLOW_BUNDLE', message, hint: `make it anew: ${command}` },
  ]);
};

if (import.meta.main) {
  const options = { traces: { type: 'boolean' }, encrypts: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [file] = positionals;
  if (file === undefined) {
    console.error('Usage: node worker/build-bundle.ts [--traces] [--encrypts] <file to write>');
    process.exit(2);
  }
  await writeFile(file, await buildBundle(values));
  console.error(`workflow bundle written to ${file}`);
}

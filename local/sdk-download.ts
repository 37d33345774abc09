/**
 * A process of its own that has the Temporal SDK download one of its test servers into a folder, so that a download that
 * hangs inside the SDK's native code can be ended. Arguments: kind, folder, version.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [kind, downloadDir, version] = process.argv.slice(2) as ['temporal-cli' | 'time-skipping', string, string];
const executable = { type: 'cached-download', downloadDir, version } as const;

// There is no call that only downloads; the server that comes with it is ended at once.
const environment =
  kind === 'temporal-cli'
    ? await TestWorkflowEnvironment.createLocal({ server: { executable } })
    : await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
await environment.teardown();

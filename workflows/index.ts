/** What the workflow bundle is built from: every export is a workflow type. */
import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { approval } from './approval.ts';
import { catchUp } from './catch-up.ts';
import { check } from './check.ts';
import { command } from './command.ts';
import { deltaSync } from './delta-sync.ts';
import { dueWork } from './due-work.ts';
import { fullSync } from './full-sync.ts';
import { groupSync } from './group-sync.ts';
import { offboarding } from './offboarding.ts';
import { personLifecycle } from './person-lifecycle.ts';
import { previewSync } from './preview-sync.ts';
import { targetSync } from './target-sync.ts';

/**
 * A request stays with the build that it began on and ends soon. What has a fixed id, `targetSync` and
 * `approval`, follows the worker's default instead and moves on with each build, so that it is never stranded on one
 * that is gone.
 */
function pinned(): { versioningBehavior?: 'PINNED' } {
  // The server refuses a behaviour that comes from a worker without versioning.
  return workflowInfo().currentDeploymentVersion?.deploymentName ? { versioningBehavior: 'PINNED' } : {};
}

setWorkflowOptions(pinned, check);
setWorkflowOptions(pinned, command);
setWorkflowOptions(pinned, dueWork);
setWorkflowOptions(pinned, fullSync);
setWorkflowOptions(pinned, previewSync);

export {
  approval,
  catchUp,
  check,
  command,
  deltaSync,
  dueWork,
  fullSync,
  groupSync,
  offboarding,
  personLifecycle,
  previewSync,
  targetSync,
};

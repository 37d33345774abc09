import type { WorkflowHandle } from '@temporalio/client';
import { searchAttributes } from '../../workflows/contract.ts';

interface Metadata {
  readonly currentDetails?: string;
}

/** The Markdown that the Temporal UI shows on top of a run. */
export async function currentDetails(handle: WorkflowHandle): Promise<string> {
  const { currentDetails: text } = await handle.query<Metadata>('__temporal_workflow_metadata');
  return text ?? '';
}

/** What a run can be found by in the Temporal UI. */
export async function attributesOf(handle: WorkflowHandle): Promise<Record<keyof typeof searchAttributes, unknown>> {
  const { typedSearchAttributes: found } = await handle.describe();
  return {
    target: found.get(searchAttributes.target),
    phase: found.get(searchAttributes.phase),
    needsAttention: found.get(searchAttributes.needsAttention),
  };
}

/** Heads of audit chains that are kept elsewhere than in the database. */
import type { Client } from '@temporalio/client';
import type { TargetRun } from '../workflows/contract.ts';
import { ClientError } from './client-error.ts';
import type { HeadOfRun } from './verify-audit.ts';

const headLine = /^(\S{1,100})\s+([0-9a-f]{64})(?:\s+(\d+))?$/;

/**
 * A line each: run id, hash and, if known, the length of the chain. Blank lines and those that begin with # are left
 * out. @throws ClientError naming the first line that is none
 */
export function parseHeads(text: string): HeadOfRun[] {
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const [, runId, hash, length] = headLine.exec(trimmed) ?? [];
    if (runId === undefined || hash === undefined) {
      const hint = 'write a line per run: its id, the hash in hexadecimal and, if you have it, the length';
      throw new ClientError('bad-heads', `line ${index + 1} of the heads is not a head`, hint);
    }
    return { runId, hash, ...(length === undefined ? {} : { length: Number(length) }), keptBy: 'file' };
  });
}

/** Results of target syncs that Temporal still holds. An execution that answered several requests tells its last run. */
export async function headsInTemporal(client: Client): Promise<HeadOfRun[]> {
  const heads: HeadOfRun[] = [];
  const query = `WorkflowType = 'targetSync' AND ExecutionStatus = 'Completed'`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
    const run = (await handle.result()) as TargetRun | undefined | null;
    if (run?.audit) heads.push({ runId: run.runId, ...run.audit, keptBy: 'temporal' });
  }
  return heads;
}

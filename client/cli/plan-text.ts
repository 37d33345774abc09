/** A plan as text: each change, what it comes to, and what was found on the way. */
import type { FindingView, PlannedChange, PlanView } from '../../reader/client.ts';
import type { Lockstep } from './command.ts';
import { counted, findingLines, kindCounts, plannedChangeLine } from './words.ts';

export interface WholePlan extends PlanView {
  readonly listed: readonly PlannedChange[];
  readonly findings: readonly FindingView[];
}

/** The plan with its first `most` changes and findings. */
export async function readPlan(lockstep: Lockstep, id: string, most: number): Promise<WholePlan> {
  const { reader } = lockstep;
  const [plan, listed, findings] = await Promise.all([
    reader.plan(id),
    firstOf(reader.changes(id), most),
    firstOf(reader.findings(id), most),
  ]);
  return { ...plan, listed, findings };
}

async function firstOf<T>(items: AsyncIterable<T>, most: number): Promise<T[]> {
  const first: T[] = [];
  for await (const item of items) {
    if (first.length === most) break;
    first.push(item);
  }
  return first;
}

export function* planLines(plan: WholePlan): Generator<string> {
  const { target, id, changes, changesByKind, listed, findings, findingsByCode } = plan;
  const summary =
    changes === 0 ? 'in step, nothing to change' : `${counted(changes, 'change')}: ${kindCounts(changesByKind)}`;
  yield `${target}: ${summary}`;
  yield* listed.map((change) => `  ${plannedChangeLine(change)}`);
  if (changes > listed.length) yield `  … and ${changes - listed.length} more: lockstep plan show ${id} --all`;
  const found = Object.values(findingsByCode).reduce((sum, count) => sum + count, 0);
  if (found === 0) return;
  yield `${target}: ${counted(found, 'finding')}`;
  yield* findings.flatMap((finding) => findingLines(finding).map((line) => `  ${line}`));
  if (found > findings.length) yield `  … and ${found - findings.length} more: lockstep plan show ${id} --all`;
}

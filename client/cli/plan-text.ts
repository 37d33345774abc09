/** A plan as text: each change, what it comes to, and what was found on the way. */
import { hashPrefix } from '../../domain/approval-commands.ts';
import type { FindingView, PlannedChange, PlanView } from '../../reader/client.ts';
import type { Lockstep } from './command.ts';
import { counted, findingLines, kindCounts, moment, plannedChangeLine } from './words.ts';

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
  yield* shortfallLines(plan);
  yield* listed.map((change) => `  ${plannedChangeLine(change)}`);
  if (changes > listed.length) yield `  … and ${changes - listed.length} more: lockstep plan show ${id} --all`;
  const found = Object.values(findingsByCode).reduce((sum, count) => sum + count, 0);
  if (found > 0) {
    yield `${target}: ${counted(found, 'finding')}`;
    yield* findings.flatMap((finding) => findingLines(finding).map((line) => `  ${line}`));
    if (found > findings.length) yield `  … and ${found - findings.length} more: lockstep plan show ${id} --all`;
  }
  yield* guardLines(plan);
  yield* standingLines(plan);
}

/** Why somebody or something may be missing from a plan. */
export function* shortfallLines({ target, shortfalls = [] }: PlanView): Generator<string> {
  for (const { side, text, advice } of shortfalls) {
    yield `${target}: the reading of ${side} is not complete: ${text}`;
    yield `    → ${advice}`;
  }
}

/** Why changes of a run wait, and the commands that release or drop them. */
export function* waitingLines(plan: PlanView): Generator<string> {
  if (plan.stopped === 0) return;
  yield* guardLines(plan);
  yield* standingLines(plan);
}

/** What each guard counted, then what else holds changes back; advice where something waits. */
function* guardLines({ target, verdict, stoppedBy }: PlanView): Generator<string> {
  const counted = new Set<string>(verdict.map(({ guard }) => guard));
  const others = stoppedBy.filter(({ rule }) => !counted.has(rule));
  if (verdict.length + others.length === 0) return;
  yield `${target}: guards`;
  for (const { text, advice, trippedBy } of verdict) {
    yield `  ${text}`;
    if (trippedBy !== undefined) yield `    → ${advice}`;
  }
  for (const { name, count, advice } of others) {
    yield `  ${name}: ${count} held back`;
    yield `    → ${advice}`;
  }
}

/** By what the plan is known, where it stands, and the commands to go on with. */
function* standingLines({ target, id, hash, expiresAt, state, stateText, nextStep }: PlanView): Generator<string> {
  if (state === 'empty') return;
  const identity = hash === undefined ? '' : `, hash ${hashPrefix(hash)}`;
  const isOpen = state === 'waiting' || state === 'ready';
  yield `${target}: plan ${id}${identity}${isOpen && expiresAt !== undefined ? `, good until ${moment(expiresAt)}` : ''}`;
  yield `${target}: ${stateText}. ${nextStep.text}`;
  yield* nextStep.commands.map((command) => `    → ${command}`);
}

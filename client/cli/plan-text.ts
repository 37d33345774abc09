/** A plan as text: each change, what it comes to, and what was found on the way. */
import { hashPrefix } from '../../domain/approval-commands.ts';
import { removalKinds } from '../../domain/change.ts';
import { type FindingView, number, type PlannedChange, type PlanView } from '../../reader/client.ts';
import type { Lockstep } from './command.ts';
import { counted, findingLines, kindCounts, moment, plannedChangeLine } from './words.ts';

export interface WholePlan extends PlanView {
  readonly listed: readonly PlannedChange[];
  readonly findings: readonly FindingView[];
}

/** The plan with its first `most` changes, in the order in which they are carried out, and findings. */
export async function readPlan({ reader }: Lockstep, id: string, most: number): Promise<WholePlan> {
  const [plan, listed, findings] = await Promise.all([
    reader.plan(id),
    firstOf(reader.changes(id), most),
    firstOf(reader.findings(id), most),
  ]);
  return { ...plan, listed, findings };
}

/** The same for a person, who has to read what takes something away: that comes first, however far down it stands. */
export async function readPlanForPeople({ reader }: Lockstep, id: string, most: number): Promise<WholePlan> {
  const [plan, findings] = await Promise.all([reader.plan(id), firstOf(reader.findings(id), most)]);
  return { ...plan, listed: await removalsFirst(reader.changes(id), plan, most), findings };
}

async function removalsFirst(
  changes: AsyncIterable<PlannedChange>,
  { changesByKind }: PlanView,
  most: number,
): Promise<PlannedChange[]> {
  const removals: PlannedChange[] = [];
  const others: PlannedChange[] = [];
  let expected = [...removalKinds].reduce((sum, kind) => sum + (changesByKind[kind] ?? 0), 0);
  for await (const change of changes) {
    const isRemoval = removalKinds.has(change.kind);
    const part = isRemoval ? removals : others;
    if (part.length < most) part.push(change);
    if (isRemoval) expected -= 1;
    if (removals.length === most || (expected <= 0 && removals.length + others.length >= most)) break;
  }
  return [...removals, ...others].slice(0, most);
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
  if (isReordered(listed)) yield '  What takes something away is listed first; JSON and CSV tell the order of work.';
  yield* listed.map((change) => `  ${plannedChangeLine(change)}`);
  if (changes > listed.length) yield `  … and ${number(changes - listed.length)} more: lockstep plan show ${id} --all`;
  const found = Object.values(findingsByCode).reduce((sum, count) => sum + count, 0);
  if (found > 0) {
    yield `${target}: ${counted(found, 'finding')}`;
    yield* findings.flatMap((finding) => findingLines(finding, target).map((line) => `  ${line}`));
    if (found > findings.length)
      yield `  … and ${number(found - findings.length)} more: lockstep plan show ${id} --all`;
  }
  yield* guardLines(plan);
  yield* standingLines(plan);
}

const isReordered = (listed: readonly PlannedChange[]): boolean =>
  listed.some(({ seq }, index) => seq < (listed[index - 1]?.seq ?? seq));

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
    yield `  ${name}: ${number(count)} held back`;
    yield `    → ${advice}`;
  }
}

/** By what the plan is known, where it stands, and the commands to go on with. */
function* standingLines(plan: PlanView): Generator<string> {
  const { target, id, kind, hash, expiresAt, state, stateText, nextStep, approval } = plan;
  if (state === 'empty') return;
  if (kind === 'run' && state === 'waiting' && approval) {
    // What is approved is the revision that lists what waits, never the plan of the run.
    yield `${target}: to be approved is plan ${approval.planId}${identity(approval.hash, approval.expiresAt)}`;
    yield `${target}: the plan of the run itself, ${id}, needs no decision`;
  } else {
    const isOpen = state === 'waiting' || state === 'ready' || state === 'rejected-before';
    const name = kind === 'run' ? 'plan of the run' : 'plan';
    yield `${target}: ${name} ${id}${identity(hash, isOpen && kind !== 'run' ? expiresAt : undefined)}`;
  }
  yield `${target}: ${stateText}. ${nextStep.text}`;
  yield* nextStep.commands.map((command) => `    → ${command}`);
}

const identity = (hash: string | undefined, until: string | undefined): string =>
  `${hash === undefined ? '' : `, hash ${hashPrefix(hash)}`}${until === undefined ? '' : `, good until ${moment(until)}`}`;

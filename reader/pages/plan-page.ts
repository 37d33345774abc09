/** A plan as a page that stands for itself: it opens from a file as well, and asks nobody for anything. */

import { hashPrefix } from '../../domain/approval-commands.ts';
import type { PlanFilter } from '../../store/reading-approvals.ts';
import type { FindingView, PlannedChange, PlanSummary, PlanView } from '../api.ts';
import { kindWords, outcomeWords } from '../change-words.ts';
import { listedState } from '../listed-state.ts';
import { number } from '../number.ts';
import { findingsByCode } from './findings-by-code.ts';
import { planScript, render } from './page-assets.ts';
import { guardBars, kindBars } from './plan-bars.ts';
import { rowOf, scriptJson } from './plan-rows.ts';

/** More than this no browser shows at ease; the page says so, and the CSV has them all. */
const mostRows = 50_000;

export interface PlanPageInput {
  readonly plan: PlanView;
  /** In the order of the plan. */
  readonly changes: AsyncIterable<PlannedChange>;
  readonly findings: readonly FindingView[];
  readonly madeAt: Date;
  /** For a file there is no list of plans to go back to. */
  readonly isFile: boolean;
}

/** The HTML, piece by piece: the whole of a large plan is never in memory. */
export async function* planPage({ plan, changes, findings, madeAt, isFile }: PlanPageInput): AsyncGenerator<string> {
  yield render('plan', {
    plan,
    isFile,
    madeAt: madeAt.toISOString(),
    title: planTitle(plan),
    hash: plan.hash === undefined ? undefined : hashPrefix(plan.hash),
    tone: tones[plan.state],
    kinds: kindBars(plan),
    isSettled: plan.outcomes.some(({ outcome }) => outcome !== undefined && outcome !== 'waiting'),
    guards: guardBars(plan),
    findings: findingsByCode(findings, plan),
    notShown: Math.max(0, plan.changes - mostRows),
    mostRows,
  });
  yield `<script type="application/json" id="words">${scriptJson({ kinds: kindWords, outcomes: outcomeWords })}</script>\n`;
  yield '<script type="application/json" id="changes">[';
  yield* rows(changes);
  yield `]</script>\n<script>${planScript}</script>\n</body>\n</html>\n`;
}

async function* rows(changes: AsyncIterable<PlannedChange>): AsyncGenerator<string> {
  let count = 0;
  for await (const change of changes) {
    if (count === mostRows) return;
    yield `${count === 0 ? '' : ','}\n${scriptJson(rowOf(change))}`;
    count += 1;
  }
}

/** `cloud: 1,240 changes` */
const planTitle = ({ target, changes, state }: PlanView): string =>
  state === 'empty'
    ? `${target}: in step, nothing to change`
    : `${target}: ${number(changes)} ${changes === 1 ? 'change' : 'changes'}`;

type Tone = 'calm' | 'good' | 'look' | 'bad';

const tones: Readonly<Record<PlanSummary['state'], Tone>> = {
  'being-made': 'calm',
  empty: 'good',
  ready: 'good',
  waiting: 'look',
  approved: 'good',
  rejected: 'bad',
  'rejected-before': 'look',
  expired: 'bad',
  replaced: 'calm',
  'under-way': 'calm',
  unfinished: 'bad',
  done: 'good',
};

/** The list of plans. @param filter by which these were found: what it leaves out is one link away */
export function plansPage(plans: readonly PlanSummary[], filter: PlanFilter, madeAt: Date): string {
  const { before, ...rest } = filter;
  const oldest = plans.at(-1)?.id;
  const shown = plans.map((plan) => ({
    ...plan,
    tone: tones[plan.state],
    listedState: listedState(plan),
    hash: plan.hash === undefined ? undefined : hashPrefix(plan.hash),
  }));
  return render('plans', {
    plans: shown,
    isAll: filter.all,
    // A full page may have another after it; that one says when it has not.
    older: oldest !== undefined && plans.length === filter.limit ? pathOf({ ...rest, before: oldest }) : undefined,
    newest: before === undefined ? undefined : pathOf(rest),
    other: pathOf({ ...rest, all: !filter.all }),
    madeAt: madeAt.toISOString(),
  });
}

function pathOf(filter: PlanFilter): string {
  const query = Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]);
  return `/plans?${new URLSearchParams(query)}`;
}

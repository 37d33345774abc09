/** What was measured, beside what is to be reached, as text. */
import { boundedCalls, writes } from './lower-bound.ts';
import type { CallCount, PhaseResult } from './phase.ts';
import { decimal, renderTable, whole } from './table.ts';

export interface BenchReport {
  readonly machine: string;
  readonly population: { readonly people: number; readonly groups: number; readonly memberships: number };
  /** The worker's peak before its first run. */
  readonly idleWorkerBytes?: number;
  readonly phases: readonly PhaseResult[];
  readonly targets: readonly Target[];
}

/** One figure against what the design wants. */
export interface Target {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  readonly isMet: boolean;
}

const miss = 'x';
const writeNames: ReadonlySet<string> = new Set(writes.map((call) => boundedCalls[call]));

export function renderReport({ machine, population, idleWorkerBytes, phases, targets }: BenchReport): string {
  const { people, groups, memberships } = population;
  return [
    `${whole(people)} people, ${whole(groups)} groups, ${whole(memberships)} memberships at Okta`,
    machine,
    ...phases.map((phase) => `\n${phase.name}: ${whole(phase.changes)} changes\n\n${callsTable(phase)}`),
    `\nTime, processes, Temporal (the worker had used ${megabytes(idleWorkerBytes) || '?'} MB before)\n\n${summaryTable(phases)}`,
    `\nTo be reached (${miss}: missed)\n\n${targetsTable(targets)}`,
  ].join('\n');
}

function callsTable({ calls }: PhaseResult): string {
  const columns = [{ title: 'call' }, { title: 'calls' }, { title: 'at least' }, { title: 'ratio' }, { title: '' }];
  return renderTable(
    columns,
    calls
      .filter(({ count, atLeast }) => count > 0 || (atLeast ?? 0) > 0)
      .map(({ call, count, atLeast }) => [
        call,
        whole(count),
        atLeast === undefined ? 'apart' : whole(atLeast),
        atLeast ? decimal(count / atLeast, 2) : '',
        atLeast !== undefined && count > atLeast ? miss : '',
      ]),
  );
}

function summaryTable(phases: readonly PhaseResult[]): string {
  const row = (title: string, cell: (phase: PhaseResult) => string): string[] => [title, ...phases.map(cell)];
  const seconds = (ms: number | undefined) => (ms === undefined ? '' : decimal(ms / 1_000, 2));
  const processes = Object.keys(phases[0]?.cpuSeconds ?? {});
  const activities = [...new Set(phases.flatMap(({ temporal }) => Object.keys(temporal.activityMs)))];
  const requests = ({ calls }: PhaseResult) => calls.reduce((sum, { count }) => sum + count, 0);
  return renderTable(
    [{ title: '' }, ...phases.map(({ name }) => ({ title: name }))],
    [
      row('wall time, s', ({ wallMs }) => seconds(wallMs)),
      ...activities.map((name) => row(`  ${name}, s`, ({ temporal }) => seconds(temporal.activityMs[name]))),
      row('accounts per minute', (phase) => (phase.accountsCreated > 99 ? whole(accountsPerMinute(phase)) : '')),
      row('requests', (phase) => whole(requests(phase))),
      row('bare loop of the same requests, s', ({ bareLoop }) => seconds(bareLoop.wallMs)),
      row('  times the bare loop', (phase) => decimal(timesBareLoop(phase), 2)),
      row('  CPU of the bare loop alone, s', ({ bareLoop }) => decimal(bareLoop.cpuSeconds, 2)),
      ...processes.map((name) => row(`CPU ${name}, s`, ({ cpuSeconds }) => decimal(cpuSeconds[name] ?? 0, 2))),
      row('simulators could answer, requests/s', (phase) =>
        whole(requests(phase) / (phase.cpuSeconds['simulators'] || 1)),
      ),
      row('peak memory of the worker, MB', ({ workerPeakBytes }) => megabytes(workerPeakBytes)),
      row('events: largest history', ({ temporal }) => whole(temporal.largestHistory)),
      row('events: whole chain', ({ temporal }) => whole(temporal.events)),
      row('executions', ({ temporal }) => whole(temporal.executions)),
      row('actions, without heartbeats', ({ temporal }) => whole(temporal.actions)),
      row('  per 1,000 changes', (phase) => (isBulk(phase) ? decimal(actionsPerThousand(phase), 2) : '')),
      row('heartbeats', ({ temporal }) => whole(temporal.heartbeats)),
    ],
  );
}

const targetsTable = (targets: readonly Target[]): string =>
  renderTable(
    [{ title: 'what' }, { title: 'measured' }, { title: 'wanted' }, { title: '' }],
    targets.map(({ what, measured, wanted, isMet }) => [what, measured, wanted, isMet ? '' : miss]),
  );

/** The figures that the design names, for the phases that show them. */
export function targetsOf(phases: readonly PhaseResult[]): Target[] {
  const targets: Target[] = [];
  const add = (what: string, measured: string, wanted: string, isMet: boolean) =>
    targets.push({ what, measured, wanted, isMet });
  for (const phase of phases) {
    const { name, calls, changes } = phase;
    const [writing, reading] = [calls.filter(isWrite), calls.filter((call) => isBounded(call) && !isWrite(call))];
    const wanted = changes === 0 ? 'none' : 'at the lower bound';
    add(`${name}: writes`, ratioText(writing), wanted, isAtBound(writing));
    add(`${name}: reads`, ratioText(reading), 'at the lower bound', isAtBound(reading));
    if (!isBulk(phase)) continue;
    const perMinute = accountsPerMinute(phase);
    add(`${name}: accounts per minute`, whole(perMinute), 'over 10,000', perMinute > 10_000);
    const times = timesBareLoop(phase);
    add(`${name}: times the bare loop`, decimal(times, 2), 'at most 2', times <= 2);
    const actions = actionsPerThousand(phase);
    add(`${name}: actions per 1,000 changes`, decimal(actions, 2), 'under 10', actions < 10);
  }
  const largest = Math.max(...phases.map(({ temporal }) => temporal.largestHistory));
  add('largest history, events', whole(largest), 'under 2,000', largest < 2_000);
  const peak = phases.at(-1)?.workerPeakBytes;
  if (peak !== undefined) add('peak memory of the worker, MB', megabytes(peak), 'under 600', peak < 600e6);
  return targets;
}

/** Fixed costs of a run weigh on nothing when there is next to nothing to do. */
const isBulk = ({ changes }: PhaseResult): boolean => changes >= 1_000;
const accountsPerMinute = ({ accountsCreated, wallMs }: PhaseResult): number => accountsCreated / (wallMs / 60_000);
const timesBareLoop = ({ wallMs, bareLoop }: PhaseResult): number => wallMs / bareLoop.wallMs;
const actionsPerThousand = ({ temporal, changes }: PhaseResult): number => temporal.actions / (changes / 1_000);
const megabytes = (bytes: number | undefined): string => (bytes === undefined ? '' : whole(bytes / 1e6));
const isBounded = ({ atLeast }: CallCount): boolean => atLeast !== undefined;
const isWrite = ({ call }: CallCount): boolean => writeNames.has(call);
const isAtBound = (calls: readonly CallCount[]): boolean => calls.every(({ count, atLeast = 0 }) => count <= atLeast);

function ratioText(calls: readonly CallCount[]): string {
  const count = calls.reduce((sum, call) => sum + call.count, 0);
  const atLeast = calls.reduce((sum, call) => sum + (call.atLeast ?? 0), 0);
  return `${whole(count)} of ${whole(atLeast)}`;
}

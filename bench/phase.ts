/** Runs one full sync to the end of the target sync that covers it, and measures it from outside. */
import { randomUUID } from 'node:crypto';
import { type FullSyncResult, type TargetRun, taskQueues, workflowIds } from '../workflows/contract.ts';
import type { BareLoop, BareLoopResult } from './bare-loop.ts';
import { boundedCallOf, type Call, nameOf } from './calls.ts';
import { addedUp, type ChainCount, countChain } from './histories.ts';
import { type BoundedCall, boundedCalls, type Demand, lowerBound } from './lower-bound.ts';
import { cpuBetween, peakMemory, readCpu } from './processes.ts';
import { changesOf, demandOf, type Known, outOfStep, readSides, type Sides } from './sides.ts';
import { callsSoFar, forgetCalls } from './simulators.ts';
import { memberBatch, type System } from './system.ts';
import type { VendorApis } from './vendor-apis.ts';

export interface CallCount {
  readonly call: string;
  readonly count: number;
  /** Absent for calls that are listed apart. */
  readonly atLeast?: number;
}

export interface PhaseResult {
  readonly name: string;
  readonly changes: number;
  readonly accountsCreated: number;
  readonly calls: readonly CallCount[];
  readonly wallMs: number;
  readonly bareLoop: BareLoopResult;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** The most that the worker ever used so far; absent where the kernel does not tell. */
  readonly workerPeakBytes?: number;
  readonly temporal: {
    readonly executions: number;
    readonly largestHistory: number;
    readonly events: number;
    readonly actions: number;
    readonly heartbeats: number;
    readonly activityMs: Readonly<Record<string, number>>;
  };
}

export interface PhaseContext {
  readonly system: System;
  readonly api: VendorApis;
  readonly bareLoop: BareLoop;
}

/** @throws Error when the run had a problem, parked a change, or left the two sides out of step */
export async function runPhase(
  { system, api, bareLoop }: PhaseContext,
  name: string,
  { before, known }: { readonly before: Sides; readonly known: Known },
): Promise<{ result: PhaseResult; after: Sides }> {
  const demand = demandOf(before, known);
  const measured = await measure(system);
  const after = await readSides(api);
  const problems = outOfStep(after);
  if (problems.length > 0) throw new Error(`after "${name}" the sides are out of step: ${problems.join('; ')}`);
  const bare = await bareLoop.run(measured.calls, after);
  const { calls, ...rest } = measured;
  return {
    result: {
      name,
      changes: changesOf(demand),
      accountsCreated: demand.accountsToCreate,
      calls: countCalls(calls, demand),
      bareLoop: bare,
      ...rest,
    },
    after,
  };
}

async function measure(system: System) {
  await forgetCalls(system.simulators);
  const heartbeatsBefore = await heartbeats(system.workerUrl);
  const cpuBefore = readCpu(system.pids);
  const startedAt = performance.now();
  const chains = await fullSync(system);
  const wallMs = performance.now() - startedAt;
  const cpuSeconds = cpuBetween(cpuBefore, readCpu(system.pids));
  const counts: ChainCount[] = [];
  for (const workflowId of chains) counts.push(await countChain(system.client, workflowId));
  const peak = peakMemory(system.pids.worker);
  return {
    calls: await callsSoFar(system.simulators),
    wallMs,
    cpuSeconds,
    ...(peak === undefined ? {} : { workerPeakBytes: peak }),
    temporal: {
      ...addedUp(counts),
      executions: counts.reduce((sum, { executions }) => sum + executions, 0),
      largestHistory: Math.max(...counts.map(({ largestHistory }) => largestHistory)),
      heartbeats: (await heartbeats(system.workerUrl)) - heartbeatsBefore,
    },
  };
}

/** Returns the ids of the workflows that did it. */
export async function fullSync(
  { client }: System,
  { mayBeStale = false }: { readonly mayBeStale?: boolean } = {},
): Promise<string[]> {
  const requestId = randomUUID();
  const workflowId = workflowIds.fullSync(requestId);
  const full: FullSyncResult = await client.workflow.execute('fullSync', {
    workflowId,
    taskQueue: taskQueues.workflows,
    args: [{ requestId }],
  });
  refuse(full.problem?.message);
  const syncs = full.targets.map(workflowIds.targetSync);
  for (const sync of syncs) {
    const run: TargetRun = await client.workflow.getHandle(sync).result();
    refuse(run.problem?.message);
    if (!run.covers.includes(requestId)) throw new Error(`${sync}: the last run covers another request`);
    const { parked, stale } = run.outcomes;
    if (parked + (mayBeStale ? 0 : stale) > 0)
      throw new Error(`${sync}: ${parked} changes were parked, ${stale} were stale`);
  }
  return [workflowId, ...syncs];
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new Error(problem);
}

/** Heartbeats that reached the server, as the worker's own metrics count them. */
async function heartbeats(workerUrl: string): Promise<number> {
  const metrics = await (await fetch(`${workerUrl}/metrics`)).text();
  const lines = metrics.matchAll(/^temporal_request_total\{.*operation="RecordActivityTaskHeartbeat".*\}\s+(\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Calls with a lower bound in its order, also those that were not made; then the others by name. */
function countCalls(calls: readonly Call[], demand: Demand): CallCount[] {
  const bounds = lowerBound(demand, memberBatch);
  const byCall = Map.groupBy(calls, boundedCallOf);
  const bounded = (Object.keys(boundedCalls) as BoundedCall[]).map((call) => ({
    call: boundedCalls[call],
    count: byCall.get(call)?.length ?? 0,
    atLeast: bounds[call],
  }));
  const others = Map.groupBy(byCall.get(undefined) ?? [], nameOf);
  return [...bounded, ...[...others].sort().map(([call, those]) => ({ call, count: those.length }))];
}

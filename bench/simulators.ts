/** The simulators in a process of their own, and their control endpoint. */
import type { Call, LoggedCall, Simulator } from './calls.ts';
import { inOrder } from './calls.ts';

export interface Simulators {
  readonly pid: number;
  readonly okta: string;
  readonly cloud: string;
  readonly control: string;
}

const names: readonly Simulator[] = ['okta', 'atlassian-cloud'];

/** From here on nothing that was called before is seen again. */
export async function forgetCalls({ control }: Simulators): Promise<void> {
  for (const name of names) await fetch(`${control}/${name}/requests`, { method: 'DELETE' });
}

/** All calls since the logs were emptied, oldest first. @throws when a log had no room for all of them */
export async function callsSoFar(simulators: Simulators): Promise<Call[]> {
  const calls: Call[] = [];
  for (const simulator of names) {
    // In this order: more may come in between.
    const counts = (await controlJson(simulators, `${simulator}/counts`)) as Record<string, { total: number }>;
    const entries = (await controlJson(simulators, `${simulator}/requests`)) as LoggedCall[];
    const total = Object.values(counts).reduce((sum, count) => sum + count.total, 0);
    if (entries.length < total) throw new Error(`the log of ${simulator} holds ${entries.length} of ${total} calls`);
    calls.push(...entries.map((entry) => ({ ...entry, simulator })));
  }
  return inOrder(calls);
}

async function controlJson({ control }: Simulators, path: string): Promise<unknown> {
  const response = await fetch(`${control}/${path}`);
  if (!response.ok) throw new Error(`sandbox control: ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** What vendors take, where times to them are measured. */
export const vendorLatencyMs = 50;

/** Milliseconds that each answer takes beside the work for it. */
export async function setLatency({ control }: Simulators, latencyMs: number): Promise<void> {
  for (const name of names) {
    const body = JSON.stringify({ latencyMs });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${control}/${name}/settings`, { method: 'PATCH', headers, body });
    if (!answer.ok) throw new Error(`sandbox control: latency: ${answer.status} ${await answer.text()}`);
  }
}

/** Okta answers 503 to everything, or is back. */
export async function setOktaAway({ control }: Simulators, isAway: boolean): Promise<void> {
  const rules = isAway ? [{ id: 'away', match: { path: '/api/v1/' }, action: { status: 503 } }] : [];
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${control}/okta/faults`, { method: 'PUT', headers, body: JSON.stringify(rules) });
  if (!answer.ok) throw new Error(`sandbox control: faults: ${answer.status} ${await answer.text()}`);
}

/** How many calls of a route (`POST /path/:id`) there were since the log was emptied. */
export async function countOf(simulators: Simulators, name: Simulator, route: RegExp): Promise<number> {
  const counts = (await controlJson(simulators, `${name}/counts`)) as Record<string, { total: number }>;
  return Object.entries(counts).reduce((sum, [key, { total }]) => (route.test(key) ? sum + total : sum), 0);
}

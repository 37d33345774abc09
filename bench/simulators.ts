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
    const entries = (await controlJson(simulators, `${simulator}/requests`)) as LoggedCall[];
    const counts = (await controlJson(simulators, `${simulator}/counts`)) as Record<string, { total: number }>;
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

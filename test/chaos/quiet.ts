/** Waits until nothing is under way any more: what was told is done, and what is due has been asked for. */
import { sql } from 'kysely';
import { workflowIds } from '../../workflows/contract.ts';
import { until } from '../support/until.ts';
import { countingOrder } from './hr.ts';
import type { Stage } from './stage.ts';

const longestMs = 300_000;
/** Of the log, so that one of them began after everything had been written. */
const readings = 2;

/** Workflows that are under way and will end by themselves; not those that wait for an approval or for a day to come. */
async function underWay(stage: Stage): Promise<string[]> {
  const { workflow } = stage.lab.system.client;
  const found: string[] = [];
  for await (const { workflowId } of workflow.list({ query: 'ExecutionStatus="Running"' }))
    if (workflowId !== workflowIds.approval('cloud') && !mayWait(stage, workflowId)) found.push(workflowId);
  return found;
}

/** What goes on although everything has been done: whoever follows the log, and an order for another day. */
export function mayWait({ hr, followsLog }: Stage, workflowId: string): boolean {
  if (workflowId === workflowIds.catchUp()) return followsLog;
  const person = /^offboarding\/(.+)$/.exec(workflowId)?.[1];
  const order = person === undefined ? undefined : countingOrder(hr.orders, person);
  return order?.kind === 'request' && (order.effectiveAt ?? 0) > Date.now() + longestMs;
}

export async function untilQuiet(stage: Stage): Promise<void> {
  let running: string[] = [];
  const isQuiet = async (): Promise<boolean> => {
    running = await underWay(stage);
    return running.length === 0;
  };
  for (;;) {
    await until('nothing is under way', isQuiet, longestMs).catch((error: Error) => {
      throw new Error(`${error.message}: ${running.join(', ')}`, { cause: error.cause });
    });
    if (!stage.followsLog) return;
    await untilLogIsRead(stage);
    if (await isQuiet()) return;
  }
}

/** All that stands in it by now has been told. */
async function untilLogIsRead({ lab }: Stage): Promise<void> {
  const { requests } = lab.system.sandbox.okta;
  const mark = requests.last;
  const isRead = (): boolean =>
    requests
      .since(mark)
      .filter(({ path, status, fault }) => path === '/api/v1/logs' && status === 200 && fault === undefined).length >=
    readings;
  await until('the log has been read', isRead, 120_000);
}

/** The offboarding has taken effect and is complete, or there is none by now. */
export async function untilOffboarded(stage: Stage, person: string): Promise<void> {
  const workflowId = workflowIds.offboarding(person);
  await until(
    `the offboarding of ${person} is done`,
    async () => {
      if (mayWait(stage, workflowId)) return true;
      const { status } = await stage.lab.system.client.workflow.getHandle(workflowId).describe();
      return status.name !== 'RUNNING';
    },
    longestMs,
  );
}

/** The grace of everybody who is suspended at Okta is over at once. @returns whose */
export async function endGraces({ lab }: Stage): Promise<string[]> {
  const { rows } = await sql<{ person: string }>`
    update offboarding set deactivate_at = clock_timestamp()
    where state = 'in-effect' and ended_at is null and okta = 'suspend' and deactivate_at is not null
    returning person_id as person`.execute(lab.system.store);
  return rows.map(({ person }) => person);
}

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Store } from '../../store/connect.ts';
import { countStopped } from '../../store/reading-approvals.ts';
import { namesOf } from '../../store/reading-people.ts';
import { progressOfPlans } from '../../store/reading-plans.ts';
import { listRuns, type RunRow, runById, runsCovering } from '../../store/runs.ts';
import type { Page, ReportView, RequestView, RunView } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { listQuery } from '../paging.ts';
import { notFound, parsed } from '../problems.ts';
import { reportOf } from '../report.ts';
import { personOfRun, runView, withPerson } from '../views.ts';

const params = z.object({ id: z.string().max(100) });

export function runRoutes(app: FastifyInstance, { store }: ReaderDependencies): void {
  const existing = async (value: unknown): Promise<RunRow> => {
    const { id } = parsed(params, value);
    // Whoever approves knows the request before the run that answers it has begun.
    const run = (await runById(store, id)) ?? (await runsCovering(store, id)).at(-1);
    if (!run) throw notFound('there is no run with this id', '`lockstep runs` lists them');
    return run;
  };

  const views = async (rows: readonly RunRow[]): Promise<RunView[]> => {
    const planned = rows.flatMap(({ plan_id }) => plan_id ?? []);
    const [progress, rejected, names] = await Promise.all([
      progressOfPlans(store, planned),
      rejectedIn(store, rows),
      namesOf(store, '', { people: rows.map(personOfRun) }),
    ]);
    return rows.map((row) => {
      const view =
        row.plan_id === null ? runView(row) : runView(row, progress.get(row.plan_id), rejected.get(row.plan_id));
      return withPerson(view, row, names);
    });
  };

  app.get('/runs', async (request): Promise<Page<RunView>> => {
    const { target, limit } = parsed(listQuery, request.query);
    return { items: await views(await listRuns(store, { limit, ...(target === undefined ? {} : { target }) })) };
  });

  app.get(
    '/runs/:id',
    async (request): Promise<RunView | undefined> => (await views([await existing(request.params)]))[0],
  );

  // A request that nobody has taken up yet is no error: whoever asked waits for it.
  app.get('/requests/:id', async (request): Promise<RequestView> => {
    const { id } = parsed(params, request.params);
    const rows = await runsCovering(store, id);
    const isFinished = rows.length > 0 && rows.every(({ finished_at }) => finished_at !== null);
    return { requestId: id, runs: await views(rows), isFinished };
  });

  app.get('/report/:id', async (request): Promise<ReportView> => reportOf(store, await existing(request.params)));
}

/** By plan; of runs that left something waiting. */
async function rejectedIn(store: Store, rows: readonly RunRow[]): Promise<Map<string, number>> {
  const waiting = rows.flatMap(({ plan_id, outcomes }) => (plan_id !== null && outcomes.waiting ? plan_id : []));
  const counts = new Map<string, number>();
  for (const { planId, stoppedBy, count } of await countStopped(store, waiting))
    if (stoppedBy === 'rejected') counts.set(planId, (counts.get(planId) ?? 0) + count);
  return counts;
}

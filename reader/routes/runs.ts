import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { progressOfPlans } from '../../store/reading-plans.ts';
import { listRuns, type RunRow, runById, runsCovering } from '../../store/runs.ts';
import type { Page, ReportView, RequestView, RunView } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { listQuery } from '../paging.ts';
import { notFound, parsed } from '../problems.ts';
import { reportOf } from '../report.ts';
import { runView } from '../views.ts';

const params = z.object({ id: z.string().max(100) });

export function runRoutes(app: FastifyInstance, { store }: ReaderDependencies): void {
  const existing = async (value: unknown): Promise<RunRow> => {
    const run = await runById(store, parsed(params, value).id);
    if (!run) throw notFound('there is no run with this id', '`lockstep runs` lists them');
    return run;
  };

  const views = async (rows: readonly RunRow[]): Promise<RunView[]> => {
    const progress = await progressOfPlans(
      store,
      rows.flatMap(({ plan_id }) => plan_id ?? []),
    );
    return rows.map((row) => runView(row, row.plan_id === null ? undefined : progress.get(row.plan_id)));
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

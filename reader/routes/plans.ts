import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type PlanRow, planById } from '../../store/plans.ts';
import { plansNewestFirst } from '../../store/reading-approvals.ts';
import { changesAfter, findingsAfter } from '../../store/reading-plans.ts';
import type { FindingView, Page, PlannedChange, PlanSummary, PlanView } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { filterOf, pageOf, pageQuery, planQuery, sliceOf } from '../paging.ts';
import { planSummaries, planView } from '../plan-view.ts';
import { notFound, parsed } from '../problems.ts';
import { changesWithNames, findingsWithNames } from '../with-names.ts';

const params = z.object({ id: z.string().max(100) });

export function planRoutes(app: FastifyInstance, { store }: ReaderDependencies): void {
  const existing = async (value: unknown): Promise<PlanRow> => {
    const plan = await planById(store, parsed(params, value).id);
    if (!plan)
      throw notFound(
        'there is no plan with this id',
        '`lockstep plans` lists those that there are, with whole ids; `lockstep plan` makes one',
      );
    return plan;
  };

  app.get('/plans', async (request): Promise<Page<PlanSummary>> => {
    const rows = await plansNewestFirst(store, filterOf(parsed(planQuery, request.query)));
    return { items: await planSummaries(store, rows, new Date()) };
  });

  app.get('/plans/:id', async (request): Promise<PlanView> => planView(store, await existing(request.params)));

  app.get('/plans/:id/changes', async (request): Promise<Page<PlannedChange>> => {
    const query = parsed(pageQuery, request.query);
    const { id, target } = await existing(request.params);
    const rows = await changesAfter(store, id, sliceOf(query));
    return pageOf(rows, await changesWithNames(store, target, rows), query);
  });

  app.get('/plans/:id/findings', async (request): Promise<Page<FindingView>> => {
    const query = parsed(pageQuery, request.query);
    const { id, target } = await existing(request.params);
    const rows = await findingsAfter(store, id, sliceOf(query));
    return pageOf(rows, await findingsWithNames(store, target, rows), query);
  });
}

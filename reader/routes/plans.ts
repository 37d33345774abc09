import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { listPlans, type PlanRow, planById } from '../../store/plans.ts';
import { namesOf } from '../../store/reading-people.ts';
import { changesAfter, findingsAfter } from '../../store/reading-plans.ts';
import type { FindingView, Page, PlannedChange, PlanSummary, PlanView } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { listQuery, pageOf, pageQuery, sliceOf } from '../paging.ts';
import { planView } from '../plan-view.ts';
import { notFound, parsed } from '../problems.ts';
import { findingView, idsOfChanges, idsOfFindings, plannedChange, planSummary } from '../views.ts';

const params = z.object({ id: z.string().max(100) });

export function planRoutes(app: FastifyInstance, { store }: ReaderDependencies): void {
  const existing = async (value: unknown): Promise<PlanRow> => {
    const plan = await planById(store, parsed(params, value).id);
    if (!plan) throw notFound('there is no plan with this id', '`lockstep plan` makes one; `lockstep runs` lists runs');
    return plan;
  };

  app.get('/plans', async (request): Promise<Page<PlanSummary>> => {
    const { target, limit } = parsed(listQuery, request.query);
    const rows = await listPlans(store, { limit, ...(target === undefined ? {} : { target }) });
    return { items: rows.map(planSummary) };
  });

  app.get('/plans/:id', async (request): Promise<PlanView> => planView(store, await existing(request.params)));

  app.get('/plans/:id/changes', async (request): Promise<Page<PlannedChange>> => {
    const query = parsed(pageQuery, request.query);
    const { id, target } = await existing(request.params);
    const rows = await changesAfter(store, id, sliceOf(query));
    const names = await namesOf(store, target, idsOfChanges(rows));
    return pageOf(
      rows,
      rows.map((row) => plannedChange(row, names)),
      query,
    );
  });

  app.get('/plans/:id/findings', async (request): Promise<Page<FindingView>> => {
    const query = parsed(pageQuery, request.query);
    const { id, target } = await existing(request.params);
    const rows = await findingsAfter(store, id, sliceOf(query));
    const names = await namesOf(store, target, idsOfFindings(rows));
    return pageOf(
      rows,
      rows.map((row) => findingView(row, names)),
      query,
    );
  });
}

/** Plans and offboardings as pages for a browser, under the same rules of access as the JSON. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Store } from '../../store/connect.ts';
import { type PlanRow, planById } from '../../store/plans.ts';
import { plansNewestFirst } from '../../store/reading-approvals.ts';
import { listOffboardings } from '../../store/reading-offboardings.ts';
import { changesAfter, findingsAfter } from '../../store/reading-plans.ts';
import type { FindingView, PlannedChange } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { findOffboarding, offboardingSummaries, offboardingView } from '../offboardings.ts';
import { offboardingPage, offboardingsPage } from '../pages/offboarding-page.ts';
import { planPage, plansPage } from '../pages/plan-page.ts';
import { filterOf, planQuery } from '../paging.ts';
import { planSummaries, planView } from '../plan-view.ts';
import { notFound, parsed } from '../problems.ts';
import { changesWithNames, findingsWithNames } from '../with-names.ts';
import { offboardingFilter } from './offboardings.ts';
import { pageHeaders } from './page-answers.ts';

const params = z.object({ id: z.string().max(100) });
const query = z.strictObject({ as: z.literal('file').optional() });

export function pageRoutes(app: FastifyInstance, deps: ReaderDependencies): void {
  const { store } = deps;
  app.get('/', async (_request, reply) => reply.headers(pageHeaders).redirect('/plans'));

  app.get('/plans', async (request, reply) => {
    const now = new Date();
    const filter = filterOf(parsed(planQuery, request.query));
    const rows = await plansNewestFirst(store, filter);
    return reply.headers(pageHeaders).send(plansPage(await planSummaries(store, rows, now), filter, now));
  });

  app.get('/offboardings', async (request, reply) => {
    const now = new Date();
    const filter = offboardingFilter(request.query);
    const summaries = await offboardingSummaries(deps, await listOffboardings(store, filter), now);
    return reply.headers(pageHeaders).send(offboardingsPage(summaries, filter, now));
  });

  app.get('/offboardings/:id', async (request, reply) => {
    const row = await findOffboarding(store, parsed(params, request.params).id);
    if (!row) throw notFound('There is no such offboarding.', '`lockstep offboardings` lists those that there are.');
    const madeAt = new Date();
    return reply.headers(pageHeaders).send(offboardingPage(await offboardingView(deps, row, madeAt), madeAt));
  });

  app.get('/plans/:id', async (request, reply) => {
    const { as } = parsed(query, request.query);
    const row = await planById(store, parsed(params, request.params).id);
    if (!row) throw notFound('There is no plan with this id.', '`lockstep plans` lists those that there are.');
    const madeAt = new Date();
    const [plan, findings] = await Promise.all([planView(store, row, madeAt), someFindings(store, row)]);
    const page = planPage({ plan, findings, changes: allChanges(store, row), madeAt, isFile: as === 'file' });
    return reply.headers(pageHeaders).send(Readable.from(page));
  });
}

const rowsPerRead = 1_000;

async function* allChanges(store: Store, { id, target }: PlanRow): AsyncGenerator<PlannedChange> {
  let after = -1;
  for (;;) {
    const rows = await changesAfter(store, id, { after, limit: rowsPerRead });
    yield* await changesWithNames(store, target, rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) return;
    after = last.seq;
  }
}

const mostFindings = 5_000;

/** The page counts all and names the first of them. */
async function someFindings(store: Store, { id, target }: PlanRow): Promise<FindingView[]> {
  return findingsWithNames(store, target, await findingsAfter(store, id, { after: -1, limit: mostFindings }));
}

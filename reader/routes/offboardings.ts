import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isOktaUserId } from '../../domain/ids.ts';
import { listedStandings } from '../../domain/offboarding.ts';
import { commandsAbout, listOffboardings, type OffboardingFilter } from '../../store/reading-offboardings.ts';
import type { OffboardingCommandView, OffboardingSummary, OffboardingView, Page } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { offboardingCommandView } from '../offboarding-commands.ts';
import { findOffboarding, offboardingSummaries, offboardingView } from '../offboardings.ts';
import { listQuery } from '../paging.ts';
import { notFound, parsed } from '../problems.ts';

const oktaId = z.string().refine(isOktaUserId, 'is not the id of an Okta user (00u…)');
/** An offboarding's id, or an Okta id for the newest of that person. */
const params = z.object({ id: z.string().max(100) });
const query = listQuery.omit({ target: true }).extend({
  state: z.enum(listedStandings).optional(),
  person: oktaId.optional(),
});

/** What a list of offboardings is asked for, as JSON or as a page. */
export function offboardingFilter(given: unknown): OffboardingFilter {
  const { state, person, limit } = parsed(query, given);
  return { limit, ...(state === undefined ? {} : { state }), ...(person === undefined ? {} : { person }) };
}

const personParams = z.object({ oktaId });

export function offboardingRoutes(app: FastifyInstance, deps: ReaderDependencies): void {
  app.get('/offboardings', async (request): Promise<Page<OffboardingSummary>> => {
    const rows = await listOffboardings(deps.store, offboardingFilter(request.query));
    return { items: await offboardingSummaries(deps, rows, new Date()) };
  });

  // Also of somebody who has no offboarding: an order to end one counts all the same.
  app.get('/people/:oktaId/offboarding-commands', async (request): Promise<Page<OffboardingCommandView>> => {
    const params = parsed(personParams, request.params);
    return { items: (await commandsAbout(deps.store, params.oktaId)).map(offboardingCommandView) };
  });

  app.get('/offboardings/:id', async (request): Promise<OffboardingView> => {
    const row = await findOffboarding(deps.store, parsed(params, request.params).id);
    if (!row) throw notFound('there is no such offboarding', '`lockstep offboardings` lists those that there are');
    return offboardingView(deps, row, new Date());
  });
}

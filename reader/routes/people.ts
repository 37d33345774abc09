import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { profileAttributesOf } from '../../config/profile-attributes.ts';
import { isOktaUserId, type OktaUserId } from '../../domain/ids.ts';
import type { EvaluateView, ExplainView, PeopleFound } from '../api.ts';
import type { ReaderDependencies } from '../dependencies.ts';
import { evaluate } from '../evaluate.ts';
import { explainPerson } from '../explain.ts';
import { findPeople, oktaPatienceMs as longestOktaPatienceMs } from '../find-people.ts';
import { parsed } from '../problems.ts';

const oktaId = z.string().refine(isOktaUserId, 'is not the id of an Okta user (00u…)');
const text = z.string().trim().min(1, 'is empty').max(256);
const search = z.strictObject({ text, oktaPatienceMs: z.int().min(100).max(longestOktaPatienceMs).optional() });
const evaluateInput = z.strictObject({
  oktaId,
  targets: z.array(z.string().max(40)).min(1).optional(),
  expression: z.string().trim().min(1).max(2_000).optional(),
});

/** E-mail addresses and logins travel in bodies only: addresses of pages end up in logs and histories. */
export function peopleRoutes(app: FastifyInstance, deps: ReaderDependencies): void {
  app.post('/people/search', async (request): Promise<PeopleFound> => {
    const wanted = parsed(search, request.body);
    const targets = deps.config.targets.map(({ settings }) => settings.name);
    return findPeople(
      deps.store,
      deps.connectOkta(profileAttributesOf(deps.config)),
      targets,
      wanted.text,
      wanted.oktaPatienceMs,
    );
  });

  app.get('/people/:oktaId/explain', async (request): Promise<ExplainView> => {
    const params = parsed(z.object({ oktaId }), request.params);
    return explainPerson(deps, params.oktaId as OktaUserId);
  });

  app.post('/eval', async (request): Promise<EvaluateView> => {
    const { targets, expression, ...who } = parsed(evaluateInput, request.body);
    return evaluate(deps, { ...who, ...(targets ? { targets } : {}), ...(expression ? { expression } : {}) });
  });
}

/**
 * The read-only HTTP server: JSON below /v1, pages below /plans and /offboardings, both behind the bearer token; pages by
 * signing in too.
 */
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { sql } from 'kysely';
import { closeInTime } from '../process/closing.ts';
import { createGuard } from './access.ts';
import { auditRoutes } from './audit.ts';
import type { ReaderDependencies } from './dependencies.ts';
import { answerProblem, notFound } from './problems.ts';
import { driftRoutes } from './routes/drift.ts';
import { groupRoutes } from './routes/groups.ts';
import { offboardingRoutes } from './routes/offboardings.ts';
import { answerInPages } from './routes/page-answers.ts';
import { pageRoutes } from './routes/pages.ts';
import { parkedRoutes } from './routes/parked.ts';
import { peopleRoutes } from './routes/people.ts';
import { planRoutes } from './routes/plans.ts';
import { runRoutes } from './routes/runs.ts';
import { signInRoute } from './routes/sign-in.ts';
import { targetRoutes } from './routes/targets.ts';
import { createSessions } from './sessions.ts';

const largestBody = 16 * 1024;

/** Listens to nothing yet; `listen` and `close` are the caller's. */
export function createReader(deps: ReaderDependencies, log: FastifyBaseLogger): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    // Its own lines hold the address as it was asked for; ours hold the route.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: largestBody,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
  });
  closeInTime(app);
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(() => {
    throw notFound('there is no such page', 'the reader and its client must be of the same version');
  });
  app.addHook('onResponse', async (request, reply) => {
    const ms = Math.round(reply.elapsedTime);
    const { method } = request;
    request.log.info(
      { method, route: request.routeOptions.url ?? 'unknown', status: reply.statusCode, ms },
      'answered',
    );
  });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const isReady = await canReach(deps.store);
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ok' : 'the database cannot be reached' });
  });
  const guard = createGuard(deps.token);
  app.register(
    async (v1) => {
      v1.addHook('onRequest', async (request) => guard(request.headers.authorization));
      v1.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      targetRoutes(v1, deps);
      planRoutes(v1, deps);
      driftRoutes(v1, deps);
      parkedRoutes(v1, deps);
      offboardingRoutes(v1, deps);
      runRoutes(v1, deps);
      peopleRoutes(v1, deps);
      groupRoutes(v1, deps);
      auditRoutes(v1, deps);
    },
    { prefix: '/v1' },
  );
  const sessions = deps.token && createSessions(deps.token);
  app.register(async (pages) => {
    answerInPages(pages);
    if (sessions) signInRoute(pages, sessions);
    pages.register(async (guarded) => {
      guarded.addHook('onRequest', async ({ headers }) => {
        if (!sessions?.isOpen(headers.cookie)) guard(headers.authorization);
      });
      pageRoutes(guarded, deps);
    });
  });
  return app;
}

async function canReach(store: ReaderDependencies['store']): Promise<boolean> {
  try {
    await sql`select 1`.execute(store);
    return true;
  } catch {
    return false;
  }
}

/** The HTTP server that takes Okta's, HR's and sign-in's calls, and tells how it is itself. */
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { HookName } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { closeInTime } from '../process/closing.ts';
import { type Admission, createAdmission, type Limits } from './admission.ts';
import { patienceMs, type ReceiverDependencies } from './dependencies.ts';
import { hrHook } from './hooks/hr.ts';
import { loginHook } from './hooks/login.ts';
import { oktaHook } from './hooks/okta.ts';
import { answerProblem, ReceiverProblem } from './problems.ts';

interface Hook extends Limits {
  readonly serve: (
    app: FastifyInstance,
    deps: ReceiverDependencies,
    secrets: readonly Secret[],
    admission: Admission,
  ) => void;
  readonly bodyLimit: number;
}

const kilobyte = 1_024;
const hooks: Readonly<Record<HookName, Hook>> = {
  // Okta sends again what was answered with 5xx, and never what was answered with 4xx ("Event hooks", delivery).
  okta: { serve: oktaHook, bodyLimit: 1_024 * kilobyte, rate: { perSecond: 50, burst: 200 }, refusal: 'unavailable' },
  hr: { serve: hrHook, bodyLimit: 64 * kilobyte, rate: { perSecond: 50, burst: 200 }, refusal: 'too-many' },
  login: { serve: loginHook, bodyLimit: 64 * kilobyte, rate: { perSecond: 50, burst: 200 }, refusal: 'too-many' },
};

/** For a whole request to come in; who sends half of one is let go. */
const longestRequestMs = 10_000;

/** Listens to nothing yet; `listen` and `close` are the caller's. */
export function createReceiver(deps: ReceiverDependencies, log: FastifyBaseLogger): FastifyInstance {
  const app = fastify({
    loggerInstance: log,
    // Its own lines hold the address as it was asked for; ours hold the route.
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: longestRequestMs,
    // Node takes the larger of the two for the whole request, and looks every half a minute unless told.
    http: { headersTimeout: longestRequestMs, connectionsCheckingInterval: 1_000 },
    forceCloseConnections: 'idle',
    trustProxy: [...deps.trustedProxies],
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerProblem,
  });
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler(({ url }) => {
    const allow = methodsAt(app, url);
    if (allow.length > 0)
      throw new ReceiverProblem('wrong-method', 'this path does not take that method', 'see the header Allow', {
        allow,
      });
    throw new ReceiverProblem(
      'no-such-hook',
      'there is no such hook here',
      'only hooks that have secrets below `receiver` in lockstep.yaml are served',
    );
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const hook = hookOf(routeOptions.url);
    deps.metrics.answered(hook, reply.statusCode, reply.elapsedTime / 1_000);
    const ms = Math.round(reply.elapsedTime);
    request.log.info({ hook, method, route: routeOptions.url, status: reply.statusCode, ms }, 'answered');
  });
  app.addHook('onRequest', strayProxyWarning());
  closeInTime(app);
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  for (const name of Object.keys(hooks) as HookName[]) {
    const secrets = deps.secrets[name];
    if (secrets) app.register((scope) => serveHook(scope, name, deps, secrets), { prefix: `/hooks/${name}` });
  }
  healthRoutes(app, deps);
  return app;
}

async function serveHook(
  app: FastifyInstance,
  name: HookName,
  deps: ReceiverDependencies,
  secrets: readonly Secret[],
): Promise<void> {
  const { serve, bodyLimit, ...limits } = hooks[name];
  const admission = createAdmission(limits);
  app.setErrorHandler((error, request, reply) => answerProblem(admission.refusalOf(request, error), request, reply));
  // As it came: a signature is over bytes, and nobody's JSON is read before they have proved who they are.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (_request, body, done) =>
    done(null, body),
  );
  serve(app, deps, secrets, admission);
}

/** Once: where a proxy is not told of, all who come through it are one address to the limit of those without proof. */
function strayProxyWarning(): (request: FastifyRequest) => Promise<void> {
  let isTold = false;
  return async ({ headers, ips, ip, log }) => {
    // Beyond the connection's own address, others are listed only where that is trusted.
    if (isTold || headers['x-forwarded-for'] === undefined || (ips ?? []).length > 1) return;
    isTold = true;
    log.warn(
      { address: ip },
      'X-Forwarded-For from an address that receiver.trustedProxies does not list is not believed',
    );
  };
}

function methodsAt(app: FastifyInstance, asked: string): string[] {
  const [path = ''] = asked.split('?');
  const url = path.replace(/(?<=.)\/$/, '');
  return ['GET', 'HEAD', 'POST'].filter((method) => app.hasRoute({ method, url }));
}

const hookOf = (route = ''): string => /^\/hooks\/(\w+)/.exec(route)?.[1] ?? 'none';

/** Without secrets: they tell nothing about people. A proxy need pass on /hooks/ only. */
function healthRoutes(app: FastifyInstance, { signals, metrics }: ReceiverDependencies): void {
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const isReady = await signals.isReachable(patienceMs);
    return reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ready' : 'not ready', problems: isReady ? [] : ['Temporal does not answer'] });
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type('text/plain; version=0.0.4');
    return metrics.text();
  });
}

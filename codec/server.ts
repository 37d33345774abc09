/** The codec server of Temporal's protocol: `POST /encode` and `POST /decode`, each with a list of payloads as JSON. */
import type { Payload, PayloadCodec } from '@temporalio/common';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { z } from 'zod';
import type { Secret } from '../config/secret.ts';
import { PayloadEncryptionError } from '../temporal/payload-encryption.ts';
import { fromPayloadJson, toPayloadJson } from '../temporal/payload-json.ts';
import { createAccess } from './access.ts';
import { allowOrigin } from './cors.ts';
import { signInRoutes } from './sign-in.ts';

export interface CodecServerOptions {
  readonly codec: PayloadCodec;
  readonly token: Secret;
  readonly uiOrigin: string;
  /** The only namespace that is served. */
  readonly namespace: string;
}

/** The UI sends the payloads of several events at a time, and one of Temporal's may have 2 MB. */
const largestBody = 16 * 1024 * 1024;

const base64 = z.string().regex(/^[\w+/-]*={0,2}$/);
const payloadList = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});

/** What an answer may say; never anything of a payload. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Listens to nothing yet; `listen` and `close` are the caller's. */
export function createCodecServer(options: CodecServerOptions, log: FastifyBaseLogger): FastifyInstance {
  const { codec, token, uiOrigin, namespace } = options;
  const access = createAccess(token, uiOrigin.startsWith('https:'));
  const app = fastify({
    loggerInstance: log,
    // Its own lines hold the address as it was asked for; ours hold the route. Neither holds a body.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: largestBody,
    requestTimeout: 30_000,
    // Nothing that is asked here takes long, or may not be asked again.
    forceCloseConnections: true,
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const ms = Math.round(reply.elapsedTime);
    const route = request.routeOptions.url ?? 'unknown';
    request.log.info({ method, route, status: reply.statusCode, ms }, 'answered');
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, message } = answerTo(error);
    if (status >= 500) request.log.error({ route: request.routeOptions.url, error }, 'request failed');
    return reply.code(status).send({ error: { message } });
  });
  app.setNotFoundHandler(() => {
    throw new Refusal(404, 'there is nothing here but /encode, /decode and the page /');
  });
  allowOrigin(app, uiOrigin);
  signInRoutes(app, access, uiOrigin);
  app.get('/healthz', async () => ({ status: 'ok' }));

  const converting = (convert: (payloads: Payload[]) => Promise<Payload[]>) => ({
    onRequest: async (request: FastifyRequest) => {
      assertNoForeignPage(request.headers.origin, uiOrigin);
      if (!access.isAllowed(request.headers))
        throw new Refusal(401, 'the codec server wants its token, see its page /');
      assertServed(namespace, request.headers['x-namespace'], placeOf(request.params).namespace);
    },
    handler: async (request: FastifyRequest) => {
      const body = payloadList.safeParse(request.body);
      if (!body.success) throw new Refusal(400, 'the body is not a list of payloads');
      const converted = await convert(body.data.payloads.map(fromPayloadJson));
      return { payloads: converted.map(toPayloadJson) };
    },
  });
  // The command line puts the namespace into the address where that is written with {namespace}.
  for (const place of ['', '/:namespace']) {
    app.route({ method: 'POST', url: `${place}/encode`, ...converting((payloads) => codec.encode(payloads)) });
    app.route({ method: 'POST', url: `${place}/decode`, ...converting((payloads) => codec.decode(payloads)) });
  }
  return app;
}

/** A cookie is sent by the browser whichever page asks; the browser says which page that is. */
function assertNoForeignPage(origin: string | undefined, uiOrigin: string): void {
  if (origin !== undefined && origin !== uiOrigin)
    throw new Refusal(403, 'this page may not ask; see encryption.codecServer.uiOrigin in lockstep.yaml');
}

const placeOf = (params: unknown): { readonly namespace?: string } => params ?? {};

/** By header or address; the UI and the command line send the header with each request. */
function assertServed(namespace: string, ...asked: readonly (string | string[] | undefined)[]): void {
  if (asked.some((one) => one !== undefined && one !== namespace))
    throw new Refusal(403, `this codec server serves the namespace ${namespace} only`);
}

function answerTo(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof Refusal) return error;
  if (error instanceof PayloadEncryptionError) return { status: 422, message: error.message };
  // Fastify's own: too large, no JSON, another content type.
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status < 500
    ? { status, message: 'the request cannot be read' }
    : { status: 500, message: 'the codec server failed' };
}

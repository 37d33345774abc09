/** Lets pages of one origin, that of Temporal's UI, ask from a browser, and no others. */
import type { FastifyInstance } from 'fastify';

export function allowOrigin(app: FastifyInstance, uiOrigin: string): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'origin');
    if (request.headers.origin !== uiOrigin) return;
    reply.header('access-control-allow-origin', uiOrigin);
    reply.header('access-control-allow-credentials', 'true');
  });
  app.options('/*', async (request, reply) => {
    if (request.headers.origin !== uiOrigin) return reply.code(403).send();
    return reply
      .headers({
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'authorization, content-type, x-namespace',
        'access-control-max-age': '600',
      })
      .code(204)
      .send();
  });
}

/** `/healthz`: the process is alive. `/readyz`: it does its work now. `/metrics` for Prometheus. */
import { type FastifyInstance, fastify } from 'fastify';

export interface Health {
  /** What keeps it from working, in words; nothing when it is ready. */
  problems(): Promise<readonly string[]>;
  metrics(): Promise<string>;
}

/** Listens on loopback; what is outside reaches it through the platform's own probes. */
export async function serveHealth(health: Health, port: number, host = '127.0.0.1'): Promise<FastifyInstance> {
  // A probe that keeps its connection must not keep the worker from ending.
  const server = fastify({ forceCloseConnections: true });
  // Alive does not depend on others: restarting a worker does not bring a database back.
  server.get('/healthz', async () => ({ status: 'alive' }));
  server.get('/readyz', async (_request, reply) => {
    const problems = await health.problems();
    if (problems.length > 0) reply.code(503);
    return { status: problems.length > 0 ? 'not ready' : 'ready', problems };
  });
  server.get('/metrics', async (_request, reply) => {
    reply.type('text/plain; version=0.0.4');
    return health.metrics();
  });
  await server.listen({ port, host });
  return server;
}

/** How servers of HTTP end. */
import type { FastifyInstance } from 'fastify';

/** For answers under way; within it a load balancer sends new requests elsewhere. */
const graceMs = 5_000;

/**
 * Node closes connections that are idle when it is asked to, and then waits for the others: for one that has not said
 * anything yet, and for one whose answer was under way and that is kept for a next request. That takes a minute or more.
 */
export function closeInTime(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    setTimeout(() => app.server.closeAllConnections(), graceMs).unref();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}

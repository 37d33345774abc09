/** Orders about offboardings, signed by HR as Standard Webhooks describe. */
import type { FastifyInstance } from 'fastify';
import type { Secret } from '../../config/secret.ts';
import { signatureCheck } from '../access.ts';
import type { Admission } from '../admission.ts';
import { patienceMs, type ReceiverDependencies } from '../dependencies.ts';
import { hrOrder, toCommand } from '../hr-order.ts';
import { whoIs } from '../person-ref.ts';
import { parsed, parseJson } from '../problems.ts';

/** The message's id names the command: sent again, it counts once, however long ago the first time was. */
export function hrHook(
  app: FastifyInstance,
  deps: ReceiverDependencies,
  secrets: readonly Secret[],
  admission: Admission,
): void {
  const verify = signatureCheck(secrets);
  app.post<{ Body: string | undefined }>('/', async (request, reply) => {
    const received = Date.now();
    const id = verify(request.headers, request.body ?? '');
    admission.proven(request);
    const order = parsed(hrOrder, parseJson(request.body));
    const { person, foundBy } = await whoIs(order.person, deps.reader);
    const command = toCommand(order, {
      id,
      receivedAt: new Date(received).toISOString(),
      ...(foundBy ? { foundBy } : {}),
    });
    await deps.signals.order(person, command, received + patienceMs);
    request.log.info({ hook: 'hr', kind: command.kind, command: id, person, foundBy }, 'order accepted');
    return reply.code(202).send({ accepted: true, command: id, person, ...(foundBy ? { foundBy } : {}) });
  });
}

/** Okta's event hook: its one-time verification, and deliveries ("Event hooks", Okta's developer documentation). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import pMap from 'p-map';
import type { Secret } from '../../config/secret.ts';
import { FloodGate } from '../../domain/flood.ts';
import type { OktaUserId } from '../../domain/ids.ts';
import { isOneOf } from '../access.ts';
import { patienceMs, type ReceiverDependencies } from '../dependencies.ts';
import { subjectsOf } from '../okta-delivery.ts';
import { parseJson, ReceiverProblem } from '../problems.ts';

const firstOf = (error: unknown): unknown => (error instanceof AggregateError ? error.errors[0] : error);

/** Signals on their way at a time; they share one connection. */
const concurrency = 50;
const challengeHeader = 'x-okta-verification-challenge';
const challengeForm = /^[\w.~+/=-]{1,512}$/;

export function oktaHook(app: FastifyInstance, deps: ReceiverDependencies, secrets: readonly Secret[]): void {
  const gate = new FloodGate<OktaUserId>();

  // Not behind the secret: the answer tells nothing but what was asked, and proves whose address this is.
  app.get('/', async (request) => {
    const challenge = request.headers[challengeHeader];
    if (typeof challenge === 'string' && challengeForm.test(challenge)) return { verification: challenge };
    throw new ReceiverProblem(
      'bad-request',
      `${challengeHeader}: is not there`,
      'Okta sends it when an administrator verifies the event hook',
    );
  });

  const guard = async (request: Pick<FastifyRequest, 'headers'>) => {
    if (isOneOf(secrets, request.headers.authorization ?? '')) return;
    throw new ReceiverProblem(
      'unauthorized',
      'authorization: is not the secret of the event hook',
      "let the event hook's authentication field be Authorization and its secret one of receiver.okta.secrets",
    );
  };
  app.post<{ Body: string | undefined }>('/', { onRequest: guard }, async (request, reply) => {
    const deadline = Date.now() + patienceMs;
    const { people, groups, passedOver } = subjectsOf(parseJson(request.body));
    deps.metrics.events({ people: people.length, groups: groups.length, passedOver });
    const { oneByOne, together } = gate.admit(people, Date.now());
    // Each is waited for, accepted or not, so that none is under way when the process is told to end.
    const told = await Promise.allSettled([
      pMap(oneByOne, (person) => deps.signals.personChanged(person, deadline), { concurrency, stopOnError: false }),
      pMap(groups, (group) => deps.signals.groupChanged(group, deadline), { concurrency, stopOnError: false }),
      together.length > 0 ? deps.signals.manyChanged(together, deadline) : undefined,
    ]);
    for (const one of told) if (one.status === 'rejected') throw firstOf(one.reason);
    return reply.code(204).send();
  });
}

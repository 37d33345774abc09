/** Okta's event hook: its one-time verification, and deliveries ("Event hooks", Okta's developer documentation). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Secret } from '../../config/secret.ts';
import { FloodGate } from '../../domain/flood.ts';
import type { OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import { type Tellers, tellChanges } from '../../temporal/tell-changes.ts';
import { isOneOf } from '../access.ts';
import type { Admission } from '../admission.ts';
import { patienceMs, type ReceiverDependencies } from '../dependencies.ts';
import { subjectsOf } from '../okta-delivery.ts';
import { parseJson, ReceiverProblem } from '../problems.ts';

const challengeHeader = 'x-okta-verification-challenge';
const challengeForm = /^[\w.~+/=-]{1,512}$/;

export function oktaHook(
  app: FastifyInstance,
  deps: ReceiverDependencies,
  secrets: readonly Secret[],
  admission: Admission,
): void {
  const gate = new FloodGate<OktaUserId | OktaGroupId>();

  // Not behind the secret: the answer tells nothing but what was asked, and proves whose address this is.
  app.get('/', async (request) => {
    admission.stranger(request);
    const challenge = request.headers[challengeHeader];
    if (typeof challenge === 'string' && challengeForm.test(challenge)) return { verification: challenge };
    throw new ReceiverProblem(
      'bad-request',
      `${challengeHeader}: is not there`,
      'Okta sends it when an administrator verifies the event hook',
    );
  });

  const guard = async (request: Pick<FastifyRequest, 'headers' | 'ip'>) => {
    if (isOneOf(secrets, request.headers.authorization ?? '')) return admission.proven(request);
    throw new ReceiverProblem(
      'unauthorized',
      'authorization: is not the secret of the event hook',
      "let the event hook's authentication field be Authorization and its secret one of receiver.okta.secrets",
    );
  };
  app.post<{ Body: string | undefined }>('/', { onRequest: guard }, async (request, reply) => {
    const deadline = Date.now() + patienceMs;
    const { people, groups, passedOver, unclear } = subjectsOf(parseJson(request.body));
    deps.metrics.events({ people: people.length, groups: groups.length, passedOver });
    const tellers: Tellers = {
      personChanged: (person) => deps.signals.personChanged(person, deadline),
      groupChanged: (group) => deps.signals.groupChanged(group, deadline),
      manyChanged: (many) => deps.signals.manyChanged(many, deadline),
    };
    await tellChanges(tellers, gate, { people, groups });
    for (const one of unclear)
      request.log.warn(one, 'an event of Okta does not tell whom it is about; asked what changed');
    if (unclear.length > 0) await tellers.manyChanged({ people: [], groups: [] });
    return reply.code(204).send();
  });
}

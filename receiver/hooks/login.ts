/**
 * Brings the person who signs in in step, and waits for the outcome where that is asked. Guarded by a bearer token of its own:
 * proxies and sign-in flows can send a fixed header where they cannot sign a body, a replayed call only has somebody read
 * again, and whoever holds the token must not be able to order offboardings.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { advice } from '../../config/problems.ts';
import type { Secret } from '../../config/secret.ts';
import type { PersonResult } from '../../workflows/contract.ts';
import { bearerCheck } from '../access.ts';
import type { Admission } from '../admission.ts';
import { patienceMs, type ReceiverDependencies } from '../dependencies.ts';
import { personRef, whoIs } from '../person-ref.ts';
import { parsed, parseJson } from '../problems.ts';

/** Somebody stands at the door meanwhile, and proxies give up after half a minute. */
const longestWait = 20;

const wait = advice(`is not a number of seconds from 1 to ${longestWait}`, 'leave it out not to wait');
const signIn = z.strictObject({
  person: personRef,
  wait: z.int(wait).min(1, wait).max(longestWait, wait).optional(),
});

export function loginHook(
  app: FastifyInstance,
  deps: ReceiverDependencies,
  secrets: readonly Secret[],
  admission: Admission,
): void {
  const check = bearerCheck(secrets);
  // Nobody is waited for by a receiver that ends.
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const guard = async (request: Pick<FastifyRequest, 'headers' | 'ip'>) => {
    check(request.headers.authorization);
    admission.proven(request);
  };
  app.post<{ Body: string | undefined }>('/', { onRequest: guard }, async (request, reply) => {
    const received = Date.now();
    const { person: ref, wait } = parsed(signIn, parseJson(request.body));
    const { person } = await whoIs(ref, deps.reader);
    if (wait === undefined) {
      await deps.signals.personChanged(person, received + patienceMs);
      return reply.code(202).send({ person, state: 'asked' });
    }
    const waitEnds = AbortSignal.any([
      AbortSignal.timeout(Math.max(received + wait * 1_000 - Date.now(), 1)),
      closing.signal,
    ]);
    const result = await deps.signals.syncNow(person, waitEnds, patienceMs);
    return result ? outcomeOf(result) : reply.code(202).send({ person, state: 'asked' });
  });
}

/** Only in step where every target is; details are the reader's to tell. */
function outcomeOf({ person, targets, problem }: PersonResult) {
  const isInStep = problem === undefined && targets.every(({ state }) => state === 'in-step');
  return {
    person,
    state: isInStep ? 'in-step' : 'needs-attention',
    targets: targets.map(({ target, state }) => ({ target, state })),
    ...(problem ? { problem: problem.kind } : {}),
  };
}

/**
 * How much a hook takes. Who proves to be its sender draws from a limit of the hook's own, which nobody else can use up: behind
 * a proxy that is not told of, a stranger and the sender have one address. All others are limited by their address, or network.
 */
import type { FastifyRequest } from 'fastify';
import { networkOf } from './network.ts';
import { ReceiverProblem } from './problems.ts';
import { createRateLimiter, type RateLimit } from './rate-limit.ts';

type Caller = Pick<FastifyRequest, 'ip'>;

export interface Admission {
  /** To be told as soon as a request has proved whose it is. @throws ReceiverProblem when there are too many of those */
  proven(request: Caller): void;
  /** For what is answered without proof. @throws ReceiverProblem when there is too much of that from its network */
  stranger(request: Caller): void;
  /** What a request is refused for: without proof counts against its network. */
  refusalOf(request: Caller, error: unknown): unknown;
}

export interface Limits {
  /** Of those who prove themselves, all together; of each network of the others. */
  readonly rate: RateLimit;
  /** What its sender is answered beyond that. */
  readonly refusal: 'too-many' | 'unavailable';
}

export function createAdmission({ rate, refusal }: Limits): Admission {
  const waitOfSender = createRateLimiter(rate);
  const waitOfNetwork = createRateLimiter(rate);
  const known = new WeakSet<Caller>();
  const tooMuch = (code: Limits['refusal'], retryAfter: number) => {
    const hint = `send at most ${rate.perSecond} requests a second; nothing of this one was taken`;
    return new ReceiverProblem(code, 'this sender sends too much', hint, { retryAfter });
  };
  const excess = ({ ip }: Caller): ReceiverProblem | undefined => {
    const retryAfter = waitOfNetwork(networkOf(ip));
    return retryAfter > 0 ? tooMuch('too-many', retryAfter) : undefined;
  };
  return {
    proven(request) {
      known.add(request);
      const retryAfter = waitOfSender('sender');
      if (retryAfter > 0) throw tooMuch(refusal, retryAfter);
    },
    stranger(request) {
      known.add(request);
      const problem = excess(request);
      if (problem) throw problem;
    },
    refusalOf: (request, error) => (known.has(request) ? error : (excess(request) ?? error)),
  };
}

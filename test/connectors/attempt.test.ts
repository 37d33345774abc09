import { describe, expect, it } from 'vitest';
import { type AttemptOptions, attempt } from '../../connectors/attempt.ts';
import type { Pacer } from '../../domain/directory.ts';
import { Failure, type FailureDetails, type FailureKind } from '../../domain/failure.ts';

interface CountingPacer extends Pacer {
  acquired: number;
}
const aPacer = (): CountingPacer => ({
  acquired: 0,
  async acquire() {
    this.acquired += 1;
  },
  learn() {},
});

const failing = (kind: FailureKind, details: FailureDetails = {}) => new Failure(kind, `it is ${kind}`, details);

/** Sends that fail in the order given, then succeed. */
const script = (...failures: readonly unknown[]) => {
  const rest = [...failures];
  const send = async (): Promise<string> => {
    send.calls += 1;
    if (rest.length > 0) throw rest.shift();
    return 'done';
  };
  send.calls = 0;
  return send;
};

const anAttempt = (options: Partial<AttemptOptions> = {}) => ({
  pacer: aPacer(),
  bucket: 'cloud',
  isRead: true,
  timeoutMs: 5_000,
  ...options,
});

const failureOf = async (promise: Promise<unknown>): Promise<Failure> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${String(error)}`);
  return error;
};

describe.concurrent('a read', () => {
  it('is repeated quickly while the vendor is unavailable, and paced before every try', async () => {
    const pacer = aPacer();
    const send = script(failing('Unavailable'), failing('Unavailable'), failing('Unavailable'));
    await expect(attempt(anAttempt({ pacer }), send)).resolves.toBe('done');
    expect({ sent: send.calls, paced: pacer.acquired }).toEqual({ sent: 4, paced: 4 });
  });

  it('is given up after four tries, with the last failure and no doubt about an effect', async () => {
    const send = script(...Array.from({ length: 9 }, () => failing('Unavailable', { status: 503 })));
    const failure = await failureOf(attempt(anAttempt(), send));
    expect(failure.details).toEqual({ status: 503 });
    expect(send.calls).toBe(4);
  });

  it('is not repeated when the vendor wants to be left alone for longer than a quick try', async () => {
    const send = script(failing('Unavailable', { retryAfterMs: 60_000 }));
    expect((await failureOf(attempt(anAttempt(), send))).details.retryAfterMs).toBe(60_000);
    expect(send.calls).toBe(1);
  });

  it('is repeated once after an answer that cannot be read', async () => {
    const once = script(failing('UnexpectedResponse'));
    await expect(attempt(anAttempt(), once)).resolves.toBe('done');
    const twice = script(failing('UnexpectedResponse'), failing('UnexpectedResponse'));
    expect((await failureOf(attempt(anAttempt(), twice))).kind).toBe('UnexpectedResponse');
    expect(twice.calls).toBe(2);
  });

  it.each<FailureKind>(['AccessDenied', 'Conflict', 'Rejected', 'Misconfigured'])('is final on %s', async (kind) => {
    const send = script(failing(kind));
    expect((await failureOf(attempt(anAttempt(), send))).kind).toBe(kind);
    expect(send.calls).toBe(1);
  });

  it('that gets no answer in time is Unavailable and told with system and operation', async () => {
    const silent = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const about = { system: 'cloud', operation: 'read account', subject: 'a1' };
    const failure = await failureOf(attempt(anAttempt({ timeoutMs: 20, about }), silent));
    expect(failure.kind).toBe('Unavailable');
    expect(failure.message).toBe('cloud: read account: no answer within 20 ms');
    expect(failure.details).toMatchObject(about);
    expect(failure.details.effectUnknown).toBeUndefined();
  });

  it('gets a fresh signal at each try', async () => {
    const signals = new Set<AbortSignal>();
    const rest = [failing('Unavailable'), failing('Unavailable')];
    await attempt(anAttempt(), async (signal) => {
      signals.add(signal);
      const failure = rest.shift();
      if (failure) throw failure;
    });
    expect(signals.size).toBe(3);
  });

  it('passes an unknown error through as it is, for it is a bug', async () => {
    const bug = new RangeError('bug');
    const send = script(bug);
    await expect(attempt(anAttempt(), send)).rejects.toBe(bug);
    expect(send.calls).toBe(1);
  });
});

describe.concurrent('a write', () => {
  it.each<FailureKind>(['Unavailable', 'UnexpectedResponse'])(
    'is never repeated on an unclear answer (%s): its effect is unknown',
    async (kind) => {
      const send = script(failing(kind, { status: 502, requestId: 'r1' }));
      const failure = await failureOf(attempt(anAttempt({ isRead: false }), send));
      expect(failure.kind).toBe(kind);
      expect(failure.details).toEqual({ status: 502, requestId: 'r1', effectUnknown: true });
      expect(send.calls).toBe(1);
    },
  );

  it('that timed out has an unknown effect', async () => {
    const silent = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const failure = await failureOf(attempt(anAttempt({ isRead: false, timeoutMs: 20 }), silent));
    expect(failure.details.effectUnknown).toBe(true);
  });

  it('that never reached the vendor is repeated', async () => {
    const send = script(failing('Unavailable', { effectUnknown: false }));
    await expect(attempt(anAttempt({ isRead: false }), send)).resolves.toBe('done');
    expect(send.calls).toBe(2);
  });

  it('that was refused by a rate limit is sent again, as often as the bound allows', async () => {
    const pacer = aPacer();
    const send = script(failing('RateLimited'), failing('RateLimited'));
    await expect(attempt(anAttempt({ isRead: false, pacer }), send)).resolves.toBe('done');
    expect(pacer.acquired).toBe(3);

    const endless = script(...Array.from({ length: 9 }, () => failing('RateLimited', { retryAfterMs: 1_000 })));
    const failure = await failureOf(attempt(anAttempt({ isRead: false }), endless));
    expect(failure.details).toEqual({ retryAfterMs: 1_000 });
    expect(endless.calls).toBe(4);
  });
});

describe.concurrent('a write whose right to be sent has passed', () => {
  const about = { system: 'cloud', operation: 'deactivate account', subject: 'a1' };
  const expired = { kind: 'Unavailable', details: { ...about, code: 'claim-expired' } };

  it('while it waited for the pacer is not sent and leaves nothing in doubt', async () => {
    let hasPassed = false;
    const pacer: Pacer = {
      acquire: async () => {
        hasPassed = true;
      },
      learn() {},
    };
    const send = script();
    const sendBefore = { hasPassed: () => hasPassed };
    const failure = await failureOf(attempt(anAttempt({ isRead: false, pacer, about, sendBefore }), send));
    expect({ kind: failure.kind, details: failure.details }).toEqual(expired);
    expect(failure.message).toBe('cloud: deactivate account: not sent, the claim to it has expired');
    expect(send.calls).toBe(0);
  });

  it('between two tries is not sent again', async () => {
    const send = script(failing('RateLimited'), failing('RateLimited'));
    const sendBefore = { hasPassed: () => send.calls === 1 };
    const failure = await failureOf(attempt(anAttempt({ isRead: false, about, sendBefore }), send));
    expect({ kind: failure.kind, details: failure.details }).toEqual(expired);
    expect(send.calls).toBe(1);
  });

  it('is sent all the same if it is only a read', async () => {
    await expect(attempt(anAttempt({ sendBefore: { hasPassed: () => true } }), script())).resolves.toBe('done');
  });
});

describe.concurrent('the pacer', () => {
  it('ends the call when it says that the wait is too long, without a request', async () => {
    const tooLong = failing('RateLimited', { retryAfterMs: 40_000 });
    const pacer: Pacer = { acquire: () => Promise.reject(tooLong), learn() {} };
    const send = script();
    await expect(attempt(anAttempt({ pacer }), send)).rejects.toBe(tooLong);
    expect(send.calls).toBe(0);
  });

  it('is asked again after a 429 and may end the call then', async () => {
    const tooLong = failing('RateLimited', { retryAfterMs: 40_000 });
    const answers = [Promise.resolve(), Promise.reject(tooLong)];
    for (const answer of answers) answer.catch(() => undefined);
    const pacer: Pacer = { acquire: () => answers.shift() ?? Promise.resolve(), learn() {} };
    const send = script(failing('RateLimited'));
    await expect(attempt(anAttempt({ pacer }), send)).rejects.toBe(tooLong);
    expect(send.calls).toBe(1);
  });
});

describe.concurrent("the caller's abort", () => {
  const reason = new Error('the activity was cancelled');

  it('ends a request in flight at once and its reason comes through, for writes too', async () => {
    const controller = new AbortController();
    const result = attempt(anAttempt({ isRead: false, signal: controller.signal }), (signal) => {
      queueMicrotask(() => controller.abort(reason));
      return new Promise<never>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('inner'))),
      );
    });
    await expect(result).rejects.toBe(reason);
  });

  it('ends the wait between two tries', async () => {
    const controller = new AbortController();
    const send = async (): Promise<never> => {
      setImmediate(() => controller.abort(reason));
      throw failing('Unavailable');
    };
    await expect(attempt(anAttempt({ signal: controller.signal }), send)).rejects.toBe(reason);
  });

  it('before the start sends nothing and asks for no budget', async () => {
    const pacer = aPacer();
    const send = script();
    await expect(attempt(anAttempt({ pacer, signal: AbortSignal.abort(reason) }), send)).rejects.toBe(reason);
    expect({ sent: send.calls, paced: pacer.acquired }).toEqual({ sent: 0, paced: 0 });
  });

  it('is handed to the pacer, which may be waiting', async () => {
    const controller = new AbortController();
    const pacer: Pacer = {
      acquire: (_bucket, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
          queueMicrotask(() => controller.abort(reason));
        }),
      learn() {},
    };
    await expect(attempt(anAttempt({ pacer, signal: controller.signal }), script())).rejects.toBe(reason);
  });
});

/**
 * In the sandbox nothing needs approval, so changes go to our own simulators only. A simulator proves itself by a secret
 * that `local` gave to it and to the worker, so that nobody else's server passes for one. Outside the sandbox there is
 * nothing to prove: a target's first plan waits for approval, and guards judge every later one.
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { Failure } from '../domain/failure.ts';

const answer = z.object({ proof: z.string() });

/** @returns a check that raises `GuardTripped` naming every address that is not a proven simulator */
export function createSandboxProof(config: Config, secret: string | undefined): () => Promise<void> {
  const addresses = [config.okta.orgUrl, ...config.targets.map(({ baseUrl }) => baseUrl)];
  return async () => {
    if (!config.isSandbox) return;
    if (secret === undefined) throw refusal('`npm start` did not start it');
    const proven = await Promise.all(addresses.map((address) => isProven(address, secret)));
    const others = addresses.filter((_, index) => !proven[index]).map((address) => new URL(address).host);
    if (others.length > 0) throw refusal(`not every address is a simulator of it: ${others.join(', ')}`);
  };
}

const refusal = (why: string): Failure =>
  new Failure('GuardTripped', `\`sandbox: true\`, but ${why}; for servers of your own write \`sandbox: false\``, {
    system: 'lockstep',
    operation: 'apply',
  });

async function isProven(address: string, secret: string): Promise<boolean> {
  const { origin, host } = new URL(address);
  const nonce = randomUUID();
  try {
    const response = await fetch(`${origin}/_sandbox/proof?nonce=${nonce}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(5_000),
    });
    const { proof } = answer.parse(await response.json());
    const expected = createHmac('sha256', secret).update(`${nonce}\n${host}`).digest();
    const given = Buffer.from(proof, 'hex');
    return given.length === expected.length && timingSafeEqual(given, expected);
  } catch {
    return false; // Not reachable, or no simulator: both mean that it has not proven itself.
  }
}

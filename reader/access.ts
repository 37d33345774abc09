/** Who may ask: holders of the bearer token, or anybody on this machine while all there is to see is the sandbox. */
import { isIPv4 } from 'node:net';
import { ConfigError } from '../config/problems.ts';
import type { Secret } from '../config/secret.ts';
import { ApiProblem } from './problems.ts';

export interface Listening {
  readonly host: string;
  readonly token: Secret | undefined;
  readonly isSandbox: boolean;
}

/** @throws ConfigError when people's data would be open to others */
export function assertGuarded({ host, token, isSandbox }: Listening): void {
  if (token !== undefined) return;
  const hint = 'set LOCKSTEP_READER_TOKEN to a long random text, here and where the command line runs';
  const refuse = (message: string): never => {
    throw new ConfigError('environment', [{ path: 'LOCKSTEP_READER_TOKEN', message, hint }]);
  };
  if (!isSandbox) refuse('is not set, but outside the sandbox the reader shows real people to whoever asks');
  if (!isLoopback(host)) refuse(`is not set, but LOCKSTEP_READER_HOST ${host} lets other machines ask`);
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** @returns a check of `Authorization` headers that raises `ApiProblem` `unauthorized` */
export function createGuard(token: Secret | undefined): (header: string | undefined) => void {
  if (token === undefined) return () => {};
  return (header) => {
    const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
    if (given !== undefined && token.matches(given)) return;
    const what = given === undefined ? 'the reader wants a bearer token' : 'the reader does not know this token';
    throw new ApiProblem('unauthorized', what, 'set LOCKSTEP_READER_TOKEN to the same text as for the reader');
  };
}

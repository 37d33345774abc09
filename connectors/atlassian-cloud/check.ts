/** Tells what is wrong with a connection to a SCIM directory and what to do about it. */
import type { CheckResult } from '../../domain/directory.ts';
import { isFailure } from '../../domain/failure.ts';
import { isNotFound } from '../http-client.ts';
import type { ScimClient } from './client.ts';

const acceptedSkewMs = 60_000;

export const checkDirectory = async (
  client: ScimClient,
  baseUrl: string,
  signal: AbortSignal | undefined,
): Promise<readonly CheckResult[]> => {
  const results: CheckResult[] = [checkBaseUrl(baseUrl)];
  try {
    const { value, vendorTime } = await client.config(signal);
    results.push({ check: 'credentials', status: 'ok', message: 'the API key is accepted' });
    results.push({ check: 'directory', status: 'ok', message: 'the directory answers' });
    if (!value.patch.supported)
      results.push({ check: 'patch', status: 'failed', message: 'the directory takes no PATCH' });
    results.push(checkClock(vendorTime));
  } catch (error) {
    return [...results, told(connectionCheck(error), error)];
  }
  results.push(await listable('list-accounts', 'accounts', () => client.firstUser(signal)));
  results.push(await listable('list-groups', 'groups', () => client.firstGroup(signal)));
  return results;
};

const checkBaseUrl = (baseUrl: string): CheckResult => {
  const { protocol, hostname, pathname } = new URL(baseUrl);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  const result = (status: CheckResult['status'], message: string): CheckResult => ({
    check: 'base-url',
    status,
    message,
  });
  if (protocol !== 'https:' && !isLocal)
    return result('failed', 'the base URL must begin with https://: the key would go in the clear');
  if (!/^\/scim\/directory\/[^/]+$/.test(pathname)) {
    return result(
      'failed',
      'the base URL should end in /scim/directory/<id>: copy "Directory base URL" from Atlassian Administration',
    );
  }
  if (hostname !== 'api.atlassian.com' && !isLocal)
    return result('warning', 'the base URL is not at https://api.atlassian.com');
  return result('ok', isLocal ? 'the directory is on this machine' : 'the base URL is a directory of Atlassian');
};

const connectionCheck = (error: unknown): string => {
  if (isNotFound(error)) return 'directory';
  return isFailure(error, 'AccessDenied') ? 'credentials' : 'connection';
};

const checkClock = (vendorTime: number | undefined): CheckResult => {
  const skewMs = vendorTime === undefined ? 0 : Math.abs(Date.now() - vendorTime);
  return skewMs <= acceptedSkewMs
    ? { check: 'clock', status: 'ok', message: 'the clocks agree' }
    : {
        check: 'clock',
        status: 'warning',
        message: `the clocks are ${Math.round(skewMs / 1000)} s apart: synchronise this machine's clock`,
      };
};

const listable = async (check: string, noun: string, read: () => Promise<{ total: number }>): Promise<CheckResult> => {
  try {
    return { check, status: 'ok', message: `${(await read()).total} ${noun}` };
  } catch (error) {
    return told(check, error);
  }
};

/** The caller's abort and bugs are not results. */
const told = (check: string, error: unknown): CheckResult => {
  if (!isFailure(error)) throw error;
  const hint = isNotFound(error) ? ': wrong id in the base URL, or the organisation has no Atlassian Guard' : '';
  return { check, status: 'failed', message: error.message + hint };
};

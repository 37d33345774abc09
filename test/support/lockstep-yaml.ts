/** lockstep.yaml of a system under test: one directory, `cloud`, beside one Okta, both simulators. */
import { stringify } from 'yaml';
import type { z } from 'zod';
import type { lockstepFile } from '../../config/schema.ts';
import { guards } from '../../domain/guard.ts';
import type { Sandbox } from '../../sandbox/index.ts';

type File = z.input<typeof lockstepFile>;
/** What the file says of a target. */
export type TargetInFile = File['targets'][string];

/** What a test's file says otherwise than the usual one, or besides; a block replaces the usual one as a whole. */
export interface Differences extends Partial<Omit<File, 'version' | 'source' | 'targets'>> {
  readonly okta?: Partial<File['source']['okta']>;
  readonly target?: Partial<TargetInFile>;
}

const all = { percent: 100, atLeast: 1_000_000, atMost: 1_000_000 };
/** For tests about other things than guards: nothing trips. */
export const openGuards = Object.fromEntries(guards.map((guard) => [guard, { perRun: all, perDay: all }]));

/** @returns text in which `{okta}` and `{cloud}` stand for the simulators' addresses */
export const lockstepYaml = ({ okta, target, ...file }: Differences = {}): string =>
  stringify({
    version: 1,
    sandbox: true,
    schedule: { every: '15m', paused: true },
    // It goes on by itself once it was begun; what is about it switches it on.
    catchUp: { enabled: false },
    ...file,
    source: { okta: { orgUrl: '{okta}', credentials: { apiToken: { env: 'OKTA_API_TOKEN' } }, ...okta } },
    targets: {
      cloud: {
        kind: 'atlassian-cloud',
        baseUrl: '{cloud}/scim/directory/sandbox-directory',
        credentials: { apiKey: { env: 'ATLASSIAN_SCIM_API_KEY' } },
        scope: { groups: ['atlassian-users'] },
        groups: { include: ['/.+-.+/'], exclude: ['atlassian-users'] },
        ...target,
      },
    },
  });

/** @returns the text with the simulators' addresses filled in */
export const withAddresses = (yaml: string, { okta, cloud }: Sandbox): string =>
  yaml.replaceAll('{okta}', okta.origin).replaceAll('{cloud}', cloud.origin);

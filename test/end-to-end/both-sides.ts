/** A whole Lockstep between an Okta org and an empty directory, with an independent client of each. */
import { type OktaApi, oktaApi } from '../support/okta-api.ts';
import { differences, type OracleRules } from '../support/oracle.ts';
import { scimApi } from '../support/scim-api.ts';
import { type System, startSystem, testSecrets } from '../support/system.ts';
import { written } from './written.ts';

export const scopeGroup = 'atlassian-users';
const isKeptGroup = (name: string): boolean => /^.+-.+$/.test(name) && name !== scopeGroup;

export interface BothSides {
  readonly system: System;
  readonly okta: OktaApi;
  readonly scim: ReturnType<typeof scimApi>;
  /** What is not as policy says; see the oracle. */
  compare(rules?: Omit<OracleRules, 'scopeGroup' | 'isKeptGroup'>): Promise<string[]>;
  groupId(name: string): Promise<string>;
  /** Runs the work; tells its result and every write that the directory was sent meanwhile, one sentence each. */
  writesDuring<T>(
    work: () => Promise<T>,
    labels?: ReadonlyMap<string, string>,
  ): Promise<{ result: T; writes: string[] }>;
}

export async function startBothSides(seed: Record<string, unknown>): Promise<BothSides> {
  const system = await startSystem({ seed, reader: false });
  const { okta: org, cloud } = system.sandbox;
  const okta = oktaApi(org.origin, testSecrets.OKTA_API_TOKEN);
  const scim = scimApi(`${cloud.origin}/scim/directory/sandbox-directory`, testSecrets.ATLASSIAN_SCIM_API_KEY);
  return {
    system,
    okta,
    scim,
    compare: (rules = {}) => differences(okta, scim, { scopeGroup, isKeptGroup, ...rules }),
    async groupId(name) {
      const id = (await okta.groups()).find(({ profile }) => profile.name === name)?.id;
      if (!id) throw new Error(`Okta has no group ${name}`);
      return id;
    },
    async writesDuring(work, labels = new Map()) {
      const before = cloud.requests.last;
      const result = await work();
      const requests = cloud.requests.since(before).filter(({ method }) => method !== 'GET');
      return {
        result,
        writes: written(requests, { accounts: await scim.accounts(), groups: await scim.groups(), labels }),
      };
    },
  };
}

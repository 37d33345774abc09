/** A whole system to be mistreated: populations replaced, faults scripted, and what came of it told as sentences. */
import { writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import type { FaultRule } from '../../sandbox/kit/faults.ts';
import type { LogEntry } from '../../sandbox/kit/request-log.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import type { TargetRun } from '../../workflows/contract.ts';
import { withAddresses } from './lockstep-yaml.ts';
import { type OktaApi, oktaApi } from './okta-api.ts';
import { differences } from './oracle.ts';
import { fullSync } from './requests.ts';
import { scimApi } from './scim-api.ts';
import { type System, type SystemOptions, startSystem, testSecrets } from './system.ts';

export const scopeGroup = 'atlassian-users';
const isKeptGroup = (name: string): boolean => /.+-.+/.test(name) && name !== scopeGroup;

export type Side = 'okta' | 'cloud';
type Seed = Record<string, unknown>;

export interface Lab {
  readonly system: System;
  readonly okta: OktaApi;
  /** Both sides as on the first day: new populations, no faults, no request log, and nothing that Lockstep remembers. */
  reset(seeds: { okta: Seed; cloud?: Seed }): Promise<void>;
  /** One full sync; the run of the target, and its problem or that of reading Okta. */
  sync(): Promise<{ requestId: string; run: TargetRun | undefined; problem: TargetRun['problem'] | undefined }>;
  /** Puts the rules in place of those that were there. */
  strike(side: Side, rules: readonly FaultRule[]): void;
  /** Ends all faults; returns the ids of the rules that never struck. */
  endFaults(): string[];
  /** What is not as policy says, by an oracle that shares no code with the planner; those about these ids left out. */
  differences(exceptAbout?: readonly string[]): Promise<string[]>;
  /** What was written at the target, or tried to be. */
  writes(after?: number): LogEntry[];
  /** Second requests to create what was made already, and whatever exists twice. */
  createdTwice(): string[];
  org(): SavedOrg;
  directory(): DirectoryDump;
  /** Ids of those who are ACTIVE and in scope, in the order of ids. */
  members(): string[];
  groupId(name: string): string;
  scimId(person: string): string;
  findings(): Promise<{ code: string; person: string | null; group: string | null; subjects: readonly string[] }[]>;
  /** Ends the worker, and starts it again with another file and other variables. */
  restart(change: { config?: string; env?: Record<string, string> }): Promise<void>;
  stop(): Promise<void>;
}

export async function startLab(options: SystemOptions = {}): Promise<Lab> {
  const system = await startSystem({ reader: false, ...options });
  const { sandbox, store } = system;
  const okta = oktaApi(sandbox.okta.origin, testSecrets.OKTA_API_TOKEN);
  const baseUrl = `${sandbox.cloud.origin}/scim/directory/sandbox-directory`;
  const scim = scimApi(baseUrl, testSecrets.ATLASSIAN_SCIM_API_KEY);
  const org = () => structuredClone(sandbox.okta.vendor.dump()) as SavedOrg;
  const directory = () => structuredClone(sandbox.cloud.vendor.dump()) as DirectoryDump;
  /** A fault that strikes after the effect hides it, so its creations are counted by the rule's id. */
  const hidden = new Set<string>();

  const groupId = (name: string) => required(org().groups.find(({ profile }) => profile.name === name)?.id, name);
  return {
    system,
    okta,
    org,
    directory,
    groupId,
    async reset({ okta: people, cloud = {} }) {
      for (const side of ['okta', 'cloud'] as const) {
        sandbox[side].faults.clear();
        sandbox[side].requests.clear();
      }
      hidden.clear();
      await sandbox.okta.seed(people);
      await sandbox.cloud.seed(cloud);
      await forgetEverything(store);
    },
    async sync() {
      const { full, runs } = await fullSync(system);
      const run = runs.get('cloud');
      return { requestId: full.requestId, run, problem: full.problem ?? run?.problem };
    },
    strike(side, rules) {
      for (const { id, strike } of rules) if (strike === 'after') hidden.add(id);
      sandbox[side].faults.set(rules);
    },
    endFaults() {
      const all = [...sandbox.okta.faults.list(), ...sandbox.cloud.faults.list()];
      sandbox.okta.faults.clear();
      sandbox.cloud.faults.clear();
      return all.filter(({ fired }) => fired === 0).map(({ id }) => id);
    },
    async differences(exceptAbout = []) {
      const found = await differences(okta, scim, { scopeGroup, isKeptGroup });
      return found.filter((sentence) => !exceptAbout.some((id) => sentence.includes(id)));
    },
    writes: (after = 0) => sandbox.cloud.requests.since(after).filter(({ method }) => method !== 'GET'),
    createdTwice: () => [...secondCreations(sandbox.cloud.requests.since(), hidden), ...twins(directory())],
    members() {
      const { users, members } = org();
      const inScope = new Set(members[groupId(scopeGroup)]);
      const active = users.filter(({ id, status }) => status === 'ACTIVE' && inScope.has(id));
      return active.map(({ id }) => id).sort();
    },
    scimId: (person) =>
      required(directory().users.find(({ document }) => document['externalId'] === person)?.id, person),
    async findings() {
      const rows = await store
        .selectFrom('finding')
        .selectAll()
        .where('plan_id', '=', planOfLatestRun)
        .orderBy('seq')
        .execute();
      return rows.map(({ code, person_id, group_id, subjects }) => ({
        code,
        person: person_id,
        group: group_id,
        subjects,
      }));
    },
    async restart({ config, env = {} }) {
      await system.worker.end();
      Object.assign(system.env, env);
      const file = required(system.env['LOCKSTEP_CONFIG'], 'LOCKSTEP_CONFIG');
      if (config !== undefined) writeFileSync(file, withAddresses(config, sandbox));
      await system.worker.start();
    },
    stop: () => system.stop(),
  };
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

/** The one for everybody: a second one is for those who changed while the first was carried out. */
const planOfLatestRun = sql<string>`(
  select id from plan where kind <> 'revision' and run_id = (select run_id from plan order by created_at desc limit 1)
  order by created_at limit 1)`;

async function forgetEverything(store: System['store']): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select format('%I', tablename) as name from pg_tables
    where schemaname = 'public' and tablename not like 'kysely%'`.execute(store);
  await sql`alter table audit disable trigger audit_is_never_emptied`.execute(store);
  await sql.raw(`truncate ${rows.map(({ name }) => name).join(', ')} cascade`).execute(store);
  await sql`alter table audit enable trigger audit_is_never_emptied`.execute(store);
}

/** Requests to create somebody or something whom an earlier request had made. */
function secondCreations(entries: readonly LogEntry[], hidden: ReadonlySet<string>): string[] {
  const made = new Set<string>();
  const found: string[] = [];
  for (const { n, method, route, body, status, fault } of entries) {
    if (method !== 'POST') continue;
    const { externalId, displayName } = body as { externalId?: string; displayName?: string };
    const what = `${route} ${route.endsWith('/Users') ? externalId : displayName}`;
    if (made.has(what)) found.push(`request ${n} creates again: ${what} (answered ${status})`);
    if (status === 201 || (fault !== undefined && hidden.has(fault))) made.add(what);
  }
  return found;
}

function twins({ users, groups }: DirectoryDump): string[] {
  const keys = [
    ...users.map(({ document }) => `account of ${document['externalId']}`),
    ...groups.map(({ displayName }) => `group ${displayName.toLowerCase()}`),
  ];
  return keys.filter((key, index) => keys.indexOf(key) < index).map((key) => `${key} exists twice`);
}

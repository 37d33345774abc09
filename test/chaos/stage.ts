/** A whole Lockstep whose every part can be taken away: worker, database, Temporal. Used for one script after another. */
import { sql } from 'kysely';
import { inject } from 'vitest';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { type OwnTemporal, startOwnTemporal } from '../support/own-temporal.ts';
import { scimApi } from '../support/scim-api.ts';
import { testSecrets } from '../support/system.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import { byHand, type Journal, keepJournal } from './journal.ts';
import { type SecondWorker, secondWorker } from './second-worker.ts';
import { configuration, isKept, lagOf, protectedEmail, robotEmail, scopeGroup, switchesOf } from './world.ts';

export interface Stage {
  readonly lab: Lab;
  readonly journal: Journal;
  readonly client: LockstepClient;
  readonly database: TcpRelay;
  readonly temporal: OwnTemporal;
  readonly second: SecondWorker;
  /** How far Okta's lists are behind what it answers by id. */
  readonly lagMs: number;
  /** From now on they are not. */
  catchUp(): void;
  /** What a human does at the target. */
  atTarget(method: string, path: string, body?: unknown): Promise<void>;
  /** New populations, and nothing that anybody remembers of earlier scripts. */
  prepare(seed: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const { runDir, temporalAddress, temporalNamespace } = inject('servers');
  const port = Number(temporalAddress.split(':')[1]);
  const temporal = await startOwnTemporal({ port, namespace: temporalNamespace, folder: runDir });
  const lab = await startLab({ config: configuration, env: { LOCKSTEP_WORKFLOW_BUNDLE: await workflowBundlePath() } });
  const url = new URL(String(lab.system.env['DATABASE_URL']));
  const database = await relayTo(url.hostname, Number(url.port));
  url.hostname = '127.0.0.1';
  url.port = String(database.port);
  await lab.restart({ env: { DATABASE_URL: url.href } });
  const second = secondWorker(lab.system.env);
  const { cloud, okta } = lab.system.sandbox;
  let lagMs = 0;
  const setLag = (ms: number): void => {
    Object.assign(okta.vendor.settings, { searchLagMs: ms, filterLagMs: ms });
  };
  const journal = keepJournal(lab.system.sandbox);
  const client = new LockstepClient({
    temporal: temporalConnection(lab.system.env),
    reader: { url: 'http://127.0.0.1:9' },
  });
  const baseUrl = `${cloud.origin}/scim/directory/sandbox-directory`;
  return {
    lab,
    journal,
    client,
    database,
    temporal,
    second,
    get lagMs() {
      return lagMs;
    },
    catchUp: () => setLag(0),
    async atTarget(method, path, body) {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${testSecrets.ATLASSIAN_SCIM_API_KEY}`,
          'content-type': 'application/scim+json',
          ...byHand,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`by hand: ${method} ${path}: ${response.status} ${await response.text()}`);
      await response.arrayBuffer();
    },
    async prepare(seed) {
      await endWorkflows(lab);
      setLag(0);
      const people = 30 + ((seed * 7) % 31);
      const groups = 5 + (seed % 5);
      await lab.reset({ okta: { people, groups, seed: 1000 + seed }, cloud: { seed } });
      Object.assign(cloud.vendor.settings, switchesOf(seed));
      await plantStrangers(lab, seed);
      lagMs = lagOf(seed);
      setLag(lagMs);
      await sql`analyze`.execute(lab.system.store);
      journal.restart();
    },
    async stop() {
      await second.end();
      await client.close();
      await lab.stop();
      await database.cut();
      await temporal.stop();
    },
  };
}

/** Of an earlier script that did not come to rest. */
async function endWorkflows({ system: { client } }: Lab): Promise<void> {
  await until('no workflow is open', async () => {
    let open = 0;
    for await (const { workflowId, runId } of client.workflow.list({ query: 'ExecutionStatus="Running"' })) {
      open += 1;
      await client.workflow
        .getHandle(workflowId, runId)
        .terminate('another script begins')
        .catch(() => undefined);
    }
    return open === 0;
  });
}

/** Somebody whom the configuration protects, and an account of nobody, both with accounts in a kept group. */
async function plantStrangers({ okta, system }: Lab, seed: number): Promise<void> {
  const profile = { firstName: 'Pro', lastName: 'Tected', email: protectedEmail, login: protectedEmail };
  const groups = await okta.groups();
  const kept = groups.filter(({ profile: { name } }) => isKept(name));
  const group = kept[seed % kept.length];
  const scope = groups.find(({ profile: { name } }) => name === scopeGroup);
  if (!group || !scope) throw new Error('the population has no groups');
  const person = await okta.createUser(profile, { password: 'Correct-Horse-7', groupIds: [scope.id, group.id] });
  const scim = scimApi(
    `${system.sandbox.cloud.origin}/scim/directory/sandbox-directory`,
    testSecrets.ATLASSIAN_SCIM_API_KEY,
  );
  const theirs = await scim.createAccount(protectedEmail, { externalId: person.id, title: 'As it was' });
  const robot = await scim.createAccount(robotEmail, { displayName: 'Robot' });
  await scim.createGroup(group.profile.name, [theirs.id, robot.id]);
}

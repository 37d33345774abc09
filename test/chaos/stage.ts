/** A whole Lockstep whose every part can be taken away: worker, database, Temporal. Used for one script after another. */
import { sql } from 'kysely';
import { inject } from 'vitest';
import { LockstepClient } from '../../client/lockstep-client.ts';
import { createSignals } from '../../receiver/signals.ts';
import { temporalClient } from '../../receiver/temporal-client.ts';
import { keepCatchingUp } from '../../temporal/ask.ts';
import { temporalConnection } from '../../temporal/connection.ts';
import { type ReceiverUnderTest, receiverUnderTest } from '../receiver/receiver-under-test.ts';
import { type Lab, startLab } from '../support/fault-lab.ts';
import { type OktaApi, oktaApi } from '../support/okta-api.ts';
import { type OwnTemporal, startOwnTemporal } from '../support/own-temporal.ts';
import { scimApi } from '../support/scim-api.ts';
import { testSecrets } from '../support/system.ts';
import { relayTo, type TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';
import { workflowBundlePath } from '../support/workflow-bundle.ts';
import type { Arrival, GraceEnd } from './evidence.ts';
import { type Hr, openHr } from './hr.ts';
import { byHand, type Journal, keepJournal } from './journal.ts';
import type { Script } from './script.ts';
import { type SecondWorker, secondWorker } from './second-worker.ts';
import { forgetNotes, setUpWitness } from './witness.ts';
import {
  configurationOf,
  isKept,
  lagOf,
  logMannersOf,
  protectedEmail,
  robotEmail,
  scopeGroup,
  switchesOf,
} from './world.ts';

export interface Stage {
  readonly lab: Lab;
  readonly journal: Journal;
  readonly client: LockstepClient;
  /** As an administrator, whose calls can be told from Lockstep's. */
  readonly okta: OktaApi;
  /** What Okta's hook, HR and whoever signs people in call. */
  readonly receiver: ReceiverUnderTest;
  readonly hr: Hr;
  readonly graceEnds: GraceEnd[];
  readonly arrivals: Arrival[];
  /** Whether Okta's log is followed all the time. */
  readonly followsLog: boolean;
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
  prepare(script: Pick<Script, 'seed' | 'followsLog'>): Promise<void>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const { runDir, temporalAddress, temporalNamespace } = inject('servers');
  const port = Number(temporalAddress.split(':')[1]);
  const temporal = await startOwnTemporal({ port, namespace: temporalNamespace, folder: runDir });
  const env = { LOCKSTEP_WORKFLOW_BUNDLE: await workflowBundlePath() };
  const lab = await startLab({ config: configurationOf(false), env });
  await setUpWitness(lab.system.store);
  const url = new URL(String(lab.system.env['DATABASE_URL']));
  const database = await relayTo(url.hostname, Number(url.port));
  url.hostname = '127.0.0.1';
  url.port = String(database.port);
  await lab.restart({ env: { DATABASE_URL: url.href } });
  const second = secondWorker(lab.system.env);
  const { cloud, okta } = lab.system.sandbox;
  let lagMs = 0;
  let followsLog = false;
  const setLag = (ms: number): void => {
    Object.assign(okta.vendor.settings, { searchLagMs: ms, filterLagMs: ms });
  };
  // Once a second is more than an org allows by default.
  Object.assign(okta.vendor.settings['limits'] as object, { logs: 1_200 });
  const journal = keepJournal(lab.system.sandbox);
  const client = new LockstepClient({
    temporal: temporalConnection(lab.system.env),
    reader: { url: 'http://127.0.0.1:9' },
  });
  const ownLine = temporalClient(temporalConnection(lab.system.env), []);
  const receiver = await receiverUnderTest({ signals: createSignals(ownLine) });
  const baseUrl = `${cloud.origin}/scim/directory/sandbox-directory`;
  const stage: Stage = {
    lab,
    journal,
    client,
    okta: oktaApi(okta.origin, testSecrets.OKTA_API_TOKEN, byHand),
    receiver,
    hr: openHr(receiver),
    graceEnds: [],
    arrivals: [],
    get followsLog() {
      return followsLog;
    },
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
    async prepare(script) {
      const { seed } = script;
      await endWorkflows(lab);
      // Whoever follows the log of the last script would go on with it for a while.
      if (followsLog || script.followsLog !== followsLog)
        await lab.restart({ config: configurationOf(script.followsLog) });
      followsLog = script.followsLog;
      setLag(0);
      stage.hr.forget();
      stage.graceEnds.length = 0;
      stage.arrivals.length = 0;
      const people = 30 + ((seed * 7) % 31);
      const groups = 5 + (seed % 5);
      await lab.reset({ okta: { people, groups, seed: 1000 + seed }, cloud: { seed } });
      Object.assign(cloud.vendor.settings, switchesOf(seed));
      Object.assign(okta.vendor.settings, logMannersOf(seed));
      await plantStrangers(lab, seed);
      lagMs = lagOf(seed);
      setLag(lagMs);
      await forgetNotes(lab.system.store);
      await sql`analyze`.execute(lab.system.store);
      journal.restart();
      if (followsLog) await keepCatchingUp(lab.system.client);
    },
    async stop() {
      await second.end();
      await receiver.close();
      await ownLine.connection.close();
      await client.close();
      await lab.stop();
      await database.cut();
      await temporal.stop();
    },
  };
  return stage;
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

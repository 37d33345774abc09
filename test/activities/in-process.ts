/** Activities over simulators and a database, without Temporal and without processes: what they do, not how they are run. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { createActivities } from '../../activities/index.ts';
import type { Lane } from '../../domain/request-window.ts';
import type { DirectoryDump } from '../../sandbox/atlassian-cloud/state-dump.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import type { SavedOrg } from '../../sandbox/okta/org.ts';
import { connectStore } from '../../store/connect.ts';
import { saveVerdict } from '../../store/plans.ts';
import { connectDirectories } from '../../worker/connect-directories.ts';
import { readSettings } from '../../worker/settings.ts';
import { lockstepYaml, type TargetInFile, withAddresses } from '../support/lockstep-yaml.ts';
import { type OktaApi, oktaApi } from '../support/okta-api.ts';
import type {} from '../support/provided.ts';
import { freshDatabase } from '../support/servers.ts';
import { testSecrets } from '../support/system.ts';

export interface InProcess {
  readonly sandbox: Sandbox;
  readonly deps: Dependencies;
  readonly databaseUrl: string;
  readonly okta: OktaApi;
  /** Connects Okta and the target for another lane than bulk work's. */
  connect(lane: Lane): Pick<Dependencies, 'source' | 'targets'>;
  /** Runs an activity as Temporal would, once; with what it says of it, such as that it is the second attempt. */
  run<T>(activity: () => Promise<T>, info?: Partial<Info>): Promise<T>;
  /** Reads both sides, plans, and carries the plan out as it is. */
  sync(): Promise<{ planId: string; runId: string }>;
  directory(): DirectoryDump;
  stop(): Promise<void>;
}

/** @param scope of the target; `{app}` stands for the first of Okta's apps */
export async function startInProcess(
  seed: Record<string, unknown>,
  scope: TargetInFile['scope'] = { groups: ['atlassian-users'] },
): Promise<InProcess> {
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const sandbox = await startSandbox({
    secret: randomUUID(),
    oktaApiToken: testSecrets.OKTA_API_TOKEN,
    atlassianScimApiKey: testSecrets.ATLASSIAN_SCIM_API_KEY,
    seed,
  });
  undo.push(() => sandbox.close());
  const database = await freshDatabase();
  undo.push(() => database.drop());
  const store = connectStore({ url: database.url });
  undo.push(() => store.destroy());
  const dir = mkdtempSync(join(inject('servers').runDir, 'in-process-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'lockstep.yaml');
  const yaml = withAddresses(lockstepYaml({ target: { scope } }), sandbox);
  writeFileSync(file, yaml.replace('{app}', firstApp(sandbox)));
  const settings = readSettings({ ...testSecrets, LOCKSTEP_CONFIG: file, DATABASE_URL: database.url });
  const { config } = settings;
  const deps: Dependencies = {
    store,
    ...connectDirectories(settings, store, (pacer) => pacer, 'bulk'),
    isSandbox: config.isSandbox,
    approvals: config.approvals,
    offboarding: config.offboarding,
    assertMayApply: async () => {},
    stopping: new AbortController().signal,
    log: { info() {}, warn() {}, error() {} },
    notify: { channels: [], readerUrl: '' },
    countOutcomes() {},
  };
  const activities = createActivities(deps);
  const run = <T>(activity: () => Promise<T>, info: Partial<Info> = {}): Promise<T> =>
    new MockActivityEnvironment(info).run(activity);
  return {
    sandbox,
    deps,
    databaseUrl: database.url,
    connect: (lane) => connectDirectories(settings, store, (pacer) => pacer, lane),
    okta: oktaApi(sandbox.okta.origin, testSecrets.OKTA_API_TOKEN),
    run,
    async sync() {
      const [planId, runId, target] = [randomUUID(), randomUUID(), 'cloud'];
      await run(() => activities.beginRun({ runId, kind: 'target-sync', target, covers: [] }));
      await run(() => activities.observeSource());
      await run(() => activities.observeTarget({ target }));
      await run(() => activities.planTarget({ planId, runId, target, kind: 'run' }));
      await saveVerdict(store, planId, []); // As guards that let everything through.
      await run(() => activities.applyPlan({ planId, target }));
      return { planId, runId };
    },
    directory: () => structuredClone(sandbox.cloud.vendor.dump()) as DirectoryDump,
    stop,
  };
}

const firstApp = (sandbox: Sandbox): string =>
  (sandbox.okta.vendor.dump() as SavedOrg).apps.map(({ app }) => app.id)[0] ?? '';

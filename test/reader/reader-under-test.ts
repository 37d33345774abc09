/** A reader over a database of its own with a small world in it, and an Okta that a test can take away. */
import type { FastifyInstance } from 'fastify';
import { Secret } from '../../config/secret.ts';
import type { Change } from '../../domain/change.ts';
import type { SourceDirectory } from '../../domain/directory.ts';
import { Failure } from '../../domain/failure.ts';
import type { Person } from '../../domain/person.ts';
import { createLog } from '../../process/log.ts';
import type { ReaderDependencies } from '../../reader/dependencies.ts';
import { createReader } from '../../reader/server.ts';
import { connectStore, type Store } from '../../store/connect.ts';
import { linkGroups, linkPeople } from '../../store/links.ts';
import { saveGroups, saveMembers, savePeople } from '../../store/okta-mirror.ts';
import { recordOutcomes } from '../../store/outcomes.ts';
import { plannedLine } from '../../store/plan-identity.ts';
import { appendChanges, appendFindings, beginPlan, finishPlan } from '../../store/plans.ts';
import { finishRun, setRunPhase, startRun } from '../../store/runs.ts';
import { beginSnapshot, finishSnapshot, oktaSide } from '../../store/snapshots.ts';
import { addTargetMembers, saveAccounts, saveTargetGroups } from '../../store/target-mirror.ts';
import { aTarget, load, okta } from '../config/a-config.ts';
import {
  accountId,
  aGroup,
  anAccount,
  aPerson,
  everyCapability,
  groupId,
  targetGroupId,
  userId,
} from '../support/domain-builders.ts';
import { type FreshDatabase, freshDatabase } from '../support/servers.ts';

export const alice = userId('00u00000000000alice1');
export const bob = userId('00u0000000000000bob1');
export const carol = userId('00u00000000000carol1');
const everybody = groupId('00g00000everybody001');
export const engineers = groupId('00g00000engineers001');

/** The configuration of the small world. */
const config = load({
  version: 1,
  sandbox: true,
  source: okta({ orgUrl: 'http://127.0.0.1:1' }),
  targets: {
    cloud: aTarget({
      baseUrl: 'http://127.0.0.1:2/scim/directory/one',
      groups: { include: ['engineers'] },
      account: { userName: 'email', email: 'email', title: { from: ['jobTitle', 'title'], default: 'unknown' } },
    }),
  },
  schedule: { every: '15m' },
});

export const people: readonly Person[] = [
  aPerson({ id: alice, profile: { title: 'Engineer' } }),
  aPerson({ id: bob, login: 'bob@example.com', email: 'bob@example.com', status: 'DEPROVISIONED', profile: {} }),
  aPerson({ id: carol, login: 'carol@example.com', email: 'carol@example.com', profile: { title: 'Designer' } }),
];

interface OktaUnderTest {
  people: readonly Person[] | undefined;
  isSilent?: boolean;
}

export interface ReaderUnderTest {
  readonly app: FastifyInstance;
  readonly store: Store;
  /** Whom Okta shows; undefined when it cannot be reached. Silent: it is reached and does not answer. */
  readonly okta: OktaUnderTest;
  readonly logged: string[];
  close(): Promise<void>;
}

export async function readerUnderTest(changes: Partial<ReaderDependencies> = {}): Promise<ReaderUnderTest> {
  const database: FreshDatabase = await freshDatabase();
  const store = connectStore({ url: database.url });
  await seed(store);
  const source: OktaUnderTest = { people };
  const logged: string[] = [];
  const app = createReader(
    {
      store,
      config,
      readConfig: () => config,
      connectOkta: () => fakeOkta(source),
      token: new Secret('right'),
      ...changes,
    },
    createLog({ service: 'reader', level: 'trace', stream: { write: (line) => logged.push(line) } }),
  );
  const close = async () => {
    await app.close();
    await store.destroy();
    await database.drop();
  };
  return { app, store, okta: source, logged, close };
}

/** Alice is in step but for her title and her group, Bob left and still has an account, Carol has none yet. */
async function seed(store: Store): Promise<void> {
  const source = await beginSnapshot(store, oktaSide);
  await savePeople(store, source, people);
  await saveGroups(store, source, [
    aGroup({ id: everybody, name: 'everybody' }),
    aGroup({ id: engineers, name: 'engineers' }),
  ]);
  await saveMembers(store, everybody, [alice, bob, carol], null);
  await saveMembers(store, engineers, [alice], null);
  await finishSnapshot(store, source, { isComplete: true, counts: { people: 3 } });
  const target = await beginSnapshot(store, 'cloud');
  await saveAccounts(store, 'cloud', target, [
    anAccount({
      id: accountId('a-alice'),
      externalId: alice,
      attributes: { userName: 'alice@example.com', email: 'alice@example.com', title: 'Trainee' },
    }),
    anAccount({ id: accountId('a-bob'), externalId: bob, attributes: { userName: 'bob@example.com' } }),
  ]);
  await saveTargetGroups(store, 'cloud', target, [{ id: targetGroupId('g-eng'), name: 'engineers' }]);
  await addTargetMembers(store, 'cloud', [{ group: targetGroupId('g-eng'), accounts: [accountId('a-bob')] }]);
  await finishSnapshot(store, target, { isComplete: true, counts: { accounts: 2 }, capabilities: everyCapability });
  await linkPeople(store, 'cloud', [
    { person: alice, account: accountId('a-alice'), origin: 'adopted' },
    { person: bob, account: accountId('a-bob'), origin: 'created' },
  ]);
  await linkGroups(store, 'cloud', [{ group: engineers, targetGroup: targetGroupId('g-eng'), origin: 'created' }]);
  await seedRuns(store, source, target);
}

async function seedRuns(store: Store, sourceSnapshot: string, targetSnapshot: string): Promise<void> {
  const workflow = { workflowRunId: 'r', covers: ['request-1'] };
  await startRun(store, { id: 'request-1', kind: 'full-sync', workflowId: 'full-sync/request-1', ...workflow });
  await finishRun(store, 'request-1', { outcomes: {} });
  await startRun(store, {
    id: 'run-1',
    kind: 'target-sync',
    target: 'cloud',
    workflowId: 'target-sync/cloud',
    ...workflow,
  });
  await beginPlan(store, {
    id: 'plan-1',
    target: 'cloud',
    runId: 'run-1',
    configuration: 'c',
    sourceSnapshot,
    targetSnapshot,
    kind: 'run',
  });
  await setRunPhase(store, 'run-1', 'applying', 'plan-1');
  const planned: Change[] = [
    { kind: 'deactivate-account', person: bob, account: accountId('a-bob'), reason: 'okta-deprovisioned' },
    {
      kind: 'create-account',
      person: carol,
      after: { userName: 'carol@example.com', title: 'Designer' },
      reason: 'entitled-in-scope',
    },
    { kind: 'add-member', person: alice, group: engineers, reason: 'in-okta-group' },
  ];
  await appendChanges(store, 'plan-1', 0, planned.map(plannedLine));
  await appendFindings(store, 'plan-1', 0, [
    { code: 'unlinked-members', group: engineers, subjects: ['a-stranger'] },
    { code: 'two-people-one-name', person: carol, subjects: [alice] },
  ]);
  const counts = { 'deactivate-account': 1, 'create-account': 1, 'add-member': 1 };
  await finishPlan(store, 'plan-1', {
    counts: { ...counts, 'unlinked-members': 1, 'two-people-one-name': 1 },
    hash: 'h',
    expiresAfterMs: 86_400_000,
  });
  await recordOutcomes(store, 'plan-1', [
    { seq: 0, outcome: 'applied', vendorRequestId: 'vendor-7' },
    { seq: 1, outcome: 'parked', detail: 'Rejected' },
  ]);
}

const notAsked = (): never => {
  throw new Error('the reader asked Okta for something that the test does not expect');
};

const untilAborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

function fakeOkta(source: OktaUnderTest): SourceDirectory {
  const everyone = (): readonly Person[] => {
    if (source.people) return source.people;
    throw new Failure('Unavailable', 'okta: find people failed: no answer', { system: 'okta' });
  };
  return {
    person: async (id) => everyone().find((person) => person.id === id),
    findPeople: async (text, options) => {
      if (source.isSilent) await untilAborted(options?.signal);
      return everyone().filter(({ login, email }) =>
        [login, email].some((name) => name.toLowerCase() === text.toLowerCase()),
      );
    },
    groupsOf: async (id) => (id === alice ? [everybody, engineers] : [everybody]),
    check: notAsked,
    people: notAsked,
    groups: notAsked,
    peopleChangedSince: notAsked,
    groupsChangedSince: notAsked,
    lagMs: 0,
    members: notAsked,
    assignments: notAsked,
    group: notAsked,
    assignment: notAsked,
    appExists: notAsked,
    deletionLogged: notAsked,
    events: notAsked,
    lifecycle: { clearSessions: notAsked, suspend: notAsked, deactivate: notAsked },
  };
}

/** A target in the store as readings show it, one after the other, and what is told of the differences. */
import { randomUUID } from 'node:crypto';
import { type ReadTarget, TargetReading } from '../../activities/drift.ts';
import type { Account, TargetGroup } from '../../domain/account.ts';
import type { Change } from '../../domain/change.ts';
import type { OktaGroupId, OktaUserId } from '../../domain/ids.ts';
import type { Store } from '../../store/connect.ts';
import { linkGroups, linkPeople } from '../../store/links.ts';
import { plannedLine } from '../../store/plan-identity.ts';
import { appendChanges, beginPlan, finishPlan } from '../../store/plans.ts';
import { finishRun, startRun } from '../../store/runs.ts';
import { beginSnapshot, finishSnapshot, latestSnapshot, oktaSide } from '../../store/snapshots.ts';
import { anAccount, everyCapability, someSettings } from './domain-builders.ts';

const configuration = 'as-configured';

/** What a reading shows. */
export interface Shown {
  readonly accounts: readonly Account[];
  /** Groups with their members. */
  readonly groups: readonly Required<TargetGroup>[];
}

const connected = {
  settings: someSettings({ mapping: { title: { from: [] }, department: { from: [] } } }),
  configuration,
  directory: { capabilities: everyCapability },
} satisfies ReadTarget;

export const target: string = connected.settings.name;

interface ReadingOptions {
  /** Lists that fell short. */
  readonly incomplete?: readonly ('accounts' | 'groups')[];
  /** Between the beginning of the reading and its first page. */
  readonly meanwhile?: (snapshot: string) => Promise<unknown>;
  /** The configuration that it is read, and then planned, with. */
  readonly configuration?: string;
}

/** One reading, with an empty plan that follows it. @returns its snapshot */
export async function read(store: Store, shown: Shown, options: ReadingOptions = {}): Promise<string> {
  const { incomplete = [], meanwhile, configuration: own = configuration } = options;
  const snapshot = await beginSnapshot(store, target);
  const reading = await TargetReading.begin(store, snapshot, { ...connected, configuration: own });
  await meanwhile?.(snapshot);
  await reading.saveAccounts(shown.accounts);
  if (!incomplete.includes('accounts')) await reading.dropUnseenAccounts();
  await reading.saveGroups(shown.groups);
  await reading.saveMembers(shown.groups.map(({ id, members }) => ({ group: id, accounts: members })));
  if (!incomplete.includes('groups')) await reading.dropUnseenGroups();
  await reading.end();
  const isComplete = incomplete.length === 0;
  await finishSnapshot(store, snapshot, { isComplete, counts: {}, capabilities: everyCapability });
  await planOf(store, [], { isOver: true, configuration: own });
  return snapshot;
}

interface PlanOptions {
  /** Whether its run has ended. */
  readonly isOver?: boolean;
  readonly configuration?: string;
}

/** A run's plan from the newest readings. */
export async function planOf(
  store: Store,
  changes: readonly Change[],
  { isOver = false, configuration: own = configuration }: PlanOptions = {},
): Promise<string> {
  const [id, runId] = [randomUUID(), randomUUID()];
  const source = (await latestSnapshot(store, oktaSide))?.id ?? (await wholeReadingOfOkta(store));
  const read = (await latestSnapshot(store, target))?.id ?? '0';
  await startRun(store, { id: runId, kind: 'target-sync', target, workflowId: 'w', workflowRunId: 'r', covers: [] });
  await beginPlan(store, {
    id,
    target,
    runId,
    configuration: own,
    sourceSnapshot: source,
    targetSnapshot: read,
    kind: 'run',
  });
  await appendChanges(store, id, 0, changes.map(plannedLine));
  const counts = Object.fromEntries(
    [...Map.groupBy(changes, ({ kind }) => kind)].map(([kind, those]) => [kind, those.length]),
  );
  await finishPlan(store, id, { counts, hash: 'h', expiresAfterMs: 60_000 });
  if (isOver) await finishRun(store, runId, { outcomes: {} });
  return id;
}

async function wholeReadingOfOkta(store: Store): Promise<string> {
  const snapshot = await beginSnapshot(store, oktaSide);
  await finishSnapshot(store, snapshot, { isComplete: true, counts: {} });
  return snapshot;
}

export const link = async (
  store: Store,
  people: Readonly<Record<string, string>>,
  groups: Readonly<Record<string, string>>,
) => {
  await linkPeople(
    store,
    target,
    Object.entries(people).map(([person, account]) => ({
      person: person as OktaUserId,
      account: account as Account['id'],
      origin: 'created',
    })),
  );
  await linkGroups(
    store,
    target,
    Object.entries(groups).map(([group, id]) => ({
      group: group as OktaGroupId,
      targetGroup: id as TargetGroup['id'],
      name: id,
      origin: 'created',
    })),
  );
};

export const account = (id: string, attributes: Account['attributes'] = {}, rest: Partial<Account> = {}): Account =>
  anAccount({ id: id as Account['id'], attributes, ...rest });

/** What is open, a line each: `account-changed a-ada title: Engineer → Boss`. */
export async function told(store: Store, which: 'open' | 'settled' = 'open'): Promise<string[]> {
  const rows = await store
    .selectFrom('drift')
    .selectAll()
    .where('settled_at', which === 'open' ? 'is' : 'is not', null)
    .execute();
  return rows
    .map(({ kind, account_id, target_group_id, before, after }) =>
      [
        kind,
        account_id,
        target_group_id,
        ...Object.entries(after ?? before ?? {}).map(([name]) => `${name}: ${before?.[name]} → ${after?.[name]}`),
      ]
        .filter((part) => part !== null)
        .join(' '),
    )
    .sort();
}

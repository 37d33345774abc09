/** Verifies the audit log: every chain by itself, and its end against whoever keeps its head. */
import type { AuditChain, ReaderClient } from '../reader/client.ts';
import { type AuditProblem, ChainCheck, type KnownHead } from './audit-chain.ts';

export interface HeadOfRun extends KnownHead {
  readonly runId: string;
}

export interface VerifyOptions {
  /** Only this run, or request of a command. */
  readonly run?: string;
  /** ISO 8601: only chains that have something from then on. */
  readonly since?: string;
  /** Kept elsewhere than in the database. Their runs are verified in any case. */
  readonly heads?: readonly HeadOfRun[];
  /** Told after each chain. */
  readonly onChain?: (verdict: AuditVerdict) => void;
}

export interface AuditVerdict {
  readonly chains: number;
  readonly entries: number;
  /** Chains whose end nobody outside the audit log vouches for. */
  readonly withoutHead: number;
  /** Entries from before the log was a chain. */
  readonly unchained: number;
  /** Heads kept elsewhere that were compared. */
  readonly headsCompared: number;
  readonly problems: readonly AuditProblem[];
}

/** @throws ReaderError */
export async function verifyAudit(reader: ReaderClient, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const { run, since, onChain } = options;
  const heads = Map.groupBy(
    (options.heads ?? []).filter(({ runId }) => run === undefined || runId === run),
    ({ runId }) => runId,
  );
  let verdict: AuditVerdict = {
    chains: 0,
    entries: 0,
    withoutHead: 0,
    unchained: 0,
    headsCompared: 0,
    problems: [],
  };
  const seen = new Set<string>();
  for await (const { chain, chainedFrom } of chainsOf(reader, run, since)) {
    seen.add(chain.runId);
    verdict = sum(verdict, await verifyChain(reader, chain, heads.get(chain.runId) ?? [], chainedFrom));
    onChain?.(verdict);
  }
  for (const [runId, kept] of heads) {
    if (seen.has(runId)) continue;
    for await (const { chain, chainedFrom } of chainsOf(reader, runId, undefined))
      verdict = sum(verdict, await verifyChain(reader, chain, kept, chainedFrom));
    onChain?.(verdict);
  }
  return verdict;
}

interface FoundChain {
  readonly chain: AuditChain;
  readonly chainedFrom: number | undefined;
}

async function* chainsOf(
  reader: ReaderClient,
  run: string | undefined,
  since: string | undefined,
): AsyncGenerator<FoundChain> {
  let after: string | undefined;
  do {
    const { items, next, chainedFrom } = await reader.auditChains({
      ...(run === undefined ? {} : { run }),
      ...(since === undefined ? {} : { since }),
      ...(after === undefined ? {} : { after }),
    });
    for (const chain of items) yield { chain, chainedFrom };
    after = next;
  } while (after !== undefined);
}

async function verifyChain(
  reader: ReaderClient,
  chain: AuditChain,
  kept: readonly HeadOfRun[],
  chainedFrom: number | undefined,
): Promise<AuditVerdict> {
  const { runId, head, unchained, lastUnchained } = chain;
  const heads: KnownHead[] = [...kept, ...(head ? [{ ...head, keptBy: 'database' as const }] : [])];
  const check = new ChainCheck(runId, heads);
  let entries = 0;
  for await (const entry of reader.auditChain(runId)) {
    check.add(entry);
    entries += 1;
  }
  const problems = check.end();
  if (entries < chain.entries) problems.push({ runId, flaw: 'extra', text: 'has several entries in one place' });
  // The log never went back to writing entries without a place.
  const isLate = lastUnchained !== undefined && chainedFrom !== undefined && lastUnchained > chainedFrom;
  if (isLate)
    problems.push({
      runId,
      flaw: 'extra',
      text: 'has an entry that stands in no chain, newer than the first that does',
    });
  return {
    chains: entries > 0 || heads.length > 0 ? 1 : 0,
    entries,
    withoutHead: entries > 0 && heads.length === 0 ? 1 : 0,
    unchained,
    headsCompared: kept.length,
    problems,
  };
}

const sum = (a: AuditVerdict, b: AuditVerdict): AuditVerdict => ({
  chains: a.chains + b.chains,
  entries: a.entries + b.entries,
  withoutHead: a.withoutHead + b.withoutHead,
  unchained: a.unchained + b.unchained,
  headsCompared: a.headsCompared + b.headsCompared,
  problems: [...a.problems, ...b.problems],
});

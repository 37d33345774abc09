/** All that is asked of the evidence. Each answers with sentences; none means that nothing is wrong. */
import type { Evidence } from '../evidence.ts';
import { auditChain } from './audit-chain.ts';
import { auditCoverage } from './audit-coverage.ts';
import { approvedOnly, cause } from './cause.ts';
import { noNeedlessWrites } from './needless-writes.ts';
import { sideEffects } from './side-effects.ts';
import { state } from './state.ts';

export type Oracle = (evidence: Evidence) => readonly string[];

export const oracles = {
  state,
  'side effects': sideEffects,
  cause,
  'approved only': approvedOnly,
  'needless writes': noNeedlessWrites,
  'audit chain': auditChain,
  'audit coverage': auditCoverage,
  liveness: ({ open }) => open,
  'kept words': ({ words }) => words,
  'faults fired': ({ unfired }) => unfired.map((id) => `${id} did not strike`),
} as const satisfies Record<string, Oracle>;

/** Sentences with the name of the oracle before them. */
export const violations = (evidence: Evidence): string[] =>
  Object.entries(oracles).flatMap(([name, ask]) => ask(evidence).map((sentence) => `${name}: ${sentence}`));

/** All that is asked of the evidence. Each answers with sentences; none means that nothing is wrong. */
import type { Evidence } from '../evidence.ts';
import { approvedOnly } from './approved-only.ts';
import { arrival } from './arrival.ts';
import { auditChain } from './audit-chain.ts';
import { auditCoverage } from './audit-coverage.ts';
import { cause } from './cause.ts';
import { held } from './held.ts';
import { lifeSteps } from './life-steps.ts';
import { noNeedlessWrites } from './needless-writes.ts';
import { offboarded } from './offboarded.ts';
import { orders } from './orders.ts';
import { sideEffects } from './side-effects.ts';
import { state } from './state.ts';

export type Oracle = (evidence: Evidence) => readonly string[];

export const oracles = {
  state,
  'side effects': sideEffects,
  cause,
  'approved only': approvedOnly,
  held,
  offboarded,
  orders,
  'life steps': lifeSteps,
  arrival,
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

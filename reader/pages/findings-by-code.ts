/** Findings of a plan put together: what was found once, and below it whom it is about. */
import type { FindingCode } from '../../domain/change.ts';
import type { FindingView, PlanView } from '../api.ts';

interface FindingGroup {
  readonly code: FindingCode;
  readonly text: string;
  readonly advice: string;
  readonly attention: boolean;
  readonly count: number;
  /** Whom they are about, the first of them. */
  readonly about: readonly string[];
}

const mostNamed = 200;

/** Those that need attention first. Counts are the plan's own: more may have been found than are named. */
export function findingsByCode(findings: readonly FindingView[], { findingsByCode: counts }: PlanView): FindingGroup[] {
  const groups = Map.groupBy(findings, ({ code }) => code);
  return [...groups]
    .map(([code, all]) => {
      const [{ text, advice, attention } = emptyText] = all;
      const about = all.slice(0, mostNamed).map(aboutWhom);
      return { code, text, advice, attention, count: Math.max(all.length, counts[code] ?? 0), about };
    })
    .sort((a, b) => Number(b.attention) - Number(a.attention) || b.count - a.count);
}

const emptyText = { text: '', advice: '', attention: false };

function aboutWhom({ person, group, subjects }: FindingView): string {
  const who = person ? named(person.email || person.login, person.id) : group ? named(group.name, group.id) : '';
  const others = subjects.map(({ name, id }) => named(name, id)).join(', ');
  if (others === '') return who;
  return who === '' ? others : `${who}: ${others}`;
}

const named = (name: string | undefined, id: string): string => (name ? `${name} (${id})` : id);

/** The evidence of an offboarding as a page that stands for itself: to be kept, printed, and handed to an auditor. */

import type { AuditKind } from '../../domain/audit-text.ts';
import { listedStandings } from '../../domain/offboarding.ts';
import type { OffboardingFilter } from '../../store/reading-offboardings.ts';
import type { ChangeView, OffboardedSystem, OffboardingSummary, OffboardingView, OpenPoint } from '../api.ts';
import { kindWords, outcomeWords } from '../change-words.ts';
import { orderedByTexts, orderedText } from '../order-words.ts';
import { render } from './page-assets.ts';

export function offboardingPage(view: OffboardingView, madeAt: Date): string {
  const { person, systems, commands, audit } = view;
  const name = person.email || person.login || person.id;
  return render('offboarding', {
    ...view,
    name: person.displayName === undefined ? name : `${person.displayName} <${name}>`,
    title: `Offboarding of ${name}`,
    madeAt: madeAt.toISOString(),
    tone: toneOf(view),
    systems: systems.map((system) => ({ ...system, ...badgeOf(system) })),
    commands: commands.map((command) => ({
      ...command,
      who: command.by === undefined ? '' : orderedByTexts[command.by],
      asks: command.ordered === undefined ? '' : orderedText(command.ordered),
    })),
    audit: audit.map((entry) => ({ ...entry, what: whatOf(entry.change), became: outcomeWords[entry.outcome] })),
  });
}

/** The list. @param filter by which these were found */
export function offboardingsPage(all: readonly OffboardingSummary[], filter: OffboardingFilter, madeAt: Date): string {
  return render('offboardings', {
    rows: all.map((one) => ({
      ...one,
      name: one.person.email || one.person.login || one.person.id,
      tone: toneOf(one),
      notDone: one.open.map(({ system, text }) => `${system}: ${text}`).join('; '),
    })),
    states: listedStandings.filter((state) => state !== 'in-effect'),
    state: filter.state,
    mayHaveMore: all.length === filter.limit,
    madeAt: madeAt.toISOString(),
  });
}

type Tone = 'calm' | 'good' | 'look' | 'bad';

const tones: Readonly<Record<OffboardingSummary['standing'], Tone>> = {
  unconfirmed: 'look',
  scheduled: 'calm',
  'under-way': 'calm',
  complete: 'good',
  cancelled: 'calm',
  released: 'calm',
};

const bad: readonly OpenPoint['state'][] = ['failed', 'late', 'to-confirm', 'nobody'];

function toneOf({ standing, open, needsAttention }: OffboardingSummary): Tone {
  if (open.some(({ state }) => bad.includes(state))) return 'bad';
  return needsAttention ? 'look' : tones[standing];
}

function badgeOf({ confirmedAt, steps }: OffboardedSystem): { readonly badge: string; readonly badgeTone: Tone } {
  if (confirmedAt !== undefined) return { badge: 'no access, confirmed', badgeTone: 'good' };
  if (steps.some(({ step, state }) => step === 'confirm' && state === 'not-possible'))
    return { badge: 'access stays', badgeTone: 'bad' };
  return { badge: 'not confirmed yet', badgeTone: 'look' };
}

const commandNames: Readonly<Partial<Record<AuditKind, string>>> = {
  offboard: 'offboarding requested',
  'cancel-offboard': 'offboarding cancelled',
  release: 'released',
  'confirm-offboarding': 'offboarding confirmed',
};

function whatOf({ kind, account, group, before, after }: ChangeView<AuditKind>): string {
  const words = commandNames[kind] ?? (kind in kindWords ? kindWords[kind as keyof typeof kindWords] : kind);
  const about = [account?.userName ?? account?.id, group?.name ?? group?.id].filter((one) => one !== undefined);
  const values = Object.entries(after ?? {}).map(([attribute, value]) => {
    const was = before?.[attribute];
    return was === undefined ? `${attribute}: ${value}` : `${attribute}: ${was} → ${value}`;
  });
  return [words, ...about, ...values].join(' · ');
}
